// SPDX-License-Identifier: Apache-2.0
/*
 * Adds up the workload. All addresses get their requests at the same time, so the
 * slowest one decides how long a stop takes.
 */
#include "upstream/workload.h"

#include "upstream/history.h"
#include "upstream/pace.h"

/* If an eighth of the known nonces was challenged lately, any nonce may be too old. */
#define VOID_NONCES_MANY (UINT8_MAX / 8)

uint32_t workload_of(const struct exchange *exchange, const struct target *target)
{
	bool is_known = auths_are_known(&exchange->auths);

	is_known = is_known && !target_takes_no_known_nonce(target);
	return is_known && target->void_nonces < VOID_NONCES_MANY ? 1 : 2;
}

void workload_add(struct upstreams *u, struct target *target, uint32_t requests)
{
	if (target)
		target->stop_requests += requests;
	else
		u->stop_requests_astray += requests;
}

static uint64_t takes_s(uint32_t requests, uint64_t rate_milli)
{
	return rate_milli ? ((uint64_t)requests * 1000 + rate_milli - 1) / rate_milli : 0;
}

/* Requests without a target count as if one, slow address took all of them. */
static uint64_t astray_s(const struct upstreams *u)
{
	uint64_t rate_milli = history_slowest_milli(u);

	if (u->core->params->upstream_rate != PARAM_AUTO)
		rate_milli = (uint64_t)u->core->params->upstream_rate * 1000;
	return takes_s(u->stop_requests_astray, rate_milli);
}

/* All requests of a target at its pace, and two answers for the last of them. */
static uint64_t target_s(const struct upstreams *u, const struct target *target)
{
	if (target->stop_requests == 0)
		return 0;
	return takes_s(target->stop_requests, pace_milli(u, target)) +
	       2 * (uint64_t)target->usual_us / US_PER_S;
}

uint64_t workload_takes_s(const struct upstreams *u)
{
	const struct target *target;
	pool_handle handle;
	uint64_t longest_s = astray_s(u);

	for (uint32_t slot = 0; (target = pool_walk(u->targets, slot, &handle));
	     slot = pool_handle_slot(handle) + 1)
		longest_s = max_u64(longest_s, target_s(u, target));
	return longest_s;
}

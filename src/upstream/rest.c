// SPDX-License-Identifier: Apache-2.0
/*
 * Decides whether a 503 lets its target rest.
 */
#include "upstream/rest.h"

#include "upstream/health.h"
#include "upstream/queue.h"

#define RETRY_AFTER_MAX_S 3600

/*
 * If there is another address, a 503 lets this one rest at once. If not, the whole
 * upstream would rest: one account over its limit must not cause that.
 */
static void rest_address(
    struct upstreams *u, struct exchange *exchange, const struct sip_message *response)
{
	const struct exchange_ops *ops = exchange_ops(u, exchange);
	struct target *target = target_get(u, exchange->target);
	const struct upstream *route = upstream_get(u, exchange->route);
	bool has_other_open = upstream_other_open_at_us(u, route, target) <= u->core->now.mono_us;
	uint32_t needed = has_other_open ? 1 : upstream_get(u, ops->home(exchange))->users;
	uint64_t asked_s = rest_asked_s(response);
	uint64_t rest_us = (asked_s ? asked_s : u->core->params->retry_delay_s) * US_PER_S;

	if (health_refused(u, target, ops->who(exchange), needed, rest_us))
		queue_reroute(u, target);
}

void rest_refused(
    struct upstreams *u, struct exchange *exchange, const struct sip_message *response)
{
	struct target *target = target_get(u, exchange->target);
	bool was_refused = exchange->was_refused;

	exchange->was_refused = true;
	exchange_pass_target(u, exchange);
	if (!health_serves_others(u, target, exchange_ops(u, exchange)->who(exchange), was_refused))
		rest_address(u, exchange, response);
}

uint32_t rest_asked_s(const struct sip_message *response)
{
	uint32_t seconds;

	if (sip_delta_seconds(sip_message_value(response, SIP_RETRY_AFTER), &seconds) < 0)
		return 0;
	return (uint32_t)min_u64(seconds, RETRY_AFTER_MAX_S);
}

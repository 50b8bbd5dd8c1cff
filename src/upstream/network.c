// SPDX-License-Identifier: Apache-2.0
/*
 * Collects news, and decides when the next walk is due. If a network keeps changing,
 * walks come less and less often: otherwise each change would make all try again.
 */
#include "upstream/network.h"

#define APART_US      (5 * US_PER_S)
#define APART_MOST_US (60 * US_PER_S)

/* When the next walk is due; if an address is gone, at once. */
static uint64_t due_us(const struct upstreams *u)
{
	const struct network *network = &u->network;
	const struct network_news *news = &network->pending;
	uint64_t due_us = TIME_NEVER;

	if (news->is_back)
		due_us = network->back_walk_us + network->back_apart_us;
	if (news->answers_since_us)
		due_us = min_u64(due_us, network->answer_walk_us + APART_US);
	if (news->is_any_gone || news->gone_count > 0)
		due_us = 0;
	return max_u64(due_us, u->core->now.mono_us);
}

void network_want_walk(struct upstreams *u)
{
	u->network.timer.kind = TIMER_NETWORK;
	if (u->network.phase == NETWORK_AT_REST && due_us(u) < TIME_NEVER)
		wheel_set(u->core->wheel, &u->network.timer, due_us(u));
}

void network_changed(struct upstreams *u, bool is_back)
{
	u->network.ways++;
	if (!is_back)
		return;
	u->network.pending.is_back = true;
	network_want_walk(u);
}

void network_address_gone(struct upstreams *u, const struct netaddr *address)
{
	struct network_news *news = &u->network.pending;

	u->network.ways++;
	if (address->family == 0 || news->gone_count == NETWORK_GONE_MAX)
		news->is_any_gone = true;
	else
		news->gone[news->gone_count++] = *address;
	network_want_walk(u);
}

void network_target_answers(struct upstreams *u)
{
	if (u->network.pending.answers_since_us)
		return;
	u->network.pending.answers_since_us = u->core->now.mono_us;
	network_want_walk(u);
}

void network_take_news(struct upstreams *u)
{
	struct network *network = &u->network;
	bool is_calm = u->core->now.mono_us > network->back_walk_us + 2 * APART_MOST_US;

	network->walked = network->pending;
	network->pending = (struct network_news){0};
	if (network->walked.is_back) {
		network->back_apart_us =
		    is_calm ? APART_US : min_u64(2 * network->back_apart_us, APART_MOST_US);
		network->back_walk_us = u->core->now.mono_us;
	}
	if (network->walked.answers_since_us)
		network->answer_walk_us = u->core->now.mono_us;
}

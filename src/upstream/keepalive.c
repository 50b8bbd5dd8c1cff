// SPDX-License-Identifier: Apache-2.0
/*
 * Keepalives: a table by flow, and the timers that send them.
 */
#include "upstream/keepalive.h"

/* For each second of the interval: a keepalive comes after 80 to 100 % of it (RFC 5626 4.4). */
#define JITTER_US (200 * US_PER_MS)

static bool is_same_flow(const struct flow *a, const struct flow *b)
{
	return a->transport == b->transport && a->listener == b->listener &&
	       a->connection == b->connection && netaddr_equal(&a->local, &b->local) &&
	       netaddr_equal(&a->peer, &b->peer);
}

static uint64_t hash_of(const struct upstreams *u, const struct flow *flow)
{
	uint8_t bytes[2 * (16 + 2)];

	memcpy(bytes, flow->local.ip, 16);
	memcpy(bytes + 16, flow->peer.ip, 16);
	bytes[32] = (uint8_t)(flow->local.port >> 8);
	bytes[33] = (uint8_t)flow->local.port;
	bytes[34] = (uint8_t)(flow->peer.port >> 8);
	bytes[35] = (uint8_t)flow->peer.port;
	return hash_bytes(u->hash_key, slice_make(bytes, sizeof(bytes)));
}

static struct keepalive *find(const struct upstreams *u, const struct flow *flow)
{
	uint32_t cursor = 0;
	uint64_t value;

	while (map_next(u->keepalive_flows, hash_of(u, flow), &cursor, &value)) {
		struct keepalive *keepalive = pool_get(u->keepalives, value);

		if (is_same_flow(&keepalive->flow, flow))
			return keepalive;
	}
	return NULL;
}

/* NULL if there is no room: then the next grant tries again. */
static struct keepalive *make(struct upstreams *u, const struct flow *flow)
{
	pool_handle handle;
	struct keepalive *keepalive = pool_take(u->keepalives, &handle);

	if (!keepalive)
		return NULL;
	if (map_put(u->keepalive_flows, hash_of(u, flow), handle) < 0) {
		pool_give(u->keepalives, handle);
		return NULL;
	}
	keepalive->handle = handle;
	keepalive->flow = *flow;
	keepalive->timer.kind = TIMER_KEEPALIVE;
	return keepalive;
}

static void arm(struct upstreams *u, struct keepalive *keepalive)
{
	uint64_t interval_us = keepalive->interval_s * US_PER_S;
	uint64_t jitter_us = random_below(u->core->random, keepalive->interval_s * JITTER_US);

	wheel_set(
	    u->core->wheel, &keepalive->timer, u->core->now.mono_us + interval_us - jitter_us);
}

void keepalive_hold(
    struct upstreams *u, pool_handle *place, const struct flow *flow, uint16_t interval_s)
{
	struct keepalive *keepalive = interval_s > 0 ? find(u, flow) : NULL;

	if (interval_s > 0 && !keepalive)
		keepalive = make(u, flow);
	if (!keepalive) {
		keepalive_drop(u, place);
		return;
	}
	if (*place != keepalive->handle) {
		keepalive_drop(u, place);
		*place = keepalive->handle;
		keepalive->users++;
	}
	/* A shorter interval stays when its user leaves: more keepalives do no harm. */
	if (keepalive->interval_s == 0 || keepalive->interval_s > interval_s) {
		keepalive->interval_s = interval_s;
		arm(u, keepalive);
	}
}

void keepalive_drop(struct upstreams *u, pool_handle *place)
{
	struct keepalive *keepalive = pool_get(u->keepalives, *place);

	*place = 0;
	if (!keepalive || --keepalive->users > 0)
		return;
	wheel_clear(u->core->wheel, &keepalive->timer);
	map_remove(u->keepalive_flows, hash_of(u, &keepalive->flow), keepalive->handle);
	pool_give(u->keepalives, keepalive->handle);
}

void keepalive_timer(struct upstreams *u, struct keepalive *keepalive)
{
	outbox_send(u->core->outbox, &keepalive->flow, SLICE("\r\n\r\n"));
	arm(u, keepalive);
}

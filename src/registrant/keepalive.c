// SPDX-License-Identifier: Apache-2.0
/*
 * Keepalives, found by the hash of their flow.
 */
#include "registrant/keepalive.h"

#define AUTO_S 25

/* Of each second: 80 to 100 % of the interval (RFC 5626 4.4). */
#define JITTER_US (200 * US_PER_MS)

static bool is_same_flow(const struct flow *a, const struct flow *b)
{
	return a->transport == b->transport && a->listener == b->listener &&
	       a->connection == b->connection && netaddr_equal(&a->local, &b->local) &&
	       netaddr_equal(&a->peer, &b->peer);
}

static uint64_t hash_of(const struct registrant *r, const struct flow *flow)
{
	uint8_t bytes[2 * (16 + 2)];

	memcpy(bytes, flow->local.ip, 16);
	memcpy(bytes + 16, flow->peer.ip, 16);
	bytes[32] = (uint8_t)(flow->local.port >> 8);
	bytes[33] = (uint8_t)flow->local.port;
	bytes[34] = (uint8_t)(flow->peer.port >> 8);
	bytes[35] = (uint8_t)flow->peer.port;
	return hash_bytes(r->hash_key, slice_make(bytes, sizeof(bytes)));
}

static struct keepalive *find(const struct registrant *r, const struct flow *flow)
{
	uint32_t cursor = 0;
	uint64_t value;

	while (map_next(r->keepalive_flows, hash_of(r, flow), &cursor, &value)) {
		struct keepalive *keepalive = pool_get(r->keepalives, value);

		if (is_same_flow(&keepalive->flow, flow))
			return keepalive;
	}
	return NULL;
}

/* NULL at the cap, where the next grant tries again. */
static struct keepalive *make(struct registrant *r, const struct flow *flow)
{
	pool_handle handle;
	struct keepalive *keepalive = pool_take(r->keepalives, &handle);

	if (!keepalive)
		return NULL;
	if (map_put(r->keepalive_flows, hash_of(r, flow), handle) < 0) {
		pool_give(r->keepalives, handle);
		return NULL;
	}
	keepalive->handle = handle;
	keepalive->flow = *flow;
	keepalive->timer.kind = TIMER_KEEPALIVE;
	return keepalive;
}

static void arm(struct registrant *r, struct keepalive *keepalive)
{
	uint64_t interval_us = keepalive->interval_s * US_PER_S;
	uint64_t jitter_us = random_below(r->core->random, keepalive->interval_s * JITTER_US);

	wheel_set(
	    r->core->wheel, &keepalive->timer, r->core->now.mono_us + interval_us - jitter_us);
}

static uint16_t interval_s(const struct registration *registration, bool is_behind_nat)
{
	uint16_t asked_s = registration->settings.keepalive_s;

	if (asked_s == KEEPALIVE_AUTO)
		return is_behind_nat ? AUTO_S : 0;
	return asked_s;
}

void keepalive_hold(struct registrant *r, struct registration *registration, bool is_behind_nat)
{
	const struct flow *flow = exchange_flow(&registration->exchange);
	uint16_t seconds = interval_s(registration, is_behind_nat);
	struct keepalive *keepalive = seconds > 0 ? find(r, flow) : NULL;

	if (seconds > 0 && !keepalive)
		keepalive = make(r, flow);
	if (!keepalive) {
		keepalive_drop(r, registration);
		return;
	}
	if (registration->keepalive != keepalive->handle) {
		keepalive_drop(r, registration);
		registration->keepalive = keepalive->handle;
		keepalive->users++;
	}
	/* What one that left had asked for stays: more often than needed harms nobody. */
	if (keepalive->interval_s == 0 || keepalive->interval_s > seconds) {
		keepalive->interval_s = seconds;
		arm(r, keepalive);
	}
}

void keepalive_drop(struct registrant *r, struct registration *registration)
{
	struct keepalive *keepalive = pool_get(r->keepalives, registration->keepalive);

	registration->keepalive = 0;
	if (!keepalive || --keepalive->users > 0)
		return;
	wheel_clear(r->core->wheel, &keepalive->timer);
	map_remove(r->keepalive_flows, hash_of(r, &keepalive->flow), keepalive->handle);
	pool_give(r->keepalives, keepalive->handle);
}

void keepalive_timer(struct registrant *r, struct keepalive *keepalive)
{
	struct effect *effect = outbox_add(r->core->outbox, EFFECT_SEND);

	effect->send.flow = keepalive->flow;
	effect->send.bytes = outbox_keep(r->core->outbox, SLICE("\r\n\r\n"));
	arm(r, keepalive);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * The inside of a strict upstream, for its own files only.
 */
#pragma once

#include "base/random.h"
#include "base/wheel.h"
#include "sim/upstream.h"
#include "sim/upstream/accounts.h"
#include "sim/upstream/flood.h"
#include "sim/upstream/judge.h"
#include "sim/upstream/location.h"
#include "sim/upstream/nonces.h"
#include "sim/upstream/outqueue.h"
#include "sim/upstream/ping.h"
#include "sim/upstream/replay.h"
#include "sim/upstream/storage.h"

/* Kinds of timers in the wheel. */
enum { TIMER_EXPIRY, TIMER_PING_BINDING, TIMER_PING };

struct upstream {
	struct upstream_config config;
	struct random random;
	struct hash_key key;
	bool started; /* the clock is known */
	uint64_t now_us;
	uint64_t forgot_us; /* when the table was dropped last, or the life began */
	uint64_t wrote_us;  /* when it was written last */
	struct wheel wheel;
	struct location location;
	struct storage storage; /* of `write_back_s` */
	struct nonces nonces;
	struct replays replays;
	struct flood flood;
	struct peak peak;
	struct accounts accounts;
	struct judge judge;
	struct pings pings;
	struct outqueue out;
	uint64_t counters[UPSTREAM_COUNTERS];
	char headers[SIP_MESSAGE_MAX]; /* scratch for the headers of an answer */
	char message[SIP_MESSAGE_MAX]; /* scratch for a message */
};

static inline void upstream_count(struct upstream *u, enum upstream_counter counter)
{
	u->counters[counter]++;
}

/* Rolls the dice: true in `percent` of the cases. */
static inline bool upstream_chance(struct upstream *u, uint32_t percent)
{
	return percent && random_below(&u->random, 100) < percent;
}

/* What a client at that address is seen as. Each has a port of its own behind our NAT. */
static inline struct netaddr seen_as(const struct upstream *u, const struct netaddr *source)
{
	struct netaddr seen = *source;

	if (!u->config.nat || source->family != 4)
		return seen;
	memcpy(seen.ip, (uint8_t[]){203, 0, source->ip[2], source->ip[3]}, 4);
	seen.port = (uint16_t)(20000 + source->port % 40000);
	return seen;
}

/* Puts a message into the queue, counted; loss of answers and duplicates are not its matter. */
static inline void upstream_put(struct upstream *u, const struct netaddr *local,
    const struct netaddr *to, uint64_t delay_us, struct slice bytes)
{
	struct upstream_send send = {*local, *to, delay_us, bytes};

	upstream_count(u, outqueue_put(&u->out, &send) ? UPSTREAM_OUT_DROPPED : UPSTREAM_SENT);
}

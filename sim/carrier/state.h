// SPDX-License-Identifier: Apache-2.0
/*
 * The inside of a strict upstream, for its own files only.
 */
#pragma once

#include "base/random.h"
#include "base/wheel.h"
#include "sim/carrier.h"
#include "sim/carrier/accounts.h"
#include "sim/carrier/flood.h"
#include "sim/carrier/judge.h"
#include "sim/carrier/location.h"
#include "sim/carrier/nonces.h"
#include "sim/carrier/outqueue.h"
#include "sim/carrier/ping.h"
#include "sim/carrier/replay.h"
#include "sim/carrier/storage.h"

/* Kinds of timers in the wheel. */
enum { TIMER_EXPIRY, TIMER_PING_BINDING, TIMER_PING };

struct carrier {
	struct carrier_config config;
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
	uint64_t counters[CARRIER_COUNTERS];
	char headers[SIP_MESSAGE_MAX]; /* scratch for the headers of an answer */
	char message[SIP_MESSAGE_MAX]; /* scratch for a message */
};

static inline void carrier_count(struct carrier *carrier, enum carrier_counter counter)
{
	carrier->counters[counter]++;
}

/* Rolls the dice: true in `percent` of the cases. */
static inline bool carrier_chance(struct carrier *carrier, uint32_t percent)
{
	return percent && random_below(&carrier->random, 100) < percent;
}

/* What a client at that address is seen as. Each has a port of its own behind our NAT. */
static inline struct netaddr seen_as(const struct carrier *carrier, const struct netaddr *source)
{
	struct netaddr seen = *source;

	if (!carrier->config.nat || source->family != 4)
		return seen;
	memcpy(seen.ip, (uint8_t[]){203, 0, source->ip[2], source->ip[3]}, 4);
	seen.port = (uint16_t)(20000 + source->port % 40000);
	return seen;
}

/* Puts a message into the queue, counted; loss of answers and duplicates are not its matter. */
static inline void carrier_put(struct carrier *carrier, const struct netaddr *local,
    const struct netaddr *to, uint64_t delay_us, struct slice bytes)
{
	struct carrier_send send = {*local, *to, delay_us, bytes};

	carrier_count(
	    carrier, outqueue_put(&carrier->out, &send) ? CARRIER_OUT_DROPPED : CARRIER_SENT);
}

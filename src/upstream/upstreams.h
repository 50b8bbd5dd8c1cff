// SPDX-License-Identifier: Apache-2.0
/*
 * What the parts of this room share: what the core lends, the upstreams and
 * their addresses, and what was learned about them. A part that has to reach a
 * peer does so through this room, so pace, rest, breaker and failover are the same
 * for all of them.
 */
#pragma once

#include "base/heap.h"
#include "base/least.h"
#include "base/map.h"
#include "base/pool.h"
#include "base/shared.h"
#include "effect/core_context.h"
#include "effect/event.h"
#include "txn/part.h"
#include "txn/txn.h"

struct histories;
struct exchange_ops;

enum upstreams_timer {
	TIMER_TARGET = PART_TIMER_FIRST(PART_UPSTREAMS),
	TIMER_UPSTREAM,
	TIMER_HISTORY,   /* what addresses have borne and the ledger does not know yet */
	TIMER_NETWORK,   /* the walk after the network changed goes on */
	TIMER_LISTENERS, /* the shell learns which are needed */
	TIMER_KEEPALIVE,
};

#define NETWORK_GONE_MAX 4

/* What is new about the node's own network. */
struct network_news {
	bool is_back;              /* a way that was not there may be there */
	bool is_any_gone;          /* which of our addresses are gone is not known */
	uint8_t gone_count;        /* of our addresses */
	uint64_t answers_since_us; /* targets that were silent answer since then; 0 none */
	struct netaddr gone[NETWORK_GONE_MAX];
};

/* The parts of a walk, in their order. */
enum network_phase { NETWORK_AT_REST, NETWORK_TARGETS, NETWORK_USERS };

struct network {
	struct wheel_node timer;
	uint16_t ways;   /* rises with every change: flows chosen before are chosen anew */
	uint8_t phase;   /* enum network_phase */
	uint8_t kind;    /* in NETWORK_USERS: of exchanges */
	uint32_t cursor; /* objects below this slot were looked at */
	struct network_news pending, walked;
	uint64_t back_walk_us;   /* the last walk that a change brought on */
	uint64_t back_apart_us;  /* until the next of those */
	uint64_t answer_walk_us; /* the last that an answer brought on */
};

/* One of the shell's listeners, and those that lead there. */
struct listener_need {
	uint32_t number; /* LISTENER_NONE: the place is free */
	uint32_t users;
	bool is_told; /* the shell knows it as needed */
};

struct listeners {
	struct wheel_node timer;
	uint32_t places; /* below it, all that were ever used */
	struct listener_need needs[LISTENERS_MAX];
};

#define EXCHANGE_KINDS 16

/* A kind of those that embed an exchange (upstream/exchange.h). */
struct upstreams_user {
	const struct exchange_ops *ops; /* NULL: there is no such kind */
	void *context;
};

/* What exchanges sent, and what came of it, since the start. */
struct upstreams_traffic {
	uint64_t requests, repetitions, timeouts;
	uint64_t late;                              /* responses after an exchange was given up */
	uint64_t elsewhere, unreadable, mismatched; /* responses that were not taken */
};

struct upstreams {
	struct core_context *core;
	struct hash_key hash_key;
	struct upstreams_user users[EXCHANGE_KINDS];
	struct pool *upstreams, *targets, *redirects, *keepalives;
	struct shared *flows; /* of exchanges */
	struct map *upstream_keys;
	struct map *target_addresses;
	struct histories *histories;
	struct map *keepalive_flows;
	struct network network;
	struct listeners listeners;
	struct upstreams_traffic traffic;
};

struct upstreams_config {
	struct core_context *core;
	struct hash_key hash_key;
	uint32_t upstreams_max, targets_max, keepalives_max;
};

/* The core's context outlives it. NULL without memory. */
struct upstreams *upstreams_new(const struct upstreams_config *config);
void upstreams_free(struct upstreams **upstreams);

/*
 * From here on exchanges of that kind may be begun; the ops are static. Kinds count from 0, and
 * after a change of the network they are looked at in their order (upstream/rounds.h).
 */
void upstreams_add(
    struct upstreams *u, unsigned kind, const struct exchange_ops *ops, void *context);

/* For tables whose key is an address: of one family of transports, with its port. */
static inline uint64_t upstreams_hash_address(
    const struct upstreams *u, uint8_t transport, const struct netaddr *address)
{
	uint8_t bytes[20];

	memcpy(bytes, address->ip, 16);
	bytes[16] = address->family;
	bytes[17] = transport;
	bytes[18] = (uint8_t)(address->port >> 8);
	bytes[19] = (uint8_t)address->port;
	return hash_bytes(u->hash_key, slice_make(bytes, sizeof(bytes)));
}

// SPDX-License-Identifier: Apache-2.0
/*
 * The object that all files of this room share: upstreams, targets, what was learned
 * about them, and the core's context. Every part of the core that has to reach a
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
	TIMER_HISTORY,   /* writes histories that are not in the ledger yet */
	TIMER_NETWORK,   /* the next step of the walk after a change of the network */
	TIMER_LISTENERS, /* tells the shell which listeners are needed */
	TIMER_KEEPALIVE,
};

#define NETWORK_GONE_MAX 4

/* What is new about the node's own network. */
struct network_news {
	bool is_back;              /* there may be a route that was not there before */
	bool is_any_gone;          /* any of our addresses may be gone */
	uint8_t gone_count;        /* how many addresses are in `gone` */
	uint64_t answers_since_us; /* since then, silent targets answer again; 0: none does */
	struct netaddr gone[NETWORK_GONE_MAX];
};

/* The phases of a walk, in their order. */
enum network_phase { NETWORK_AT_REST, NETWORK_TARGETS, NETWORK_USERS };

struct network {
	struct wheel_node timer;
	uint16_t ways;   /* rises with every change: a flow that was chosen before is void */
	uint8_t phase;   /* enum network_phase */
	uint8_t kind;    /* in NETWORK_USERS: the kind of exchanges that is walked now */
	uint32_t cursor; /* the walk has passed the slots below this one */
	struct network_news pending; /* for the next walk */
	struct network_news walked;  /* of the walk that is under way, or of the last one */
	uint64_t back_walk_us;       /* the last walk because of a change */
	uint64_t back_apart_us;      /* the least time from that walk to the next of its kind */
	uint64_t answer_walk_us;     /* the last walk because a silent target answered */
};

/* One of the shell's listeners, and how many users need it. */
struct listener_need {
	uint32_t number; /* LISTENER_NONE: this row is free */
	uint32_t users;
	bool is_told; /* the shell was told that it is needed */
};

struct listeners {
	struct wheel_node timer;
	uint32_t places; /* rows from this one on were never used */
	struct listener_need needs[LISTENERS_MAX];
};

#define EXCHANGE_KINDS 16

/* A kind of owners of exchanges (upstream/exchange.h). */
struct upstreams_user {
	const struct exchange_ops *ops; /* NULL: there is no such kind */
	void *context;
};

/* Counters of what exchanges sent and received, since the start. */
struct upstreams_traffic {
	uint64_t requests, repetitions, timeouts;
	uint64_t late;                              /* responses to requests that were given up */
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
	uint32_t stop_requests_astray; /* of a stop, to addresses that are not known yet */
};

struct upstreams_config {
	struct core_context *core;
	struct hash_key hash_key;
	uint32_t upstreams_max, targets_max, keepalives_max;
};

/* The caller keeps the core's context until upstreams_free(). NULL without memory. */
struct upstreams *upstreams_new(const struct upstreams_config *config);
void upstreams_free(struct upstreams **upstreams);

/*
 * Adds a kind of owners; exchanges of this kind may begin now. `ops` is static. Kinds count from
 * 0; after a change of the network they are walked in this order (upstream/rounds.h).
 */
void upstreams_add(
    struct upstreams *u, unsigned kind, const struct exchange_ops *ops, void *context);

/* The hash of an address with its port and transport, for tables with such a key. */
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

// SPDX-License-Identifier: Apache-2.0
/*
 * What the parts of the registrant share: the core's facilities, the pools of
 * objects, and the indexes over them. One of these exists per core; no part
 * keeps state outside of it.
 */
#pragma once

#include "base/heap.h"
#include "base/map.h"
#include "base/pool.h"
#include "base/random.h"
#include "base/wheel.h"
#include "effect/command.h"
#include "effect/effect.h"
#include "effect/event.h"
#include "effect/journal.h"
#include "model/identity.h"
#include "model/registration_config.h"
#include "txn/txn.h"

/* What a wheel node of ours belongs to. */
enum registrant_timer {
	TIMER_TXN,
	TIMER_REGISTRATION,
	TIMER_DEBT,
	TIMER_TARGET,
	TIMER_UPSTREAM,
	TIMER_LEDGER, /* the durable ones of those that wait for their row go on */
	TIMER_ALIVE,  /* the stamp that bounds everything after a crash */
	TIMER_KEEPALIVE,
	TIMER_STOP,      /* the stop walks on */
	TIMER_PACE,      /* paces that the ledger does not know yet */
	TIMER_NETWORK,   /* the walk after the network changed goes on */
	TIMER_LISTENERS, /* the shell learns which are needed */
};

struct refresh_plan;

#define CSEQ_GIVEN 256 /* sequences whose last number is remembered behind their end */
struct names;
struct paces;

struct stop {
	bool running;
	bool ended;
	bool keeps;    /* nothing is cancelled, nothing leaves: the next start goes on */
	uint8_t phase; /* of the walk; stop.c's */
	uint64_t begun_us, half_us, eighty_us, end_us;
	uint32_t cursor;      /* registrations below this slot were handed over */
	uint32_t debt_cursor; /* debts below this slot were asked, or at the end reported */
	uint32_t total, settled;
	uint32_t counts[OUTCOME_COUNT];
	struct wheel_node timer;
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
enum network_phase { NETWORK_AT_REST, NETWORK_TARGETS, NETWORK_DEBTS, NETWORK_REGISTRATIONS };

struct network {
	struct wheel_node timer;
	uint16_t ways;   /* rises with every change: flows chosen before are chosen anew */
	uint8_t phase;   /* enum network_phase */
	uint32_t cursor; /* objects below this slot were looked at */
	struct network_news pending, walked;
	uint64_t back_walk_us;   /* the last walk that a change brought on */
	uint64_t back_apart_us;  /* until the next of those */
	uint64_t answer_walk_us; /* the last that an answer brought on */
};

/* One of the shell's listeners, and the holdings that lead there. */
struct listener_need {
	uint32_t number; /* LISTENER_NONE: the place is free */
	uint32_t holdings;
	bool is_told; /* the shell knows it as needed */
};

struct listeners {
	struct wheel_node timer;
	uint32_t places; /* below it, all that were ever used */
	struct listener_need needs[LISTENERS_MAX];
};

#define TRACED_NAME_MAX 64

/* A registration that somebody looks on at. */
struct traced {
	char name[TRACED_NAME_MAX + 1];
	uint8_t state;      /* last told */
	uint32_t onlookers; /* above 0 */
	uint32_t lost;      /* records, since the last that found room */
};

struct tracing {
	uint32_t count;
	struct traced items[TRACED_MAX];
};

struct registrant {
	struct outbox *outbox;
	struct wheel *wheel;
	struct txns *txns;
	struct random *random;
	const struct params *params;
	uint32_t probe_s; /* RG_PROBE as it was last heeded */
	struct now now;   /* of the entry that is running */

	struct identity_key identity_key;
	struct hash_key hash_key;
	char *advertise; /* "" without */
	char *user_agent;

	struct pool *registrations, *debts, *holdings, *sequences, *upstreams, *targets;
	struct pool *keepalives, *redirects;
	struct map *registration_names;
	struct names *names; /* the same in order */
	struct map *debt_names;
	struct map *holding_keys;
	struct map *call_ids;
	struct map *upstream_keys;
	struct map *target_addresses;
	struct map *keepalive_flows;
	struct map *epochs; /* hash of a name to its epoch; without an entry 0 */

	struct journal journal;
	uint64_t identity_id; /* the largest so far */
	struct heap twins; /* ledger ids that a newer row of a holding replaced, and the holding */
	struct wheel_node ledger_timer, alive_timer;

	uint32_t cseq_floor; /* every CSeq of earlier starts was at or below it */
	uint32_t cseq_clock; /* the highest that the clock has said */
	struct cseq_given {
		uint64_t call_id; /* hash */
		uint32_t cseq;
	} cseq_given[CSEQ_GIVEN]; /* sequences that were given back last, a ring */
	uint32_t cseq_given_next;
	uint32_t cseq_ceiling; /* durable: we may use numbers up to here */
	uint32_t cseq_asked;   /* a higher ceiling on its way to the disk */
	uint64_t cseq_ticket;

	struct refresh_plan *refresh_plan;
	struct paces *paces;
	uint32_t up;     /* registrations */
	uint32_t parted; /* debts that a redirect left, CAUSE_REDIRECTED */
	struct stop stop;
	struct network network;
	struct listeners listeners;
	struct tracing tracing;
	struct traffic_counters traffic;
	struct registration_config shown; /* by COMMAND_SHOW, until the next entry */
	size_t listing_bytes;             /* of all struct listing */
	uint64_t started_us;              /* 0 before registrant_start() */
	bool is_ledger_failing;           /* the disk refused it last */
	bool was_stopping;                /* the process before, and its cancels may still arrive */
	bool was_keeping;                 /* it left all as it was, and nothing was out */
	struct map *loading;              /* ledger ids to holdings, until then */
};

/* One line for people: `registration=NAME event=… …`, cut where it is too long. */
void registrant_log(struct registrant *r, enum log_level level, const struct buf *line);

/* For tables whose key is an address: of one family of transports, with its port. */
uint64_t registrant_hash_address(
    const struct registrant *r, uint8_t transport, const struct netaddr *address);

/* Hash of two texts for the indexes. */
uint64_t registrant_hash(const struct registrant *r, struct slice a, struct slice b);

static inline uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static inline uint64_t max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

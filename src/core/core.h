// SPDX-License-Identifier: Apache-2.0
/*
 * The core: everything that decides, and nothing that touches the world. Four
 * entries, each handed the time, each appending records to the outbox. It makes
 * no system call, reads no clock and calls nobody back (docs/architecture.md).
 *
 * The shell drains the outbox after every entry, before the next one.
 */
#pragma once

#include "answer/answer.h"
#include "effect/effect.h"
#include "effect/event.h"
#include "model/identity.h"

struct core;

#define CORE_DOMAINS_MAX 8

struct core_config {
	uint8_t secret[NODE_SECRET_SIZE];
	uint64_t seed;           /* of the random generator */
	uint32_t boot;           /* the number of this start; durable before core_new() */
	uint32_t cseq_floor;     /* no CSeq used so far is above it; durable */
	uint32_t cseq_ceiling;   /* the highest CSeq that this start may use; durable */
	struct slice advertise;  /* host for Contact and Via; empty: the flow's local address */
	struct slice user_agent; /* "Regent/0.1.0" */
	struct slice realm;      /* of the challenges to phones */
	struct slice domains[CORE_DOMAINS_MAX]; /* of ours, that phones may name */
	unsigned domain_count;                  /* 0: they may name any */
	uint32_t registrations_max;             /* how many registrations there may be */
	uint32_t held;          /* rows that core_load() will bring, in addition to them */
	uint32_t expected;      /* registrations of this start; memory is taken at once */
	uint32_t endpoints_max; /* how many endpoints, and bindings of them, there may be */
	bool keeps_bindings;    /* the shell gives EVENT_BINDINGS_LOADED, and until then nobody
	                           registers */
	struct params params;
};

/* Copies the texts and parameters of the config. NULL without memory. */
struct core *core_new(const struct core_config *config, struct now now);
void core_free(struct core **core);

/*
 * Before core_start(): takes over one record of the ledger. An identity comes before
 * its binding. ERR_FULL: a pool is at its cap. ERR_MEMORY. ERR_DAMAGED: a binding
 * without its identity, or a next hop that is too long.
 */
MUST_CHECK int core_load(struct core *core, struct now now, const struct ledger_record *record);

/*
 * Ends the loading of ledger and objects (COMMAND_PUT). A binding of the ledger that
 * no registration claims is owed a cancel from now on, and requests may leave.
 */
void core_start(struct core *core, struct now now);

/* Takes one datagram that arrived on a flow. Neither is kept. */
void core_receive(
    struct core *core, struct now now, const struct flow *flow, struct slice datagram);

/* Takes the outcome of an effect, or news of the machine (effect/event.h). */
void core_event(struct core *core, struct now now, const struct event *event);

/* Does what an operator wants; the answer is a record of the outbox (answer/command.h). */
void core_command(struct core *core, struct now now, const struct command *command);

/* Runs timers that are due while the outbox has room. Call it again until nothing is due. */
void core_advance(struct core *core, struct now now);

/* When to call core_advance() next, in mono_us: in the past if work is left; or TIME_NEVER. */
uint64_t core_next_deadline(const struct core *core);

/* The outbox that the shell drains; the core owns it. */
struct outbox *core_outbox(struct core *core);

/* The bytes of one object of each kind. A NULL name ends the table. */
struct core_size {
	const char *name;
	size_t bytes;
};
const struct core_size *core_sizes(void);

/* How many objects of each kind live; a leak shows here. */
struct core_usage {
	uint32_t registrations, debts, holdings, sequences;
	uint32_t endpoints, bindings;
	uint32_t upstreams, targets, keepalives;
	uint32_t transactions; /* loose ones included */
};
void core_usage(const struct core *core, struct core_usage *usage_r);

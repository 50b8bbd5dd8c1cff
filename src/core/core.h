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

struct core_config {
	uint8_t secret[NODE_SECRET_SIZE];
	uint64_t seed;              /* of the generator */
	uint32_t boot;              /* this start's number, durable before core_new() */
	uint32_t cseq_floor;        /* durable: every CSeq used so far was at or below it ... */
	uint32_t cseq_ceiling;      /* ... and this start may use those up to here, durable too */
	struct slice advertise;     /* host for Contact and Via; empty: the flow's local address */
	struct slice user_agent;    /* "Regent/0.1.0" */
	uint32_t registrations_max; /* cap of the pools ... */
	uint32_t held;              /* ... beside so many rows for core_load() */
	uint32_t expected;          /* registrations that a start brings; room is made at once */
	struct params params;
};

/* Copies what it keeps of the config. NULL without memory. */
struct core *core_new(const struct core_config *config, struct now now);
void core_free(struct core **core);

/*
 * Before core_start(): what the ledger held when the process began, identities
 * before their bindings, and the epochs. ERR_FULL, ERR_MEMORY, ERR_DAMAGED.
 */
MUST_CHECK int core_load(struct core *core, struct now now, const struct ledger_record *record);

/*
 * Ends the loading of ledger and objects (COMMAND_PUT): what the ledger holds
 * and no registration claims becomes a debt, and the first requests may leave.
 */
void core_start(struct core *core, struct now now);

/* One datagram that arrived on a flow. The bytes are not kept. */
void core_receive(
    struct core *core, struct now now, const struct flow *flow, struct slice datagram);
void core_event(struct core *core, struct now now, const struct event *event);
void core_command(struct core *core, struct now now, const struct command *command);

/* Runs what is due, as far as the outbox has room; call again until nothing is due. */
void core_advance(struct core *core, struct now now);

/* When to call core_advance() next, in mono_us: the past where work is left, or TIME_NEVER. */
uint64_t core_next_deadline(const struct core *core);

struct outbox *core_outbox(struct core *core);

/* Bytes one object of each kind takes, for `regentd --sizes`: NULL name ends the table. */
struct core_size {
	const char *name;
	size_t bytes;
};
const struct core_size *core_sizes(void);

/* How many objects live, for whoever watches that memory stays flat. */
struct core_usage {
	uint32_t registrations, debts, holdings, sequences;
	uint32_t upstreams, targets, keepalives;
	uint32_t transactions; /* loose ones included */
};
void core_usage(const struct core *core, struct core_usage *usage_r);

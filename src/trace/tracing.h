// SPDX-License-Identifier: Apache-2.0
/*
 * What is under trace: a short table of names, and the records for the clients that
 * trace them (answer/trace.h). A record bears the name alone, so several clients cost
 * no more than one. If the outbox has no more room than a step needs, a record is
 * left out and counted.
 *
 * Any part of the core can trace the things that it names. It asks tracing_is_on()
 * first: without a trace, that test of one number is all that a message costs.
 */
#pragma once

#include "answer/answer.h"
#include "effect/core_context.h"
#include "sip/message.h"

#define TRACED_NAME_MAX 64
#define TRACED_UNTOLD   UINT8_MAX /* no state was told yet */

/* A name under trace. */
struct traced {
	char name[TRACED_NAME_MAX + 1];
	uint8_t state;      /* the state told last, as its part numbers it; or TRACED_UNTOLD */
	uint32_t onlookers; /* clients that trace it; above 0 */
	uint32_t lost;      /* records left out since the last one that had room */
};

/* The core owns it; it begins with zeroes. */
struct tracing {
	uint32_t count;
	struct traced items[TRACED_MAX];
};

static inline bool tracing_is_on(const struct core_context *core)
{
	return core->tracing->count > 0;
}

/*
 * COMMAND_TRACE: one more client traces the name. The caller has checked that the name exists; it
 * has 1 to TRACED_NAME_MAX bytes. Answers the command, with an error if TRACED_MAX names are
 * traced.
 */
void tracing_begin(struct core_context *core, const struct command *command);

/* COMMAND_UNTRACE: one client less traces the name. Answers the command. */
void tracing_end(struct core_context *core, const struct command *command);

/*
 * Add a record of the name, if it is under trace. `bytes` is a valid message of ours;
 * `retransmission` is 0 if it was sent for the first time.
 */
void tracing_put_sent(struct core_context *core, struct slice name, struct slice bytes,
    const struct flow *flow, uint32_t retransmission);
void tracing_put_received(struct core_context *core, struct slice name,
    const struct sip_message *message, const struct flow *flow);
void tracing_put_note(struct core_context *core, struct slice name, struct slice text);

/*
 * A name under trace has this state now: tells it, unless it was told last. `word` is static;
 * `sentence` has at most TRACE_SUMMARY_MAX bytes.
 */
void tracing_put_state(struct core_context *core, struct traced *traced, uint8_t state,
    const char *word, struct slice sentence);

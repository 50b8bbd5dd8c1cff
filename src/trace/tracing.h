// SPDX-License-Identifier: Apache-2.0
/*
 * What is under trace: a short table of names, and the records for those who look
 * on (answer/trace.h). A record bears the name alone, so several who look on at it
 * cost no more than one. A record is left out, and counted, where the outbox has
 * no more room than a step needs.
 *
 * Any part of the core traces what it names. It asks tracing_is_on() first: while
 * nobody looks on, that test of one number is all that a message costs.
 */
#pragma once

#include "answer/answer.h"
#include "effect/core_context.h"
#include "sip/message.h"

#define TRACED_NAME_MAX 64
#define TRACED_UNTOLD   UINT8_MAX /* no state of that number is told */

/* Something that somebody looks on at. */
struct traced {
	char name[TRACED_NAME_MAX + 1];
	uint8_t state;      /* told last, by a number of its part; TRACED_UNTOLD: none */
	uint32_t onlookers; /* above 0 */
	uint32_t lost;      /* records, since the last that found room */
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
 * COMMAND_TRACE: one more looks on. The name has 1 to TRACED_NAME_MAX bytes, and the caller knows
 * what it names. Answers the command, with an error where no more may be traced.
 */
void tracing_begin(struct core_context *core, const struct command *command);

/* COMMAND_UNTRACE: one of them does not look on any more. Answers the command. */
void tracing_end(struct core_context *core, const struct command *command);

/*
 * Records of one name; they do nothing unless it is under trace. What left is a valid message of
 * ours; `retransmission` is 0 the first time.
 */
void tracing_put_sent(struct core_context *core, struct slice name, struct slice bytes,
    const struct flow *flow, uint32_t retransmission);
void tracing_put_received(struct core_context *core, struct slice name,
    const struct sip_message *message, const struct flow *flow);
void tracing_put_note(struct core_context *core, struct slice name, struct slice text);

/*
 * Something under trace has this state now: it is told unless it was told last. `word` is static;
 * the sentence has TRACE_SUMMARY_MAX bytes at most.
 */
void tracing_put_state(struct core_context *core, struct traced *traced, uint8_t state,
    const char *word, struct slice sentence);

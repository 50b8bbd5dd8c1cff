// SPDX-License-Identifier: Apache-2.0
/*
 * The parts of the core, and how the core calls them. The branch of a request names
 * the part that sent it, and the kind of a timer names the part that set it, so the
 * core finds a part without knowing what it does.
 */
#pragma once

#include "effect/event.h"
#include "txn/txn.h"

/* Each part has so many kinds of timers, and numbers them in an enum of its own. */
#define PART_TIMERS            16
#define PART_TIMER_FIRST(part) ((part)*PART_TIMERS)

/* The timers of the core itself. */
enum core_timer {
	TIMER_TXN = PART_TIMER_FIRST(PART_CORE), /* of a client transaction */
	TIMER_SERVER,                            /* of a server transaction */
	TIMER_JOURNAL,                           /* objects whose record is durable go on */
	TIMER_STOP,                              /* the next step of a stop */
};

static inline enum part part_of_timer(const struct wheel_node *node)
{
	return (enum part)(node->kind / PART_TIMERS);
}

/* What a stop has to do; the parts add it up. */
struct part_stop_share {
	uint32_t cancels; /* objects that will be cancelled at a peer */
	uint32_t kept;    /* objects that stay there, also in a stop that cancels */
	uint32_t rows;    /* rows that the parts will add to the report (answer/stop_report.h) */
};

/*
 * A part's share in a stop (core/stop.h); `part` is the part's own object. Each function may be
 * NULL. They are called in this order, `hurry` perhaps again.
 *
 * `count`: adds up what there is to do. The core does not stop yet.
 * `takes_s`: how long the requests of a stop that cancels will take, in s, at its pace.
 * `begin`: the stop has begun; its mode and its times are set (core_context.stop).
 * `hurry`: what waits may leave sooner. In a stop that cancels: at its begin and after half of it.
 * `walk`: goes on with ending or keeping objects, as far as the outbox has room; true at the end.
 * `give_up`: the deadline has come: goes on with reporting what is open, in the same way.
 * `end`: all rows of the report are there; nothing is sent any more.
 */
struct part_stop_ops {
	void (*count)(void *part, struct part_stop_share *share);
	uint64_t (*takes_s)(void *part);
	void (*begin)(void *part);
	void (*hurry)(void *part);
	bool (*walk)(void *part);
	bool (*give_up)(void *part);
	void (*end)(void *part);
};

/*
 * What the core tells a part; `part` is the part's own object. Functions marked * may be NULL, and
 * so may those marked + if the part sends no requests.
 *
 * `timer`: a timer of one of its kinds is due.
 * `txn_timer`+: the timer of one of its transactions is due (txn_due()).
 * `response`+: a response to one of its transactions, which may be loose.
 * `not_taken`+: a response bears the branch of one of its transactions but is not used:
 * TXN_ELSEWHERE, TXN_MISMATCHED, or TXN_UNREADABLE with the reason in `what`, a static text.
 * `came_back`*: a request that the part sent came back to us; its Call-ID is the branch of `txn`.
 * `tell_states`*: a step has ended while something is under trace (trace/tracing.h); the part tells
 * the states of its own that have changed.
 * `event`*: any event except those of the ledger; the part ignores those of other parts.
 * `stop`*: its share in a stop.
 */
struct part_ops {
	void (*timer)(void *part, struct wheel_node *node);
	void (*txn_timer)(void *part, struct txn *txn);
	void (*response)(void *part, struct txn *txn, const struct sip_message *response,
	    const struct flow *flow);
	void (*not_taken)(void *part, struct txn *txn, enum txn_match why, const char *what,
	    const struct sip_message *response, const struct flow *flow);
	void (*came_back)(void *part, struct txn *txn);
	void (*tell_states)(void *part);
	void (*event)(void *part, const struct event *event);
	const struct part_stop_ops *stop;
};

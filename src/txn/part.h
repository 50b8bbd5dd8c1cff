// SPDX-License-Identifier: Apache-2.0
/*
 * The parts of the core, and how the core reaches them. A part is named by the
 * branch of the requests that it sends, and by the kinds of the timers that it sets,
 * so the core finds it without knowing what it does.
 */
#pragma once

#include "effect/event.h"
#include "txn/txn.h"

/* The kinds of its own timers that a part may have; a part numbers them in an enum of its own. */
#define PART_TIMERS            16
#define PART_TIMER_FIRST(part) ((part)*PART_TIMERS)

/* The timers of the core itself. */
enum core_timer {
	TIMER_TXN = PART_TIMER_FIRST(PART_CORE), /* of a client transaction */
	TIMER_SERVER,                            /* of a server transaction */
	TIMER_JOURNAL,                           /* those whose record is durable go on */
};

static inline enum part part_of_timer(const struct wheel_node *node)
{
	return (enum part)(node->kind / PART_TIMERS);
}

/*
 * What the core tells a part, which is handed as it was made. Those marked * may be NULL, those
 * marked + too, where the part sends no requests.
 *
 * `timer`: a timer of one of its kinds is due.
 * `txn_timer`+: the timer of one of its transactions is due (txn_due()).
 * `response`+: a response to one of its transactions, which may be loose.
 * `not_taken`+: a response that bears the branch of one of its transactions and that nobody can
 * take: TXN_ELSEWHERE, TXN_MISMATCHED, or TXN_UNREADABLE for the reason in `what`, a static text.
 * `came_back`*: a request of its own came back to us; the Call-ID was the transaction's branch.
 * `event`*: every event but those of the ledger; a part takes its own.
 */
struct part_ops {
	void (*timer)(void *part, struct wheel_node *node);
	void (*txn_timer)(void *part, struct txn *txn);
	void (*response)(void *part, struct txn *txn, const struct sip_message *response,
	    const struct flow *flow);
	void (*not_taken)(void *part, struct txn *txn, enum txn_match why, const char *what,
	    const struct sip_message *response, const struct flow *flow);
	void (*came_back)(void *part, struct txn *txn);
	void (*event)(void *part, const struct event *event);
};

// SPDX-License-Identifier: Apache-2.0
/*
 * Registrations under trace: what those who look on are told (answer/trace.h).
 * While nobody looks each of these costs the test of one number. Records are
 * left out, and counted, where the outbox has no more room than a step needs.
 */
#pragma once

#include "registrant/holding.h"

/* The registration of that name, where it is under trace; else NULL. */
struct traced *tracing_find(struct registrant *r, struct slice name);

/* A record about it, to be filled; NULL without room, and then it counts as lost. */
struct answer_trace *tracing_add(
    struct registrant *r, struct traced *traced, enum trace_kind kind, size_t text_most);

void tracing_put_sent(struct registrant *r, const struct holding *holding, const struct txn *txn);
void tracing_put_received(struct registrant *r, const struct holding *holding,
    const struct sip_message *message, const struct flow *flow);
void tracing_put_note(struct registrant *r, struct slice name, struct slice text);

static inline bool tracing_is_on(const struct registrant *r)
{
	return r->tracing.count > 0;
}

/* The transaction's request left, for the first time or again. */
static inline void tracing_sent(
    struct registrant *r, const struct holding *holding, const struct txn *txn)
{
	if (tracing_is_on(r))
		tracing_put_sent(r, holding, txn);
}

static inline void tracing_received(struct registrant *r, const struct holding *holding,
    const struct sip_message *message, const struct flow *flow)
{
	if (tracing_is_on(r) && holding)
		tracing_put_received(r, holding, message, flow);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Answers that came and were not taken: from another address than the one that
 * was asked (RFC 3261 18.1.2), unreadable, or naming another request. They are
 * no silence, and whoever looks for the fault has to know of them. Only those
 * count that bear the branch of a request of ours: who is off the path cannot
 * write one. What is kept is one record for each target, and a line is written
 * once in ten minutes, however many come.
 */
#pragma once

#include "upstream/exchange.h"

/*
 * An answer to this transaction was not taken; `what` is a static text for UNTAKEN_UNREADABLE. The
 * exchange is NULL where nobody is left who sent the request.
 */
void untaken_note(struct upstreams *u, struct exchange *exchange, struct txn *txn,
    enum untaken_why why, const char *what, const struct sip_message *response,
    const struct flow *flow);

/*
 * Why the transaction has no answer, for people: "no answer", or what is wrong with those that
 * came.
 */
void untaken_put_reason(const struct upstreams *u, struct buf *b, const struct txn *txn);

// SPDX-License-Identifier: Apache-2.0
/*
 * Responses that were not taken: they came from another address than the request
 * went to (RFC 3261 18.1.2), cannot be read, or name another request. They differ
 * from silence, and people who look for the fault have to know of them. Only
 * responses with a branch of ours count, since a stranger cannot write one. Each
 * target keeps one record of them, and a line is logged once in ten minutes.
 */
#pragma once

#include "upstream/exchange.h"

/*
 * A response to this transaction was not taken. `what` is a static text, the reason for
 * UNTAKEN_UNREADABLE. `exchange` is NULL if its owner is gone.
 */
void untaken_note(struct upstreams *u, struct exchange *exchange, struct txn *txn,
    enum untaken_why why, const char *what, const struct sip_message *response,
    const struct flow *flow);

/*
 * Writes, for people, why the transaction has no response: "no answer", or what is wrong with the
 * responses that came.
 */
void untaken_put_reason(const struct upstreams *u, struct buf *b, const struct txn *txn);

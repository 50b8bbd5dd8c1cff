// SPDX-License-Identifier: Apache-2.0
/*
 * Responses to an exchange, and silence. What they say of the address is noted in
 * its target, challenges are answered, and for any other response the owner gets a
 * verdict.
 */
#pragma once

#include "upstream/exchange.h"

/* A response to the exchange's outstanding transaction. */
void reply_received(struct upstreams *u, struct exchange *exchange, struct txn *txn,
    const struct sip_message *response);

/* A response to a transaction that was given up; `exchange` is NULL if its owner is gone. */
void reply_late(struct upstreams *u, struct exchange *exchange, struct txn *txn,
    const struct sip_message *response, const struct flow *flow);

/* A transaction's timer: repeats it, gives it up or forgets it. */
void reply_txn_timer(struct upstreams *u, struct exchange *exchange, struct txn *txn);

// SPDX-License-Identifier: Apache-2.0
/*
 * What comes back to an exchange: responses and silence.
 * Evidence about the address goes to its target, challenges are answered here,
 * and everything else is a verdict for the exchange's owner.
 */
#pragma once

#include "upstream/exchange.h"

/* A response to the exchange's outstanding transaction. */
void reply_received(struct upstreams *u, struct exchange *exchange, struct txn *txn,
    const struct sip_message *response);

/* A response to a transaction that was given up; NULL: nobody is left who sent it. */
void reply_late(struct upstreams *u, struct exchange *exchange, struct txn *txn,
    const struct sip_message *response, const struct flow *flow);

/* A transaction's timer: repeats it, gives it up or forgets it. */
void reply_txn_timer(struct upstreams *u, struct exchange *exchange, struct txn *txn);

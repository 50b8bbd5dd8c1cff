// SPDX-License-Identifier: Apache-2.0
/*
 * What comes back to an exchange: responses, silence, challenges.
 * Evidence about the address goes to its target, challenges are answered here,
 * and everything else is a verdict for the exchange's owner.
 */
#pragma once

#include "registrant/exchange.h"

/* A response to the exchange's outstanding transaction. */
void reply_received(struct registrant *r, struct exchange *exchange, struct txn *txn,
    const struct sip_message *response);

/* A response to one that was given up: evidence of what upstream holds. */
void reply_late(struct registrant *r, struct txn *txn, const struct sip_message *response,
    const struct flow *flow);

/* A transaction's timer: repeats it, gives it up or forgets it. */
void reply_txn_timer(struct registrant *r, struct txn *txn);

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

/*
 * Upstream holds the binding for that long by what it said, whatever else it said with that: a
 * grant in a late 200, or our Contact in the list of a refusal.
 */
void reply_hold(struct registrant *r, struct exchange *exchange, uint32_t left_s);

/* A transaction's timer: repeats it, gives it up or forgets it. */
void reply_txn_timer(struct registrant *r, struct txn *txn);

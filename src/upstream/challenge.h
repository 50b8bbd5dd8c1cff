// SPDX-License-Identifier: Apache-2.0
/*
 * Challenges of an exchange: which of them it answers, what a good answer proves,
 * and when a refusal may mean the answer that went along.
 */
#pragma once

#include "upstream/exchange.h"

/* A 401 or 407: the exchange is queued with an answer, or its owner learns why not. */
void challenge_came(
    struct upstreams *u, struct exchange *exchange, const struct sip_message *response);

/* The request and the answers that it carried were good. */
void challenge_passed(
    struct upstreams *u, struct exchange *exchange, const struct sip_message *response);

/*
 * A refusal that may mean the answers of the request, whatever its status says: true where the
 * request was queued once more without them, to be challenged.
 */
bool challenge_goes_bare(struct upstreams *u, struct exchange *exchange, enum verdict verdict,
    const struct sip_message *response);

/* Silence to a request, which may be about a nonce that was used. */
void challenge_met_silence(struct upstreams *u, struct exchange *exchange);

// SPDX-License-Identifier: Apache-2.0
/*
 * Challenges of an exchange: which of them it answers, what an accepted answer
 * proves, and which refusals may be due to the credentials in the request.
 */
#pragma once

#include "upstream/exchange.h"

/* A 401 or 407: the exchange is queued with an answer, or its owner learns why not. */
void challenge_came(
    struct upstreams *u, struct exchange *exchange, const struct sip_message *response);

/* The request was granted, so the credentials in it were good. */
void challenge_passed(
    struct upstreams *u, struct exchange *exchange, const struct sip_message *response);

/*
 * A refusal. True if it may be due to the credentials in the request, whatever its status says, and
 * the request was queued once more without them, to be challenged.
 */
bool challenge_goes_bare(struct upstreams *u, struct exchange *exchange, enum verdict verdict,
    const struct sip_message *response);

/* A request got no response; the reason may be an old nonce, so the next one goes without. */
void challenge_met_silence(struct upstreams *u, struct exchange *exchange);

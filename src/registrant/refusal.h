// SPDX-License-Identifier: Apache-2.0
/*
 * Whom a 503 speaks of: the address that sent it, or one account alone. Registrars answer an
 * account that has as many Contacts as they allow with 503, list its holders, and serve
 * everybody else (Kamailio, OpenSIPS). Such an answer is no reason to send anybody else less.
 */
#pragma once

#include "registrant/exchange.h"
#include "registrant/registration.h"

/*
 * A 503 to a REGISTER or a cancel. VERDICT_FULL where it says itself that it speaks of the
 * account, else VERDICT_UNAVAILABLE; then the address may rest by it.
 */
enum verdict refusal_judge(
    struct registrant *r, struct exchange *exchange, const struct sip_message *response);

/* The Contacts that a VERDICT_FULL lists are shown; why, in words that name the first of them. */
void refusal_show(struct registrant *r, struct registration *registration,
    const struct sip_message *response, struct buf *why);

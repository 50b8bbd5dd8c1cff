// SPDX-License-Identifier: Apache-2.0
/*
 * Whom a 503 speaks of: the address that sent it, or one account alone. Registrars answer an
 * account that has as many Contacts as they allow with 503, list its holders, and serve
 * everybody else (Kamailio, OpenSIPS). Such an answer is no reason to send anybody else less.
 */
#pragma once

#include "registrant/contact.h"
#include "registrant/holder.h"

/* For the tables of exchange_ops: a 503 to a REGISTER says itself that it speaks of the account. */
bool refusal_is_own(
    void *context, const struct exchange *exchange, const struct sip_message *response);

/* What a refusal lists, and the question about it. */
void refusal_judge(struct registrant *r, const struct exchange *exchange,
    const struct sip_message *response, struct contact_question *question_r,
    struct contact_report *report_r);

/* Why, in words: the first of the Contacts that are not ours, else what the registrar says. */
void refusal_put_reason(const struct contact_question *question, const struct sip_message *response,
    const struct contact_report *report, struct buf *why);

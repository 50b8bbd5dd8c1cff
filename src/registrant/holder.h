// SPDX-License-Identifier: Apache-2.0
/*
 * A holder: the registration or debt that owns a holding, as upstream/ sees it. This
 * file has what both do alike with an exchange. It also keeps track of what upstream
 * may hold: a transmission may bind, a loose request may still arrive, and an answer
 * is evidence, whatever its status. It decides, too, whether a refusal concerns the
 * target or this account alone.
 */
#pragma once

#include "registrant/contact.h"
#include "registrant/holding.h"
#include "upstream/exchange.h"
#include "upstream/last.h"

/* The kinds of exchanges (upstreams_add()). After a change of the network debts come first. */
enum holder_kind {
	HOLDER_DEBT,
	HOLDER_REGISTRATION, /* a registration that registers or refreshes */
	HOLDER_PROBE,        /* a registration that probes its binding */
};

/*
 * The holding of the exchange's owner; NULL if it has none yet. Every kind of owner has it right
 * behind the exchange, so that the kind does not matter here.
 */
static inline struct holding *holder_holding(const struct exchange *exchange)
{
	return *(struct holding *const *)(const void *)(exchange + 1);
}

/* The expiry that a transaction asked for, in seconds; 0: it cancels or probes. */
static inline uint32_t holder_asked_s(const struct txn *txn)
{
	return exchange_note(txn)->mark;
}

/*
 * Notes that upstream holds the binding for `left_s` more seconds, as it has said: by the grant of
 * a late 200, or by our Contact in the list of a refusal.
 */
void holder_hold(struct registrant *r, struct exchange *exchange, uint32_t left_s);

/* Judges the response to a loose request: true if it says that upstream holds the binding. */
bool holder_judge_late(struct registrant *r, struct exchange *exchange, const struct txn *txn,
    const struct sip_message *response);

/* Judges the Contacts that a refusal lists. */
void holder_judge_refusal(struct registrant *r, const struct exchange *exchange,
    const struct sip_message *response, struct contact_question *question_r,
    struct contact_report *report_r);

/* Writes why, for people: the first foreign Contact, else the registrar's own words. */
void holder_put_refusal(const struct contact_question *question, const struct sip_message *response,
    const struct contact_report *report, struct buf *why);

/*
 * Writes a line to the log, and a note into the traces of the name:
 * `registration=NAME event=EVENT LABEL=VALUE [status=N] [reason="…"]`. Empty values are left out.
 */
void holder_log(struct registrant *r, enum log_level level, const struct last *last,
    struct slice name, const char *event, const char *label, struct slice value);

/* Completes the policy with what a holding demands of challenges, for all kinds of holders. */
void holder_limit_auth(const struct exchange *exchange, struct auth_policy *policy);

/* Entries of exchange_ops for all kinds of holders; `context` is the registrant. */
pool_handle holder_who(const struct exchange *exchange);
pool_handle holder_home(const struct exchange *exchange);
uint16_t *holder_listener_place(struct exchange *exchange);
void holder_put_name(const struct exchange *exchange, struct buf *b);
void holder_note(void *context, const struct exchange *exchange, const struct sip_message *message,
    const struct flow *flow, struct slice text);
void holder_sent(void *context, struct exchange *exchange, const struct txn *txn);
void holder_loose(void *context, struct exchange *exchange, const struct txn *txn);
bool holder_came(void *context, struct exchange *exchange, const struct txn *txn,
    const struct sip_message *response);
bool holder_is_own_refusal(
    void *context, const struct exchange *exchange, const struct sip_message *response);
void holder_proved(void *context, struct exchange *exchange, unsigned strength);
bool holder_may_repeat(void *context, struct exchange *exchange);

/* Entries of exchange_ops for the kinds whose owner is a registration. */
void holder_limit_registration(
    const void *context, const struct exchange *exchange, struct auth_policy *policy);
struct exchange *holder_find_registration(void *context, pool_handle owner);
uint64_t holder_lapses_at_us(const void *context, const struct exchange *exchange);
void holder_late(void *context, struct exchange *exchange, const struct txn *txn,
    const struct sip_message *response);

#define HOLDER_OPS                                                                                 \
	.part = PART_REGISTRANT, .who = holder_who, .home = holder_home,                           \
	.listener_place = holder_listener_place, .put_name = holder_put_name, .note = holder_note, \
	.write = request_write, .sent = holder_sent, .loose = holder_loose, .came = holder_came,   \
	.is_own_refusal = holder_is_own_refusal, .proved = holder_proved

#define HOLDER_REGISTRATION_OPS                                                                    \
	.goes_home = true, .limit_auth = holder_limit_registration,                                \
	.find = holder_find_registration, .leaves_from = registration_leaves_from,                 \
	.lapses_at_us = holder_lapses_at_us, .late = holder_late, .may_repeat = holder_may_repeat

// SPDX-License-Identifier: Apache-2.0
/*
 * A holder: the registration or debt that a holding belongs to, seen from
 * upstream/. Here is what both do alike with an exchange, and what its requests and
 * their answers say of what upstream holds: a transmission may bind, a request that
 * was given up may still arrive, and an answer is evidence, whatever its status. A
 * refusal speaks of the address that sent it, or of one account alone.
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
	HOLDER_PROBE,        /* a registration that looks */
};

/*
 * What the exchange's owner holds; NULL until there is something. It stands behind the exchange in
 * each kind of owner, so that nobody has to ask which kind it is.
 */
static inline struct holding *holder_holding(const struct exchange *exchange)
{
	return *(struct holding *const *)(const void *)(exchange + 1);
}

/* What a transaction of ours asked for: an expiry in seconds, 0 cancels or only looks. */
static inline uint32_t holder_asked_s(const struct txn *txn)
{
	return exchange_note(txn)->mark;
}

/*
 * Upstream holds the binding for that long by what it said, whatever else it said with that: a
 * grant in a late 200, or our Contact in the list of a refusal.
 */
void holder_hold(struct registrant *r, struct exchange *exchange, uint32_t left_s);

/* A response to a request that was given up: true where it says that upstream holds the binding. */
bool holder_judge_late(struct registrant *r, struct exchange *exchange, const struct txn *txn,
    const struct sip_message *response);

/* What a refusal lists, and the question about it. */
void holder_judge_refusal(struct registrant *r, const struct exchange *exchange,
    const struct sip_message *response, struct contact_question *question_r,
    struct contact_report *report_r);

/* Why, in words: the first of the Contacts that are not ours, else what the registrar says. */
void holder_put_refusal(const struct contact_question *question, const struct sip_message *response,
    const struct contact_report *report, struct buf *why);

/*
 * A line of the log, and a note for those who trace the name:
 * `registration=NAME event=EVENT LABEL=VALUE [status=N] [reason="…"]`; no empty value.
 */
void holder_log(struct registrant *r, enum log_level level, const struct last *last,
    struct slice name, const char *event, const char *label, struct slice value);

/* What a holding says of the challenges to its requests, whoever holds it. */
void holder_limit_auth(const struct exchange *exchange, struct auth_policy *policy);

/* For the tables of exchange_ops: `context` is the registrant. */
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

/* The same, where the owner is a registration. */
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

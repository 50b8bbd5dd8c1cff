// SPDX-License-Identifier: Apache-2.0
/*
 * Answers and their absence.
 */
#include "registrant/reply.h"

#include "base/broken.h"
#include "registrant/contact.h"
#include "registrant/last.h"
#include "registrant/refusal.h"
#include "registrant/registration.h"
#include "registrant/tracing.h"
#include "registrant/untaken.h"

#include <assert.h>

/* The pace of a stop is another one, in which places that were taken before are void. */
enum slot { SLOT_NONE, SLOT_RUNNING, SLOT_STOPPING };

/*
 * In one exchange: a proxy and a registrar that each offer two algorithms and call two
 * nonces stale. Without a bound a peer with new realms would be told digests without end.
 */
#define DIGESTS_MAX 6

static void repeat(struct registrant *r, struct exchange *exchange, struct txn *txn)
{
	struct target *target = target_get(r->upstreams, exchange->target);
	enum slot slot = r->stop.running ? SLOT_STOPPING : SLOT_RUNNING;
	struct exchange_note *note = exchange_note(txn);
	uint64_t place_us;

	if (target_open_at_us(r->upstreams, target) > r->core->now.mono_us &&
	    !target_lets_repeat(r->upstreams, target, txn->first_sent_us)) {
		note->slot = SLOT_NONE;
		txn_postpone(r->core->txns, txn, txn->give_up_us);
		return;
	}
	if (note->slot != slot) {
		bool has_place = target_reserve_us(r->upstreams, target, &place_us);

		if (place_us > r->core->now.mono_us) {
			note->slot = has_place ? (uint8_t)slot : SLOT_NONE;
			txn_postpone(r->core->txns, txn, place_us);
			return;
		}
	}
	note->slot = SLOT_NONE;
	txn_repeat(r->core->txns, txn, r->core->now);
	tracing_sent(r, exchange_holding(exchange), txn);
	if (!note->is_probe)
		target_charge_repetition(r->upstreams, target, exchange_holding(exchange)->handle,
		    r->core->now.mono_us - txn->first_sent_us);
	exchange_raise_bound(r, exchange_holding(exchange), txn);
	r->traffic.repetitions++;
	if (!note->is_probe && target_judge_silence(r->upstreams, target))
		exchange_reroute(r, target);
}

/* What a stop will need goes by it: one request or two. */
static void note_known_nonce(struct registrant *r, const struct exchange *exchange, bool was_good)
{
	struct target *target = target_get(r->upstreams, exchange->target);

	if (!target || !auths_are_known(&exchange->auths) || auths_were_asked(&exchange->auths))
		return;
	if (was_good)
		target->void_nonces -= target->void_nonces / 4;
	else
		target->void_nonces += (UINT8_MAX - target->void_nonces) / 4;
	if (was_good)
		target->swallowed = 0;
}

/*
 * Some are silent to a nonce that was used: the next attempt goes without. Where that is answered,
 * and silence follows to the next known nonce, every refresh would cost a timeout. An outage counts
 * once, and a known nonce that is good ends the count.
 */
static void drop_swallowed(const struct registrant *r, struct exchange *exchange,
    struct target *target, const struct txn *txn)
{
	if (txn->method != SIP_REGISTER || !auths_are_unasked(&exchange->auths))
		return;
	if (target->answered_us > target->swallowed_us && target->swallowed < SWALLOWED_MANY) {
		target->swallowed++;
		target->swallowed_us = r->core->now.mono_us;
	}
	auths_clear(&exchange->auths);
}

static void time_out(struct registrant *r, struct exchange *exchange, struct txn *txn)
{
	struct target *target = target_get(r->upstreams, exchange->target);
	struct holding *holding = exchange_holding(exchange);
	uint32_t users = upstream_get(r->upstreams, holding->upstream)->users;
	bool is_probe = exchange_note(txn)->is_probe;
	char text[LAST_REASON_MAX * 2];
	struct buf why = buf_over(text, sizeof(text));

	untaken_put_reason(r, &why, txn);
	drop_swallowed(r, exchange, target, txn);
	exchange_let_loose(r, exchange, txn);
	if (is_probe) {
		/* There are upstreams that swallow what they do not know. */
		exchange->ops->timed_out(r, exchange, buf_slice(&why));
		return;
	}
	exchange->has_flow = false;
	exchange_pass_target(r, exchange);
	r->traffic.timeouts++;
	if (target_timed_out(r->upstreams, target, holding->handle, users))
		exchange_reroute(r, target);
	exchange->ops->timed_out(r, exchange, buf_slice(&why));
}

void reply_txn_timer(struct registrant *r, struct txn *txn)
{
	struct holding *holding = holding_get(r, txn->owner);
	struct exchange *exchange = holding ? holding->exchange : NULL;

	switch (txn_due(r->core->txns, txn, r->core->now)) {
	case TXN_DUE_REPEAT:
		assert(exchange && exchange->txn == txn->handle);
		repeat(r, exchange, txn);
		break;
	case TXN_DUE_TIMEOUT:
		assert(exchange && exchange->txn == txn->handle);
		time_out(r, exchange, txn);
		break;
	case TXN_DUE_FORGET:
		break;
	}
}

/* 0 for a debt, whose registration may be gone or another by now. */
static unsigned configured_digest(const struct registrant *r, const struct exchange *exchange)
{
	const struct registration *registration;

	if (exchange->holder_kind != HOLDER_REGISTRATION)
		return 0;
	registration = pool_get(r->registrations, exchange->owner);
	return registration->settings.digest_min;
}

/* An earlier start gave its credentials there; which realm that was is not on the disk. */
static bool was_bound_there(const struct exchange *exchange)
{
	const struct holding *holding = exchange_holding(exchange);

	return exchange->holder_kind == HOLDER_DEBT && holding->from_ledger &&
	       exchange->route == holding->upstream;
}

/* After a redirect, credentials go only to realms this upstream is known by. */
static struct auth_policy policy_of(const struct registrant *r, const struct exchange *exchange)
{
	const struct upstream *home =
	    upstream_get(r->upstreams, exchange_holding(exchange)->upstream);

	return (struct auth_policy){
	    .digest_min = exchange_holding(exchange)->digest_least,
	    .digest_configured = configured_digest(r, exchange),
	    .only_known = exchange->is_redirected && !was_bound_there(exchange),
	    .known = {slice_of(home->realm),
	        account_text(exchange_holding(exchange)->account, ACCOUNT_HOST)},
	};
}

/* The same once more, at the same address: with an answer, or without one. */
static bool asks_again(struct registrant *r, struct exchange *exchange)
{
	exchange->is_answering = true;
	if (exchange_queue(r, exchange, QUEUE_ANSWER, r->core->now.mono_us) == 0)
		return true;
	exchange->is_answering = false;
	return false;
}

static enum auth_verdict judge_challenge(struct exchange *exchange,
    const struct sip_message *response, const struct auth_policy *policy, struct slice *realm_r,
    struct buf *why)
{
	if (exchange->digests >= DIGESTS_MAX) {
		buf_puts(why, "challenged again after every answer");
		return AUTH_REJECTED;
	}
	exchange->digests++;
	return auths_challenged(&exchange->auths, response, policy, realm_r, why);
}

static void challenged(
    struct registrant *r, struct exchange *exchange, const struct sip_message *response)
{
	static const enum verdict verdicts[] = {
	    [AUTH_REJECTED] = VERDICT_REJECTED,
	    [AUTH_STALE] = VERDICT_STALE,
	    [AUTH_NO_MEMORY] = VERDICT_FAILED,
	};
	struct auth_policy policy = policy_of(r, exchange);
	char text[LAST_REASON_MAX];
	struct buf why = buf_over(text, sizeof(text));
	enum auth_verdict verdict;
	struct slice realm;

	note_known_nonce(r, exchange, false);
	verdict = judge_challenge(exchange, response, &policy, &realm, &why);
	if (verdict == AUTH_ANSWER) {
		upstream_learn_realm(
		    upstream_get(r->upstreams, exchange_holding(exchange)->upstream), realm);
		if (asks_again(r, exchange))
			return;
		verdict = AUTH_NO_MEMORY;
	}
	exchange->ops->answered(r, exchange, verdicts[verdict], response,
	    verdict == AUTH_NO_MEMORY ? SLICE("out of memory") : buf_slice(&why));
}

static enum verdict judge(const struct sip_message *response)
{
	switch (response->status) {
	case 301:
	case 302:
		return VERDICT_REDIRECT;
	case 403:
		return VERDICT_REJECTED;
	case 423:
		return VERDICT_BRIEF;
	case 503:
		return VERDICT_UNAVAILABLE;
	default:
		return response->status / 100 == 2 ? VERDICT_OK : VERDICT_FAILED;
	}
}

/* What upstream could do once it can do again: nothing weaker is answered after it. */
static void succeeded(
    struct registrant *r, struct exchange *exchange, const struct sip_message *response)
{
	unsigned strength;

	note_known_nonce(r, exchange, true);
	strength = auths_succeeded(&exchange->auths, response);
	if (strength > exchange_holding(exchange)->digest_least)
		holding_set_digest(r, exchange_holding(exchange), strength);
}

/*
 * True of an answer that may mean the credentials, whatever its status says: not one about an
 * extension or with a time to wait, and none to a request that carries a cancel, which may be what
 * is refused.
 */
static bool may_mean_credentials(
    const struct exchange *exchange, enum verdict verdict, const struct sip_message *response)
{
	if (verdict != VERDICT_REJECTED && verdict != VERDICT_FAILED)
		return false;
	if (response->status == 420 || response->status == 421 || response->status == 439)
		return false;
	return response->cseq_method == SIP_REGISTER && !exchange->is_carrying &&
	       last_retry_after_s(response, 0) == 0;
}

/* Once in an exchange, whatever realms it goes through: a wrong digest each time locks accounts. */
static bool falls_back(struct exchange *exchange, const struct sip_message *response)
{
	if (response->status != 403 || exchange->fell_back)
		return false;
	exchange->fell_back = auths_fall_back(&exchange->auths);
	return exchange->fell_back;
}

/*
 * Some registrars answer a nonce that was used or is too old with a plain refusal, others a digest
 * of an algorithm for which they have no hash with 403. Then the request goes once without
 * credentials, to be challenged. That it ends: what goes bare carries nothing that was not asked
 * for, and an exchange falls back once.
 */
static bool goes_bare(struct registrant *r, struct exchange *exchange, enum verdict verdict,
    const struct sip_message *response)
{
	if (!may_mean_credentials(exchange, verdict, response) ||
	    !exchange->ops->may_repeat(exchange))
		return false;
	if (auths_are_unasked(&exchange->auths) && !BROKEN_KNOWN_NONCE) {
		note_known_nonce(r, exchange, false);
		auths_clear(&exchange->auths);
		exchange->digests++;
	} else if (!falls_back(exchange, response)) {
		return false;
	}
	/* A 4xx to what goes now undoes nothing that this answer left open. */
	exchange->bound_before_us = exchange_holding(exchange)->bound_until_us;
	return asks_again(r, exchange);
}

/* `is_held`: it lists our Contact, so whatever it refuses, it is not the credentials. */
static void conclude(struct registrant *r, struct exchange *exchange, bool is_probe, bool is_held,
    const struct sip_message *response)
{
	enum verdict verdict = judge(response);

	if (response->status == 401 || response->status == 407) {
		if (!exchange->ops->changes_form(r, exchange, response))
			challenged(r, exchange, response);
		return;
	}
	/* A fetch is authenticated like any other REGISTER. */
	if (verdict == VERDICT_OK && response->cseq_method == SIP_REGISTER)
		succeeded(r, exchange, response);
	/* Of a request with several Contacts it may speak of that alone: Kamailio's limit does. */
	if (verdict == VERDICT_UNAVAILABLE && !exchange->is_carrying && !is_probe)
		verdict = refusal_judge(r, exchange, response);
	if (is_held || !goes_bare(r, exchange, verdict, response))
		exchange->ops->answered(r, exchange, verdict, response, response->reason);
}

/* A challenge, a 100 or the answer to a probe says nothing of how long a REGISTER takes. */
static uint64_t took_us(const struct registrant *r, const struct txn *txn, unsigned status)
{
	if (exchange_note(txn)->is_probe || status < 200 || status == 401 || status == 407)
		return 0;
	return r->core->now.mono_us - txn->first_sent_us;
}

/*
 * True where a refusal lists our exact Contact: then it is bound all the same. Kamailio binds and
 * answers 420 behind a proxy that adds Path, and lists what it holds in its 400 and 503, too.
 */
static bool take_evidence(
    struct registrant *r, struct exchange *exchange, const struct sip_message *response)
{
	const struct holding *holding = exchange_holding(exchange);
	uint32_t left_s;

	if (response->status / 100 == 2 || response->cseq_method != SIP_REGISTER ||
	    BROKEN_REFUSAL_EVIDENCE)
		return false;
	left_s = contact_left_s(holding, response);
	if (left_s > 0)
		exchange_hold(r, exchange, left_s);
	return left_s > 0;
}

/*
 * A 4xx or a redirect bound nothing: what was feared since this attempt began is not so. A
 * repetition's may come from an upstream that bound by the first and has forgotten that it did:
 * then neither may a 4xx to the answer of that challenge undo it.
 */
static void bound_nothing(struct exchange *exchange, bool was_sent_once)
{
	struct holding *holding = exchange_holding(exchange);

	if (was_sent_once)
		holding->bound_until_us = exchange->bound_before_us;
	else
		exchange->bound_before_us = holding->bound_until_us;
}

void reply_received(struct registrant *r, struct exchange *exchange, struct txn *txn,
    const struct sip_message *response)
{
	struct target *target = target_get(r->upstreams, exchange->target);
	bool is_probe = exchange_note(txn)->is_probe;
	bool is_register = exchange_note(txn)->expires_s > 0;
	bool was_sent_once = txn->transmissions == 1;
	bool is_held;

	target_answered(r->upstreams, target, response->status, took_us(r, txn, response->status));
	if (response->status < 200) {
		txn_provisional(r->core->txns, txn, r->core->now);
		return;
	}
	if (was_sent_once)
		exchange->rtt_us = (uint32_t)(r->core->now.mono_us - txn->first_sent_us);
	if (exchange->route == exchange_holding(exchange)->upstream)
		holding_set_target(
		    r, exchange_holding(exchange), &target->address, exchange->is_redirected);
	txn_finish(r->core->txns, txn);
	exchange->txn = 0;
	exchange->phase = EXCHANGE_IDLE;
	target_end(r->upstreams, target);
	if (is_register && response->status / 100 == 2) {
		exchange->was_refused = false;
		target_served(r->upstreams, target, exchange_holding(exchange)->handle);
	}
	/* It may have been taken: what was granted before a kill says no more how long it is bound.
	 */
	if (is_register && response->status / 100 > 4)
		exchange_holding(exchange)->is_loaded = false;
	is_held = take_evidence(r, exchange, response);
	if (!is_held && is_register &&
	    (response->status / 100 == 4 || judge(response) == VERDICT_REDIRECT))
		bound_nothing(exchange, was_sent_once);
	conclude(r, exchange, is_probe, is_held, response);
}

/* True where a late answer says that it is held. */
static bool take_late_evidence(struct registrant *r, struct exchange *exchange,
    const struct netaddr *local, uint32_t asked_s, const struct sip_message *response)
{
	struct contact_question question;
	struct contact_report report;

	if (response->status / 100 != 2)
		return take_evidence(r, exchange, response);
	if (asked_s == 0)
		return false;
	contact_ask(r, exchange_holding(exchange), local, asked_s, &question);
	contact_judge(&question, response, &report);
	exchange_hold(r, exchange, report.granted_s);
	return true;
}

/* The attempt ended in silence, as it seemed: what came after all is said in its place. */
static void tell_late(struct registrant *r, const struct exchange *exchange, const struct txn *txn,
    const struct sip_message *response)
{
	struct registration *registration;
	uint64_t took_ms = (r->core->now.mono_us - txn->first_sent_us) / US_PER_MS;
	char text[LAST_REASON_MAX];
	struct buf b = buf_over(text, sizeof(text));

	if (exchange->holder_kind != HOLDER_REGISTRATION || exchange->txn != 0)
		return;
	registration = pool_get(r->registrations, exchange->owner);
	if (registration->last.status != 0 || !registration->last.reason)
		return;
	buf_puts(&b, "answers come too late: ");
	buf_put_u64(&b, response->status);
	buf_puts(&b, " after ");
	buf_put_u64(&b, took_ms / 1000);
	buf_putc(&b, '.');
	buf_put_u64(&b, took_ms % 1000 / 100);
	buf_puts(&b, " s");
	last_set(&registration->last, 0, buf_slice(&b));
}

void reply_late(struct registrant *r, struct txn *txn, const struct sip_message *response,
    const struct flow *flow)
{
	struct holding *holding = holding_get(r, txn->owner);
	struct exchange *exchange = holding ? holding->exchange : NULL;
	struct netaddr local = txn->flow.local;
	uint32_t asked_s = exchange_note(txn)->expires_s;
	struct target *target;

	r->traffic.late++;
	if (response->status < 200)
		return;
	if (exchange && !exchange_note(txn)->is_probe)
		tell_late(r, exchange, txn, response);
	txn_finish(r->core->txns, txn);
	if (!exchange)
		return;
	target = target_get(r->upstreams, exchange->target);
	if (target && netaddr_equal(&target->address, &flow->peer))
		target_answered(r->upstreams, target, response->status, 0);
	if (take_late_evidence(r, exchange, &local, asked_s, response))
		exchange->ops->held(r, exchange);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Responses, repetitions and time-outs.
 */
#include "upstream/reply.h"

#include "upstream/challenge.h"
#include "upstream/health.h"
#include "upstream/pace.h"
#include "upstream/queue.h"
#include "upstream/rest.h"
#include "upstream/untaken.h"

#include <assert.h>

#define REASON_MAX 160

/* A stop has a pace of its own: places that were taken before it are void. */
enum slot { SLOT_NONE, SLOT_RUNNING, SLOT_STOPPING };

static void repeat(struct upstreams *u, struct exchange *exchange, struct txn *txn)
{
	const struct exchange_ops *ops = exchange_ops(u, exchange);
	struct target *target = target_get(u, exchange->target);
	enum slot slot = core_is_stopping(u->core) ? SLOT_STOPPING : SLOT_RUNNING;
	struct exchange_note *note = exchange_note(txn);
	uint64_t place_us;

	if (target_open_at_us(u, target) > u->core->now.mono_us &&
	    !target_lets_repeat(u, target, txn->first_sent_us)) {
		note->slot = SLOT_NONE;
		txn_postpone(u->core->txns, txn, txn->give_up_us);
		return;
	}
	if (note->slot != slot) {
		bool has_place = pace_reserve_us(u, target, &place_us);

		if (place_us > u->core->now.mono_us) {
			note->slot = has_place ? (uint8_t)slot : SLOT_NONE;
			txn_postpone(u->core->txns, txn, place_us);
			return;
		}
	}
	note->slot = SLOT_NONE;
	txn_repeat(u->core->txns, txn, u->core->now);
	if (!note->is_probe)
		health_repeated(u, target, txn->owner, u->core->now.mono_us - txn->first_sent_us);
	if (ops->sent)
		ops->sent(exchange_context(u, exchange), exchange, txn);
	u->traffic.repetitions++;
	if (!note->is_probe && health_judge_silence(u, target))
		queue_reroute(u, target);
}

static void time_out(struct upstreams *u, struct exchange *exchange, struct txn *txn)
{
	const struct exchange_ops *ops = exchange_ops(u, exchange);
	struct target *target = target_get(u, exchange->target);
	uint32_t users = upstream_get(u, ops->home(exchange))->users;
	bool is_probe = exchange_note(txn)->is_probe;
	char text[REASON_MAX];
	struct buf why = buf_over(text, sizeof(text));

	untaken_put_reason(u, &why, txn);
	if (!exchange_note(txn)->is_through)
		challenge_met_silence(u, exchange);
	exchange_let_loose(u, exchange, txn);
	/* Some upstreams are silent to probes: only other requests move on to another target. */
	if (!is_probe) {
		exchange->has_flow = false;
		exchange_pass_target(u, exchange);
		u->traffic.timeouts++;
		if (health_timed_out(u, target, ops->who(exchange), users))
			queue_reroute(u, target);
	}
	ops->timed_out(exchange_context(u, exchange), exchange, buf_slice(&why));
}

void reply_txn_timer(struct upstreams *u, struct exchange *exchange, struct txn *txn)
{
	switch (txn_due(u->core->txns, txn, u->core->now)) {
	case TXN_DUE_REPEAT:
		assert(exchange && exchange->txn == txn->handle);
		repeat(u, exchange, txn);
		break;
	case TXN_DUE_TIMEOUT:
		assert(exchange && exchange->txn == txn->handle);
		time_out(u, exchange, txn);
		break;
	case TXN_DUE_FORGET:
		break;
	}
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

static enum verdict judge_unavailable(
    struct upstreams *u, struct exchange *exchange, const struct sip_message *response)
{
	const struct exchange_ops *ops = exchange_ops(u, exchange);

	if (ops->is_own_refusal &&
	    ops->is_own_refusal(exchange_context(u, exchange), exchange, response)) {
		exchange->was_refused = true;
		return VERDICT_FULL;
	}
	rest_refused(u, exchange, response);
	return VERDICT_UNAVAILABLE;
}

/* `stands`: the thing asked for is in place, so a refusal is not due to the credentials. */
static void conclude(struct upstreams *u, struct exchange *exchange,
    const struct exchange_note *note, bool stands, const struct sip_message *response)
{
	const struct exchange_ops *ops = exchange_ops(u, exchange);
	void *context = exchange_context(u, exchange);
	enum verdict verdict = judge(response);

	if (response->status == 401 || response->status == 407) {
		if (!ops->changes_form || !ops->changes_form(context, exchange, response))
			challenge_came(u, exchange, response);
		return;
	}
	/* A response from somebody behind the upstream proves nothing about our credentials. */
	if (verdict == VERDICT_OK && !note->is_through)
		challenge_passed(u, exchange, response);
	if (verdict == VERDICT_UNAVAILABLE && !exchange->is_combined && !note->is_probe)
		verdict = judge_unavailable(u, exchange, response);
	if (stands || note->is_through || !challenge_goes_bare(u, exchange, verdict, response))
		ops->answered(context, exchange, verdict, response, response->reason);
}

/* How long the request took; 0 for a challenge, a 1xx or the answer to a probe. */
static uint64_t took_us(const struct upstreams *u, const struct txn *txn, unsigned status)
{
	if (exchange_note(txn)->is_probe || status < 200 || status == 401 || status == 407)
		return 0;
	return u->core->now.mono_us - txn->first_sent_us;
}

void reply_received(struct upstreams *u, struct exchange *exchange, struct txn *txn,
    const struct sip_message *response)
{
	const struct exchange_ops *ops = exchange_ops(u, exchange);
	struct target *target = target_get(u, exchange->target);
	struct exchange_note note = *exchange_note(txn);
	bool stands;

	health_answered(u, target, response->status, took_us(u, txn, response->status));
	if (response->status < 200) {
		txn_provisional(u->core->txns, txn, u->core->now);
		return;
	}
	if (txn->transmissions == 1)
		exchange->rtt_us = (uint32_t)(u->core->now.mono_us - txn->first_sent_us);
	stands = ops->came && ops->came(exchange_context(u, exchange), exchange, txn, response);
	txn_finish(u->core->txns, txn);
	exchange->txn = 0;
	exchange->phase = EXCHANGE_IDLE;
	target_end(u, target);
	conclude(u, exchange, &note, stands, response);
}

void reply_late(struct upstreams *u, struct exchange *exchange, struct txn *txn,
    const struct sip_message *response, const struct flow *flow)
{
	struct target *target;

	u->traffic.late++;
	if (response->status < 200)
		return;
	if (exchange) {
		const struct exchange_ops *ops = exchange_ops(u, exchange);

		target = target_get(u, exchange->target);
		if (target && netaddr_equal(&target->address, &flow->peer))
			health_answered(u, target, response->status, 0);
		if (ops->late)
			ops->late(exchange_context(u, exchange), exchange, txn, response);
	}
	txn_finish(u->core->txns, txn);
}

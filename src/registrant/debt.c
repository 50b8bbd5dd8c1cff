// SPDX-License-Identifier: Apache-2.0
/*
 * The states of a debt, from its making until it is paid or expired.
 */
#include "registrant/debt.h"

#include "answer/stop_report.h"
#include "registrant/registration.h"
#include "upstream/reach.h"
#include "upstream/redirect.h"

#include <assert.h>

#define AWAIT_US       (4 * US_PER_S)
#define RESOLVE_MAX_US (30 * US_PER_S)
#define SOON_US        (2 * US_PER_S)
#define RECORD_US      (4 * US_PER_S)

#define CARRY_US    (8 * US_PER_S)
#define CARRIES_MAX 8 /* how often a debt waits CARRY_US for a REGISTER that carries its cancel */

#define CONTACT_SHOWN_MAX 200

struct debt *debt_from_exchange(const struct exchange *exchange)
{
	return (struct debt *)((char *)exchange - offsetof(struct debt, exchange));
}

struct debt *debt_of(struct holding *holding)
{
	if (!holding->exchange || holding->exchange->kind != HOLDER_DEBT)
		return NULL;
	return debt_from_exchange(holding->exchange);
}

static void log_event(
    struct registrant *r, enum log_level level, const struct debt *debt, const char *event)
{
	const struct holding *holding = debt->holding;

	holder_log(r, level, &debt->last, holding_name(holding), event, "contact",
	    holding_contact(holding));
}

void debt_warn(struct registrant *r, const struct debt *debt, const char *event)
{
	const struct holding *holding = debt->holding;
	char text[CONTACT_SHOWN_MAX + 40];
	struct buf b = buf_over(text, sizeof(text));
	struct slice contact = holding_contact(holding);

	if (contact.n > CONTACT_SHOWN_MAX)
		contact.n = CONTACT_SHOWN_MAX;
	buf_put(&b, contact);
	if (holding_is_bound(r, holding)) {
		buf_puts(&b, " bound_s=");
		buf_put_u64(&b, (holding->bound_until_us - r->core->now.mono_us) / US_PER_S);
	}
	holder_log(r, LOG_LEVEL_WARNING, &debt->last, holding_name(holding), event, "contact",
	    buf_slice(&b));
}

void debt_set_state(struct registrant *r, struct debt *debt, enum debt_state state)
{
	if (debt->state != state)
		debt->since_ms = r->core->now.wall_ms;
	debt->state = (uint8_t)state;
}

bool debt_is_over(const struct registrant *r, const struct debt *debt)
{
	const struct holding *holding = debt->holding;

	return holding->bound_until_us <= r->core->now.mono_us &&
	       holding->loose_until_us <= r->core->now.mono_us;
}

uint64_t debt_over_at_us(const struct debt *debt)
{
	return max_u64(debt->holding->bound_until_us, debt->holding->loose_until_us);
}

void debt_free(struct registrant *r, struct debt *debt)
{
	struct holding *holding = debt->holding;

	r->parted -= debt->cause == CAUSE_REDIRECTED;
	wheel_clear(r->core->wheel, &debt->timer);
	exchange_clear(r->upstreams, &debt->exchange);
	map_remove(r->debt_names, debt->name_hash, debt->handle);
	if (holding)
		holding_free(r, holding);
	last_clear(&debt->last);
	pool_give(r->debts, debt->handle);
}

/* Writes to the ledger that the holding is owed. In a stop debt_settle() does that, once. */
static void mark_owed(struct registrant *r, struct holding *holding)
{
	if (!core_is_stopping(r->core))
		holding_set_owed(r, holding, true);
}

void debt_settle(struct registrant *r, struct debt *debt, enum stop_outcome outcome)
{
	struct holding *holding = debt->holding;

	if (!core_is_stopping(r->core) || !debt_tells(debt, TOLD_SETTLED))
		return;
	/* Writes once when the binding ends. What is gone or kept needs no new row. */
	if (outcome != OUTCOME_CLEAN && outcome != OUTCOME_KEPT)
		holding_set_owed(r, holding, true);
	/* A refusal was logged when it came. */
	if (outcome == OUTCOME_UNCONFIRMED || outcome == OUTCOME_UNSENT)
		debt_warn(r, debt, stop_outcome_name(outcome));
	stop_report_add(r->core, outcome, holding_name(holding), debt->last.status,
	    last_reason(&debt->last), holding_shown_until_us(r, holding));
}

/* An upstream that limits Contacts refuses the new one (403, 503) as long as it holds the old. */
static bool was_in_the_way(const struct registration *behind, const struct holding *holding)
{
	const struct holding *wanted = behind->holding;

	return behind->activity == ACTIVITY_WAITING && behind->stranger_us == 0 && wanted &&
	       (behind->last.status == 403 || behind->last.status == 503) &&
	       account_is_same_aor(wanted->account, holding->account);
}

void debt_give_way(struct registrant *r, const struct holding *holding)
{
	struct registration *behind = registration_find(r, holding_name(holding));

	if (!behind || core_is_stopping(r->core))
		return;
	if (was_in_the_way(behind, holding))
		wheel_set(r->core->wheel, &behind->timer,
		    max_u64(behind->exchange.started_us + ATTEMPT_APART_US, r->core->now.mono_us));
	else if (behind->activity == ACTIVITY_RECORDING)
		wheel_set(r->core->wheel, &behind->timer, r->core->now.mono_us);
}

/* Drops the debt with its row; the registration that waited for this goes on. */
static void end(struct registrant *r, struct debt *debt)
{
	struct holding *holding = debt->holding;

	exchange_clear(r->upstreams, &debt->exchange);
	debt->holding = NULL;
	debt_free(r, debt);
	debt_give_way(r, holding);
	holding_drop(r, holding);
}

void debt_paid(struct registrant *r, struct debt *debt)
{
	struct registration *haunted = registration_find(r, holding_name(debt->holding));

	if (debt->is_ghost && haunted)
		haunted->ghosts_removed++;
	log_event(r, LOG_LEVEL_INFO, debt, debt->is_ghost ? "ghost-removed" : "unregistered");
	debt_settle(r, debt, OUTCOME_CLEAN);
	end(r, debt);
}

void debt_expired(struct registrant *r, struct debt *debt)
{
	log_event(r, LOG_LEVEL_INFO, debt, "expired");
	/* Upstream cannot hold the binding any more: that is clean as well. */
	debt_settle(r, debt, OUTCOME_CLEAN);
	end(r, debt);
}

void debt_wait_until(
    struct registrant *r, struct debt *debt, enum debt_state state, uint64_t when_us)
{
	debt_set_state(r, debt, state);
	wheel_set(r->core->wheel, &debt->timer,
	    max_u64(min_u64(when_us, max_u64(debt_over_at_us(debt), r->core->now.mono_us)),
	        r->core->now.mono_us));
}

static void wait_s(struct registrant *r, struct debt *debt, uint64_t seconds)
{
	debt_wait_until(r, debt, DEBT_OWED,
	    r->core->now.mono_us + random_lengthen(r->core->random, seconds * US_PER_S));
}

bool debt_is_astray(const struct debt *debt)
{
	return debt->exchange.route != debt->holding->upstream;
}

void debt_go_home(struct registrant *r, struct debt *debt)
{
	struct exchange *exchange = &debt->exchange;
	struct upstream *home = upstream_get(r->upstreams, debt->holding->upstream);

	if (!debt_is_astray(debt))
		return;
	home->refs++;
	redirect_end(r->upstreams, exchange, home);
	exchange->is_redirected = debt->holding->is_away;
}

void debt_put_off(struct registrant *r, struct debt *debt, uint64_t seconds)
{
	debt_go_home(r, debt);
	if (core_is_stopping(r->core)) {
		debt_wait_until(r, debt, DEBT_OWED, r->core->now.mono_us + SOON_US);
		return;
	}
	/* One line when it begins to fail. A stop reports the outcome at its end instead. */
	if (debt_tells(debt, TOLD_UNCONFIRMED))
		debt_warn(r, debt, debt->cancel == CANCEL_UNSENT ? "unsent" : "unconfirmed");
	wait_s(r, debt, seconds);
}

bool debt_may_cancel(const struct registrant *r, const struct debt *debt)
{
	if (debt->order == ORDER_CANCEL)
		return true;
	if (debt->is_ghost && debt->order == ORDER_NONE &&
	    r->core->params->ghosts == PARAM_GHOSTS_REPORT)
		return false;
	if (debt->send_unregister != SWITCH_INHERIT)
		return debt->send_unregister == SWITCH_ON;
	return r->core->params->send_unregister;
}

void debt_set_cause(struct registrant *r, struct debt *debt, enum debt_cause cause)
{
	r->parted -= debt->cause == CAUSE_REDIRECTED;
	debt->cause = (uint8_t)cause;
	r->parted += debt->cause == CAUSE_REDIRECTED;
}

/* A digest with the name of another user would only lock that user's account. */
static bool may_speak_for(const struct account *now, const struct account *then)
{
	struct slice now_user, then_user, password;

	account_credentials(now, &now_user, &password);
	account_credentials(then, &then_user, &password);
	return account_is_same_aor(now, then) || slice_equal(now_user, then_user);
}

const struct account *debt_other_account(const struct registrant *r, const struct debt *debt)
{
	const struct holding *holding = debt->holding;
	const struct registration *now = registration_find(r, holding_name(holding));

	if (!now || !may_speak_for(now->account, holding->account) ||
	    account_has_same_credentials(now->account, holding->account))
		return NULL;
	return now->account;
}

static int index_name(struct registrant *r, struct debt *debt, const struct holding *holding)
{
	debt->name_hash = hash_bytes(r->hash_key, holding_name(holding));
	return map_put(r->debt_names, debt->name_hash, debt->handle);
}

/* Goes on with the exchange of the former owner, or begins a new one to the holding's upstream. */
static void take_exchange(
    struct registrant *r, struct debt *debt, struct holding *holding, struct exchange *from)
{
	struct upstream *upstream = upstream_get(r->upstreams, holding->upstream);

	exchange_init(&debt->exchange, HOLDER_DEBT, debt->handle);
	if (from) {
		exchange_move(r->upstreams, &debt->exchange, from);
	} else {
		upstream->refs++;
		exchange_set_route(r->upstreams, &debt->exchange, upstream);
		debt->exchange.is_redirected = holding->is_away;
	}
	debt->holding = holding;
	holding->exchange = &debt->exchange;
	/* Its route may be the one to which a redirect has led the registration. */
	if (debt->exchange.phase != EXCHANGE_SENT)
		debt_go_home(r, debt);
}

/* Waits until the row is durable before it sends a cancel, but not longer than RECORD_US. */
static void record(struct registrant *r, struct debt *debt)
{
	journal_wait(r->core->journal, &debt->holding->record);
	wheel_set(r->core->wheel, &debt->timer, r->core->now.mono_us + RECORD_US);
	core_wake_journal(r->core);
}

int debt_make(struct registrant *r, struct holding *holding, struct exchange *from,
    const struct debt_terms *terms)
{
	pool_handle handle;
	struct debt *debt = pool_take(r->debts, &handle);

	if (!debt)
		return ERR_FULL;
	debt->handle = handle;
	debt->timer.kind = TIMER_DEBT;
	debt->send_unregister = (uint8_t)terms->send_unregister;
	debt->order = (uint8_t)terms->order;
	if (index_name(r, debt, holding) < 0) {
		pool_give(r->debts, handle);
		return ERR_FULL;
	}
	debt_set_cause(r, debt, terms->cause);
	take_exchange(r, debt, holding, from);
	debt->since_ms = r->core->now.wall_ms;
	debt->state = (uint8_t)terms->state;
	if (terms->state == DEBT_UNCLAIMED) {
		wheel_set(r->core->wheel, &debt->timer, debt_over_at_us(debt));
		return 0;
	}
	mark_owed(r, holding);
	if (terms->state == DEBT_RECORDING)
		record(r, debt);
	else if (terms->state == DEBT_HELD_BACK)
		wheel_set(r->core->wheel, &debt->timer, r->core->now.mono_us);
	else
		debt_ask(r, debt);
	return 0;
}

void debt_yield(struct registrant *r, struct debt *debt, struct exchange *to)
{
	struct holding *holding = debt->holding;

	exchange_abandon(r->upstreams, &debt->exchange);
	/* The REGISTER that carried its cancel may still be out, now under another debt. */
	if (debt->carrier_cseq != 0)
		holding->loose_cancel_until_us = max_u64(holding->loose_cancel_until_us,
		    r->core->now.mono_us + AWAIT_US + PACKET_LIFE_US);
	if (!auths_are_known(&to->auths)) {
		to->auths = debt->exchange.auths;
		debt->exchange.auths = (struct auths){0};
	}
	debt->holding = NULL;
	holding->exchange = NULL;
	debt_free(r, debt);
}

void debt_withhold(struct registrant *r, struct debt *debt)
{
	exchange_abandon(r->upstreams, &debt->exchange);
	debt_wait_until(r, debt, DEBT_WITHHELD, TIME_NEVER);
	debt_settle(r, debt, OUTCOME_KEPT);
}

/* The REGISTER that carries its cancel must not be repeated: the registration sends another one. */
static void recall_carrier(struct registrant *r, const struct debt *debt)
{
	struct registration *carrier = registration_find(r, holding_name(debt->holding));
	const struct txn *txn = carrier ? txns_get(r->core->txns, carrier->exchange.txn) : NULL;

	if (!txn || !carrier->exchange.is_combined || txn->cseq != debt->carrier_cseq)
		return;
	exchange_abandon(r->upstreams, &carrier->exchange);
	carrier->exchange.is_combined = false;
	/* The timer does the rest, so that many registrations go on in bounded steps. */
	registration_set_activity(r, carrier, ACTIVITY_WAITING);
	wheel_set(r->core->wheel, &carrier->timer, r->core->now.mono_us);
}

void debt_reconsider(struct registrant *r, struct debt *debt)
{
	bool is_idle = debt->state == DEBT_UNCLAIMED || debt->state == DEBT_RECORDING ||
	               debt->state == DEBT_PROVING;

	if (is_idle || (debt->state != DEBT_WITHHELD && debt_may_cancel(r, debt)))
		return;
	/* The timer does the rest, so that many debts go on in bounded steps. */
	if (!debt_may_cancel(r, debt))
		recall_carrier(r, debt);
	exchange_abandon(r->upstreams, &debt->exchange);
	debt_set_state(r, debt, DEBT_WITHHELD);
	wheel_set(r->core->wheel, &debt->timer, r->core->now.mono_us);
}

/*
 * Home and the target of a redirect may lead to the same table of bindings: then a cancel at one of
 * them removes the binding that is kept at the other. So the cancel waits, except in a stop, after
 * an edit of the upstream, or by an order.
 */
static bool is_held_back(const struct registrant *r, const struct debt *debt)
{
	const struct holding *holding = debt->holding, *wanted;
	const struct registration *registration;

	/* An edit may have changed the cause; `is_away` still says that a redirect led there. */
	if ((debt->cause != CAUSE_REDIRECTED && !holding->is_away) || debt->order != ORDER_NONE ||
	    debt->is_left_behind || core_is_stopping(r->core))
		return false;
	registration = registration_find(r, holding_name(holding));
	wanted = registration ? registration->holding : NULL;
	return wanted && account_is_same_aor(wanted->account, holding->account) &&
	       slice_equal(holding_contact(wanted), holding_contact(holding));
}

bool debt_hold_back(struct registrant *r, struct debt *debt)
{
	if (!is_held_back(r, debt))
		return false;
	exchange_abandon(r->upstreams, &debt->exchange);
	debt_set_cause(r, debt, CAUSE_REDIRECTED);
	last_set(&debt->last, 0, SLICE("cancelled with the registration that a redirect led on"));
	debt_wait_until(r, debt, DEBT_HELD_BACK, TIME_NEVER);
	return true;
}

void debt_begin(struct registrant *r, struct debt *debt)
{
	struct exchange *exchange = &debt->exchange;

	if (!debt_may_cancel(r, debt)) {
		debt_withhold(r, debt);
		return;
	}
	if (debt_hold_back(r, debt))
		return;
	debt_set_state(r, debt, DEBT_ASKING);
	wheel_set(r->core->wheel, &debt->timer, r->core->now.mono_us + RESOLVE_MAX_US);
	if (holding_target(debt->holding)->family && debt->attempts == 0)
		reach_address(r->upstreams, exchange, holding_target(debt->holding));
	else
		reach_upstream(r->upstreams, exchange);
}

void debt_ask(struct registrant *r, struct debt *debt)
{
	if (debt->state == DEBT_ASKING || debt->state == DEBT_AWAITING)
		return;
	if (!debt_may_cancel(r, debt)) {
		debt_withhold(r, debt);
		return;
	}
	if (debt->exchange.phase == EXCHANGE_SENT) {
		debt_set_state(r, debt, DEBT_AWAITING);
		wheel_set(r->core->wheel, &debt->timer, r->core->now.mono_us + AWAIT_US);
		return;
	}
	/* The timer does the rest, so that many debts ask in bounded steps. */
	debt_set_state(r, debt, DEBT_OWED);
	wheel_set(r->core->wheel, &debt->timer, r->core->now.mono_us);
}

void debt_recorded(struct registrant *r, struct debt *debt)
{
	if (debt->state == DEBT_RECORDING)
		debt_begin(r, debt);
}

/* The attempt takes long: waits for it, gives it up, or ends if the binding has expired. */
static void check_asking(struct registrant *r, struct debt *debt)
{
	enum exchange_phase phase = debt->exchange.phase;
	bool is_over = debt_is_over(r, debt);

	if (phase == EXCHANGE_SENT || (phase == EXCHANGE_QUEUED && core_is_stopping(r->core))) {
		/* The transaction has a time-out of its own; in a stop the queues always move. */
		wheel_set(r->core->wheel, &debt->timer, r->core->now.mono_us + SOON_US);
	} else if (phase == EXCHANGE_QUEUED && !is_over) {
		wheel_set(r->core->wheel, &debt->timer, debt_over_at_us(debt));
	} else if (is_over) {
		debt_expired(r, debt);
	} else {
		exchange_abandon(r->upstreams, &debt->exchange);
		last_set(&debt->last, 0, SLICE("no answer about name or route"));
		debt->attempts++;
		debt_put_off(r, debt, r->core->params->retry_delay_s);
	}
}

/* True if it pays to wait: the registration is about to send a REGISTER. Counts the waits. */
static bool has_carrier(struct registrant *r, struct debt *debt)
{
	const struct registration *carrier = registration_find(r, holding_name(debt->holding));

	if (!carrier || ++debt->carries >= CARRIES_MAX)
		return false;
	return carrier->activity == ACTIVITY_RESOLVING || carrier->activity == ACTIVITY_RECORDING ||
	       carrier->activity == ACTIVITY_ASKING;
}

void debt_wait_for_carrier(struct registrant *r, struct debt *debt)
{
	debt_set_state(r, debt, DEBT_CARRIED);
	wheel_set(r->core->wheel, &debt->timer, r->core->now.mono_us + CARRY_US);
}

void debt_timer(struct registrant *r, struct debt *debt)
{
	switch ((enum debt_state)debt->state) {
	case DEBT_RECORDING:
		/* The row is not durable in time: trouble with the disk stops no cancel. */
		debt_begin(r, debt);
		break;
	case DEBT_CARRIED:
		if (has_carrier(r, debt))
			debt_wait_for_carrier(r, debt);
		else
			debt_begin(r, debt);
		break;
	case DEBT_AWAITING:
		exchange_abandon(r->upstreams, &debt->exchange);
		debt_begin(r, debt);
		break;
	case DEBT_ASKING:
		check_asking(r, debt);
		break;
	case DEBT_UNCLAIMED:
	case DEBT_WITHHELD:
	case DEBT_HELD_BACK:
		if (debt_is_over(r, debt))
			debt_expired(r, debt);
		else if (debt->state != DEBT_UNCLAIMED)
			debt_begin(r, debt);
		else
			wheel_set(r->core->wheel, &debt->timer, debt_over_at_us(debt));
		break;
	case DEBT_OWED:
	case DEBT_PROVING:
	case DEBT_REFUSED:
		if (debt_is_over(r, debt) && debt->state != DEBT_PROVING)
			debt_expired(r, debt);
		else
			debt_begin(r, debt);
		break;
	}
}

void debt_release(struct registrant *r, struct debt *debt)
{
	struct holding *holding = debt->holding;
	struct registration *owner = registration_find(r, holding_name(holding));

	debt->send_unregister = owner ? owner->settings.send_unregister : SWITCH_INHERIT;
	mark_owed(r, holding);
	debt_ask(r, debt);
}

void debt_order(struct registrant *r, struct debt *debt, enum debt_order order)
{
	debt->order = (uint8_t)max_u64(debt->order, order);
	if (debt->state == DEBT_UNCLAIMED)
		debt_release(r, debt);
	else if (debt->state != DEBT_RECORDING)
		debt_ask(r, debt);
}

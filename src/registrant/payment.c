// SPDX-License-Identifier: Apache-2.0
/*
 * How a cancel is sent, and what the answer to it means.
 */
#include "registrant/payment.h"

#include "base/broken.h"
#include "registrant/contact.h"
#include "registrant/registration.h"
#include "registrant/request.h"
#include "upstream/queue.h"
#include "upstream/redirect.h"
#include "upstream/rest.h"
#include "upstream/rounds.h"

#define SOON_US       (2 * US_PER_S)
#define PROVING_US    (50 * US_PER_MS)
#define BACKOFF_MAX_S 3600
#define BARE_LEAST_US                                                                              \
	(4 * US_PER_S) /* the least wait for the answer to a cancel with credentials */
#define STILL_LISTED 3

/* If its target sends nothing any more, the attempt ends in the queue when the binding does. */
static uint64_t latest_us(const struct registrant *r, const struct debt *debt)
{
	return max_u64(debt_over_at_us(debt), r->core->now.mono_us + ATTEMPT_MAX_US);
}

/* A refused cancel goes behind: a registrar may refuse those of all that it forgot, for hours. */
static enum queue_class queue_class(const struct registrant *r, const struct debt *debt)
{
	return debt->backoff_s > 0 && !core_is_stopping(r->core) ? QUEUE_AGAIN : QUEUE_CANCEL;
}

static void reached(void *context, struct exchange *exchange)
{
	struct registrant *r = context;
	struct debt *debt = debt_from_exchange(exchange);
	uint64_t longest_first = ~debt->holding->bound_until_us;

	wheel_set(r->core->wheel, &debt->timer, latest_us(r, debt));
	if (queue_join(r->upstreams, exchange, queue_class(r, debt), longest_first) < 0)
		debt_put_off(r, debt, r->core->params->retry_delay_s);
}

/* The address from which the binding was made, as long as there is a route from it. */
static struct netaddr leaves_from(const struct exchange *exchange)
{
	const struct debt *debt = debt_from_exchange(exchange);

	return debt->leaves_anywhere ? (struct netaddr){0} : *holding_local(debt->holding);
}

/* Tries the next Contact of the redirect. False: there is none. */
static bool tries_next_contact(struct registrant *r, struct debt *debt)
{
	if (!redirect_next(r->upstreams, &debt->exchange))
		return false;
	debt_wait_until(r, debt, DEBT_OWED, r->core->now.mono_us);
	return true;
}

static void unreachable(
    void *context, struct exchange *exchange, enum obstacle obstacle, struct slice why)
{
	struct registrant *r = context;
	struct debt *debt = debt_from_exchange(exchange);
	struct netaddr local = leaves_from(exchange);

	last_set(&debt->last, 0, why);
	debt->attempts++;
	if (obstacle == OBSTACLE_REST) {
		debt_wait_until(r, debt, DEBT_OWED, r->core->now.mono_us);
	} else if (obstacle == OBSTACLE_FLOW && (local.family || local.port)) {
		debt->leaves_anywhere = true;
		debt_wait_until(r, debt, DEBT_OWED, r->core->now.mono_us);
	} else if (!tries_next_contact(r, debt)) {
		debt_put_off(r, debt, r->core->params->retry_delay_s);
	}
}

static void set_credentials(struct registrant *r, const struct debt *debt, struct request *request)
{
	const struct account *own = debt->holding->account;
	const struct account *other =
	    debt->uses_other_credentials ? debt_other_account(r, debt) : NULL;

	account_credentials(other ? other : own, &request->auth_username, &request->password);
}

/* True if its cancel carries credentials unasked: after silence the next one goes without them. */
static bool may_go_bare(const struct exchange *exchange)
{
	if (exchange->phase == EXCHANGE_SENT)
		return auths_are_unasked(&exchange->auths);
	return !exchange->is_answering && auths_are_known(&exchange->auths);
}

/* A stop needs time for another try, at another address or without credentials. */
static uint64_t give_up_us(const struct registrant *r, const struct exchange *exchange)
{
	bool has_other = upstream_get(r->upstreams, exchange->route)->target_count > 1;
	uint64_t left_us = ATTEMPT_MAX_US;

	if (core_is_stopping(r->core) && (has_other || may_go_bare(exchange)) &&
	    r->core->stop.end_us > r->core->now.mono_us)
		left_us = max_u64((r->core->stop.end_us - r->core->now.mono_us) / 3,
		    has_other ? US_PER_S : BARE_LEAST_US);
	return r->core->now.mono_us + min_u64(left_us, ATTEMPT_MAX_US);
}

void payment_hasten(struct registrant *r, struct debt *debt)
{
	struct txn *txn = txns_get(r->core->txns, debt->exchange.txn);

	if (txn && debt->state == DEBT_ASKING)
		txn_hasten(r->core->txns, txn, r->core->now, give_up_us(r, &debt->exchange));
}

static void turn(void *context, struct exchange *exchange)
{
	struct registrant *r = context;
	struct debt *debt = debt_from_exchange(exchange);
	struct request request = {.give_up_us = give_up_us(r, exchange)};
	int rc;

	if (!debt_may_cancel(r, debt)) {
		debt_withhold(r, debt);
		return;
	}
	/* In DEBT_AWAITING, a challenge to the REGISTER is answered with a cancel. */
	debt_set_state(r, debt, DEBT_ASKING);
	/* The answer to a challenge may have to wait in the queue, too. */
	wheel_set(r->core->wheel, &debt->timer, latest_us(r, debt));
	set_credentials(r, debt, &request);
	rc = request_send(r, exchange, &request);
	if (rc < 0) {
		last_set(&debt->last, 0, exchange_why_unsent(rc));
		debt_put_off(r, debt, r->core->params->retry_delay_s);
	} else if (exchange->phase == EXCHANGE_SENT) {
		debt_reach(debt, CANCEL_SENT);
	}
}

/* True for a wrong digest. Several may lock the account, so the next cancel must not repeat it. */
static bool was_digest_refused(const struct debt *debt, const struct sip_message *response)
{
	return auths_were_asked(&debt->exchange.auths) &&
	       (response->status == 401 || response->status == 407 || response->status == 403);
}

static void refused(struct registrant *r, struct debt *debt, const struct sip_message *response,
    struct slice reason)
{
	uint64_t delay_s =
	    debt->backoff_s ? 2 * (uint64_t)debt->backoff_s : r->core->params->retry_delay_s;

	if (was_digest_refused(debt, response)) {
		delay_s = max_u64(delay_s, WRONG_DIGEST_S);
		auths_clear(&debt->exchange.auths);
	}
	debt_go_home(r, debt);
	last_set(&debt->last, response->status, reason);
	if (debt_tells(debt, TOLD_REFUSED))
		debt_warn(r, debt, "cancel-refused");
	delay_s = max_u64(delay_s, rest_asked_s(response));
	debt->backoff_s = (uint32_t)min_u64(delay_s, BACKOFF_MAX_S);
	debt_wait_until(r, debt, DEBT_REFUSED, r->core->now.mono_us + debt->backoff_s * US_PER_S);
	debt_settle(r, debt, OUTCOME_REFUSED);
}

/* Tries the registration's present credentials after its own, once. False: there are no others. */
static bool try_other_credentials(struct registrant *r, struct debt *debt)
{
	if (debt->uses_other_credentials || !debt_other_account(r, debt))
		return false;
	debt->uses_other_credentials = true;
	auths_clear(&debt->exchange.auths);
	debt_wait_until(r, debt, DEBT_OWED, r->core->now.mono_us);
	return true;
}

/*
 * The list must have the Contact of the registration that goes on under this AOR, just as upstream
 * lists it. The cancel may have removed it as well, if the registrar shares its table with the old
 * upstream, or keeps one Contact only: then it registers again. A Contact like it does not do:
 * another node may have our Contact user.
 */
static void look_after_wanted(
    struct registrant *r, const struct holding *holding, const struct sip_message *response)
{
	struct registration *wanted = registration_find(r, holding_name(holding));
	const struct holding *other = wanted ? wanted->holding : NULL;

	if (!other || wanted->activity != ACTIVITY_HOLDING ||
	    contact_is_listed(r, other, CONTACT_EXACT, NULL, NULL, response))
		return;
	if (account_is_same_aor(other->account, holding->account))
		registration_refresh(r, wanted);
}

/*
 * True if upstream still lists the Contact. A Contact that an operator named is known exactly, so
 * one like it is another. The present binding may have our Contact user, too, and is not counted.
 */
static bool is_still_listed(
    const struct registrant *r, const struct debt *debt, const struct sip_message *response)
{
	const struct holding *holding = debt->holding;
	const struct registration *wanted = registration_find(r, holding_name(holding));
	bool is_by_hand = slice_equal(slice_of(holding->echoed), holding_contact(holding));

	return contact_is_listed(r, holding, is_by_hand ? CONTACT_EXACT : CONTACT_LIKE,
	    wanted ? wanted->holding : NULL, wanted ? wanted->listing : NULL, response);
}

static void confirmed(struct registrant *r, struct debt *debt, const struct sip_message *response)
{
	struct holding *holding = debt->holding;

	if (is_still_listed(r, debt, response) && !BROKEN_CANCEL_PROOF) {
		last_set(&debt->last, response->status, SLICE("still listed after the cancel"));
		debt->attempts++;
		if (++debt->still_listed < STILL_LISTED)
			debt_wait_until(r, debt, DEBT_OWED, r->core->now.mono_us + SOON_US);
		else
			debt_put_off(r, debt, r->core->params->retry_delay_s);
		return;
	}
	if (debt_is_astray(debt)) {
		refused(
		    r, debt, response, SLICE("confirmed behind a redirect, not where it is bound"));
		return;
	}
	last_set(&debt->last, response->status, response->reason);
	debt_reach(debt, CANCEL_CONFIRMED);
	if (debt->exchange.started_us < holding->loose_until_us) {
		/* Upstream holds nothing now, but the loose REGISTER may bind again. */
		debt_set_state(r, debt, DEBT_PROVING);
		wheel_set(r->core->wheel, &debt->timer, holding->loose_until_us + PROVING_US);
		debt_give_way(r, holding);
		return;
	}
	debt_paid(r, debt);
}

void payment_carried(struct registrant *r, struct debt *debt,
    const struct registration *registration, const struct sip_message *response)
{
	debt->exchange.started_us = registration->exchange.started_us;
	debt_set_state(r, debt, DEBT_OWED);
	confirmed(r, debt, response);
}

/*
 * True if upstream has granted the binding to these credentials since the start, and this is the
 * address that did: another address of the name may have another table.
 */
static bool has_granted(const struct registrant *r, const struct debt *debt)
{
	const struct exchange *exchange = &debt->exchange;
	const struct upstream *route = upstream_get(r->upstreams, exchange->route);

	return debt->holding->granted_s > 0 && !debt->holding->is_loaded &&
	       !debt->uses_other_credentials && (debt->attempts == 0 || route->target_count == 1);
}

/*
 * Some registrars answer 404, 410 or 481 if nothing is bound any more (ejabberd's mod_sip). The
 * same status may mean an unknown account. It cannot mean that after a cancel that was confirmed,
 * nor if upstream asked for credentials that it has accepted before.
 */
static bool says_gone(
    const struct registrant *r, const struct debt *debt, const struct sip_message *response)
{
	if (response->status != 404 && response->status != 410 && response->status != 481)
		return false;
	if (debt->cancel == CANCEL_CONFIRMED)
		return true;
	return auths_were_asked(&debt->exchange.auths) && has_granted(r, debt);
}

static void cancel_answered(struct registrant *r, struct debt *debt, enum verdict verdict,
    const struct sip_message *response, struct slice why)
{
	const char *reason;

	switch (verdict) {
	case VERDICT_OK:
		look_after_wanted(r, debt->holding, response);
		confirmed(r, debt, response);
		break;
	case VERDICT_FULL:
	case VERDICT_UNAVAILABLE:
		last_set(&debt->last, response->status, response->reason);
		debt->attempts++;
		if (tries_next_contact(r, debt))
			break;
		debt_put_off(
		    r, debt, max_u64(rest_asked_s(response), r->core->params->retry_delay_s));
		break;
	case VERDICT_REDIRECT:
		if (redirect_follow(r->upstreams, &debt->exchange, holding_contact(debt->holding),
		        response, &reason)) {
			debt->attempts++;
			debt_wait_until(r, debt, DEBT_OWED, r->core->now.mono_us);
			break;
		}
		refused(r, debt, response, slice_of(reason));
		break;
	case VERDICT_REJECTED:
	case VERDICT_STALE:
		if (try_other_credentials(r, debt))
			break;
		refused(r, debt, response, why.n ? why : response->reason);
		break;
	case VERDICT_BRIEF:
	case VERDICT_FAILED:
		if (says_gone(r, debt, response))
			confirmed(r, debt, response);
		else if (!tries_next_contact(r, debt))
			refused(r, debt, response, why.n ? why : response->reason);
		break;
	}
}

/* The answer to the REGISTER that was out when the debt was made: a 200 has bound it. */
static void register_answered(struct registrant *r, struct debt *debt, enum verdict verdict,
    const struct sip_message *response)
{
	struct holding *holding = debt->holding;
	struct contact_question question;
	struct contact_report report;

	if (verdict == VERDICT_OK) {
		contact_ask(r, holding, &exchange_flow(&debt->exchange)->local, holding->expiry_s,
		    &question);
		contact_judge(&question, response, &report);
		holder_hold(r, &debt->exchange, report.granted_s);
	}
	if (debt_is_over(r, debt))
		debt_expired(r, debt);
	else
		debt_begin(r, debt);
}

static void answered(void *context, struct exchange *exchange, enum verdict verdict,
    const struct sip_message *response, struct slice why)
{
	struct registrant *r = context;
	struct debt *debt = debt_from_exchange(exchange);

	if (debt->state == DEBT_AWAITING)
		register_answered(r, debt, verdict, response);
	else
		cancel_answered(r, debt, verdict, response, why);
}

static void timed_out(void *context, struct exchange *exchange, struct slice why)
{
	struct registrant *r = context;
	struct debt *debt = debt_from_exchange(exchange);

	debt->attempts++;
	if (debt->state == DEBT_AWAITING) {
		debt_begin(r, debt);
		return;
	}
	last_set(&debt->last, 0, why);
	if (tries_next_contact(r, debt))
		return;
	debt_go_home(r, debt);
	if (core_is_stopping(r->core))
		debt_wait_until(r, debt, DEBT_OWED, r->core->now.mono_us);
	else
		debt_put_off(r, debt, r->core->params->retry_delay_s);
}

/* A REGISTER that was awaited is not repeated: a cancel follows, whatever the answer is. */
static bool may_repeat(void *context, struct exchange *exchange)
{
	if (debt_from_exchange(exchange)->state == DEBT_AWAITING)
		return false;
	return holder_may_repeat(context, exchange);
}

/* A late answer says that it is bound, maybe since the confirmed cancel: cancels once more. */
static void held(struct registrant *r, struct debt *debt)
{
	if (debt->state == DEBT_PROVING)
		wheel_set(r->core->wheel, &debt->timer, r->core->now.mono_us);
	else if (debt->state == DEBT_REFUSED)
		debt_ask(r, debt);
}

static void late(void *context, struct exchange *exchange, const struct txn *txn,
    const struct sip_message *response)
{
	if (holder_judge_late(context, exchange, txn, response))
		held(context, debt_from_exchange(exchange));
}

/* True if an earlier start gave its credentials there: the ledger does not have the realm. */
static bool was_bound_there(const struct debt *debt)
{
	return debt->holding->from_ledger && !debt_is_astray(debt);
}

/* `digest_configured` stays unknown: its registration may be gone, or be another one by now. */
static void limit_auth(
    const void *context, const struct exchange *exchange, struct auth_policy *policy)
{
	(void)context;
	holder_limit_auth(exchange, policy);
	policy->only_known = policy->only_known && !was_bound_there(debt_from_exchange(exchange));
}

static struct exchange *find(void *context, pool_handle owner)
{
	struct registrant *r = context;
	struct debt *debt = pool_get(r->debts, owner);

	return debt ? &debt->exchange : NULL;
}

static void look_at(struct registrant *r, struct debt *debt)
{
	bool is_out = debt->state == DEBT_ASKING || debt->state == DEBT_AWAITING;
	bool is_put_off = debt->state == DEBT_OWED && debt->attempts > 0 && debt->last.status == 0;

	if (is_out && rounds_spent(r->upstreams, &debt->exchange)) {
		exchange_abandon(r->upstreams, &debt->exchange);
		debt_wait_until(r, debt, DEBT_OWED, r->core->now.mono_us);
	} else if (is_put_off && rounds_concern(r->upstreams, &debt->exchange)) {
		wheel_set(r->core->wheel, &debt->timer, r->core->now.mono_us);
	}
}

static bool look(void *registrant, uint32_t *cursor)
{
	struct registrant *r = registrant;
	pool_handle handle;
	struct debt *debt = pool_walk(r->debts, *cursor, &handle);

	if (!debt)
		return false;
	*cursor = pool_handle_slot(handle) + 1;
	look_at(r, debt);
	return true;
}

const struct exchange_ops *payment_ops(void)
{
	static const struct exchange_ops ops = {
	    HOLDER_OPS,
	    .sends_in_stop = true,
	    .limit_auth = limit_auth,
	    .find = find,
	    .look = look,
	    .leaves_from = leaves_from,
	    .reached = reached,
	    .unreachable = unreachable,
	    .turn = turn,
	    .late = late,
	    .may_repeat = may_repeat,
	    .answered = answered,
	    .timed_out = timed_out,
	};

	return &ops;
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Debts, from owed to paid or expired.
 */
#include "registrant/debt.h"

#include "registrant/contact.h"
#include "registrant/registration.h"
#include "registrant/reply.h"
#include "registrant/stop.h"

#include <assert.h>

#define AWAIT_US       (4 * US_PER_S)
#define RESOLVE_MAX_US (30 * US_PER_S)
#define ATTEMPT_MAX_US (32 * US_PER_S)
#define SOON_US        (2 * US_PER_S)
#define PROVING_US     (50 * US_PER_MS)
#define BACKOFF_MAX_S  3600
#define STILL_LISTED   3

static const struct exchange_ops debt_ops;

static struct debt *debt_from(struct exchange *exchange)
{
	return (struct debt *)((char *)exchange - offsetof(struct debt, exchange));
}

struct debt *debt_of(struct holding *holding)
{
	if (!holding->exchange || holding->exchange->holder_kind != HOLDER_DEBT)
		return NULL;
	return debt_from(holding->exchange);
}

static void log_event(
    struct registrant *r, enum log_level level, const struct debt *debt, const char *event)
{
	const struct ledger_identity *identity = debt->exchange.holding->identity;

	last_log(r, level, &debt->last, identity->name, event, identity->contact);
}

static void set_state(struct registrant *r, struct debt *debt, enum debt_state state)
{
	if (debt->state != state)
		debt->since_ms = r->now.wall_ms;
	debt->state = (uint8_t)state;
}

/* Upstream cannot hold it any longer, whatever is still under way. */
static bool is_over(const struct registrant *r, const struct debt *debt)
{
	const struct holding *holding = debt->exchange.holding;

	return holding->bound_until_us <= r->now.mono_us &&
	       holding->loose_until_us <= r->now.mono_us;
}

static uint64_t over_at_us(const struct debt *debt)
{
	return max_u64(
	    debt->exchange.holding->bound_until_us, debt->exchange.holding->loose_until_us);
}

void debt_free(struct registrant *r, struct debt *debt)
{
	struct holding *holding = debt->exchange.holding;

	wheel_clear(r->wheel, &debt->timer);
	exchange_clear(r, &debt->exchange);
	map_remove(r->debt_names, debt->name_hash, debt->handle);
	if (holding)
		holding_free(r, holding);
	pool_give(r->debts, debt->handle);
}

/* The debt ends: its row goes, and whoever waited behind it goes on. */
static void end(struct registrant *r, struct debt *debt)
{
	struct holding *holding = debt->exchange.holding;
	struct registration *behind = registration_find(r, holding->identity->name);

	exchange_clear(r, &debt->exchange);
	debt->exchange.holding = NULL;
	debt_free(r, debt);
	holding_drop(r, holding);
	if (behind)
		registration_go_on(r, behind);
}

static void pay(struct registrant *r, struct debt *debt)
{
	log_event(r, LOG_LEVEL_INFO, debt, "unregistered");
	if (r->stop.running)
		stop_settle(r, debt, OUTCOME_CLEAN);
	end(r, debt);
}

static void expire(struct registrant *r, struct debt *debt)
{
	log_event(r, LOG_LEVEL_INFO, debt, "expired");
	/* Nothing of ours can be left; that is all that clean means. */
	if (r->stop.running)
		stop_settle(r, debt, OUTCOME_CLEAN);
	end(r, debt);
}

static void wait_until(
    struct registrant *r, struct debt *debt, enum debt_state state, uint64_t when_us)
{
	set_state(r, debt, state);
	wheel_set(r->wheel, &debt->timer,
	    max_u64(min_u64(when_us, max_u64(over_at_us(debt), r->now.mono_us)), r->now.mono_us));
}

static void wait_s(struct registrant *r, struct debt *debt, uint64_t seconds)
{
	wait_until(r, debt, DEBT_OWED, r->now.mono_us + last_jitter_us(r, seconds));
}

/* In a stop there is no time to wait; else as after any failed attempt. */
static void put_off(struct registrant *r, struct debt *debt, uint64_t seconds)
{
	if (r->stop.running)
		wait_until(r, debt, DEBT_OWED, r->now.mono_us + SOON_US);
	else
		wait_s(r, debt, seconds);
}

bool debt_may_cancel(const struct registrant *r, const struct debt *debt)
{
	if (debt->send_unregister != SWITCH_INHERIT)
		return debt->send_unregister == SWITCH_ON;
	return r->params->send_unregister;
}

static int index_name(struct registrant *r, struct debt *debt, const struct holding *holding)
{
	debt->name_hash = hash_bytes(r->hash_key, holding->identity->name);
	return map_put(r->debt_names, debt->name_hash, debt->handle);
}

/* The exchange that spoke for the holding so far goes on here; else a new one, to its upstream. */
static void take_exchange(
    struct registrant *r, struct debt *debt, struct holding *holding, struct exchange *from)
{
	struct upstream *upstream = upstream_get(r, holding->upstream);

	exchange_init(&debt->exchange, &debt_ops, HOLDER_DEBT, debt->handle);
	if (from) {
		exchange_move(r, &debt->exchange, from);
	} else {
		upstream->refs++;
		exchange_set_route(r, &debt->exchange, upstream);
	}
	debt->exchange.preferred = holding->identity->local;
	exchange_take_holding(&debt->exchange, holding);
}

int debt_make(struct registrant *r, struct holding *holding, struct exchange *from,
    enum inherit_switch send_unregister, enum debt_state state)
{
	pool_handle handle;
	struct debt *debt = pool_take(r->debts, &handle);

	if (!debt)
		return ERR_FULL;
	debt->handle = handle;
	debt->timer.kind = TIMER_DEBT;
	debt->send_unregister = (uint8_t)send_unregister;
	if (index_name(r, debt, holding) < 0) {
		pool_give(r->debts, handle);
		return ERR_FULL;
	}
	take_exchange(r, debt, holding, from);
	debt->since_ms = r->now.wall_ms;
	debt->state = (uint8_t)state;
	if (state == DEBT_UNCLAIMED) {
		wheel_set(r->wheel, &debt->timer, over_at_us(debt));
		return 0;
	}
	holding_set_owed(r, holding, true);
	debt_ask(r, debt);
	return 0;
}

void debt_yield(struct registrant *r, struct debt *debt, struct exchange *to)
{
	struct holding *holding = debt->exchange.holding;

	exchange_abandon(r, &debt->exchange);
	if (!auths_are_known(&to->auths)) {
		to->auths = debt->exchange.auths;
		debt->exchange.auths = (struct auths){0};
	}
	debt->exchange.holding = NULL;
	holding->exchange = NULL;
	debt_free(r, debt);
}

/* SEND_UNREGISTER Off: what is out may be answered, nothing leaves. */
static void withhold(struct registrant *r, struct debt *debt)
{
	exchange_abandon(r, &debt->exchange);
	wait_until(r, debt, DEBT_WITHHELD, TIME_NEVER);
}

static void begin(struct registrant *r, struct debt *debt)
{
	struct exchange *exchange = &debt->exchange;

	if (!debt_may_cancel(r, debt)) {
		withhold(r, debt);
		return;
	}
	set_state(r, debt, DEBT_ASKING);
	wheel_set(r->wheel, &debt->timer, r->now.mono_us + RESOLVE_MAX_US);
	if (exchange->holding->target.family && debt->attempts == 0)
		exchange_reach_address(r, exchange, &exchange->holding->target);
	else
		exchange_reach(r, exchange);
}

void debt_ask(struct registrant *r, struct debt *debt)
{
	if (debt->state == DEBT_ASKING || debt->state == DEBT_AWAITING)
		return;
	if (!debt_may_cancel(r, debt)) {
		withhold(r, debt);
		return;
	}
	if (debt->exchange.phase == EXCHANGE_SENT) {
		set_state(r, debt, DEBT_AWAITING);
		wheel_set(r->wheel, &debt->timer, r->now.mono_us + AWAIT_US);
		return;
	}
	/* From the timer, so that many debts made at once ask in bounded steps. */
	set_state(r, debt, DEBT_OWED);
	wheel_set(r->wheel, &debt->timer, r->now.mono_us);
}

void debt_timer(struct registrant *r, struct debt *debt)
{
	switch ((enum debt_state)debt->state) {
	case DEBT_AWAITING:
		exchange_abandon(r, &debt->exchange);
		begin(r, debt);
		break;
	case DEBT_ASKING:
		exchange_abandon(r, &debt->exchange);
		last_set(&debt->last, 0, SLICE("no answer about name or route"));
		debt->attempts++;
		put_off(r, debt, r->params->retry_delay_s);
		break;
	case DEBT_UNCLAIMED:
	case DEBT_WITHHELD:
		if (is_over(r, debt))
			expire(r, debt);
		else if (debt->state == DEBT_WITHHELD)
			begin(r, debt);
		else
			wheel_set(r->wheel, &debt->timer, over_at_us(debt));
		break;
	case DEBT_OWED:
	case DEBT_PROVING:
	case DEBT_REFUSED:
		if (is_over(r, debt) && debt->state != DEBT_PROVING)
			expire(r, debt);
		else
			begin(r, debt);
		break;
	}
}

static void reached(struct registrant *r, struct exchange *exchange)
{
	struct debt *debt = debt_from(exchange);
	uint64_t longest_first = ~exchange->holding->bound_until_us;

	wheel_clear(r->wheel, &debt->timer);
	if (exchange_queue(r, exchange, QUEUE_CANCEL, longest_first) < 0)
		wait_s(r, debt, r->params->retry_delay_s);
}

static void unreachable(
    struct registrant *r, struct exchange *exchange, enum obstacle obstacle, struct slice why)
{
	struct debt *debt = debt_from(exchange);
	bool is_bound_to_local = exchange->preferred.family || exchange->preferred.port;

	last_set(&debt->last, 0, why);
	debt->attempts++;
	if (obstacle == OBSTACLE_REST) {
		wait_until(r, debt, DEBT_OWED, r->now.mono_us);
	} else if (obstacle == OBSTACLE_FLOW && is_bound_to_local) {
		/* The address it was bound from may be gone from this host: any other will do. */
		exchange->preferred = (struct netaddr){0};
		wait_until(r, debt, DEBT_OWED, r->now.mono_us);
	} else {
		put_off(r, debt, r->params->retry_delay_s);
	}
}

/* The configuration that stands now, where its credentials for the same AOR differ. */
static const struct registration_config *other_credentials(
    struct registrant *r, const struct debt *debt)
{
	const struct ledger_identity *identity = debt->exchange.holding->identity;
	struct registration *now = registration_find(r, identity->name);

	if (!now || !slice_equal(now->config->username, identity->username) ||
	    !slice_equal(now->config->host, identity->host))
		return NULL;
	if (slice_equal(now->config->password, identity->password) &&
	    slice_equal(now->config->auth_username, identity->auth_username))
		return NULL;
	return now->config;
}

static void set_credentials(
    struct registrant *r, const struct debt *debt, struct exchange_request *request)
{
	const struct ledger_identity *identity = debt->exchange.holding->identity;
	const struct registration_config *other =
	    debt->uses_other_credentials ? other_credentials(r, debt) : NULL;

	request->password = other ? other->password : identity->password;
	request->auth_username = other ? other->auth_username : identity->auth_username;
	if (request->auth_username.n == 0)
		request->auth_username = identity->username;
}

/* A stop leaves time for the other addresses, should this one be dead. */
static uint64_t give_up_us(const struct registrant *r, const struct exchange *exchange)
{
	bool has_other = upstream_get(r, exchange->route)->target_count > 1;
	uint64_t left_us = ATTEMPT_MAX_US;

	if (r->stop.running && has_other && r->stop.end_us > r->now.mono_us)
		left_us = max_u64((r->stop.end_us - r->now.mono_us) / 3, US_PER_S);
	return r->now.mono_us + min_u64(left_us, ATTEMPT_MAX_US);
}

static void turn(struct registrant *r, struct exchange *exchange)
{
	struct debt *debt = debt_from(exchange);
	struct exchange_request request = {.give_up_us = give_up_us(r, exchange)};

	if (!debt_may_cancel(r, debt)) {
		withhold(r, debt);
		return;
	}
	/* A challenge to the REGISTER that was awaited is answered by a cancel. */
	set_state(r, debt, DEBT_ASKING);
	wheel_clear(r->wheel, &debt->timer);
	set_credentials(r, debt, &request);
	if (exchange_send(r, exchange, &request) < 0) {
		put_off(r, debt, r->params->retry_delay_s);
		return;
	}
	debt->was_sent = true;
}

static void refused(struct registrant *r, struct debt *debt, unsigned status, struct slice reason)
{
	uint64_t delay_s =
	    debt->backoff_s ? 2 * (uint64_t)debt->backoff_s : r->params->retry_delay_s;

	last_set(&debt->last, status, reason);
	log_event(r, LOG_LEVEL_WARNING, debt, "cancel-refused");
	debt->backoff_s = (uint32_t)min_u64(delay_s, BACKOFF_MAX_S);
	wait_until(r, debt, DEBT_REFUSED, r->now.mono_us + debt->backoff_s * US_PER_S);
	if (r->stop.running)
		stop_settle(r, debt, OUTCOME_REFUSED);
}

/* Old credentials, then new, once each. */
static bool try_other_credentials(struct registrant *r, struct debt *debt)
{
	if (debt->tried_other_credentials || !other_credentials(r, debt))
		return false;
	debt->tried_other_credentials = true;
	debt->uses_other_credentials = true;
	auths_clear(&debt->exchange.auths);
	wait_until(r, debt, DEBT_OWED, r->now.mono_us);
	return true;
}

/*
 * The registration that goes on under the same AOR must stand in the list: a
 * registrar that shares its table with the old upstream, or keeps one Contact,
 * may have taken it away with ours.
 */
static void look_after_wanted(
    struct registrant *r, const struct holding *holding, const struct sip_message *response)
{
	struct registration *wanted = registration_find(r, holding->identity->name);
	const struct holding *other = wanted ? wanted->exchange.holding : NULL;

	if (!other || wanted->activity != ACTIVITY_HOLDING || contact_is_listed(other, response))
		return;
	if (slice_equal(other->identity->username, holding->identity->username) &&
	    slice_equal(other->identity->host, holding->identity->host))
		registration_refresh(r, wanted);
}

static void confirmed(struct registrant *r, struct debt *debt, const struct sip_message *response)
{
	struct holding *holding = debt->exchange.holding;

	look_after_wanted(r, holding, response);
	if (contact_is_listed(holding, response)) {
		last_set(&debt->last, response->status, SLICE("still listed after the cancel"));
		debt->attempts++;
		if (++debt->still_listed < STILL_LISTED)
			wait_until(r, debt, DEBT_OWED, r->now.mono_us + SOON_US);
		else
			put_off(r, debt, r->params->retry_delay_s);
		return;
	}
	last_set(&debt->last, response->status, response->reason);
	if (debt->exchange.started_us < holding->loose_until_us) {
		/* Not over_at_us(): upstream holds nothing now, but it may again. */
		set_state(r, debt, DEBT_PROVING);
		wheel_set(r->wheel, &debt->timer, holding->loose_until_us + PROVING_US);
		return;
	}
	pay(r, debt);
}

static void cancel_answered(struct registrant *r, struct debt *debt, enum verdict verdict,
    const struct sip_message *response, struct slice why)
{
	const char *reason;

	switch (verdict) {
	case VERDICT_OK:
		confirmed(r, debt, response);
		break;
	case VERDICT_UNAVAILABLE:
	case VERDICT_STALE:
		last_set(&debt->last, response->status, response->reason);
		debt->attempts++;
		put_off(r, debt, last_retry_after_s(response, r->params->retry_delay_s));
		break;
	case VERDICT_REDIRECT:
		if (reply_redirect(r, &debt->exchange, response, &reason)) {
			debt->attempts++;
			wait_until(r, debt, DEBT_OWED, r->now.mono_us);
			break;
		}
		refused(r, debt, response->status, slice_of(reason));
		break;
	case VERDICT_REJECTED:
		if (try_other_credentials(r, debt))
			break;
		refused(r, debt, response->status, why.n ? why : response->reason);
		break;
	case VERDICT_BRIEF:
	case VERDICT_FAILED:
		refused(r, debt, response->status, why.n ? why : response->reason);
		break;
	}
}

/* The REGISTER that was out when the debt was made: its 200 says until when it is bound. */
static void register_answered(struct registrant *r, struct debt *debt, enum verdict verdict,
    const struct sip_message *response)
{
	struct holding *holding = debt->exchange.holding;
	struct contact_question question = {
	    .holding = holding,
	    .local = debt->exchange.flow.local,
	    .asked_s = holding->expiry_s,
	    .lists_many = true,
	};
	struct contact_report report;

	if (verdict == VERDICT_OK) {
		contact_judge(&question, response, &report);
		holding->bound_until_us =
		    max_u64(holding->bound_until_us, r->now.mono_us + report.granted_s * US_PER_S);
	}
	if (is_over(r, debt))
		expire(r, debt);
	else
		begin(r, debt);
}

static void answered(struct registrant *r, struct exchange *exchange, enum verdict verdict,
    const struct sip_message *response, struct slice why)
{
	struct debt *debt = debt_from(exchange);

	if (debt->state == DEBT_AWAITING)
		register_answered(r, debt, verdict, response);
	else
		cancel_answered(r, debt, verdict, response, why);
}

static void timed_out(struct registrant *r, struct exchange *exchange)
{
	struct debt *debt = debt_from(exchange);

	debt->attempts++;
	if (debt->state == DEBT_AWAITING) {
		begin(r, debt);
		return;
	}
	last_set(&debt->last, 408, SLICE("no answer"));
	if (r->stop.running)
		wait_until(r, debt, DEBT_OWED, r->now.mono_us);
	else
		wait_s(r, debt, r->params->retry_delay_s);
}

static const struct exchange_ops debt_ops = {
    .reached = reached,
    .unreachable = unreachable,
    .turn = turn,
    .answered = answered,
    .timed_out = timed_out,
};

void debt_late_evidence(struct registrant *r, struct debt *debt)
{
	/* Whatever was confirmed before may have been undone: a cancel too many harms nobody. */
	if (debt->state == DEBT_PROVING)
		wheel_set(r->wheel, &debt->timer, r->now.mono_us);
	else if (debt->state == DEBT_REFUSED)
		debt_ask(r, debt);
}

static struct debt *next_by_name(
    const struct registrant *r, uint64_t hash, struct slice name, uint32_t *cursor)
{
	uint64_t value;

	while (map_next(r->debt_names, hash, cursor, &value)) {
		struct debt *debt = pool_get(r->debts, value);

		if (slice_equal(debt->exchange.holding->identity->name, name))
			return debt;
	}
	return NULL;
}

void debt_release(struct registrant *r, struct debt *debt)
{
	struct holding *holding = debt->exchange.holding;
	struct registration *owner = registration_find(r, holding->identity->name);

	debt->send_unregister = owner ? owner->config->send_unregister : SWITCH_INHERIT;
	holding_set_owed(r, holding, true);
	debt_ask(r, debt);
}

void debt_release_unclaimed(struct registrant *r, struct slice name)
{
	uint64_t hash = hash_bytes(r->hash_key, name);
	uint32_t cursor = 0;
	struct debt *debt;

	while ((debt = next_by_name(r, hash, name, &cursor))) {
		if (debt->state == DEBT_UNCLAIMED)
			debt_release(r, debt);
	}
}

bool debt_stands_before(struct registrant *r, const struct holding *holding)
{
	const struct ledger_identity *own = holding->identity;
	uint64_t hash = hash_bytes(r->hash_key, own->name);
	uint32_t cursor = 0;
	struct debt *debt;

	while ((debt = next_by_name(r, hash, own->name, &cursor))) {
		const struct holding *other = debt->exchange.holding;

		if (other->upstream == holding->upstream && debt_may_cancel(r, debt) &&
		    debt->state != DEBT_REFUSED && debt->state != DEBT_PROVING &&
		    slice_equal(other->identity->username, own->username) &&
		    slice_equal(other->identity->host, own->host))
			return true;
	}
	return false;
}

struct debt *debt_by_name(struct registrant *r, struct slice name)
{
	uint64_t hash = hash_bytes(r->hash_key, name);
	struct debt *debt, *best = NULL;
	uint32_t cursor = 0;

	while ((debt = next_by_name(r, hash, name, &cursor)))
		if (!best ||
		    debt->exchange.holding->bound_until_us > best->exchange.holding->bound_until_us)
			best = debt;
	return best;
}

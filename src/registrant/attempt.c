// SPDX-License-Identifier: Apache-2.0
/*
 * The steps of an attempt: name and flow, the claim, the row in the ledger, the place
 * in the queue, the request. outcome.c judges the answer.
 */
#include "registrant/attempt.h"

#include "base/spread.h"
#include "registrant/claim.h"
#include "registrant/debts.h"
#include "registrant/outcome.h"
#include "registrant/probe.h"
#include "registrant/request.h"
#include "registrant/retry.h"
#include "upstream/queue.h"
#include "upstream/reach.h"
#include "upstream/rounds.h"

#include <assert.h>

#define RESOLVE_MAX_US   (30 * US_PER_S)
#define RECORD_MAX_US    (30 * US_PER_S)
#define DEBT_WAIT_US     (4 * US_PER_S)
#define ATTEMPT_LEAST_US (1 * US_PER_S)

static void leave_recording(struct registrant *r, struct registration *registration)
{
	struct holding *holding = registration->holding;

	if (holding)
		journal_leave(r->core->journal, &holding->record);
}

/* True if it has registered since the start, or the ledger has a binding of an earlier start. */
static bool is_known(struct registrant *r, const struct registration *registration)
{
	const struct exchange *exchange = &registration->exchange;
	struct debts_walk walk = debts_walk_of(registration);
	const struct debt *debt;

	if (registration->has_registered ||
	    (registration->holding && registration->holding->from_ledger))
		return true;
	while ((debt = debts_next(r, &walk)))
		if (debt->state == DEBT_UNCLAIMED &&
		    (debt->holding->upstream == exchange->route || debt->holding->is_away) &&
		    account_is_same_aor(debt->holding->account, registration->account))
			return true;
	return false;
}

/* Begins an attempt if the registration is wanted and may; else it waits, and says why. */
static void begin(struct registrant *r, struct registration *registration)
{
	struct exchange *exchange = &registration->exchange;
	uint64_t from_us;

	if (!registration_is_wanted(r, registration))
		return;
	registration_end_probe(r, registration);
	exchange->kind = HOLDER_REGISTRATION;
	if (exchange->route == 0 && registration_take_home(r, registration) < 0) {
		retry_later(r, registration, SLICE("too many upstreams"));
		return;
	}
	if (!is_known(r, registration)) {
		from_us = upstream_stranger_us(r->upstreams,
		    upstream_get(r->upstreams, exchange->route), &registration->stranger_us);
		if (from_us > r->core->now.mono_us) {
			registration_set_activity(r, registration, ACTIVITY_WAITING);
			wheel_set(r->core->wheel, &registration->timer, from_us);
			return;
		}
	}
	registration->stranger_us = 0;
	spread_cancel(r->refreshes, &registration->refresh_slot);
	registration_set_activity(r, registration, ACTIVITY_RESOLVING);
	wheel_set(r->core->wheel, &registration->timer, r->core->now.mono_us + RESOLVE_MAX_US);
	reach_upstream(r->upstreams, exchange);
}

/*
 * True if it goes before first registrations: its binding may lapse. A bound that only a request
 * answered with 503 has left does not count.
 */
static bool is_refresh(const struct registrant *r, const struct registration *registration)
{
	const struct exchange *exchange = &registration->exchange;

	if (debts_granted_until_us(r, registration) > r->core->now.mono_us)
		return true;
	return !exchange->was_refused && holding_is_bound(r, registration->holding);
}

static void ask(struct registrant *r, struct registration *registration)
{
	struct exchange *exchange = &registration->exchange;
	struct holding *holding = registration->holding;
	uint64_t until_us =
	    max_u64(holding->bound_until_us, debts_granted_until_us(r, registration));
	bool goes_first = is_refresh(r, registration);

	leave_recording(r, registration);
	wheel_clear(r->core->wheel, &registration->timer);
	registration_set_activity(r, registration, ACTIVITY_ASKING);
	if (queue_join(r->upstreams, exchange, goes_first ? QUEUE_REFRESH : QUEUE_FIRST,
	        goes_first ? until_us : r->core->now.mono_us) < 0)
		retry_later(r, registration, SLICE("out of memory"));
}

/*
 * True if the ledger covers the next request. A living binding is refreshed with the
 * expiry that is covered, even if the disk fails.
 */
static bool is_covered(const struct registrant *r, const struct registration *registration)
{
	struct holding *holding = registration->holding;
	uint32_t wanted_s = registration_wanted_expiry(r, registration);
	uint32_t least_s = holding_is_bound(r, holding)
	                       ? (uint32_t)max_u64(registration->min_expires_s, 1)
	                       : wanted_s;

	return holding_covered_s(r, holding) >= least_s;
}

/*
 * Writes the row for the expiry that will be asked, and goes on once the ledger covers it. The
 * exchange has a holding and a flow.
 */
static void record(struct registrant *r, struct registration *registration)
{
	holding_cover(r, registration->holding, registration_wanted_expiry(r, registration));
	registration_set_activity(r, registration, ACTIVITY_RECORDING);
	registration->recording_since_us = r->core->now.mono_us;
	wheel_set(r->core->wheel, &registration->timer, r->core->now.mono_us + RECORD_MAX_US);
	if (is_covered(r, registration))
		attempt_go_on(r, registration);
	else
		journal_wait(r->core->journal, &registration->holding->record);
}

static void wait_for_row(struct registrant *r, struct registration *registration)
{
	struct holding *holding = registration->holding;

	if (!journal_is_waiting(&holding->record)) {
		record(r, registration); /* a longer expiry is wanted now */
		return;
	}
	/* The row is durable, but a longer expiry is wanted by now: writes it and waits again. */
	if (holding_is_durable(r, holding)) {
		holding_cover(r, holding, registration_wanted_expiry(r, registration));
		journal_wait(r->core->journal, &holding->record);
	}
	wheel_set(
	    r->core->wheel, &registration->timer, registration->recording_since_us + RECORD_MAX_US);
}

void attempt_go_on(struct registrant *r, struct registration *registration)
{
	struct holding *holding = registration->holding;
	uint64_t waited_us = r->core->now.mono_us - registration->recording_since_us;

	if (registration->activity != ACTIVITY_RECORDING || core_is_stopping(r->core)) {
		leave_recording(r, registration);
		return;
	}
	if (!is_covered(r, registration) && waited_us < RECORD_MAX_US) {
		wait_for_row(r, registration);
		return;
	}
	leave_recording(r, registration);
	if (!is_covered(r, registration)) {
		retry_later(r, registration, SLICE("ledger not written"));
		return;
	}
	if (waited_us < DEBT_WAIT_US && debts_stand_before(r, holding)) {
		wheel_set(r->core->wheel, &registration->timer,
		    registration->recording_since_us + DEBT_WAIT_US);
		return;
	}
	ask(r, registration);
}

static void reached(void *context, struct exchange *exchange)
{
	struct registrant *r = context;
	struct registration *registration = registration_from_exchange(exchange);
	const char *why = "";

	switch (claim_settle(r, registration, &why)) {
	case CLAIM_HELD:
		break;
	case CLAIM_MOVED:
		registration_set_activity(r, registration, ACTIVITY_WAITING);
		wheel_set(r->core->wheel, &registration->timer, r->core->now.mono_us);
		return;
	case CLAIM_TAKEN:
		retry_taken(r, registration, slice_of(why));
		return;
	case CLAIM_REFUSED:
		retry_later(r, registration, slice_of(why));
		return;
	}
	record(r, registration);
}

static void unreachable(
    void *context, struct exchange *exchange, enum obstacle obstacle, struct slice why)
{
	struct registrant *r = context;
	outcome_unreachable(r, registration_from_exchange(exchange), obstacle, why);
}

/*
 * An attempt is given up after 32 s, or sooner after a third of the time that the binding has left.
 * That is the time of the grant, while it lasts: a later request may not have reached upstream.
 */
static uint64_t give_up_us(const struct registrant *r, const struct registration *registration)
{
	const struct holding *holding = registration->holding;
	uint64_t granted_until_us = debts_granted_until_us(r, registration);
	uint64_t third = ATTEMPT_MAX_US;

	if (granted_until_us > r->core->now.mono_us)
		third = (granted_until_us - r->core->now.mono_us) / 3;
	else if (holding_is_bound(r, holding))
		third = (holding->bound_until_us - r->core->now.mono_us) / 3;
	return r->core->now.mono_us + max_u64(min_u64(third, ATTEMPT_MAX_US), ATTEMPT_LEAST_US);
}

static void turn(void *context, struct exchange *exchange)
{
	struct registrant *r = context;
	struct registration *registration = registration_from_exchange(exchange);
	struct request request = {.expires_s = registration_wanted_expiry(r, registration)};
	struct debt *carried[CARRY_MAX];
	int rc;

	account_credentials(registration->account, &request.auth_username, &request.password);
	request.carried = carried;
	request.carried_count = debts_carried(r, registration->holding, carried);
	request.expires_s =
	    (uint32_t)min_u64(request.expires_s, holding_covered_s(r, registration->holding));
	assert(request.expires_s > 0);
	request.give_up_us = give_up_us(r, registration);
	registration->asked_s = request.expires_s;
	rc = request_send(r, exchange, &request);
	if (rc < 0)
		retry_later(r, registration, exchange_why_unsent(rc));
}

static void answered(void *context, struct exchange *exchange, enum verdict verdict,
    const struct sip_message *response, struct slice why)
{
	struct registrant *r = context;
	struct registration *registration = registration_from_exchange(exchange);

	if (outcome_answered(r, registration, verdict, response, why))
		record(r, registration);
}

static bool changes_form(
    void *context, struct exchange *exchange, const struct sip_message *challenge)
{
	struct registrant *r = context;
	struct registration *registration = registration_from_exchange(exchange);

	if (!claim_takes_outbound(r, registration, challenge))
		return false;
	registration_set_activity(r, registration, ACTIVITY_WAITING);
	wheel_set(r->core->wheel, &registration->timer, r->core->now.mono_us);
	return true;
}

static void timed_out(void *context, struct exchange *exchange, struct slice why)
{
	struct registrant *r = context;
	outcome_timed_out(r, registration_from_exchange(exchange), why);
}

static void look_at(struct registrant *r, struct registration *registration)
{
	struct exchange *exchange = &registration->exchange;

	switch ((enum activity)registration->activity) {
	case ACTIVITY_HOLDING:
		if (rounds_lost_flow(r->upstreams, exchange))
			registration_refresh(r, registration);
		break;
	case ACTIVITY_RECORDING:
	case ACTIVITY_ASKING:
		if (!rounds_spent(r->upstreams, exchange))
			return;
		exchange_abandon(r->upstreams, exchange);
		registration_set_activity(r, registration, ACTIVITY_WAITING);
		wheel_set(r->core->wheel, &registration->timer, r->core->now.mono_us);
		break;
	case ACTIVITY_WAITING:
		if (registration->attempts > 0 && registration->last.status == 0 &&
		    rounds_concern(r->upstreams, exchange))
			wheel_set(
			    r->core->wheel, &registration->timer, retry_apart_us(r, registration));
		break;
	case ACTIVITY_IDLE:
	case ACTIVITY_RESOLVING:
		break;
	}
}

static bool look(void *registrant, uint32_t *cursor)
{
	struct registrant *r = registrant;
	pool_handle handle;
	struct registration *registration = pool_walk(r->registrations, *cursor, &handle);

	if (!registration)
		return false;
	*cursor = pool_handle_slot(handle) + 1;
	look_at(r, registration);
	return true;
}

static const struct exchange_ops ops = {
    HOLDER_OPS,
    HOLDER_REGISTRATION_OPS,
    .look = look,
    .reached = reached,
    .unreachable = unreachable,
    .turn = turn,
    .changes_form = changes_form,
    .answered = answered,
    .timed_out = timed_out,
};

const struct exchange_ops *attempt_ops(void)
{
	return &ops;
}

void attempt_timer(struct registrant *r, struct registration *registration)
{
	switch ((enum activity)registration->activity) {
	case ACTIVITY_HOLDING:
		if (probe_timer(r, registration))
			begin(r, registration);
		break;
	case ACTIVITY_IDLE:
	case ACTIVITY_WAITING:
		begin(r, registration);
		break;
	case ACTIVITY_RESOLVING:
		exchange_abandon(r->upstreams, &registration->exchange);
		retry_later(r, registration, SLICE("no answer about name or route"));
		break;
	case ACTIVITY_RECORDING:
		attempt_go_on(r, registration);
		break;
	case ACTIVITY_ASKING:
		/* The queue and the transaction end by themselves; no timer is set. */
		break;
	}
}

void attempt_refresh(struct registrant *r, struct registration *registration)
{
	if (registration_refresh(r, registration))
		attempt_timer(r, registration);
}

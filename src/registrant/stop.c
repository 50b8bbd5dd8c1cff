// SPDX-License-Identifier: Apache-2.0
/*
 * The stop, in bounded steps: it walks the registrations, then the debts, then
 * waits for outcomes, and at its end reports what is left.
 */
#include "registrant/stop.h"

#include "registrant/claim.h"
#include "registrant/debts.h"
#include "registrant/payment.h"
#include "registrant/registration.h"
#include "upstream/history.h"
#include "upstream/pace.h"

#define DEADLINE_LEAST_S  20
#define DEADLINE_MARGIN_S 8
#define DEADLINE_MOST_S   3600
#define GOES_ON           "the next start goes on with it"

enum stop_phase {
	STOP_REGISTRATIONS, /* hands every binding to a debt, or leaves it for the next start */
	STOP_DEBTS,         /* has every debt asked, the older ones too, or leaves them */
	STOP_WAITING,       /* for outcomes */
	STOP_REMAINDER,     /* the deadline came: reports what is open */
};

static bool is_owed_by(const struct registrant *r, const struct registration *registration)
{
	const struct holding *holding = registration->holding;

	return holding && (holding_is_bound(r, holding) || registration->exchange.txn);
}

/* An eighth of the known nonces void of late: a binding's own may be as old. */
#define VOID_NONCES_MANY (UINT8_MAX / 8)

static uint32_t requests_for(const struct registration *registration, const struct target *target)
{
	bool is_known = auths_are_known(&registration->exchange.auths);

	is_known = is_known && !target_takes_no_known_nonce(target);
	return is_known && target->void_nonces < VOID_NONCES_MANY ? 1 : 2;
}

/*
 * What each target will be asked: two requests where no good nonce is cached. The number of
 * those whose target is not known yet: debts that have not been asked since the start.
 */
static uint32_t estimate(struct registrant *r, struct answer_stop_begin *begin)
{
	struct registration *registration;
	struct debt *debt;
	struct target *target;
	pool_handle handle;
	uint32_t unknown = 0;

	for (uint32_t slot = 0; (target = pool_walk(r->upstreams->targets, slot, &handle));
	     slot = pool_handle_slot(handle) + 1)
		target->stop_requests = 0;
	for (uint32_t slot = 0; (registration = pool_walk(r->registrations, slot, &handle));
	     slot = pool_handle_slot(handle) + 1) {
		if (!is_owed_by(r, registration))
			continue;
		if (!registration_may_cancel(r, registration)) {
			begin->kept++;
			continue;
		}
		begin->cancels++;
		target = target_get(r->upstreams, registration->exchange.target);
		if (target)
			target->stop_requests += requests_for(registration, target);
	}
	for (uint32_t slot = 0; (debt = pool_walk(r->debts, slot, &handle));
	     slot = pool_handle_slot(handle) + 1) {
		if (!debt_may_cancel(r, debt)) {
			begin->kept++;
			continue;
		}
		begin->cancels++;
		target = target_get(r->upstreams, debt->exchange.target);
		if (target)
			target->stop_requests += 2;
		else
			unknown += 2;
	}
	return unknown;
}

static uint64_t unknown_s(const struct registrant *r, uint32_t requests)
{
	uint64_t rate_milli = history_slowest_milli(r->upstreams);

	if (r->core->params->upstream_rate != PARAM_AUTO)
		rate_milli = (uint64_t)r->core->params->upstream_rate * 1000;
	return rate_milli ? ((uint64_t)requests * 1000 + rate_milli - 1) / rate_milli : 0;
}

/* What it will be asked at its pace, and the way of the last one: two answers, where they are slow.
 */
static uint64_t needs_s(const struct registrant *r, const struct target *target)
{
	uint64_t rate_milli = pace_milli(r->upstreams, target), pace_s = 0;

	if (target->stop_requests == 0)
		return 0;
	if (rate_milli > 0)
		pace_s = ((uint64_t)target->stop_requests * 1000 + rate_milli - 1) / rate_milli;
	return pace_s + 2 * (uint64_t)target->usual_us / US_PER_S;
}

/* As if one address took all whose target is unknown, and were the slowest: a stop may end early.
 */
static uint32_t expected_s(struct registrant *r, uint32_t unknown)
{
	struct target *target;
	pool_handle handle;
	uint64_t longest_s = unknown_s(r, unknown);

	for (uint32_t slot = 0; (target = pool_walk(r->upstreams->targets, slot, &handle));
	     slot = pool_handle_slot(handle) + 1)
		longest_s = max_u64(longest_s, needs_s(r, target));
	return (uint32_t)min_u64(longest_s, DEADLINE_MOST_S);
}

static uint32_t deadline_s(const struct registrant *r, uint32_t expected)
{
	uint32_t asked = r->core->params->stop_deadline_s;

	if (asked != PARAM_AUTO)
		return asked;
	return (uint32_t)min_u64(
	    max_u64(DEADLINE_LEAST_S, (uint64_t)expected * 3 / 2 + DEADLINE_MARGIN_S),
	    DEADLINE_MOST_S);
}

/*
 * One record in place of a mark in every row: what is wanted up to here is wanted again by the next
 * start, if there is one, and what nobody wants then is owed all the same. All that the next start
 * must know is that cancels have left, which may still arrive.
 */
static void record_stop(struct registrant *r)
{
	struct ledger_record record = {.op = LEDGER_STOP, .stop = LEDGER_STOP_CANCELLED};

	if (pool_count(r->holdings) > 0 && !r->was_stopping)
		journal_write(r->core->journal, &record);
}

static void begin_walk(struct registrant *r)
{
	struct stop *stop = &r->stop;

	stop->begun_us = r->core->now.mono_us;
	r->core->stop.report->timer.kind = TIMER_STOP;
	r->core->stop.report->total = pool_count(r->registrations) + pool_count(r->debts);
	wheel_set(r->core->wheel, &r->core->stop.report->timer, r->core->now.mono_us);
}

void stop_begin_keeping(struct registrant *r, uint64_t request)
{
	struct answer_stop_begin *begin =
	    &answer_add(r->core->outbox, ANSWER_STOP_BEGIN, request)->stop_begin;

	(void)estimate(r, begin);
	begin->kept += begin->cancels;
	begin->cancels = 0;
	begin->deadline_s = DEADLINE_LEAST_S;
	r->core->stop.report->request = request;
	r->core->stop.mode = CORE_KEEPS;
	r->core->stop.end_us = r->core->now.mono_us + DEADLINE_LEAST_S * US_PER_S;
	r->core->stop.half_us = r->core->stop.eighty_us = r->core->stop.end_us;
	begin_walk(r);
}

void stop_begin(struct registrant *r, uint64_t request)
{
	struct core_stop *span = &r->core->stop;
	struct stop *stop = &r->stop;
	struct answer_stop_begin *begin =
	    &answer_add(r->core->outbox, ANSWER_STOP_BEGIN, request)->stop_begin;
	uint32_t unknown = estimate(r, begin);
	uint64_t length_us;

	r->core->stop.report->request = request;
	/* What is expected goes by the stop's own pace, the proven one. */
	span->mode = CORE_STOPS;
	begin->expected_s = expected_s(r, unknown);
	begin->deadline_s = deadline_s(r, begin->expected_s);
	length_us = begin->deadline_s * US_PER_S;
	begin_walk(r);
	span->half_us = stop->begun_us + length_us / 2;
	span->eighty_us = stop->begun_us + length_us / 5 * 4;
	span->end_us = stop->begun_us + length_us;
	record_stop(r);
	targets_hurry(r->upstreams);
}

/* A debt of the same name has a row of its own. */
static void add_unbound(struct registrant *r, struct slice name)
{
	if (debts_find(r, name))
		stop_report_omit(r->core);
	else
		stop_report_add(r->core, OUTCOME_CLEAN, name, 0, SLICE("nothing was bound"), 0);
}

static void hand_over(struct registrant *r, struct registration *registration)
{
	struct slice name = registration_name(registration);
	const struct holding *holding = registration->holding;
	uint64_t bound_until_us = holding ? holding_shown_until_us(r, holding) : 0;

	switch (claim_withdraw(r, registration, CAUSE_STOP, ORDER_NONE)) {
	case WITHDRAWN_DEBT:
		break;
	case WITHDRAWN_NOTHING:
		add_unbound(r, name);
		break;
	case WITHDRAWN_LEDGER:
		stop_report_add(
		    r->core, OUTCOME_UNSENT, name, 0, SLICE("too many debts"), bound_until_us);
		break;
	}
}

/* What is out becomes loose, and the ledger says so; else it stays as it is. */
static void keep(struct registrant *r, struct registration *registration)
{
	struct exchange *exchange = &registration->exchange;
	struct holding *holding = registration->holding;
	bool is_loose =
	    holding && (exchange->txn || holding->loose_until_us > r->core->now.mono_us);

	exchange_abandon(r->upstreams, exchange);
	wheel_clear(r->core->wheel, &registration->timer);
	if (!is_loose && (!holding || !holding_is_bound(r, holding))) {
		add_unbound(r, registration_name(registration));
		return;
	}
	holding_set_loose(r, holding, is_loose);
	stop_report_add(r->core, OUTCOME_KEPT, registration_name(registration), 0, SLICE(GOES_ON),
	    holding_shown_until_us(r, holding));
}

static void keep_debt(struct registrant *r, struct debt *debt)
{
	exchange_abandon(r->upstreams, &debt->exchange);
	wheel_clear(r->core->wheel, &debt->timer);
	last_set(&debt->last, debt->last.status, SLICE(GOES_ON));
	debt_settle(r, debt, OUTCOME_KEPT);
}

static bool walk_registrations(struct registrant *r)
{
	struct registration *registration;
	pool_handle handle;

	while (outbox_has_room(r->core->outbox)) {
		registration = pool_walk(r->registrations, r->stop.cursor, &handle);
		if (!registration)
			return true;
		r->stop.cursor = pool_handle_slot(handle) + 1;
		if (r->core->stop.mode == CORE_KEEPS)
			keep(r, registration);
		else
			hand_over(r, registration);
	}
	return false;
}

static void ask_debt(struct registrant *r, struct debt *debt)
{
	payment_hasten(r, debt);
	if (debt->state == DEBT_UNCLAIMED)
		debt_release(r, debt);
	else
		debt_ask(r, debt);
}

static void report_debt(struct registrant *r, struct debt *debt)
{
	enum stop_outcome outcome =
	    debt->cancel == CANCEL_UNSENT ? OUTCOME_UNSENT : OUTCOME_UNCONFIRMED;

	/* What has expired meanwhile is gone, whoever confirmed it. */
	debt_settle(r, debt, debt_is_over(r, debt) ? OUTCOME_CLEAN : outcome);
}

static bool walk_debts(
    struct registrant *r, void (*visit_fn)(struct registrant *r, struct debt *debt))
{
	struct debt *debt;
	pool_handle handle;

	while (outbox_has_room(r->core->outbox)) {
		debt = pool_walk(r->debts, r->stop.debt_cursor, &handle);
		if (!debt)
			return true;
		r->stop.debt_cursor = pool_handle_slot(handle) + 1;
		visit_fn(r, debt);
	}
	return false;
}

/* The last of its records: those of the rows that are loose are durable before it. */
static void record_kept(struct registrant *r)
{
	struct ledger_record record = {.op = LEDGER_STOP, .stop = LEDGER_STOP_KEPT};

	if (r->core->stop.mode == CORE_KEEPS && pool_count(r->holdings) > 0 && !r->was_stopping)
		journal_write(r->core->journal, &record);
}

static void finish(struct registrant *r)
{
	struct answer *answer;

	record_kept(r);
	answer = answer_add(r->core->outbox, ANSWER_STOP_END, r->core->stop.report->request);
	memcpy(answer->stop_end.counts, r->core->stop.report->counts,
	    sizeof(r->core->stop.report->counts));
	r->stop.ended = true;
	wheel_clear(r->core->wheel, &r->core->stop.report->timer);
}

static void wait_for_outcomes(struct registrant *r)
{
	struct stop *stop = &r->stop;

	if (r->core->stop.report->settled == r->core->stop.report->total) {
		finish(r);
	} else if (r->core->now.mono_us >= r->core->stop.end_us) {
		stop->phase = STOP_REMAINDER;
		stop->debt_cursor = 0;
		wheel_set(r->core->wheel, &r->core->stop.report->timer, r->core->now.mono_us);
	} else {
		if (r->core->now.mono_us >= r->core->stop.half_us)
			targets_hurry(r->upstreams);
		wheel_set(r->core->wheel, &r->core->stop.report->timer,
		    r->core->now.mono_us < r->core->stop.half_us ? r->core->stop.half_us
		                                                 : r->core->stop.end_us);
	}
}

void stop_timer(struct registrant *r)
{
	struct stop *stop = &r->stop;
	bool walked = true;

	if (stop->ended)
		return;
	switch ((enum stop_phase)stop->phase) {
	case STOP_REGISTRATIONS:
		walked = walk_registrations(r);
		break;
	case STOP_DEBTS:
		walked = walk_debts(r, r->core->stop.mode == CORE_KEEPS ? keep_debt : ask_debt);
		break;
	case STOP_WAITING:
		wait_for_outcomes(r);
		return;
	case STOP_REMAINDER:
		if (walk_debts(r, report_debt)) {
			finish(r);
			return;
		}
		walked = false;
		break;
	}
	if (walked)
		stop->phase++;
	wheel_set(r->core->wheel, &r->core->stop.report->timer, r->core->now.mono_us);
}

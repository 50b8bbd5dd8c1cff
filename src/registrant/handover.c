// SPDX-License-Identifier: Apache-2.0
/*
 * Walks over the registrations and then over the debts, in bounded steps; at the
 * deadline it walks once more over the debts that are left.
 */
#include "registrant/handover.h"

#include "answer/stop_report.h"
#include "registrant/claim.h"
#include "registrant/debts.h"
#include "registrant/payment.h"
#include "registrant/registration.h"
#include "upstream/workload.h"

#define GOES_ON "the next start goes on with it"

/* ---- what there is to do ---- */

static bool is_owed_by(const struct registrant *r, const struct registration *registration)
{
	const struct holding *holding = registration->holding;

	return holding && (holding_is_bound(r, holding) || registration->exchange.txn);
}

static void count_registration(
    struct registrant *r, const struct registration *registration, struct part_stop_share *share)
{
	struct target *target = target_get(r->upstreams, registration->exchange.target);

	if (!is_owed_by(r, registration))
		return;
	if (!registration_may_cancel(r, registration)) {
		share->kept++;
		return;
	}
	share->cancels++;
	if (target)
		workload_add(r->upstreams, target, workload_of(&registration->exchange, target));
}

static void count_debt(struct registrant *r, const struct debt *debt, struct part_stop_share *share)
{
	if (!debt_may_cancel(r, debt)) {
		share->kept++;
		return;
	}
	share->cancels++;
	workload_add(r->upstreams, target_get(r->upstreams, debt->exchange.target), 2);
}

static void count(void *part, struct part_stop_share *share)
{
	struct registrant *r = part;
	struct registration *registration;
	struct debt *debt;
	pool_handle handle;

	for (uint32_t slot = 0; (registration = pool_walk(r->registrations, slot, &handle));
	     slot = pool_handle_slot(handle) + 1)
		count_registration(r, registration, share);
	for (uint32_t slot = 0; (debt = pool_walk(r->debts, slot, &handle));
	     slot = pool_handle_slot(handle) + 1)
		count_debt(r, debt, share);
	share->rows += pool_count(r->registrations) + pool_count(r->debts);
}

static void record(struct registrant *r, enum ledger_stop stop)
{
	struct ledger_record record = {.op = LEDGER_STOP, .stop = stop};

	if (pool_count(r->holdings) > 0 && !r->was_stopping)
		journal_write(r->core->journal, &record);
}

/*
 * One record replaces a mark in every row. The next start needs no marks: what it wants it claims,
 * and the rest is owed. It only has to know that cancels were sent, which may still arrive.
 */
static void begin(void *part)
{
	struct registrant *r = part;

	if (r->core->stop.mode == CORE_STOPS)
		record(r, LEDGER_STOP_CANCELLED);
}

/* ---- the walks ---- */

/* Reports a registration without a binding, unless a debt of its name has a row. */
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

/* Keeps a binding as it is. A request that is out becomes loose, and the ledger notes that. */
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

	/* A binding that has expired meanwhile is gone, confirmed or not. */
	debt_settle(r, debt, debt_is_over(r, debt) ? OUTCOME_CLEAN : outcome);
}

/* What a stop of that mode does with each object. */
struct way {
	void (*registration)(struct registrant *r, struct registration *registration);
	void (*debt)(struct registrant *r, struct debt *debt);
};

static const struct way ways[] = {
    [CORE_STOPS] = {hand_over, ask_debt},
    [CORE_KEEPS] = {keep, keep_debt},
};

static bool walk_registrations(
    struct registrant *r, void (*visit_fn)(struct registrant *r, struct registration *registration))
{
	struct registration *registration;
	pool_handle handle;

	while (outbox_has_room(r->core->outbox)) {
		registration = pool_walk(r->registrations, r->handover.cursor, &handle);
		if (!registration) {
			r->handover.cursor = 0;
			return true;
		}
		r->handover.cursor = pool_handle_slot(handle) + 1;
		visit_fn(r, registration);
	}
	return false;
}

static bool walk_debts(
    struct registrant *r, void (*visit_fn)(struct registrant *r, struct debt *debt))
{
	struct debt *debt;
	pool_handle handle;

	while (outbox_has_room(r->core->outbox)) {
		debt = pool_walk(r->debts, r->handover.cursor, &handle);
		if (!debt) {
			r->handover.cursor = 0;
			return true;
		}
		r->handover.cursor = pool_handle_slot(handle) + 1;
		visit_fn(r, debt);
	}
	return false;
}

static bool walk(void *part)
{
	struct registrant *r = part;
	const struct way *way = &ways[r->core->stop.mode];

	if (r->handover.is_at_debts)
		return walk_debts(r, way->debt);
	r->handover.is_at_debts = walk_registrations(r, way->registration);
	return false;
}

static bool give_up(void *part)
{
	return walk_debts(part, report_debt);
}

/* Writes the last record of a stop that keeps. The marks of loose rows are durable before it. */
static void end(void *part)
{
	struct registrant *r = part;

	if (r->core->stop.mode == CORE_KEEPS)
		record(r, LEDGER_STOP_KEPT);
}

const struct part_stop_ops handover_ops = {
    .count = count,
    .begin = begin,
    .walk = walk,
    .give_up = give_up,
    .end = end,
};

// SPDX-License-Identifier: Apache-2.0
/*
 * Walks over the debts of one name.
 */
#include "registrant/debts.h"

#include "registrant/request.h"

static struct debts_walk walk_of_name(const struct registrant *r, struct slice name)
{
	struct debts_walk walk = {.name = name};

	if (pool_count(r->debts) > 0)
		walk.hash = hash_bytes(r->hash_key, name);
	return walk;
}

struct debts_walk debts_walk_of(const struct registration *registration)
{
	return (struct debts_walk){
	    .name = registration_name(registration), .hash = registration->name_hash};
}

struct debt *debts_next(const struct registrant *r, struct debts_walk *walk)
{
	uint64_t value;

	while (pool_count(r->debts) > 0 &&
	       map_next(r->debt_names, walk->hash, &walk->cursor, &value)) {
		struct debt *debt = pool_get(r->debts, value);

		if (slice_equal(holding_name(debt->holding), walk->name))
			return debt;
	}
	return NULL;
}

struct debt *debts_find(const struct registrant *r, struct slice name)
{
	struct debts_walk walk = walk_of_name(r, name);
	struct debt *debt, *best = NULL;

	while ((debt = debts_next(r, &walk)))
		if (!best || debt->holding->bound_until_us > best->holding->bound_until_us)
			best = debt;
	return best;
}

struct debt *debts_find_echo(const struct registrant *r, struct slice name, struct slice contact)
{
	struct debts_walk walk = walk_of_name(r, name);
	struct debt *debt;

	while ((debt = debts_next(r, &walk)))
		if (slice_equal(slice_of(debt->holding->echoed), contact))
			return debt;
	return NULL;
}

uint64_t debts_granted_until_us(const struct registrant *r, const struct registration *registration)
{
	const struct holding *holding = registration->holding;
	uint64_t until_us = holding ? holding->granted_until_us : 0;
	struct debts_walk walk = debts_walk_of(registration);
	const struct debt *debt;

	if (until_us > r->core->now.mono_us)
		return until_us;
	while (r->parted > 0 && (debt = debts_next(r, &walk)))
		if (debt->cause == CAUSE_REDIRECTED)
			until_us = max_u64(until_us, debt->holding->granted_until_us);
	return until_us;
}

bool debts_stand_before(const struct registrant *r, const struct holding *holding)
{
	struct debts_walk walk = walk_of_name(r, holding_name(holding));
	const struct debt *debt;

	while ((debt = debts_next(r, &walk))) {
		const struct holding *other = debt->holding;

		if (other->upstream == holding->upstream && debt_may_cancel(r, debt) &&
		    debt->state != DEBT_CARRIED && debt->state != DEBT_REFUSED &&
		    debt->state != DEBT_HELD_BACK && debt->state != DEBT_PROVING &&
		    account_is_same_aor(other->account, holding->account))
			return true;
	}
	return false;
}

void debts_order(struct registrant *r, struct slice name, enum debt_order order)
{
	struct debts_walk walk = walk_of_name(r, name);
	struct debt *debt;

	while ((debt = debts_next(r, &walk)))
		debt_order(r, debt, order);
}

void debts_switch(struct registrant *r, struct slice name, enum inherit_switch send_unregister)
{
	struct debts_walk walk = walk_of_name(r, name);
	struct debt *debt;

	while ((debt = debts_next(r, &walk))) {
		debt->send_unregister = (uint8_t)send_unregister;
		debt_reconsider(r, debt);
	}
}

void debts_retry_refused(struct registrant *r, struct slice name)
{
	struct debts_walk walk = walk_of_name(r, name);
	struct debt *debt;

	while ((debt = debts_next(r, &walk))) {
		if (debt->state != DEBT_REFUSED || !debt_other_account(r, debt))
			continue;
		auths_clear(&debt->exchange.auths);
		debt_ask(r, debt);
	}
}

void debts_release(struct registrant *r, struct slice name)
{
	struct debts_walk walk = walk_of_name(r, name);
	struct debt *debt;

	while ((debt = debts_next(r, &walk)))
		if (debt->state == DEBT_UNCLAIMED)
			debt_release(r, debt);
}

void debts_hold_back(struct registrant *r, const struct registration *registration)
{
	struct debts_walk walk = debts_walk_of(registration);
	struct debt *debt;

	while ((debt = debts_next(r, &walk))) {
		bool is_parted = debt->holding->is_away || debt->cause == CAUSE_REDIRECTED;

		if (!is_parted || debt->is_left_behind || debt->state == DEBT_UNCLAIMED ||
		    debt->state == DEBT_HELD_BACK)
			continue;
		/* The binding is wanted again: an earlier order to cancel it is void. */
		debt->order = ORDER_NONE;
		debt_set_cause(r, debt, CAUSE_REDIRECTED);
		(void)debt_hold_back(r, debt);
	}
}

void debts_free_held_back(
    struct registrant *r, const struct registration *registration, enum debt_cause cause)
{
	struct debts_walk walk = debts_walk_of(registration);
	struct debt *debt;

	while (r->parted > 0 && (debt = debts_next(r, &walk))) {
		if (debt->cause != CAUSE_REDIRECTED || debt->state == DEBT_UNCLAIMED)
			continue;
		debt_set_cause(r, debt, cause);
		if (debt->state == DEBT_HELD_BACK)
			debt_ask(r, debt);
	}
}

void debts_leave_behind(struct registrant *r, const struct registration *registration)
{
	struct debts_walk walk = debts_walk_of(registration);
	struct debt *debt;

	while ((debt = debts_next(r, &walk)))
		debt->is_left_behind = true;
}

/* True if an edit or a new address made the debt, and no cancel of it was sent yet. */
static bool may_be_carried(const struct registrant *r, const struct debt *debt,
    const struct registration *registration, pool_handle home)
{
	const struct holding *holding = debt->holding;

	if (debt->state != DEBT_OWED || debt->cancel != CANCEL_UNSENT || debt->attempts > 0 ||
	    (debt->cause != CAUSE_EDITED && debt->cause != CAUSE_MOVED))
		return false;
	return holding->upstream == home && debt_may_cancel(r, debt) &&
	       account_is_same_aor(holding->account, registration->account);
}

void debts_carry(struct registrant *r, const struct registration *registration)
{
	struct debts_walk walk = debts_walk_of(registration);
	struct upstream *home;
	struct debt *debt;

	if (!registration->settings.multi_contact || core_is_stopping(r->core) ||
	    registration_home(r, registration->account, &home) < 0)
		return;
	while ((debt = debts_next(r, &walk)))
		if (may_be_carried(r, debt, registration, home->handle))
			debt_wait_for_carrier(r, debt);
	upstream_give(r->upstreams, home->handle);
}

void debts_carry_no_more(struct registrant *r, struct slice name)
{
	struct debts_walk walk = walk_of_name(r, name);
	struct debt *debt;

	while ((debt = debts_next(r, &walk)))
		if (debt->state == DEBT_CARRIED)
			debt_ask(r, debt);
}

unsigned debts_carried(
    struct registrant *r, const struct holding *holding, struct debt *list_r[CARRY_MAX])
{
	struct debts_walk walk = walk_of_name(r, holding_name(holding));
	struct debt *debt;
	unsigned n = 0;

	while ((debt = debts_next(r, &walk))) {
		if (debt->state != DEBT_CARRIED)
			continue;
		/* One request has one Call-ID, and cancels only at its own upstream. */
		if (n < CARRY_MAX && debt->holding->sequence == holding->sequence &&
		    debt->holding->upstream == holding->upstream)
			list_r[n++] = debt;
		else
			debt_ask(r, debt);
	}
	return n;
}

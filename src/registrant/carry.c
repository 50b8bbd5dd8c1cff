// SPDX-License-Identifier: Apache-2.0
/*
 * Debts in DEBT_CARRIED, found by the name of their registration.
 */
#include "registrant/carry.h"

#define CARRY_US    (8 * US_PER_S)
#define CARRIES_MAX 8 /* times it is looked whether the request is still on its way */

/* An edit or another address, and nothing was asked of it yet. */
static bool may_be_carried(const struct registrant *r, const struct debt *debt,
    const struct registration *registration, pool_handle home)
{
	const struct holding *holding = debt->holding;

	if (debt->state != DEBT_OWED || debt->was_sent || debt->attempts > 0 ||
	    (debt->cause != CAUSE_EDITED && debt->cause != CAUSE_MOVED))
		return false;
	return holding->upstream == home && debt_may_cancel(r, debt) &&
	       account_is_same_aor(holding->account, registration->account);
}

void carry_begin(struct registrant *r, const struct registration *registration)
{
	struct slice name = registration_name(registration);
	uint32_t cursor = 0;
	struct upstream *home;
	struct debt *debt;

	if (!registration->settings.multi_contact || r->stop.running ||
	    registration_home(r, registration->account, &home) < 0)
		return;
	while ((debt = debt_next(r, registration->name_hash, name, &cursor))) {
		if (!may_be_carried(r, debt, registration, home->handle))
			continue;
		debt_set_state(r, debt, DEBT_CARRIED);
		wheel_set(r->core->wheel, &debt->timer, r->core->now.mono_us + CARRY_US);
	}
	upstream_give(r->upstreams, home->handle);
}

void carry_end(struct registrant *r, struct slice name)
{
	uint64_t hash = hash_bytes(r->hash_key, name);
	uint32_t cursor = 0;
	struct debt *debt;

	while (pool_count(r->debts) > 0 && (debt = debt_next(r, hash, name, &cursor)))
		if (debt->state == DEBT_CARRIED)
			debt_ask(r, debt);
}

unsigned carry_list(
    struct registrant *r, const struct holding *holding, struct debt *list_r[CARRY_MAX])
{
	struct slice name = holding_name(holding);
	uint64_t hash;
	uint32_t cursor = 0;
	struct debt *debt;
	unsigned n = 0;

	if (pool_count(r->debts) == 0)
		return 0;
	hash = hash_bytes(r->hash_key, name);
	while ((debt = debt_next(r, hash, name, &cursor))) {
		if (debt->state != DEBT_CARRIED)
			continue;
		/* Under another Call-ID it would not be the same request any more, and where a
		 * redirect has led nobody can give back what home holds. */
		if (n < CARRY_MAX && debt->holding->sequence == holding->sequence &&
		    debt->holding->upstream == holding->upstream)
			list_r[n++] = debt;
		else
			debt_ask(r, debt);
	}
	return n;
}

void carry_recall(struct registrant *r, const struct debt *debt)
{
	struct registration *carrier = registration_find(r, holding_name(debt->holding));
	const struct txn *txn = carrier ? txns_get(r->core->txns, carrier->exchange.txn) : NULL;

	if (!txn || !carrier->exchange.is_carrying || txn->cseq != debt->carrier_cseq)
		return;
	exchange_abandon(r, &carrier->exchange);
	carrier->exchange.is_carrying = false;
	/* From the timer, so that many at once go on in bounded steps. */
	registration_set_activity(r, carrier, ACTIVITY_WAITING);
	wheel_set(r->core->wheel, &carrier->timer, r->core->now.mono_us);
}

/* True while the registration has a request on its way that may carry it. */
static bool has_carrier(struct registrant *r, struct debt *debt)
{
	const struct registration *carrier = registration_find(r, holding_name(debt->holding));

	if (!carrier || ++debt->carries >= CARRIES_MAX)
		return false;
	return carrier->activity == ACTIVITY_RESOLVING || carrier->activity == ACTIVITY_RECORDING ||
	       carrier->activity == ACTIVITY_ASKING;
}

void carry_timer(struct registrant *r, struct debt *debt)
{
	if (has_carrier(r, debt))
		wheel_set(r->core->wheel, &debt->timer, r->core->now.mono_us + CARRY_US);
	else
		debt_begin(r, debt);
}

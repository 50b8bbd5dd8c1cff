// SPDX-License-Identifier: Apache-2.0
/*
 * All debts that the registration of one name has left. There may be many, with
 * other settings than the registration has now, and they may outlive it.
 * registrant/debt.h has a single debt.
 *
 * `multi_contact`: the REGISTER of a new Contact carries the cancel of the old one,
 * with `expires=0`. The old binding is a debt nevertheless, with its row in the
 * ledger; it waits for that REGISTER instead of sending a cancel. If the REGISTER
 * fails or comes too late, or its 200 still lists the Contact, the debt sends its
 * own cancel.
 */
#pragma once

#include "registrant/debt.h"
#include "registrant/registration.h"
#include "registrant/request.h"

struct debts_walk {
	struct slice name;
	uint64_t hash;
	uint32_t cursor;
};

/* A walk over the debts of a registration's name. */
struct debts_walk debts_walk_of(const struct registration *registration);

/* The next debt of the walk; NULL at the end. No debt may be freed before the walk is over. */
struct debt *debts_next(const struct registrant *r, struct debts_walk *walk);

/* The debt of this name that is bound for longest; NULL if there is none. */
struct debt *debts_find(const struct registrant *r, struct slice name);

/* The debt whose binding upstream lists as this Contact; NULL if there is none. */
struct debt *debts_find_echo(const struct registrant *r, struct slice name, struct slice contact);

/*
 * Until when the binding of a registration was granted, in mono_us: at its present upstream, or at
 * the one before a redirect. 0: it was not granted.
 */
uint64_t debts_granted_until_us(
    const struct registrant *r, const struct registration *registration);

/* True while the REGISTER of this holding has to wait for a debt of the same AOR and upstream. */
bool debts_stand_before(const struct registrant *r, const struct holding *holding);

/* Does debt_order() for all debts of the name. */
void debts_order(struct registrant *r, struct slice name, enum debt_order order);

/* Sets SEND_UNREGISTER of all debts of the name to the registration's value. */
void debts_switch(struct registrant *r, struct slice name, enum inherit_switch send_unregister);

/* Its registration may have new credentials: a debt that was refused asks again with them. */
void debts_retry_refused(struct registrant *r, struct slice name);

/* Does debt_release() for all debts in DEBT_UNCLAIMED: the registration will not claim them. */
void debts_release(struct registrant *r, struct slice name);

/*
 * The registration has a binding at home, or at the target of a redirect: debts of the same Contact
 * at the other one are held back, even if an operator ordered their cancel before.
 */
void debts_hold_back(struct registrant *r, const struct registration *registration);

/*
 * The registration gives its binding up for `cause`: the debts that were held back for it get the
 * same cause and ask now.
 */
void debts_free_held_back(
    struct registrant *r, const struct registration *registration, enum debt_cause cause);

/* An edit has led the registration to another upstream: no debt is held back for it any more. */
void debts_leave_behind(struct registrant *r, const struct registration *registration);

/*
 * The registration is about to send a REGISTER. If that may carry cancels (`multi_contact`), the
 * debts whose cancels it can carry wait for it.
 */
void debts_carry(struct registrant *r, const struct registration *registration);

/* The debts that wait for a REGISTER to carry their cancel send their own cancel instead. */
void debts_carry_no_more(struct registrant *r, struct slice name);

/*
 * Lists the debts whose cancels a request for this holding carries; returns how many. Other debts
 * that waited for it send their own cancel.
 */
unsigned debts_carried(
    struct registrant *r, const struct holding *holding, struct debt *list_r[CARRY_MAX]);

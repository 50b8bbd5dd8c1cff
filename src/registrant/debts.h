// SPDX-License-Identifier: Apache-2.0
/*
 * All debts that the registration of one name has left. There may be many, with
 * other settings than it has now, and they may outlive it. A single debt is in
 * registrant/debt.h.
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

/* The next of them, NULL at the end. None may be freed before the walk is over. */
struct debt *debts_next(const struct registrant *r, struct debts_walk *walk);

/* The debt of this name that is bound for longest; NULL if there is none. */
struct debt *debts_find(const struct registrant *r, struct slice name);

/* The debt whose binding upstream lists as this Contact; NULL if there is none. */
struct debt *debts_find_echo(const struct registrant *r, struct slice name, struct slice contact);

/*
 * Until when the binding of a registration was granted, 0 where it was not: here, or where it was
 * before a redirect led it on.
 */
uint64_t debts_granted_until_us(
    const struct registrant *r, const struct registration *registration);

/* True while a debt of the same AOR and upstream stands before this holding. */
bool debts_stand_before(const struct registrant *r, const struct holding *holding);

/* debt_order() for all of them. */
void debts_order(struct registrant *r, struct slice name, enum debt_order order);

/* The registration's own SEND_UNREGISTER speaks for all of them. */
void debts_switch(struct registrant *r, struct slice name, enum inherit_switch send_unregister);

/* Their registration may have other credentials now: what was refused is asked with them. */
void debts_retry_refused(struct registrant *r, struct slice name);

/* Those in DEBT_UNCLAIMED are not claimed by their registration: debt_release(). */
void debts_release(struct registrant *r, struct slice name);

/*
 * The registration has its binding at one of two places that a redirect has joined: what is owed of
 * the same Contact at the other one is held back, whoever ordered it before.
 */
void debts_hold_back(struct registrant *r, const struct registration *registration);

/*
 * The registration gives its binding up: what was held back for it is owed for the same cause, and
 * asked now.
 */
void debts_free_held_back(
    struct registrant *r, const struct registration *registration, enum debt_cause cause);

/* An edit has led the registration to another upstream: nothing is held back for it any more. */
void debts_leave_behind(struct registrant *r, const struct registration *registration);

/*
 * The registration is about to send a REGISTER, and may have it carry cancels: those that it can
 * wait for that.
 */
void debts_carry(struct registrant *r, const struct registration *registration);

/* Those that wait for a REGISTER to carry their cancel send their own. */
void debts_carry_no_more(struct registrant *r, struct slice name);

/* Those that a request for this holding cancels; what it cannot carry waits no longer. */
unsigned debts_carried(
    struct registrant *r, const struct holding *holding, struct debt *list_r[CARRY_MAX]);

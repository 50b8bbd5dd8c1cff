// SPDX-License-Identifier: Apache-2.0
/*
 * The debts of one name: those that a registration left, which may be many, may
 * have had other settings, and may outlive it. What concerns all of them is here;
 * what one does is in registrant/debt.h.
 *
 * `multi_contact`: the REGISTER of a new Contact carries the end of the old one,
 * with `expires=0`. The old binding is a debt all the same, with its row in the
 * ledger; it only lets the request that its registration is about to send ask for
 * it. Where that fails, is too late, or its 200 lists the Contact still, the debt
 * goes on by itself.
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

/* The most telling one of that name: the one that is bound for longest. NULL without. */
struct debt *debts_find(const struct registrant *r, struct slice name);

/* The one whose binding upstream lists as this Contact; NULL without. */
struct debt *debts_find_echo(const struct registrant *r, struct slice name, struct slice contact);

/*
 * Until when the binding of a registration was granted, 0 where it was not: here, or where it was
 * before a redirect led it on.
 */
uint64_t debts_granted_until_us(
    const struct registrant *r, const struct registration *registration);

/* True while a debt of the same AOR and upstream stands before this holding. */
bool debts_stand_before(const struct registrant *r, const struct holding *holding);

/* An operator wants them paid now. */
void debts_order(struct registrant *r, struct slice name, enum debt_order order);

/* The registration's own SEND_UNREGISTER speaks for all of them. */
void debts_switch(struct registrant *r, struct slice name, enum inherit_switch send_unregister);

/* Their registration may have other credentials now: what was refused is asked with them. */
void debts_retry_refused(struct registrant *r, struct slice name);

/* Those that wait for their registration to claim them wait no longer. */
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

/* They wait no longer, and ask for themselves. */
void debts_carry_no_more(struct registrant *r, struct slice name);

/* Those that a request for this holding cancels; what it cannot carry waits no longer. */
unsigned debts_carried(
    struct registrant *r, const struct holding *holding, struct debt *list_r[CARRY_MAX]);

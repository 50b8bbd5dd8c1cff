// SPDX-License-Identifier: Apache-2.0
/*
 * `multi_contact`: the end of an old Contact that the REGISTER of the new one
 * carries, with `expires=0`. The old binding is a debt all the same, with its
 * row in the ledger; it only lets the request that its registration is about to
 * send ask for it. Where that fails, is too late, or its 200 lists the Contact
 * still, the debt goes on by itself.
 */
#pragma once

#include "registrant/debt.h"
#include "registrant/registration.h"

/*
 * The registration, configured so, is about to send a REGISTER: those of its
 * debts that it can cancel on the way wait for that.
 */
void carry_begin(struct registrant *r, const struct registration *registration);

/* They wait no longer, and ask for themselves. */
void carry_end(struct registrant *r, struct slice name);

/* Those that a request for this holding cancels; what it cannot carry waits no longer. */
unsigned carry_list(
    struct registrant *r, const struct holding *holding, struct debt *list_r[CARRY_MAX]);

/* It may not be cancelled any more: a request that carries its end is not repeated but made anew.
 */
void carry_recall(struct registrant *r, const struct debt *debt);

void carry_timer(struct registrant *r, struct debt *debt);

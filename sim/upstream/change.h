// SPDX-License-Identifier: Apache-2.0
/*
 * What a REGISTER that is granted changes in the table.
 */
#pragma once

#include "sim/upstream/registration.h"

/* True where the account would hold more Contacts than it may. */
bool change_is_over(const struct upstream *u, const struct registration *r);

/* Binds and unbinds what it names, as `granted_s` of each Contact says. */
void change_commit(struct upstream *u, const struct exchange *x, const struct registration *r);

/* Unbinds all of the AOR. */
void change_take_all(struct upstream *u, const struct exchange *x, const struct registration *r);

/* Puts what the disk has into the empty table; gives the number of bindings. */
uint32_t change_restore(struct upstream *u);

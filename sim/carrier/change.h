// SPDX-License-Identifier: Apache-2.0
/*
 * What a REGISTER that is granted changes in the table.
 */
#pragma once

#include "sim/carrier/register.h"

/* True where the account would hold more Contacts than it may. */
bool change_is_over(const struct carrier *carrier, const struct register_request *r);

/* Binds and unbinds what it names, as `granted_s` of each Contact says. */
void change_commit(
    struct carrier *carrier, const struct incoming *in, const struct register_request *r);

/* Unbinds all of the AOR. */
void change_take_all(
    struct carrier *carrier, const struct incoming *in, const struct register_request *r);

/* Puts what the disk has into the empty table; gives the number of bindings. */
uint32_t change_restore(struct carrier *carrier);

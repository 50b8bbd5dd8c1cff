// SPDX-License-Identifier: Apache-2.0
/*
 * The registrar proper: RFC 3261 10.3, and the manners of carriers.
 */
#pragma once

#include "sim/carrier/incoming.h"

/* A new REGISTER: judges it, answers it, and changes the table, all or nothing. */
void registrar_receive(struct carrier *carrier, struct incoming *in);

/* A binding's time is over. */
void registrar_expire(struct carrier *carrier, struct binding *binding);

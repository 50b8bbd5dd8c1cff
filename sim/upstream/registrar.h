// SPDX-License-Identifier: Apache-2.0
/*
 * The registrar proper: RFC 3261 10.3, and the manners of carriers.
 */
#pragma once

#include "sim/upstream/exchange.h"

/* A new REGISTER: judges it, answers it, and changes the table, all or nothing. */
void registrar_receive(struct upstream *u, struct exchange *x);

/* A binding's time is over. */
void registrar_expire(struct upstream *u, struct binding *binding);

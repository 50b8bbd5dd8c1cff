// SPDX-License-Identifier: Apache-2.0
/*
 * What a rule of the configuration makes of a request (struct carrier_rule):
 * another answer than the proper one, or none.
 */
#pragma once

#include "sim/carrier/incoming.h"
#include "sim/carrier/rule.h"

/* Why an account takes no more Contacts, as OpenSIPS and Kamailio say it. */
#define RULING_TOO_MANY "P-Registrar-Error: Too many registered contacts\r\n"

/*
 * True where a rule has dealt with the request: answered it, or dropped it. False where none has,
 * also where one only says how the answer is to be (`lose` and `rule` of the request).
 */
bool ruling_ends(struct carrier *carrier, struct incoming *in, struct rule_request about);

/* Appends the header lines that the rule wants. `user` is that of the AOR. */
void ruling_put(struct buf *b, const struct carrier_rule *rule, struct slice user);

// SPDX-License-Identifier: Apache-2.0
/*
 * What the end of an attempt means to a registration: the rules that upstreams
 * in the field break one by one, each in a function of its own.
 */
#pragma once

#include "registrant/registration.h"

/*
 * A final answer. True where the same is to be asked again at once, for the longer expiry that a
 * 423 named; else it says itself what is next, and when.
 */
bool outcome_answered(struct registrant *r, struct registration *registration, enum verdict verdict,
    const struct sip_message *response, struct slice why);

void outcome_timed_out(struct registrant *r, struct registration *registration, struct slice why);
void outcome_unreachable(struct registrant *r, struct registration *registration,
    enum obstacle obstacle, struct slice why);

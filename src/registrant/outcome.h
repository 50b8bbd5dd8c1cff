// SPDX-License-Identifier: Apache-2.0
/*
 * What the end of an attempt means to a registration. Upstreams in the field differ
 * from the RFCs in many ways; each rule that copes with one is a function of its own.
 */
#pragma once

#include "registrant/registration.h"

/*
 * A final answer came. True if the caller has to ask again at once, with the longer expiry that a
 * 423 named; else the next step is set, with its time.
 */
bool outcome_answered(struct registrant *r, struct registration *registration, enum verdict verdict,
    const struct sip_message *response, struct slice why);

void outcome_timed_out(struct registrant *r, struct registration *registration, struct slice why);
void outcome_unreachable(struct registrant *r, struct registration *registration,
    enum obstacle obstacle, struct slice why);

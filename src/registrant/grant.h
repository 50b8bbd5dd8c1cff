// SPDX-License-Identifier: Apache-2.0
/*
 * A grant: what a 200 means to a registration. Until when it is bound, when it
 * refreshes, what else the list says: of left-overs, of cancels that the request
 * carried, and of other registrations of the account, which share the list.
 */
#pragma once

#include "registrant/registration.h"

/* The 200 to its REGISTER. */
void grant_take(
    struct registrant *r, struct registration *registration, const struct sip_message *response);

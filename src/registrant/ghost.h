// SPDX-License-Identifier: Apache-2.0
/*
 * Ghosts: bindings of ours that a 200 lists although nobody wants them any
 * more. Only what the ledger names exactly is ours to remove; our Contact user
 * at another address is a lookalike, and shown.
 */
#pragma once

#include "registrant/registration.h"

/*
 * Looks through a 200 in which the registration's own Contact was found. Gives
 * how many of the others are ghosts; each is asked for at once.
 */
uint32_t ghost_hunt(
    struct registrant *r, struct registration *registration, const struct sip_message *response);

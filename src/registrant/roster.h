// SPDX-License-Identifier: Apache-2.0
/*
 * Registrations as operators want them: added, changed, taken back and removed.
 * An edit is done as a whole or not at all. What it takes away from a registration
 * becomes a debt; the rest of it goes on.
 */
#pragma once

#include "registrant/registration.h"

/* Adds or changes; a config that is equal changes nothing. ERR_FULL, ERR_MEMORY, ERR_SYNTAX. */
MUST_CHECK int roster_put(
    struct registrant *r, const struct registration_config *config, struct buf *message);

/* Its holding becomes a debt; the registration is gone. */
void roster_remove(struct registrant *r, struct registration *registration);

/* Takes it back, whatever SEND_UNREGISTER says, and rests. ERR_FULL: the next start pays. */
MUST_CHECK int roster_cancel(struct registrant *r, struct registration *registration);

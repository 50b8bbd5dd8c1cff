// SPDX-License-Identifier: Apache-2.0
/*
 * Which of the shell's listeners are needed: those that a holding was last asked
 * for through, since what upstream holds points there. The shell opens listeners
 * for registrations that ask for a port or an address of their own, and closes
 * them when it is told that nobody needs them any more (EFFECT_LISTENER).
 */
#pragma once

#include "registrant/context.h"

struct holding;

/* The holding's requests leave through that listener from now on. */
void listener_use(struct registrant *r, struct holding *holding, uint32_t number);

/* The holding ends. */
void listener_leave(struct registrant *r, struct holding *holding);

/* True while some holding needs it: a flow through any other may have lost its socket. */
bool listener_is_needed(const struct registrant *r, uint32_t number);

/* Tells the shell what has changed, as far as the outbox has room. */
void listener_timer(struct registrant *r);

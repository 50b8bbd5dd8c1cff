// SPDX-License-Identifier: Apache-2.0
/*
 * Which of the shell's listeners are needed. A user needs the listener through which
 * its last request left, since upstream sends its requests there. The shell opens
 * more listeners if a local port or address is asked for, and may close one when it
 * is told that no user needs it any more (EFFECT_LISTENER).
 */
#pragma once

#include "upstream/upstreams.h"

/*
 * A user's requests leave through this listener from now on. `*user` belongs to this table and
 * begins as 0.
 */
void listener_use(struct upstreams *u, uint16_t *user, uint32_t number);

/* The user needs no listener any more. */
void listener_leave(struct upstreams *u, uint16_t *user);

/* True while a user needs it. If not, a flow through it may be gone. */
bool listener_is_needed(const struct upstreams *u, uint32_t number);

/* TIMER_LISTENERS is due: tells the shell what has changed, as far as the outbox has room. */
void listener_timer(struct upstreams *u);

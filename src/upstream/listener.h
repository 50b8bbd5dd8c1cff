// SPDX-License-Identifier: Apache-2.0
/*
 * Which of the shell's listeners are needed: those that the last request of a user
 * left through, since what upstream knows of it points there. The shell opens
 * further listeners where a port or an address is asked for, and closes them when it
 * is told that nobody needs them any more (EFFECT_LISTENER).
 */
#pragma once

#include "upstream/upstreams.h"

/*
 * A user's requests leave through that listener from now on. `user` is its place in the table, 0
 * where it has none yet; the table keeps it up to date.
 */
void listener_use(struct upstreams *u, uint16_t *user, uint32_t number);

/* The user ends. */
void listener_leave(struct upstreams *u, uint16_t *user);

/* True while some user needs it: a flow through any other may be gone. */
bool listener_is_needed(const struct upstreams *u, uint32_t number);

/* Tells the shell what has changed, as far as the outbox has room. */
void listener_timer(struct upstreams *u);

// SPDX-License-Identifier: Apache-2.0
/*
 * Responses that wait: a 200 that tells of a changed set of bindings leaves once the kernel has
 * the change, so that a phone which saw it is found after a kill, too. While the disk refuses
 * nothing waits: phones are served, and an operator is told.
 */
#pragma once

#include "registrar/endpoint.h"

#define HELD_MAX       8192
#define HELD_LONGEST_S 4 /* a disk that takes longer counts as one that refuses */

/* NULL without memory. */
struct pool *held_pool_new(void);
void held_free(struct registrar *registrar);

/* True where bindings of the endpoint have changed and the kernel has not got all of it. */
bool held_is_needed(const struct registrar *registrar, const struct endpoint *endpoint);

/* False at the cap: what would need one more is refused. */
bool held_has_room(const struct registrar *registrar);

/* Keeps a copy of a response until the last change of the endpoint is with the kernel. At the cap
 * and without memory it is lost: the phone repeats its request and gets it then. */
void held_add(struct registrar *registrar, const struct endpoint *endpoint, const struct flow *way,
    struct slice response);

/* Sends those whose time has come. */
void held_timer(struct registrar *registrar);

/* EVENT_BINDINGS_DURABLE, EVENT_BINDINGS_FAILED. */
void held_reached(struct registrar *registrar, uint64_t ticket);
void held_failed(struct registrar *registrar, struct slice why);

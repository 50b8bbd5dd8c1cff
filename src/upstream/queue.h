// SPDX-License-Identifier: Apache-2.0
/*
 * The exchanges that wait at a target for their place in its pace: which one sends
 * next, which ones a rest lets through, and which ones go to another target when
 * this one closes.
 */
#pragma once

#include "upstream/exchange.h"

/*
 * Puts the exchange into the queue of its target; `turn` of its ops follows. Within a class the
 * smallest `order` goes first. ERR_MEMORY.
 */
MUST_CHECK int queue_join(
    struct upstreams *u, struct exchange *exchange, enum queue_class class, uint64_t order);

/*
 * The target has closed: moves exchanges to other targets of their upstreams, the most urgent
 * first, and no more than those can send until this one opens.
 */
void queue_reroute(struct upstreams *u, struct target *target);

/* The target's timer: the next exchanges send. The target may be freed by this call. */
void queue_timer(struct upstreams *u, struct target *target);

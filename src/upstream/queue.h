// SPDX-License-Identifier: Apache-2.0
/*
 * Exchanges that wait at a target for their place in its pace: who goes next,
 * what a rest lets through, and what goes elsewhere when the address closes.
 */
#pragma once

#include "upstream/exchange.h"

/* Waits for its turn. ERR_MEMORY. */
MUST_CHECK int queue_join(
    struct upstreams *u, struct exchange *exchange, enum queue_class class, uint64_t order);

/*
 * Those that wait at an address that closed, and could go elsewhere, do, as many as another
 * address could send in the meantime; the most urgent first.
 */
void queue_reroute(struct upstreams *u, struct target *target);

/* A target's timer: whose turn it is, sends. The target may be gone by it. */
void queue_timer(struct upstreams *u, struct target *target);

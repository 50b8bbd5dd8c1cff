// SPDX-License-Identifier: Apache-2.0
/*
 * What becomes of exchanges when the node's own network changes (upstream/network.h): an
 * address of ours is gone, or a way that was not there may be there again. Silence and missing
 * ways are looked at again soon, in bounded steps: the targets first, then those that embed
 * exchanges, kind by kind. What an upstream said (a rest, a rejection) stands. The pace holds:
 * all wait for their turn in the queues of their targets, and an address that was silent gets
 * one probe before the others.
 */
#pragma once

#include "upstream/exchange.h"

/* The network's timer: the next step of the walk, or a new walk. */
void rounds_timer(struct upstreams *u);

/* For `look` of the exchange's ops, about the news of the walk. */

/* What it waits for may have come: a way, or an answer of an address of its upstream. */
bool rounds_concern(const struct upstreams *u, const struct exchange *exchange);

/* A flow was chosen that leads out by an address that is gone. */
bool rounds_lost_flow(const struct upstreams *u, const struct exchange *exchange);

/*
 * What is under way is better begun anew: by another way, or with its time before it. Where it is
 * not, a request that nobody answered so far may be repeated soon by this.
 */
bool rounds_spent(struct upstreams *u, const struct exchange *exchange);

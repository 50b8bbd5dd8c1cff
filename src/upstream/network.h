// SPDX-License-Identifier: Apache-2.0
/*
 * News that may end the waiting of exchanges: an address of ours is gone, there may
 * be a route again, or a target that was silent answers. This file collects them
 * and says when the next walk begins; upstream/rounds.h is the walk.
 */
#pragma once

#include "upstream/upstreams.h"

/* EVENT_NETWORK_CHANGED: flows that were chosen before are void, and chosen again at next use. */
void network_changed(struct upstreams *u, bool is_back);

/*
 * This address of ours is gone; without a family it may be any of them. Exchanges that used it
 * begin again over the route that there is now, with the Contact that follows from it.
 */
void network_address_gone(struct upstreams *u, const struct netaddr *address);

/* A silent target answers: exchanges that met its silence need not wait any longer. */
void network_target_answers(struct upstreams *u);

/* Sets the timer of the next walk, if there are news and no walk is under way. */
void network_want_walk(struct upstreams *u);

/* A walk begins: it takes over the news that have come so far. */
void network_take_news(struct upstreams *u);

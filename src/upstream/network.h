// SPDX-License-Identifier: Apache-2.0
/*
 * What is new about the node's own network, and when those concerned are looked
 * at: an address of ours is gone, a way may be there again, or an upstream's
 * address that was silent answers. The look itself is in upstream/rounds.h.
 */
#pragma once

#include "upstream/upstreams.h"

/* The event: flows that were chosen before are chosen anew when they are needed next. */
void network_changed(struct upstreams *u, bool is_back);

/*
 * Nothing leaves from that address any more; without a family it may be any. Whoever is bound
 * over it begins anew, with the Contact that follows from the way there is now.
 */
void network_address_gone(struct upstreams *u, const struct netaddr *address);

/* An address that was silent answers: whoever met its silence does not wait any longer. */
void network_target_answers(struct upstreams *u);

/* Sets the time of the next look, where there are news and none is under way. */
void network_want_walk(struct upstreams *u);

/* The news that came so far are those of the walk that begins. */
void network_take_news(struct upstreams *u);

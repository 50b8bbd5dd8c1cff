// SPDX-License-Identifier: Apache-2.0
/*
 * The walk over targets and exchanges after news of the network (upstream/network.h). It goes in
 * bounded steps: first the targets, then the owners of exchanges, kind by kind. Exchanges that
 * failed by silence or for want of a route try again soon. What an upstream said, a rest or a
 * rejection, stands. The pace holds: all wait in the queues of their targets, and a target that
 * was silent gets one probe before the others.
 */
#pragma once

#include "upstream/exchange.h"

/* TIMER_NETWORK is due: the next step of the walk, or a new walk. */
void rounds_timer(struct upstreams *u);

/* ---- for `look` of struct exchange_ops: what the news mean to an exchange ---- */

/* True if a route may be back, or a target of its upstream answers again. */
bool rounds_concern(const struct upstreams *u, const struct exchange *exchange);

/* True if its flow leaves from an address that is gone. */
bool rounds_lost_flow(const struct upstreams *u, const struct exchange *exchange);

/*
 * True if the attempt should begin again: its flow is lost, or too little time is left for a
 * request that got no response. If enough is left, the request is repeated soon, and the result is
 * false.
 */
bool rounds_spent(struct upstreams *u, const struct exchange *exchange);

// SPDX-License-Identifier: Apache-2.0
/*
 * How an exchange finds its way: resolves the upstream's name, chooses one of its
 * targets, and asks for a flow to it from the local address that the owner wants.
 */
#pragma once

#include "upstream/exchange.h"

/* Looks for a target and a flow; `reached` or `unreachable` follows, perhaps during this call. */
void reach_upstream(struct upstreams *u, struct exchange *exchange);

/* The same, but to this address, even if the name does not resolve to it. */
void reach_address(struct upstreams *u, struct exchange *exchange, const struct netaddr *address);

/* The timer of an upstream: exchanges that wait for its name go on, or it is resolved again. */
void reach_names_timer(struct upstreams *u, struct upstream *upstream);

/* EVENT_FLOW_UP or EVENT_FLOW_DOWN for a flow that an exchange asked for. */
void reach_flow_event(struct upstreams *u, const struct event *event);

// SPDX-License-Identifier: Apache-2.0
/*
 * The way of an exchange to an address: the upstream's name, one of its targets,
 * and a flow that leads there from where the requests shall leave.
 */
#pragma once

#include "upstream/exchange.h"

/* Looks for a target and a flow: `reached` or `unreachable` follow, perhaps at once. */
void reach_upstream(struct upstreams *u, struct exchange *exchange);

/* The same, towards one address, whatever the upstream's name says. */
void reach_address(struct upstreams *u, struct exchange *exchange, const struct netaddr *address);

/* The timer of an upstream: those that wait for its name go on, or it is asked for. */
void reach_names_timer(struct upstreams *u, struct upstream *upstream);

/* A flow that an exchange asked for is up or down. */
void reach_flow_event(struct upstreams *u, const struct event *event);

// SPDX-License-Identifier: Apache-2.0
/*
 * Keepalives: two CRLFs on the way that requests take, from the same socket to
 * the same address, so that a NAT between us and upstream keeps it open for what
 * upstream sends us (RFC 5626 3.5.1; over UDP as many softswitches do it).
 * There is one for each flow, however many are reached over it. They
 * take no place in the pace, and whether one arrives is nobody's matter.
 */
#pragma once

#include "upstream/upstreams.h"

struct keepalive {
	struct wheel_node timer; /* when the next leaves */
	pool_handle handle;
	uint32_t users;      /* those that are reached over the flow */
	uint16_t interval_s; /* the shortest of those that came */
	struct flow flow;
};

/*
 * The owner of `place` is reached over that flow: has it kept open, so often; 0 for not at all.
 * The flow that it had kept open before it needs no longer.
 */
void keepalive_hold(
    struct upstreams *u, pool_handle *place, const struct flow *flow, uint16_t interval_s);

/* The owner of `place` needs its flow no longer; nothing where it did not. */
void keepalive_drop(struct upstreams *u, pool_handle *place);

void keepalive_timer(struct upstreams *u, struct keepalive *keepalive);

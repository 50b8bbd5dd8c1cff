// SPDX-License-Identifier: Apache-2.0
/*
 * Keepalives: two CRLFs from the socket that sends the requests to the address that
 * gets them, so that a NAT in between stays open for what upstream sends us (RFC 5626
 * 3.5.1; over UDP as many softswitches do it). Each flow has one, whatever the number
 * of its users. A keepalive takes no place in the pace, and a lost one has no
 * consequence.
 */
#pragma once

#include "upstream/upstreams.h"

struct keepalive {
	struct wheel_node timer; /* when the next one leaves */
	pool_handle handle;
	uint32_t users;      /* owners that are reached over the flow */
	uint16_t interval_s; /* the shortest that a user has asked for */
	struct flow flow;
};

/*
 * Keeps the flow open for the owner of `place`, every `interval_s` seconds; 0: not at all. Its
 * former flow is not needed any more.
 */
void keepalive_hold(
    struct upstreams *u, pool_handle *place, const struct flow *flow, uint16_t interval_s);

/* The owner of `place` needs its flow no longer; does nothing if it has none. */
void keepalive_drop(struct upstreams *u, pool_handle *place);

void keepalive_timer(struct upstreams *u, struct keepalive *keepalive);

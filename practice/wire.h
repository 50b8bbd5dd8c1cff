// SPDX-License-Identifier: Apache-2.0
/*
 * The socket and the clock around the strict upstream: datagrams in, answers
 * out after their delay, and one timer for what is due.
 */
#pragma once

#include "sim/carrier.h"

#include <uv.h>

struct wire {
	struct carrier *carrier;
	uv_udp_t udp;
	uv_timer_t timer;
	struct netaddr local; /* with the port that was bound */
	uint64_t started_us;
	uint64_t send_failures;
	bool ladder;
	char buffer[65536];
};

/* Opens and binds; a libuv error code. The upstream is borrowed. */
MUST_CHECK int wire_open(struct wire *wire, uv_loop_t *loop, struct carrier *carrier,
    const struct netaddr *listen, bool ladder);

/* Now, in the upstream's time. */
uint64_t wire_now_us(void);

/* Sends what waits in the upstream's queue and sets the timer anew: after every command. */
void wire_flush(struct wire *wire);

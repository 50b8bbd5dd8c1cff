// SPDX-License-Identifier: Apache-2.0
/*
 * The messages that wait for the caller to take them, oldest first.
 */
#pragma once

#include "sim/carrier.h"
#include "sim/carrier/owned.h"

struct outqueue {
	struct outqueue_item {
		struct netaddr local, to;
		uint64_t delay_us;
		struct owned bytes;
	} items[CARRIER_OUT_MAX];
	uint32_t first, count;
	struct owned taken; /* what the caller looks at */
};

/* Copies the bytes. ERR_FULL, ERR_MEMORY. */
MUST_CHECK int outqueue_put(struct outqueue *queue, const struct carrier_send *send);
bool outqueue_take(struct outqueue *queue, struct carrier_send *send_r);
void outqueue_clear(struct outqueue *queue);

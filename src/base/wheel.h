// SPDX-License-Identifier: Apache-2.0
/*
 * A hierarchical timer wheel: setting and clearing a timer is O(1), however many
 * are set. Its tick is one millisecond; a timer never fires before its time and
 * at most one tick after it. Nodes are embedded in their objects; the wheel
 * owns none of them and allocates nothing.
 */
#pragma once

#include "base/now.h"

#include <stdbool.h>
#include <stdint.h>

#define WHEEL_LEVELS 8
#define WHEEL_SLOTS  64

struct wheel_node {
	struct wheel_node *next;
	struct wheel_node *
	    *link; /* the pointer that points here; NULL while the timer is not set */
	uint64_t when_us;
	uint8_t kind;        /* set by the owner: which timer of which object this is */
	uint8_t level, slot; /* set by the wheel: the list that the node is in */
};

struct wheel {
	uint64_t tick;               /* the time that the wheel has reached, in ms */
	uint64_t used[WHEEL_LEVELS]; /* one bit for each slot that is not empty */
	struct wheel_node *slots[WHEEL_LEVELS][WHEEL_SLOTS];
	struct wheel_node *due; /* timers whose time has come and that were not popped yet */
};

void wheel_init(struct wheel *wheel, uint64_t now_us);

/* Sets the timer to `when_us`, whether it was set or not. TIME_NEVER clears it. */
void wheel_set(struct wheel *wheel, struct wheel_node *node, uint64_t when_us);

/* Clears the timer; does nothing if it is not set. */
void wheel_clear(struct wheel *wheel, struct wheel_node *node);

static inline bool wheel_is_set(const struct wheel_node *node)
{
	return node->link;
}

/* Clears and returns one timer whose time has come, in the order of ticks; NULL when none is left.
 */
struct wheel_node *wheel_pop(struct wheel *wheel, uint64_t now_us);

/* When to call wheel_pop() next, perhaps too early but never too late; TIME_NEVER: no timer is set.
 */
uint64_t wheel_next(const struct wheel *wheel);

// SPDX-License-Identifier: Apache-2.0
/*
 * A hierarchical timer wheel: O(1) to set and to clear, however many timers
 * stand. Its tick is one millisecond; a timer never fires before its time and
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
	struct wheel_node **link; /* what points at us; NULL while not in a wheel */
	uint64_t when_us;
	uint8_t kind;        /* the owner's: which object, which timer */
	uint8_t level, slot; /* the wheel's: where the node hangs */
};

struct wheel {
	uint64_t tick; /* milliseconds that were already walked */
	uint64_t used[WHEEL_LEVELS];
	struct wheel_node *slots[WHEEL_LEVELS][WHEEL_SLOTS];
	struct wheel_node *due; /* walked over and not yet popped */
};

void wheel_init(struct wheel *wheel, uint64_t now_us);

/* Sets the timer, anew where it was set. TIME_NEVER clears it. */
void wheel_set(struct wheel *wheel, struct wheel_node *node, uint64_t when_us);
void wheel_clear(struct wheel *wheel, struct wheel_node *node);

static inline bool wheel_is_set(const struct wheel_node *node)
{
	return node->link;
}

/* Takes out one timer whose time has come, in order of their ticks; NULL when none is left. */
struct wheel_node *wheel_pop(struct wheel *wheel, uint64_t now_us);

/* When to call wheel_pop() next: never later than the earliest timer; TIME_NEVER without one. */
uint64_t wheel_next(const struct wheel *wheel);

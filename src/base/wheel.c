// SPDX-License-Identifier: Apache-2.0
/*
 * A tick is written as eight digits of base 64. A timer hangs at the level of
 * the highest digit in which its tick differs from the wheel's, in the slot of
 * that digit. So all timers of one level come before all of the next, and the
 * lowest used bit of the lowest used level is the next thing to do: at level 0
 * these timers are due, higher up the slot is spread over the levels below.
 * An idle wheel skips any stretch of time in one step.
 */
#include "base/wheel.h"

#include <string.h>

#define DIGIT_BITS 6

/*
 * The wheel spans 2^48 ms (8,900 years) of the clock. What lies beyond hangs at
 * the last tick, which the wheel never reaches.
 */
#define LAST_TICK ((UINT64_C(1) << (DIGIT_BITS * WHEEL_LEVELS)) - 1)

/* The `level` of a node in the due list. */
#define LEVEL_DUE WHEEL_LEVELS

/* The first tick that is not before the time. */
static uint64_t tick_of_timer(uint64_t when_us)
{
	uint64_t tick = when_us / US_PER_MS + (when_us % US_PER_MS != 0);

	return tick < LAST_TICK ? tick : LAST_TICK;
}

static uint64_t tick_of_clock(uint64_t now_us)
{
	uint64_t tick = now_us / US_PER_MS;

	return tick < LAST_TICK ? tick : LAST_TICK - 1;
}

static void hang(struct wheel_node **head, struct wheel_node *node)
{
	node->next = *head;
	node->link = head;
	if (node->next)
		node->next->link = &node->next;
	*head = node;
}

static void place(struct wheel *wheel, struct wheel_node *node)
{
	uint64_t tick = tick_of_timer(node->when_us);
	unsigned level, slot;

	if (tick <= wheel->tick) {
		node->level = LEVEL_DUE;
		hang(&wheel->due, node);
		return;
	}
	level = (63 - (unsigned)__builtin_clzll(tick ^ wheel->tick)) / DIGIT_BITS;
	slot = tick >> (DIGIT_BITS * level) & (WHEEL_SLOTS - 1);
	node->level = (uint8_t)level;
	node->slot = (uint8_t)slot;
	wheel->used[level] |= UINT64_C(1) << slot;
	hang(&wheel->slots[level][slot], node);
}

/* The lowest used level and slot and the tick at which it begins; false when all are empty. */
static bool next_slot(
    const struct wheel *wheel, unsigned *level_r, unsigned *slot_r, uint64_t *tick_r)
{
	for (unsigned level = 0; level < WHEEL_LEVELS; level++) {
		unsigned shift = DIGIT_BITS * level;

		if (wheel->used[level] == 0)
			continue;
		*level_r = level;
		*slot_r = (unsigned)__builtin_ctzll(wheel->used[level]);
		*tick_r = (wheel->tick >> (shift + DIGIT_BITS) << DIGIT_BITS | *slot_r) << shift;
		return true;
	}
	return false;
}

/* Goes to the slot's first tick and places its timers anew, nearer or due. */
static void spread(struct wheel *wheel, unsigned level, unsigned slot, uint64_t tick)
{
	struct wheel_node *node = wheel->slots[level][slot];

	wheel->slots[level][slot] = NULL;
	wheel->used[level] &= ~(UINT64_C(1) << slot);
	wheel->tick = tick;
	while (node) {
		struct wheel_node *next = node->next;

		place(wheel, node);
		node = next;
	}
}

void wheel_init(struct wheel *wheel, uint64_t now_us)
{
	memset(wheel, 0, sizeof(*wheel));
	wheel->tick = tick_of_clock(now_us);
}

void wheel_set(struct wheel *wheel, struct wheel_node *node, uint64_t when_us)
{
	wheel_clear(wheel, node);
	node->when_us = when_us;
	if (when_us != TIME_NEVER)
		place(wheel, node);
}

void wheel_clear(struct wheel *wheel, struct wheel_node *node)
{
	if (!node->link)
		return;
	*node->link = node->next;
	if (node->next)
		node->next->link = node->link;
	node->next = NULL;
	node->link = NULL;
	node->when_us = TIME_NEVER;
	if (node->level != LEVEL_DUE && !wheel->slots[node->level][node->slot])
		wheel->used[node->level] &= ~(UINT64_C(1) << node->slot);
}

struct wheel_node *wheel_pop(struct wheel *wheel, uint64_t now_us)
{
	uint64_t now = tick_of_clock(now_us);
	struct wheel_node *node;
	unsigned level, slot;
	uint64_t tick;

	while (!wheel->due) {
		if (!next_slot(wheel, &level, &slot, &tick) || tick > now) {
			if (now > wheel->tick)
				wheel->tick = now;
			return NULL;
		}
		spread(wheel, level, slot, tick);
	}
	node = wheel->due;
	wheel->due = node->next;
	if (node->next)
		node->next->link = &wheel->due;
	node->next = NULL;
	node->link = NULL;
	return node;
}

uint64_t wheel_next(const struct wheel *wheel)
{
	unsigned level, slot;
	uint64_t tick;

	if (wheel->due)
		return wheel->tick * US_PER_MS;
	if (!next_slot(wheel, &level, &slot, &tick))
		return TIME_NEVER;
	return tick * US_PER_MS;
}

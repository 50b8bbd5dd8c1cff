// SPDX-License-Identifier: Apache-2.0
/*
 * A binary heap of (key, value) pairs, smallest key first; pairs with equal
 * keys leave in any order. Values are handles: the caller skips a popped pair
 * whose object is gone.
 */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>

struct heap {
	struct heap_pair {
		uint64_t key;
		uint64_t value;
	} * pairs;
	uint32_t count;
	uint32_t size;
};

/* ERR_MEMORY. A zeroed heap is an empty one. */
MUST_CHECK int heap_push(struct heap *heap, uint64_t key, uint64_t value);

/* Reads the pair with the smallest key, which stays in the heap; false when empty. */
bool heap_peek(const struct heap *heap, struct heap_pair *pair_r);

/* Removes the pair with the smallest key; does nothing when empty. */
void heap_pop(struct heap *heap);

/* Empties the heap and frees its memory. */
void heap_clear(struct heap *heap);

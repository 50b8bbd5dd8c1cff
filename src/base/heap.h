// SPDX-License-Identifier: Apache-2.0
/*
 * A binary heap of (key, value) pairs, smallest key first; pairs with equal
 * keys leave in any order. Values are handles: a pair whose object has gone is
 * recognised and skipped by whoever pops it.
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

/* The pair with the smallest key stays and is shown; false when empty. */
bool heap_peek(const struct heap *heap, struct heap_pair *pair_r);
void heap_pop(struct heap *heap);
void heap_clear(struct heap *heap); /* frees its memory */

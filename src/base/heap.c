// SPDX-License-Identifier: Apache-2.0
/*
 * The textbook binary heap in an array that doubles. There is no removal from
 * the middle: see base/heap.h on stale handles.
 */
#include "base/heap.h"

#include "base/error.h"

#include <stdlib.h>

#define FIRST_SIZE 16

static int grow(struct heap *heap)
{
	uint32_t size = heap->size > 0 ? heap->size * 2 : FIRST_SIZE;
	struct heap_pair *pairs;

	if (size < heap->size)
		return ERR_MEMORY;
	pairs = realloc(heap->pairs, (size_t)size * sizeof(*pairs));
	if (!pairs)
		return ERR_MEMORY;
	heap->pairs = pairs;
	heap->size = size;
	return 0;
}

int heap_push(struct heap *heap, uint64_t key, uint64_t value)
{
	uint32_t at = heap->count;

	if (heap->count == heap->size) {
		int rc = grow(heap);

		if (rc != 0)
			return rc;
	}
	heap->count++;
	while (at > 0) {
		uint32_t parent = (at - 1) / 2;

		if (heap->pairs[parent].key <= key)
			break;
		heap->pairs[at] = heap->pairs[parent];
		at = parent;
	}
	heap->pairs[at] = (struct heap_pair){key, value};
	return 0;
}

bool heap_peek(const struct heap *heap, struct heap_pair *pair_r)
{
	if (heap->count == 0)
		return false;
	*pair_r = heap->pairs[0];
	return true;
}

void heap_pop(struct heap *heap)
{
	struct heap_pair last;
	uint64_t child;
	uint32_t at = 0;

	if (heap->count == 0)
		return;
	last = heap->pairs[--heap->count];
	while ((child = (uint64_t)at * 2 + 1) < heap->count) {
		if (child + 1 < heap->count && heap->pairs[child + 1].key < heap->pairs[child].key)
			child++;
		if (last.key <= heap->pairs[child].key)
			break;
		heap->pairs[at] = heap->pairs[child];
		at = (uint32_t)child;
	}
	heap->pairs[at] = last;
}

void heap_clear(struct heap *heap)
{
	free(heap->pairs);
	*heap = (struct heap){0};
}

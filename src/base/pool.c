// SPDX-License-Identifier: Apache-2.0
/*
 * Slots lie in chunks of about 64 KiB that are allocated when the pool first
 * reaches them, so a pool with a generous cap costs what it holds. Free slots
 * form a list through their headers; the last one given is the next one taken.
 */
#include "base/pool.h"

#include <assert.h>
#include <sanitizer/asan_interface.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES (64 * 1024)

/* Values of `next` that are no slot: cap is below 2^32 - 1. */
#define NEXT_LIVE UINT32_MAX
#define NEXT_NONE (UINT32_MAX - 1)

/* Stands in front of each item. */
struct slot {
	alignas(uint64_t) uint32_t generation;
	uint32_t next; /* the next free slot, or NEXT_LIVE while an item lives here */
};

struct pool {
	size_t item_size;
	size_t stride;
	uint32_t cap;
	uint32_t count;
	uint32_t touched; /* slots below this one have been taken at least once */
	uint32_t free;
	unsigned chunk_shift; /* slots in a chunk, as a power of two */
	char **chunks;
};

static struct slot *slot_at(const struct pool *pool, uint32_t index)
{
	uint32_t mask = (UINT32_C(1) << pool->chunk_shift) - 1;

	return (struct slot *)(pool->chunks[index >> pool->chunk_shift] +
	                       (index & mask) * pool->stride);
}

static void *item_of(struct slot *slot)
{
	return slot + 1;
}

/* The slot of a live item, or NULL. */
static struct slot *slot_find(const struct pool *pool, pool_handle handle)
{
	uint32_t index = pool_handle_slot(handle);
	struct slot *slot;

	if (index >= pool->touched)
		return NULL;
	slot = slot_at(pool, index);
	if (slot->next != NEXT_LIVE || slot->generation != pool_handle_generation(handle))
		return NULL;
	return slot;
}

struct pool *pool_new(size_t item_size, uint32_t cap)
{
	struct pool *pool = calloc(1, sizeof(*pool));
	size_t chunks;

	assert(cap < UINT32_MAX && item_size < SIZE_MAX / 2);
	if (!pool)
		return NULL;
	pool->item_size = item_size;
	pool->stride = sizeof(struct slot) + (item_size + alignof(struct slot) - 1) /
	                                         alignof(struct slot) * alignof(struct slot);
	pool->cap = cap;
	pool->free = NEXT_NONE;
	while ((pool->stride << (pool->chunk_shift + 1)) <= CHUNK_BYTES &&
	       (UINT32_C(1) << pool->chunk_shift) < cap)
		pool->chunk_shift++;
	chunks = ((size_t)cap >> pool->chunk_shift) + 1;
	pool->chunks = calloc(chunks, sizeof(*pool->chunks));
	if (!pool->chunks) {
		free(pool);
		return NULL;
	}
	return pool;
}

void pool_free(struct pool **pool)
{
	struct pool *gone = *pool;

	*pool = NULL;
	if (!gone)
		return;
	for (size_t i = 0; i <= gone->cap >> gone->chunk_shift; i++)
		free(gone->chunks[i]);
	free(gone->chunks);
	free(gone);
}

/* Takes a slot that was never used, with its chunk where that is new; NULL at the cap. */
static struct slot *touch_next(struct pool *pool, uint32_t *index_r)
{
	uint32_t index = pool->touched;
	char **chunk = &pool->chunks[index >> pool->chunk_shift];

	if (index == pool->cap)
		return NULL;
	if (!*chunk)
		*chunk = calloc((size_t)1 << pool->chunk_shift, pool->stride);
	if (!*chunk)
		return NULL;
	pool->touched++;
	*index_r = index;
	return slot_at(pool, index);
}

void *pool_take_dirty(struct pool *pool, pool_handle *handle_r)
{
	uint32_t index = pool->free;
	struct slot *slot;

	if (index != NEXT_NONE) {
		slot = slot_at(pool, index);
		pool->free = slot->next;
	} else {
		slot = touch_next(pool, &index);
		if (!slot)
			return NULL;
	}
	slot->next = NEXT_LIVE;
	pool->count++;
	ASAN_UNPOISON_MEMORY_REGION(item_of(slot), pool->item_size);
	*handle_r = pool_handle_make(index, slot->generation);
	return item_of(slot);
}

void *pool_take(struct pool *pool, pool_handle *handle_r)
{
	void *item = pool_take_dirty(pool, handle_r);

	if (item)
		memset(item, 0, pool->item_size);
	return item;
}

void pool_give(struct pool *pool, pool_handle handle)
{
	struct slot *slot = slot_find(pool, handle);

	assert(slot);
	slot->generation++;
	slot->next = pool->free;
	pool->free = pool_handle_slot(handle);
	pool->count--;
	/* In sanitized builds a pointer that outlives its item is found at its first use. */
	ASAN_POISON_MEMORY_REGION(item_of(slot), pool->item_size);
}

void *pool_get(const struct pool *pool, pool_handle handle)
{
	struct slot *slot = slot_find(pool, handle);

	return slot ? item_of(slot) : NULL;
}

void *pool_walk(const struct pool *pool, uint32_t slot, pool_handle *handle_r)
{
	for (; slot < pool->touched; slot++) {
		struct slot *at = slot_at(pool, slot);

		if (at->next == NEXT_LIVE) {
			*handle_r = pool_handle_make(slot, at->generation);
			return item_of(at);
		}
	}
	return NULL;
}

uint32_t pool_count(const struct pool *pool)
{
	return pool->count;
}

uint32_t pool_cap(const struct pool *pool)
{
	return pool->cap;
}

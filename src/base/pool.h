// SPDX-License-Identifier: Apache-2.0
/*
 * A pool of slots of one size, found again by handles. A handle carries the
 * slot's generation, so a handle that outlived its object finds nothing, and not
 * the next object in the slot. Slots never move. Memory grows by chunks up to the
 * cap and is freed by pool_free() alone.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* generation << 32 | (slot + 1); 0 is no handle. */
typedef uint64_t pool_handle;

static inline uint32_t pool_handle_slot(pool_handle h)
{
	return (uint32_t)h - 1;
}

static inline uint32_t pool_handle_generation(pool_handle h)
{
	return (uint32_t)(h >> 32);
}

static inline pool_handle pool_handle_make(uint32_t slot, uint32_t generation)
{
	return (uint64_t)generation << 32 | (slot + 1);
}

struct pool;

/* `item_size` in bytes, at most `cap` items (below 2^32 - 1). NULL without memory. */
struct pool *pool_new(size_t item_size, uint32_t cap);
void pool_free(struct pool **pool);

/* A zeroed item and its handle; NULL at the cap or without memory. */
void *pool_take(struct pool *pool, pool_handle *handle_r);

/* The same, but the item is not zeroed: for large items that are written before they are read. */
void *pool_take_dirty(struct pool *pool, pool_handle *handle_r);

/* Frees the item: its handles find nothing from here on. */
void pool_give(struct pool *pool, pool_handle handle);

/* The item; NULL if the handle is 0 or its item was freed. */
void *pool_get(const struct pool *pool, pool_handle handle);

/*
 * Walks the items in slot order: returns the first one at `slot` or after it and its
 * handle; NULL at the end. Items may come and go between calls.
 */
void *pool_walk(const struct pool *pool, uint32_t slot, pool_handle *handle_r);

uint32_t pool_count(const struct pool *pool);
uint32_t pool_cap(const struct pool *pool);

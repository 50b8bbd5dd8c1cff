// SPDX-License-Identifier: Apache-2.0
/*
 * A pool of slots of one size, found again by handles. A handle carries the
 * slot's generation, so one that outlived its object finds nothing instead of
 * the next tenant. Slots never move; memory grows by chunks up to the cap and
 * is never given back before pool_free().
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

/* The same, but what its last tenant left stays in it; for large items that are written before
 * read. */
void *pool_take_dirty(struct pool *pool, pool_handle *handle_r);

/* Ends the item's life: its handles find nothing from here on. */
void pool_give(struct pool *pool, pool_handle handle);

/* The item, or NULL where the handle is 0 or outlived it. */
void *pool_get(const struct pool *pool, pool_handle handle);

/*
 * Walks the items in slot order: the first live one at `slot` or after it, its
 * handle in `handle_r`; NULL at the end. Items may come and go between calls.
 */
void *pool_walk(const struct pool *pool, uint32_t slot, pool_handle *handle_r);

uint32_t pool_count(const struct pool *pool);
uint32_t pool_cap(const struct pool *pool);

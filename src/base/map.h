// SPDX-License-Identifier: Apache-2.0
/*
 * A hash table from a 64-bit hash to 64-bit values (handles), several values
 * under one hash allowed. It keeps no keys: a caller that looks something up walks
 * the values under the hash and compares the key in each object.
 */
#pragma once

#include "base/attr.h"

#include "base/slice.h"

struct map;

/* At most `cap` entries. NULL without memory. */
struct map *map_new(uint32_t cap);

/*
 * The same with 20 bytes for an entry instead of 24. Only 32 bits of a hash are kept, so
 * map_next() also returns values of other hashes that share these bits: the caller must
 * compare keys.
 */
struct map *map_new_compared(uint32_t cap);
void map_free(struct map **map);

/* Makes room for `count` entries at once; does nothing without memory. */
void map_reserve(struct map *map, uint32_t count);

/* ERR_FULL at the cap, ERR_MEMORY. The pair must not be there already. */
MUST_CHECK int map_put(struct map *map, uint64_t hash, uint64_t value);

/* Removes the pair; does nothing if it is not there. */
void map_remove(struct map *map, uint64_t hash, uint64_t value);

/*
 * Walks the values under `hash`: begin with `*cursor = 0`. True with the next
 * value, false at the end. The map must not change during the walk.
 */
bool map_next(const struct map *map, uint64_t hash, uint32_t *cursor, uint64_t *value_r);

uint32_t map_count(const struct map *map);

/*
 * Walks all values: begin with `*cursor = 0`. False at the end. They come in the order of
 * map_put() if none was ever removed. The map must not change during the walk.
 */
bool map_each(const struct map *map, uint32_t *cursor, uint64_t *value_r);

/* 16 random bytes, so that peers cannot choose keys that collide. */
struct hash_key {
	uint64_t k0, k1;
};

/* SipHash-2-4 of the bytes. */
uint64_t hash_bytes(struct hash_key key, struct slice bytes);

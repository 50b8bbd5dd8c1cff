// SPDX-License-Identifier: Apache-2.0
/*
 * A hash table from a 64-bit hash to 64-bit values (handles), several values
 * under one hash allowed. It keeps no keys: whoever looks something up walks
 * the values under the hash and compares the real key in the object.
 */
#pragma once

#include "base/attr.h"

#include "base/slice.h"

struct map;

/* At most `cap` entries. NULL without memory. */
struct map *map_new(uint32_t cap);

/*
 * The same in 20 bytes an entry instead of 24, for whoever compares the real key:
 * what is walked, and taken out, under a hash is all that agrees with 32 bits of it.
 */
struct map *map_new_compared(uint32_t cap);
void map_free(struct map **map);

/* Makes room for so many at once, where there is memory for that. */
void map_reserve(struct map *map, uint32_t count);

/* ERR_FULL at the cap, ERR_MEMORY. The pair must not be there already. */
MUST_CHECK int map_put(struct map *map, uint64_t hash, uint64_t value);

/* Takes the pair out; nothing happens where it is not there. */
void map_remove(struct map *map, uint64_t hash, uint64_t value);

/*
 * Walks the values under `hash`: begin with `*cursor = 0`. True with the next
 * value, false at the end. The map must not change during the walk.
 */
bool map_next(const struct map *map, uint64_t hash, uint32_t *cursor, uint64_t *value_r);

uint32_t map_count(const struct map *map);

/*
 * Walks all values, in the order in which they were put where none was taken out:
 * begin with `*cursor = 0`. False at the end. The map must not change during the walk.
 */
bool map_each(const struct map *map, uint32_t *cursor, uint64_t *value_r);

/* 16 random bytes, so that peers cannot choose what collides. */
struct hash_key {
	uint64_t k0, k1;
};

/* SipHash-2-4 of the bytes. */
uint64_t hash_bytes(struct hash_key key, struct slice bytes);

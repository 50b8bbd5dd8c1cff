// SPDX-License-Identifier: Apache-2.0
/*
 * Chains through an array of entries, by index: entries keep their place while
 * the table doubles, and a cursor is simply an entry's index. Both arrays grow
 * together, so a chain holds one entry on average.
 */
#include "base/map.h"

#include "base/error.h"

#include <stdlib.h>

#define FIRST_SIZE 16

/* Indices of entries count from 1; 0 ends a chain. */
struct entry {
	uint64_t value;
	uint32_t hash; /* the mixed one's upper half: it says the bucket, too */
	uint32_t next;
};

struct map {
	struct entry *entries;
	uint32_t *rest;    /* the lower halves; NULL where keys are compared */
	uint32_t *buckets; /* `size` of them, a power of two */
	bool has_rest;
	uint32_t size;
	uint32_t cap;
	uint32_t count;
	uint32_t touched; /* entries that were ever used */
	uint32_t free;    /* those of them that are not in use now */
};

/* The hash may come from anywhere (a handle, a sum), so its bits are mixed; none gets lost. */
static uint64_t mix(uint64_t hash)
{
	hash ^= hash >> 32;
	return hash * UINT64_C(0x9e3779b97f4a7c15);
}

static uint32_t *bucket_of(const struct map *map, uint32_t hash)
{
	return &map->buckets[hash & (map->size - 1)];
}

static bool is_under(const struct map *map, uint32_t at, uint64_t mixed)
{
	return map->entries[at - 1].hash == mixed >> 32 &&
	       (!map->has_rest || map->rest[at - 1] == (uint32_t)mixed);
}

struct map *map_new_compared(uint32_t cap)
{
	struct map *map = calloc(1, sizeof(*map));

	if (map)
		map->cap = cap;
	return map;
}

struct map *map_new(uint32_t cap)
{
	struct map *map = map_new_compared(cap);

	if (map)
		map->has_rest = true;
	return map;
}

void map_free(struct map **map)
{
	struct map *gone = *map;

	*map = NULL;
	if (!gone)
		return;
	free(gone->entries);
	free(gone->rest);
	free(gone->buckets);
	free(gone);
}

/* Entries keep their place, and both arrays may be larger than they are said to be. */
static bool grow_entries(struct map *map, uint64_t size)
{
	struct entry *entries = realloc(map->entries, size * sizeof(*entries));
	uint32_t *rest;

	if (entries)
		map->entries = entries;
	if (!entries || !map->has_rest)
		return entries;
	rest = realloc(map->rest, size * sizeof(*rest));
	if (rest)
		map->rest = rest;
	return rest;
}

/* All entries are hung up anew. */
static int grow(struct map *map, uint64_t size)
{
	uint32_t *buckets;

	if (size > UINT32_C(1) << 31)
		return ERR_FULL;
	buckets = calloc(size, sizeof(*buckets));
	if (!buckets || !grow_entries(map, size)) {
		free(buckets);
		return ERR_MEMORY;
	}
	free(map->buckets);
	map->buckets = buckets;
	map->size = (uint32_t)size;
	for (uint32_t i = 0; i < map->touched; i++) {
		uint32_t *bucket = bucket_of(map, map->entries[i].hash);

		map->entries[i].next = *bucket;
		*bucket = i + 1;
	}
	return 0;
}

void map_reserve(struct map *map, uint32_t count)
{
	uint64_t size = FIRST_SIZE;

	while (size < count)
		size *= 2;
	if (size > map->size)
		(void)!grow(map, size);
}

int map_put(struct map *map, uint64_t hash, uint64_t value)
{
	uint64_t mixed = mix(hash);
	uint32_t *bucket;
	uint32_t at;

	if (map->count == map->cap)
		return ERR_FULL;
	if (map->free == 0 && map->touched == map->size) {
		int rc = grow(map, map->size > 0 ? (uint64_t)map->size * 2 : FIRST_SIZE);

		if (rc != 0)
			return rc;
	}
	if (map->free != 0) {
		at = map->free;
		map->free = map->entries[at - 1].next;
	} else {
		at = ++map->touched;
	}
	bucket = bucket_of(map, (uint32_t)(mixed >> 32));
	map->entries[at - 1] = (struct entry){value, (uint32_t)(mixed >> 32), *bucket};
	if (map->has_rest)
		map->rest[at - 1] = (uint32_t)mixed;
	*bucket = at;
	map->count++;
	return 0;
}

void map_remove(struct map *map, uint64_t hash, uint64_t value)
{
	uint64_t mixed = mix(hash);

	if (map->count == 0)
		return;
	for (uint32_t *link = bucket_of(map, (uint32_t)(mixed >> 32)); *link != 0;) {
		uint32_t at = *link;
		struct entry *entry = &map->entries[at - 1];

		if (entry->value == value && is_under(map, at, mixed)) {
			*link = entry->next;
			entry->next = map->free;
			map->free = at;
			map->count--;
			return;
		}
		link = &entry->next;
	}
}

bool map_next(const struct map *map, uint64_t hash, uint32_t *cursor, uint64_t *value_r)
{
	uint64_t mixed = mix(hash);
	uint32_t at;

	if (map->count == 0)
		return false;
	at = *cursor == 0 ? *bucket_of(map, (uint32_t)(mixed >> 32))
	                  : map->entries[*cursor - 1].next;
	for (; at != 0; at = map->entries[at - 1].next) {
		if (is_under(map, at, mixed)) {
			*cursor = at;
			*value_r = map->entries[at - 1].value;
			return true;
		}
	}
	return false;
}

uint32_t map_count(const struct map *map)
{
	return map->count;
}

/* One that was taken out is in no chain any more. */
static bool is_live(const struct map *map, uint32_t at)
{
	uint32_t other = *bucket_of(map, map->entries[at - 1].hash);

	while (other != 0 && other != at)
		other = map->entries[other - 1].next;
	return other == at;
}

bool map_each(const struct map *map, uint32_t *cursor, uint64_t *value_r)
{
	while (*cursor < map->touched) {
		uint32_t at = ++*cursor;

		if (is_live(map, at)) {
			*value_r = map->entries[at - 1].value;
			return true;
		}
	}
	return false;
}

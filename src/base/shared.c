// SPDX-License-Identifier: Apache-2.0
/*
 * The values hang in a list, for the end, and in a map by the hash of their bytes.
 */
#include "base/shared.h"

#include <stdlib.h>
#include <string.h>

struct item {
	struct item *next, **link;
	uint64_t hash;
	uint64_t refs;
	char bytes[];
};

struct shared {
	size_t size;
	struct hash_key key;
	struct map *map;
	struct item *first;
	struct item *last_set; /* NULL: gone, or none was */
};

struct shared *shared_new(size_t size, struct hash_key key)
{
	struct shared *shared = calloc(1, sizeof(*shared));

	if (!shared)
		return NULL;
	shared->size = size;
	shared->key = key;
	shared->map = map_new_compared(UINT32_MAX);
	if (!shared->map)
		shared_free(&shared);
	return shared;
}

void shared_free(struct shared **shared)
{
	struct shared *gone = *shared;

	*shared = NULL;
	if (!gone)
		return;
	while (gone->first) {
		struct item *item = gone->first;

		gone->first = item->next;
		free(item);
	}
	map_free(&gone->map);
	free(gone);
}

static struct item *item_of(const void *held)
{
	return (struct item *)((uintptr_t)held - offsetof(struct item, bytes));
}

static struct item *find(const struct shared *shared, const void *bytes, uint64_t hash)
{
	uint32_t cursor = 0;
	uint64_t value;

	while (map_next(shared->map, hash, &cursor, &value)) {
		struct item *item = (struct item *)(uintptr_t)value;

		if (memcmp(item->bytes, bytes, shared->size) == 0)
			return item;
	}
	return NULL;
}

static struct item *add(struct shared *shared, const void *bytes, uint64_t hash)
{
	struct item *item = malloc(sizeof(*item) + shared->size);

	if (item && map_put(shared->map, hash, (uintptr_t)item) < 0) {
		free(item);
		return NULL;
	}
	if (!item)
		return NULL;
	item->hash = hash;
	item->refs = 0;
	memcpy(item->bytes, bytes, shared->size);
	item->next = shared->first;
	item->link = &shared->first;
	if (item->next)
		item->next->link = &item->next;
	shared->first = item;
	return item;
}

/* Many in a row come to hold the same value, and then it needs no hash. */
static struct item *find_or_add(struct shared *shared, const void *bytes)
{
	struct item *item = shared->last_set;
	uint64_t hash;

	if (item && memcmp(item->bytes, bytes, shared->size) == 0)
		return item;
	hash = hash_bytes(shared->key, slice_make(bytes, shared->size));
	item = find(shared, bytes, hash);
	return item ? item : add(shared, bytes, hash);
}

bool shared_set(struct shared *shared, const void *bytes, const void **held)
{
	struct item *item;

	if (*held && memcmp(*held, bytes, shared->size) == 0)
		return true;
	item = find_or_add(shared, bytes);
	if (!item)
		return false;
	shared->last_set = item;
	item->refs++;
	shared_drop(shared, held);
	*held = item->bytes;
	return true;
}

void shared_drop(struct shared *shared, const void **held)
{
	struct item *item = *held ? item_of(*held) : NULL;

	*held = NULL;
	if (!item || --item->refs > 0)
		return;
	if (shared->last_set == item)
		shared->last_set = NULL;
	map_remove(shared->map, item->hash, (uintptr_t)item);
	*item->link = item->next;
	if (item->next)
		item->next->link = item->link;
	free(item);
}

uint32_t shared_count(const struct shared *shared)
{
	return map_count(shared->map);
}

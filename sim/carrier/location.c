// SPDX-License-Identifier: Apache-2.0
/*
 * The location table as a pool of bindings with a map from the hash of the AOR.
 * Contacts under one AOR are few and compared one by one.
 */
#include "sim/carrier/location.h"

#include "sip/uri.h"

#include <stddef.h>

int location_init(struct location *location, struct hash_key key, struct wheel *wheel)
{
	*location = (struct location){.key = key, .wheel = wheel};
	location->pool = pool_new(sizeof(struct binding), LOCATION_MAX);
	location->map = map_new(LOCATION_MAX);
	return location->pool && location->map ? 0 : ERR_MEMORY;
}

void location_free(struct location *location)
{
	if (location->pool && location->map)
		location_clear(location);
	map_free(&location->map);
	pool_free(&location->pool);
}

struct binding *location_next(const struct location *location, struct slice aor, uint32_t *cursor)
{
	uint64_t hash = hash_bytes(location->key, aor);
	uint64_t handle;

	while (map_next(location->map, hash, cursor, &handle)) {
		struct binding *b = pool_get(location->pool, handle);

		if (slice_equal(owned_slice(&b->aor), aor))
			return b;
	}
	return NULL;
}

struct binding *location_find(
    const struct location *location, struct slice aor, struct slice contact)
{
	uint32_t cursor = 0;
	struct binding *b;

	while ((b = location_next(location, aor, &cursor)))
		if (sip_uri_equal_text(owned_slice(&b->contact), contact))
			return b;
	return NULL;
}

uint32_t location_count(const struct location *location, struct slice aor)
{
	uint32_t cursor = 0, count = 0;
	struct binding *b;

	while ((b = location_next(location, aor, &cursor)))
		count += !b->tombstone;
	return count;
}

static void binding_clear(struct binding *b)
{
	owned_clear(&b->aor);
	owned_clear(&b->contact);
	owned_clear(&b->params);
	owned_clear(&b->call_id);
}

struct binding *location_add(struct location *location, struct slice aor, struct slice contact)
{
	pool_handle handle;
	struct binding *b = pool_take(location->pool, &handle);

	if (!b)
		return NULL;
	b->handle = handle;
	b->aor_hash = hash_bytes(location->key, aor);
	if (owned_set(&b->aor, aor) || owned_set(&b->contact, contact) ||
	    map_put(location->map, b->aor_hash, handle)) {
		binding_clear(b);
		pool_give(location->pool, handle);
		return NULL;
	}
	location->live++;
	return b;
}

void location_remove(struct location *location, struct binding *b)
{
	location->live -= !b->tombstone;
	wheel_clear(location->wheel, &b->expiry);
	wheel_clear(location->wheel, &b->ping);
	map_remove(location->map, b->aor_hash, b->handle);
	binding_clear(b);
	pool_give(location->pool, b->handle);
}

void location_bury(struct location *location, struct binding *b, uint64_t until_us)
{
	location->live -= !b->tombstone;
	b->tombstone = true;
	b->expires_us = until_us;
	wheel_clear(location->wheel, &b->ping);
	wheel_set(location->wheel, &b->expiry, until_us);
}

uint32_t location_clear(struct location *location)
{
	uint32_t lost = location->live;
	pool_handle handle;
	struct binding *b;

	for (uint32_t slot = 0; (b = pool_walk(location->pool, slot, &handle));
	     slot = pool_handle_slot(handle) + 1)
		location_remove(location, b);
	return lost;
}

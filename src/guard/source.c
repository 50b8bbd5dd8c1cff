// SPDX-License-Identifier: Apache-2.0
/*
 * Sources: addresses without what a peer can change at will.
 */
#include "guard/source.h"

#include <assert.h>

static_assert(sizeof(struct source) == 9, "a source is hashed with no gap between its fields");

struct source source_of(const struct netaddr *addr)
{
	struct source source = {.family = addr->family};

	memcpy(source.ip, addr->ip, addr->family == 6 ? 8 : 4);
	return source;
}

bool source_equal(const struct source *a, const struct source *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

uint64_t source_hash(const struct source *source, struct hash_key key)
{
	return hash_bytes(key, slice_make(source, sizeof(*source)));
}

struct netaddr source_address(const struct source *source)
{
	struct netaddr addr = {.family = source->family};

	memcpy(addr.ip, source->ip, sizeof(source->ip));
	return addr;
}

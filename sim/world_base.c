// SPDX-License-Identifier: Apache-2.0
/*
 * What processes and the watch use of the world while it runs: its names, the wire, and
 * the notes of what happens.
 */
#include "sim/world.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

struct netaddr world_address(const char *text)
{
	struct netaddr address;

	if (netaddr_parse(slice_of(text), &address) < 0)
		abort();
	return address;
}

static struct world_name *find_name(struct world *world, struct slice host)
{
	for (uint32_t i = 0; i < world->name_count; i++)
		if (slice_equal_nocase(slice_of(world->names[i].host), host))
			return &world->names[i];
	return NULL;
}

const struct world_name *world_find_name(const struct world *world, struct slice host)
{
	return find_name((struct world *)world, host);
}

struct world_name *world_set_name(
    struct world *world, const char *host, const char *first, const char *second)
{
	struct world_name *name = find_name(world, slice_of(host));

	if (!name) {
		assert(world->name_count < WORLD_NAMES_MAX);
		name = &world->names[world->name_count++];
	}
	*name = (struct world_name){.ttl_s = 300};
	snprintf(name->host, sizeof(name->host), "%s", host);
	if (first)
		name->addresses[name->count++] = world_address(first);
	if (second)
		name->addresses[name->count++] = world_address(second);
	return name;
}

void world_log(struct world *world, struct slice text)
{
	if (world->verbose)
		printf("%12.3f  %.*s\n", (double)(world->now_us - BEGIN_US) / US_PER_S,
		    SLICE_ARG(text));
}

void world_note(struct world *world, const char *text)
{
	ladder_note(world->ladder, world->now_us, text);
	if (world->verbose)
		printf("%12.3f  * %s\n", (double)(world->now_us - BEGIN_US) / US_PER_S, text);
}

void world_send(struct world *world, const struct netaddr *from, const struct netaddr *to,
    struct slice bytes, const struct facts *facts)
{
	uint64_t arrives_us = network_send(world->network, world->now_us, from, to, bytes, facts);

	if (world->tally && facts->is_register && facts->is_request)
		tally_add(world->tally, world->now_us);
	ladder_add(world->ladder, world->now_us, arrives_us, from, to, facts);
}

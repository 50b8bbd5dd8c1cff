// SPDX-License-Identifier: Apache-2.0
/*
 * The tables of the room.
 */
#include "upstream/upstreams.h"

#include "upstream/history.h"
#include "upstream/keepalive.h"
#include "upstream/redirect.h"
#include "upstream/target.h"
#include "upstream/upstream.h"

#include <assert.h>
#include <stdlib.h>

struct upstreams *upstreams_new(const struct upstreams_config *config)
{
	struct upstreams *u = calloc(1, sizeof(*u));

	if (!u)
		return NULL;
	u->core = config->core;
	u->hash_key = config->hash_key;
	u->upstreams = pool_new(sizeof(struct upstream), config->upstreams_max);
	u->targets = pool_new(sizeof(struct target), config->targets_max);
	u->upstream_keys = map_new(config->upstreams_max);
	u->target_addresses = map_new(config->targets_max);
	u->redirects = pool_new(sizeof(struct redirect), REDIRECTED_AT_ONCE_MAX);
	u->keepalives = pool_new(sizeof(struct keepalive), config->keepalives_max);
	u->keepalive_flows = map_new_compared(config->keepalives_max);
	u->flows = shared_new(sizeof(struct flow), u->hash_key);
	u->histories = histories_new();
	if (!u->keepalives || !u->keepalive_flows || !u->upstreams || !u->targets ||
	    !u->upstream_keys || !u->target_addresses || !u->redirects || !u->flows ||
	    !u->histories)
		upstreams_free(&u);
	return u;
}

void upstreams_free(struct upstreams **upstreams)
{
	struct upstreams *u = *upstreams;

	*upstreams = NULL;
	if (!u)
		return;
	if (u->upstreams)
		pool_free(&u->upstreams);
	if (u->targets)
		pool_free(&u->targets);
	if (u->redirects)
		pool_free(&u->redirects);
	if (u->keepalives)
		pool_free(&u->keepalives);
	shared_free(&u->flows);
	map_free(&u->upstream_keys);
	map_free(&u->target_addresses);
	map_free(&u->keepalive_flows);
	histories_free(&u->histories);
	free(u);
}

void upstreams_add(
    struct upstreams *u, unsigned kind, const struct exchange_ops *ops, void *context)
{
	assert(kind < EXCHANGE_KINDS && !u->users[kind].ops);
	u->users[kind] = (struct upstreams_user){ops, context};
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Endpoints by name. What an endpoint owns beside its slot is made whole before an
 * edit touches the endpoint.
 */
#include "registrar/endpoint.h"

#include "registrar/binding.h"

#include <stdlib.h>

#define DIGEST_USER_MAX 320

static struct endpoint *at(const struct registrar *registrar, uint32_t slot)
{
	pool_handle handle;

	return pool_walk(registrar->endpoints, slot, &handle);
}

struct slice endpoint_name_at(const void *registrar, uint32_t slot)
{
	return endpoint_name(at(registrar, slot));
}

struct endpoint *endpoint_find(const struct registrar *registrar, struct slice username)
{
	uint64_t hash = hash_bytes(registrar->hash_key, username), value;
	uint32_t cursor = 0;

	while (map_next(registrar->usernames, hash, &cursor, &value)) {
		struct endpoint *endpoint = pool_get(registrar->endpoints, value);

		if (slice_equal(endpoint_name(endpoint), username))
			return endpoint;
	}
	return NULL;
}

struct endpoint *endpoint_after(const struct registrar *registrar, struct slice username)
{
	uint32_t slot;

	return names_after(registrar->names, username, &slot) ? at(registrar, slot) : NULL;
}

/* ---- domains ---- */

bool endpoint_has_domain(const struct registrar *registrar, struct slice host)
{
	for (unsigned i = 0; i < registrar->domain_count; i++)
		if (slice_equal_nocase(registrar->domains[i], host))
			return true;
	return registrar->domain_count == 0;
}

static unsigned domain_at(const struct registrar *registrar, struct slice host)
{
	unsigned i = 0;

	while (i < registrar->domain_count && !slice_equal_nocase(registrar->domains[i], host))
		i++;
	return i;
}

struct endpoint *endpoint_of_digest_user(const struct registrar *registrar,
    struct slice digest_user, const struct guard_secret **secret_r)
{
	ptrdiff_t at_sign = slice_find(digest_user, '@');
	struct slice name = digest_user;
	struct endpoint *endpoint;
	unsigned which = 0;

	*secret_r = NULL;
	if (at_sign >= 0) {
		which = domain_at(registrar, slice_skip(digest_user, (size_t)at_sign + 1));
		if (which == registrar->domain_count)
			return NULL;
		which++;
		name = slice_make(digest_user.p, (size_t)at_sign);
	}
	endpoint = endpoint_find(registrar, name);
	if (!endpoint || !endpoint->config->settings.enabled)
		return NULL;
	*secret_r = &endpoint->secrets[which];
	return endpoint;
}

/* ---- what it owns ---- */

static void make_secrets(const struct registrar *registrar, const struct endpoint_config *config,
    struct guard_secret *secrets)
{
	char text[DIGEST_USER_MAX];

	guard_secret_make(registrar->guard, config->username, config->password, &secrets[0]);
	for (unsigned i = 0; i < registrar->domain_count; i++) {
		struct buf user = buf_over(text, sizeof(text));

		buf_put(&user, config->username);
		buf_putc(&user, '@');
		buf_put(&user, registrar->domains[i]);
		guard_secret_make(
		    registrar->guard, buf_slice(&user), config->password, &secrets[1 + i]);
	}
}

static bool read_networks(struct endpoint *endpoint, struct slice text)
{
	struct subnet networks[NETWORKS_MAX];
	int count = networks_parse(text, networks, NETWORKS_MAX);

	/* The field was judged before. */
	if (count <= 0)
		return true;
	endpoint->networks = malloc((size_t)count * sizeof(*networks));
	if (!endpoint->networks)
		return false;
	memcpy(endpoint->networks, networks, (size_t)count * sizeof(*networks));
	endpoint->network_count = (unsigned)count;
	return true;
}

static void free_parts(const struct registrar *registrar, struct endpoint *endpoint)
{
	if (endpoint->secrets)
		slice_wipe(slice_make(
		    endpoint->secrets, ENDPOINT_SECRETS(registrar) * sizeof(*endpoint->secrets)));
	free(endpoint->secrets);
	free(endpoint->networks);
	object_free(OBJECT_ENDPOINT, endpoint->config);
}

static bool make_parts(const struct registrar *registrar, const struct endpoint_config *config,
    struct endpoint *parts_r)
{
	struct endpoint_config open = *config;

	open.password = (struct slice){NULL, 0};
	*parts_r = (struct endpoint){
	    .config = object_copy(OBJECT_ENDPOINT, &open),
	    .secrets = calloc(ENDPOINT_SECRETS(registrar), sizeof(*parts_r->secrets)),
	};
	if (!parts_r->config || !parts_r->secrets || !read_networks(parts_r, config->networks)) {
		free_parts(registrar, parts_r);
		return false;
	}
	make_secrets(registrar, config, parts_r->secrets);
	return true;
}

static void take_parts(
    const struct registrar *registrar, struct endpoint *endpoint, const struct endpoint *parts)
{
	free_parts(registrar, endpoint);
	endpoint->config = parts->config;
	endpoint->secrets = parts->secrets;
	endpoint->networks = parts->networks;
	endpoint->network_count = parts->network_count;
}

/* ---- edits ---- */

static int add(struct registrar *registrar, const struct endpoint *parts)
{
	pool_handle handle;
	struct endpoint *endpoint = pool_take(registrar->endpoints, &handle);
	uint64_t hash = hash_bytes(registrar->hash_key, parts->config->username);
	int rc;

	if (!endpoint)
		return ERR_FULL;
	endpoint->handle = handle;
	take_parts(registrar, endpoint, parts);
	rc = map_put(registrar->usernames, hash, handle);
	if (rc == 0) {
		rc = names_add(registrar->names, pool_handle_slot(handle));
		if (rc < 0)
			map_remove(registrar->usernames, hash, handle);
	}
	if (rc < 0)
		pool_give(registrar->endpoints, handle);
	return rc;
}

int endpoint_put(struct registrar *registrar, const struct endpoint_config *config)
{
	struct endpoint *endpoint = endpoint_find(registrar, config->username), parts;
	int rc;

	if (!make_parts(registrar, config, &parts))
		return ERR_MEMORY;
	if (!endpoint) {
		rc = add(registrar, &parts);
		if (rc < 0)
			free_parts(registrar, &parts);
		return rc;
	}
	take_parts(registrar, endpoint, &parts);
	if (!config->settings.enabled)
		binding_remove_all(registrar, endpoint);
	return 0;
}

void endpoint_drop(struct registrar *registrar, struct endpoint *endpoint)
{
	free_parts(registrar, endpoint);
}

int endpoint_remove(struct registrar *registrar, struct slice username)
{
	struct endpoint *endpoint = endpoint_find(registrar, username);
	pool_handle handle;

	if (!endpoint)
		return ERR_NOT_FOUND;
	handle = endpoint->handle;
	binding_remove_all(registrar, endpoint);
	names_remove(registrar->names, pool_handle_slot(handle));
	map_remove(registrar->usernames, hash_bytes(registrar->hash_key, username), handle);
	endpoint_drop(registrar, endpoint);
	pool_give(registrar->endpoints, handle);
	return 0;
}

bool endpoint_may_use(const struct endpoint *endpoint, const struct flow *flow)
{
	uint8_t transports = endpoint->config->settings.transports;

	if (transports != 0 && !(transports & 1U << flow->transport))
		return false;
	for (unsigned i = 0; i < endpoint->network_count; i++)
		if (subnet_has(&endpoint->networks[i], &flow->peer))
			return true;
	return endpoint->network_count == 0;
}

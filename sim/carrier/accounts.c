// SPDX-License-Identifier: Apache-2.0
/*
 * Accounts by the user part of their AOR.
 */
#include "sim/carrier/accounts.h"

int accounts_init(struct accounts *accounts, struct hash_key key)
{
	*accounts = (struct accounts){.key = key};
	accounts->pool = pool_new(sizeof(struct account), ACCOUNTS_MAX);
	accounts->map = map_new(ACCOUNTS_MAX);
	return accounts->pool && accounts->map ? 0 : ERR_MEMORY;
}

void accounts_free(struct accounts *accounts)
{
	pool_handle handle;
	struct account *a;

	if (accounts->pool && accounts->map)
		for (uint32_t slot = 0; (a = pool_walk(accounts->pool, slot, &handle));
		     slot = pool_handle_slot(handle) + 1)
			accounts_remove(accounts, a);
	map_free(&accounts->map);
	pool_free(&accounts->pool);
}

struct account *accounts_find(const struct accounts *accounts, struct slice user)
{
	uint64_t hash = hash_bytes(accounts->key, user), handle;
	uint32_t cursor = 0;

	while (map_next(accounts->map, hash, &cursor, &handle)) {
		struct account *a = pool_get(accounts->pool, handle);

		if (slice_equal(owned_slice(&a->user), user))
			return a;
	}
	return NULL;
}

struct account *accounts_get(struct accounts *accounts, struct slice user)
{
	struct account *a = accounts_find(accounts, user);
	pool_handle handle;

	if (a)
		return a;
	a = pool_take(accounts->pool, &handle);
	if (!a)
		return NULL;
	a->handle = handle;
	a->guest = true;
	if (owned_set(&a->user, user) ||
	    map_put(accounts->map, hash_bytes(accounts->key, user), handle)) {
		owned_clear(&a->user);
		pool_give(accounts->pool, handle);
		return NULL;
	}
	return a;
}

void accounts_remove(struct accounts *accounts, struct account *a)
{
	map_remove(accounts->map, hash_bytes(accounts->key, owned_slice(&a->user)), a->handle);
	owned_clear(&a->user);
	owned_clear(&a->auth_user);
	owned_clear(&a->password);
	pool_give(accounts->pool, a->handle);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * The accounts of a registrar and what happened to each. Accounts that were
 * never provisioned are made on first sight where a password for everybody is
 * set; they carry no password of their own.
 */
#pragma once

#include "base/map.h"
#include "base/pool.h"
#include "sim/carrier/owned.h"

#define ACCOUNTS_MAX (1u << 20)

struct account {
	struct owned user, auth_user, password;
	pool_handle handle;
	bool guest; /* lives by the password for everybody */
	uint64_t requests, registered, cancelled, challenged, wrong;
	unsigned last_status;
};

struct accounts {
	struct pool *pool;
	struct map *map;
	struct hash_key key;
};

MUST_CHECK int accounts_init(struct accounts *accounts, struct hash_key key);
void accounts_free(struct accounts *accounts);

struct account *accounts_find(const struct accounts *accounts, struct slice user);

/* The account, made as a guest where there is none. NULL at the cap or without memory. */
struct account *accounts_get(struct accounts *accounts, struct slice user);
void accounts_remove(struct accounts *accounts, struct account *account);

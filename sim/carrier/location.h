// SPDX-License-Identifier: Apache-2.0
/*
 * The location table: which Contacts are bound to an AOR (RFC 3261 10.3). It
 * stores and finds; what may be stored is decided in register.c. A binding that
 * was taken back can stay as a tombstone, so that a delayed REGISTER which it
 * overtook does not bring it back to life.
 */
#pragma once

#include "base/map.h"
#include "base/netaddr.h"
#include "base/pool.h"
#include "base/wheel.h"
#include "sim/carrier/owned.h"

#define LOCATION_MAX (1u << 20)

struct binding {
	struct wheel_node expiry; /* of the tombstone, where it is one */
	struct wheel_node ping;
	pool_handle handle;
	uint64_t aor_hash;
	struct owned aor, contact, params, call_id;
	uint32_t cseq;
	uint64_t since_us, expires_us;
	struct netaddr source, local;
	uint32_t refreshes;
	bool planted;
	bool returned;  /* a crash of the upstream has brought it back */
	bool tombstone; /* cancelled; only its Call-ID and CSeq are still of use */
};

struct location {
	struct pool *pool;
	struct map *map;
	struct hash_key key;
	struct wheel *wheel;
	uint32_t live; /* without tombstones */
};

MUST_CHECK int location_init(struct location *location, struct hash_key key, struct wheel *wheel);
void location_free(struct location *location);

/* Walks what stands under the AOR, tombstones included: begin with `*cursor = 0`. */
struct binding *location_next(const struct location *location, struct slice aor, uint32_t *cursor);

/* The binding of a Contact URI equal by RFC 3261 19.1.4, tombstones included; or NULL. */
struct binding *location_find(
    const struct location *location, struct slice aor, struct slice contact);

/* Bindings of the AOR that stand. */
uint32_t location_count(const struct location *location, struct slice aor);

/* A live binding without Call-ID, time and source yet; NULL at the cap or without memory. */
struct binding *location_add(struct location *location, struct slice aor, struct slice contact);

/* Gone at once. */
void location_remove(struct location *location, struct binding *binding);

/* Gone for everybody but location_next() and location_find(), until `until_us`. */
void location_bury(struct location *location, struct binding *binding, uint64_t until_us);

/* All of it; gives the number of live bindings that were lost. */
uint32_t location_clear(struct location *location);

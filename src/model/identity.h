// SPDX-License-Identifier: Apache-2.0
/*
 * Who we are towards an upstream, derived instead of stored (docs/architecture.md,
 * decision 1). Call-ID, From tag and Contact user follow from the node's secret
 * and the registration's name, user and host. So a process that was killed comes
 * back as the same registration.
 */
#pragma once

#include "base/buf.h"

#include <nettle/hmac.h>

#define NODE_SECRET_SIZE 32

/* The use of a derived text. The numbers are hashed: never change them. */
enum identity_purpose {
	IDENTITY_CALL_ID = 1,
	IDENTITY_FROM_TAG = 2,
	IDENTITY_CONTACT_USER = 3,
	IDENTITY_INSTANCE = 4,
	IDENTITY_KEY = 5, /* the key of a MAC or a hash table, for one run of the process */
};

#define IDENTITY_CALL_ID_SIZE  15 /* bytes: 24 base32 characters */
#define IDENTITY_FROM_TAG_SIZE 10 /* 16 characters */
#define IDENTITY_USER_SIZE     10 /* 16 characters */

/* The node's secret, already hashed: once, and not again for each text. */
struct identity_key {
	struct hmac_sha256_ctx hmac;
};

void identity_key_init(struct identity_key *key_r, const uint8_t secret[NODE_SECRET_SIZE]);

/*
 * HMAC-SHA-256(secret, purpose, name, username, host, epoch), cut to `n` bytes (at
 * most 32). Each text is hashed behind its length, so that no two inputs collide.
 */
void identity_derive(const struct identity_key *key, enum identity_purpose purpose,
    struct slice name, struct slice username, struct slice host, uint32_t epoch, uint8_t *bytes_r,
    size_t n);

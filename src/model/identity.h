// SPDX-License-Identifier: Apache-2.0
/*
 * Who we are towards an upstream, derived and not stored (docs/architecture.md,
 * decision 1): Call-ID, From tag and Contact user follow from the node's secret
 * and the registration's name, user and host, so that a process that was killed
 * comes back as the same registration.
 */
#pragma once

#include "base/buf.h"

#include <nettle/hmac.h>

#define NODE_SECRET_SIZE 32

/* What the texts are derived for; part of the hash, so never renumber. */
enum identity_purpose {
	IDENTITY_CALL_ID = 1,
	IDENTITY_FROM_TAG = 2,
	IDENTITY_CONTACT_USER = 3,
	IDENTITY_INSTANCE = 4,
	IDENTITY_KEY = 5, /* of a MAC or an index, for one life of the process */
};

#define IDENTITY_CALL_ID_SIZE  15 /* bytes: 24 base32 characters */
#define IDENTITY_FROM_TAG_SIZE 10 /* 16 characters */
#define IDENTITY_USER_SIZE     10 /* 16 characters */

/* The node's secret made ready, so that hashing it is done once and not for each text. */
struct identity_key {
	struct hmac_sha256_ctx hmac;
};

void identity_key_init(struct identity_key *key_r, const uint8_t secret[NODE_SECRET_SIZE]);

/*
 * HMAC-SHA-256(secret, purpose, name, username, host, epoch), cut to `n` (at
 * most 32) bytes. Fields are length-prefixed: no two sets of them run together.
 */
void identity_derive(const struct identity_key *key, enum identity_purpose purpose,
    struct slice name, struct slice username, struct slice host, uint32_t epoch, uint8_t *bytes_r,
    size_t n);

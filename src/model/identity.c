// SPDX-License-Identifier: Apache-2.0
/*
 * The layout of the hashed bytes must never change: with another layout, every
 * registration of every node would get a new Call-ID and Contact.
 */
#include "model/identity.h"

#include <assert.h>

static void hash_u32(struct hmac_sha256_ctx *ctx, uint32_t number)
{
	const uint8_t bytes[4] = {
	    (uint8_t)(number >> 24),
	    (uint8_t)(number >> 16),
	    (uint8_t)(number >> 8),
	    (uint8_t)number,
	};

	hmac_sha256_update(ctx, sizeof(bytes), bytes);
}

static void hash_text(struct hmac_sha256_ctx *ctx, struct slice text)
{
	hash_u32(ctx, (uint32_t)text.n);
	if (text.n > 0)
		hmac_sha256_update(ctx, text.n, (const uint8_t *)text.p);
}

void identity_key_init(struct identity_key *key_r, const uint8_t secret[NODE_SECRET_SIZE])
{
	hmac_sha256_set_key(&key_r->hmac, NODE_SECRET_SIZE, secret);
}

void identity_derive(const struct identity_key *key, enum identity_purpose purpose,
    struct slice name, struct slice username, struct slice host, uint32_t epoch, uint8_t *bytes_r,
    size_t n)
{
	struct hmac_sha256_ctx ctx = key->hmac;

	assert(n <= SHA256_DIGEST_SIZE);
	hash_u32(&ctx, (uint32_t)purpose);
	hash_text(&ctx, name);
	hash_text(&ctx, username);
	hash_text(&ctx, host);
	hash_u32(&ctx, epoch);
	hmac_sha256_digest(&ctx, n, bytes_r);
}

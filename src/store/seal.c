// SPDX-License-Identifier: Apache-2.0
/*
 * The layout is version (1 byte), nonce (12), ciphertext, tag (16). 96-bit
 * random nonces under one key are good for 2^32 seals, far beyond the edits
 * that a node sees in its life.
 */
#include "store/seal.h"

#include "store/openssl.h"

#define VERSION    1
#define NONCE_SIZE 12
#define TAG_SIZE   16

int seal_key_load(
    const struct state_dir *dir, bool has_sealed, struct seal_key *key_r, struct store_error *error)
{
	char path[STATE_PATH_MAX];
	size_t n;
	int rc = state_dir_read(dir, "key", key_r->bytes, SEAL_KEY_SIZE, &n, error);

	state_dir_path(dir, "key", path);
	if (rc == 0 && n != SEAL_KEY_SIZE)
		return store_fail(error, STORE_DAMAGED,
		    "%s: is damaged: %zu bytes instead of %d; restore a copy of it, or move it and "
		    "the databases away",
		    path, n, SEAL_KEY_SIZE);
	if (rc != ERR_NOT_FOUND)
		return rc;
	if (has_sealed)
		return store_fail(error, STORE_IDENTITY,
		    "%s: is missing beside a database with sealed passwords; restore it, or remove "
		    "the databases too",
		    path);
	if (RAND_bytes(key_r->bytes, SEAL_KEY_SIZE) != 1)
		return store_fail(error, STORE_BROKEN, "%s: the system gives no randomness", path);
	return state_dir_write(dir, "key", key_r->bytes, SEAL_KEY_SIZE, error);
}

int seal_close(const struct seal_key *key, struct slice plain, uint8_t *sealed_r)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t *nonce = sealed_r + 1, *text = nonce + NONCE_SIZE;
	int n, rc = ERR_IO;

	if (!ctx)
		return ERR_MEMORY;
	sealed_r[0] = VERSION;
	if (RAND_bytes(nonce, NONCE_SIZE) == 1 &&
	    EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key->bytes, nonce) == 1 &&
	    EVP_EncryptUpdate(ctx, NULL, &n, sealed_r, 1) == 1 &&
	    EVP_EncryptUpdate(ctx, text, &n, (const uint8_t *)plain.p, (int)plain.n) == 1 &&
	    EVP_EncryptFinal_ex(ctx, text + n, &n) == 1 &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG_SIZE, text + plain.n) == 1)
		rc = 0;
	EVP_CIPHER_CTX_free(ctx);
	return rc;
}

int seal_open(const struct seal_key *key, struct slice sealed, char *plain_r)
{
	const uint8_t *bytes = (const uint8_t *)sealed.p, *text;
	EVP_CIPHER_CTX *ctx;
	uint8_t tag[TAG_SIZE];
	size_t text_n;
	int n, rc = ERR_DAMAGED;

	if (sealed.n < SEAL_OVERHEAD || bytes[0] != VERSION)
		return ERR_DAMAGED;
	ctx = EVP_CIPHER_CTX_new();
	if (!ctx)
		return ERR_MEMORY;
	text = bytes + 1 + NONCE_SIZE;
	text_n = sealed.n - SEAL_OVERHEAD;
	memcpy(tag, text + text_n, TAG_SIZE);
	if (EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key->bytes, bytes + 1) == 1 &&
	    EVP_DecryptUpdate(ctx, NULL, &n, bytes, 1) == 1 &&
	    EVP_DecryptUpdate(ctx, (uint8_t *)plain_r, &n, text, (int)text_n) == 1 &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG_SIZE, tag) == 1 &&
	    EVP_DecryptFinal_ex(ctx, (uint8_t *)plain_r + n, &n) == 1)
		rc = 0;
	EVP_CIPHER_CTX_free(ctx);
	return rc;
}

void seal_put_text(struct buf *b, struct slice sealed)
{
	size_t n = (sealed.n + 2) / 3 * 4;

	/* EVP_EncodeBlock() writes a NUL as well. */
	if (b->full || n + 1 > b->cap - b->n) {
		b->full = true;
		return;
	}
	EVP_EncodeBlock((uint8_t *)b->p + b->n, (const uint8_t *)sealed.p, (int)sealed.n);
	b->n += n;
}

int seal_read_text(struct slice text, uint8_t *sealed_r, size_t cap, size_t *n_r)
{
	int n;

	if (text.n == 0 || text.n % 4 != 0)
		return ERR_SYNTAX;
	if (text.n / 4 * 3 > cap)
		return ERR_LIMIT;
	n = EVP_DecodeBlock(sealed_r, (const uint8_t *)text.p, (int)text.n);
	if (n < 0)
		return ERR_SYNTAX;
	for (size_t i = text.n; i > text.n - 2 && text.p[i - 1] == '='; i--)
		n--;
	*n_r = (size_t)n;
	return 0;
}

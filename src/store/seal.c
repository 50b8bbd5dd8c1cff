// SPDX-License-Identifier: Apache-2.0
/*
 * The layout is version (1 byte), nonce (12), ciphertext, tag (16). 96-bit
 * random nonces under one key are good for 2^32 seals, far beyond the edits
 * that a node sees in its life.
 */
#include "store/seal.h"

#include "store/openssl.h"

#include <pthread.h>
#include <stdlib.h>

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

/* A context of one direction, and the key that it has been given. */
struct keyed {
	EVP_CIPHER_CTX *ctx;
	struct seal_key key;
	bool has_key;
};

/*
 * Of each thread that seals: the cipher looked up, its contexts made and given
 * their key once, and randomness asked for in one piece for many nonces. Each of
 * these costs as much as a sealing itself, and a start opens as many as there are
 * registrations.
 */
struct sealer {
	struct keyed closing, opening;
	size_t used; /* of `nonces` */
	uint8_t nonces[64 * NONCE_SIZE];
};

static pthread_key_t sealer_key;
static EVP_CIPHER *cipher;

static void free_sealer(void *context)
{
	struct sealer *sealer = context;

	EVP_CIPHER_CTX_free(sealer->closing.ctx);
	EVP_CIPHER_CTX_free(sealer->opening.ctx);
	explicit_bzero(sealer, sizeof(*sealer));
	free(sealer);
}

static void begin(void)
{
	cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	if (pthread_key_create(&sealer_key, free_sealer) != 0)
		cipher = NULL;
}

static struct sealer *sealer_make(void)
{
	struct sealer *sealer = calloc(1, sizeof(*sealer));

	if (!sealer)
		return NULL;
	sealer->closing.ctx = EVP_CIPHER_CTX_new();
	sealer->opening.ctx = EVP_CIPHER_CTX_new();
	sealer->used = sizeof(sealer->nonces);
	if (sealer->closing.ctx && sealer->opening.ctx &&
	    pthread_setspecific(sealer_key, sealer) == 0)
		return sealer;
	free_sealer(sealer);
	return NULL;
}

/* This thread's; NULL without memory. */
static struct sealer *sealer_get(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct sealer *sealer;

	if (pthread_once(&once, begin) != 0 || !cipher)
		return NULL;
	sealer = pthread_getspecific(sealer_key);
	return sealer ? sealer : sealer_make();
}

static bool take_nonce(struct sealer *sealer, uint8_t nonce_r[NONCE_SIZE])
{
	if (sealer->used == sizeof(sealer->nonces)) {
		if (RAND_bytes(sealer->nonces, sizeof(sealer->nonces)) != 1)
			return false;
		sealer->used = 0;
	}
	memcpy(nonce_r, sealer->nonces + sealer->used, NONCE_SIZE);
	sealer->used += NONCE_SIZE;
	return true;
}

/* Ready for the next text under this key and nonce. The schedule of the same key is kept. */
static bool aim(struct keyed *keyed, int encrypts, const struct seal_key *key, const uint8_t *nonce)
{
	if (keyed->has_key && memcmp(&keyed->key, key, sizeof(*key)) == 0)
		return EVP_CipherInit_ex2(keyed->ctx, NULL, NULL, nonce, encrypts, NULL) == 1;
	keyed->key = *key;
	keyed->has_key =
	    EVP_CipherInit_ex2(keyed->ctx, cipher, key->bytes, nonce, encrypts, NULL) == 1;
	return keyed->has_key;
}

int seal_close(const struct seal_key *key, struct slice plain, uint8_t *sealed_r)
{
	uint8_t *nonce = sealed_r + 1, *text = nonce + NONCE_SIZE;
	struct sealer *sealer = sealer_get();
	EVP_CIPHER_CTX *ctx;
	int n, rc = ERR_IO;

	if (!sealer)
		return ERR_MEMORY;
	ctx = sealer->closing.ctx;
	sealed_r[0] = VERSION;
	if (take_nonce(sealer, nonce) && aim(&sealer->closing, 1, key, nonce) &&
	    EVP_EncryptUpdate(ctx, NULL, &n, sealed_r, 1) == 1 &&
	    EVP_EncryptUpdate(ctx, text, &n, (const uint8_t *)plain.p, (int)plain.n) == 1 &&
	    EVP_EncryptFinal_ex(ctx, text + n, &n) == 1 &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG_SIZE, text + plain.n) == 1)
		rc = 0;
	return rc;
}

int seal_open(const struct seal_key *key, struct slice sealed, char *plain_r)
{
	const uint8_t *bytes = (const uint8_t *)sealed.p, *text;
	struct sealer *sealer;
	EVP_CIPHER_CTX *ctx;
	uint8_t tag[TAG_SIZE];
	size_t text_n;
	int n, rc = ERR_DAMAGED;

	if (sealed.n < SEAL_OVERHEAD || bytes[0] != VERSION)
		return ERR_DAMAGED;
	sealer = sealer_get();
	if (!sealer)
		return ERR_MEMORY;
	ctx = sealer->opening.ctx;
	text = bytes + 1 + NONCE_SIZE;
	text_n = sealed.n - SEAL_OVERHEAD;
	memcpy(tag, text + text_n, TAG_SIZE);
	if (aim(&sealer->opening, 0, key, bytes + 1) &&
	    EVP_DecryptUpdate(ctx, NULL, &n, bytes, 1) == 1 &&
	    EVP_DecryptUpdate(ctx, (uint8_t *)plain_r, &n, text, (int)text_n) == 1 &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG_SIZE, tag) == 1 &&
	    EVP_DecryptFinal_ex(ctx, (uint8_t *)plain_r + n, &n) == 1)
		rc = 0;
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

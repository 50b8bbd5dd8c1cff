// SPDX-License-Identifier: Apache-2.0
/*
 * Digest over nettle's hashes. Contexts live on the stack; nothing is kept
 * between calls.
 */
#include "sip/digest.h"

#include "base/buf.h"

#include <assert.h>
#include <nettle/md5.h>
#include <nettle/nettle-meta.h>
#include <nettle/sha2.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct row {
	const char *name;
	const struct nettle_hash *hash;
	unsigned strength;
	bool is_session;
} rows[] = {
    [SIP_DIGEST_UNKNOWN] = {"", NULL, 0, false},
    [SIP_DIGEST_MD5] = {"MD5", &nettle_md5, 1, false},
    [SIP_DIGEST_MD5_SESS] = {"MD5-sess", &nettle_md5, 1, true},
    [SIP_DIGEST_SHA256] = {"SHA-256", &nettle_sha256, 2, false},
    [SIP_DIGEST_SHA256_SESS] = {"SHA-256-sess", &nettle_sha256, 2, true},
    [SIP_DIGEST_SHA512_256] = {"SHA-512-256", &nettle_sha512_256, 3, false},
    [SIP_DIGEST_SHA512_256_SESS] = {"SHA-512-256-sess", &nettle_sha512_256, 3, true},
};

static const struct row *row_of(enum sip_digest_algorithm algorithm)
{
	return &rows[(size_t)algorithm < COUNT(rows) ? algorithm : SIP_DIGEST_UNKNOWN];
}

enum sip_digest_algorithm sip_digest_find(struct slice name)
{
	for (size_t i = SIP_DIGEST_MD5; i < COUNT(rows); i++)
		if (slice_equal_nocase(name, slice_of(rows[i].name)))
			return (enum sip_digest_algorithm)i;
	return SIP_DIGEST_UNKNOWN;
}

const char *sip_digest_name(enum sip_digest_algorithm algorithm)
{
	return row_of(algorithm)->name;
}

unsigned sip_digest_strength(enum sip_digest_algorithm algorithm)
{
	return row_of(algorithm)->strength;
}

bool sip_digest_is_session(enum sip_digest_algorithm algorithm)
{
	return row_of(algorithm)->is_session;
}

/* A hash under way, whose inputs are joined by colons. */
struct hashing {
	const struct nettle_hash *hash;
	union {
		struct md5_ctx md5;
		struct sha256_ctx sha256;
		struct sha512_ctx sha512;
	} context;
	bool any;
};

static void begin(struct hashing *h, const struct nettle_hash *hash)
{
	assert(hash->context_size <= sizeof(h->context));
	h->hash = hash;
	h->any = false;
	hash->init(&h->context);
}

static void add(struct hashing *h, struct slice text)
{
	if (h->any)
		h->hash->update(&h->context, 1, (const uint8_t *)":");
	h->any = true;
	if (text.n)
		h->hash->update(&h->context, text.n, (const uint8_t *)text.p);
}

static size_t end_bytes(struct hashing *h, uint8_t *digest_r)
{
	assert(h->hash->digest_size <= SIP_DIGEST_MAX);
	h->hash->digest(&h->context, h->hash->digest_size, digest_r);
	return h->hash->digest_size;
}

/* Writes the hexadecimal digits to `hex` and returns them. */
static struct slice put_hex(const uint8_t *bytes, size_t n, char *hex)
{
	struct buf b = buf_over(hex, SIP_DIGEST_HEX_MAX);

	buf_put_hex(&b, bytes, n);
	return buf_slice(&b);
}

/* Gives the hexadecimal digits, written to `hex`. */
static struct slice end(struct hashing *h, char *hex)
{
	uint8_t digest[SIP_DIGEST_MAX];

	return put_hex(digest, end_bytes(h, digest), hex);
}

size_t sip_digest_ha1_bytes(enum sip_digest_algorithm algorithm, struct slice username,
    struct slice realm, struct slice password, uint8_t *ha1_r)
{
	const struct row *row = row_of(algorithm);
	struct hashing h;

	if (!row->hash)
		return 0;
	begin(&h, row->hash);
	add(&h, username);
	add(&h, realm);
	add(&h, password);
	return end_bytes(&h, ha1_r);
}

size_t sip_digest_ha1(enum sip_digest_algorithm algorithm, struct slice username,
    struct slice realm, struct slice password, char *hex_r)
{
	uint8_t ha1[SIP_DIGEST_MAX];

	return put_hex(ha1, sip_digest_ha1_bytes(algorithm, username, realm, password, ha1), hex_r)
	    .n;
}

/* H(username:realm:password), in hexadecimal. */
static struct slice hash_password(const struct sip_digest_input *input, char *hex)
{
	if (input->ha1.n)
		return put_hex((const uint8_t *)input->ha1.p, input->ha1.n, hex);
	return slice_make(hex,
	    sip_digest_ha1(input->algorithm, input->username, input->realm, input->password, hex));
}

/* H(A1), RFC 7616 3.4.2. */
static struct slice hash_a1(const struct sip_digest_input *input, const struct row *row, char *hex)
{
	struct slice ha1 = hash_password(input, hex);
	struct hashing h;

	if (!row->is_session)
		return ha1;
	begin(&h, row->hash);
	add(&h, ha1);
	add(&h, input->nonce);
	add(&h, input->cnonce);
	return end(&h, hex);
}

/* H(A2), RFC 7616 3.4.3. */
static struct slice hash_a2(const struct sip_digest_input *input, const struct row *row, char *hex)
{
	char body_hex[SIP_DIGEST_HEX_MAX];
	struct hashing h, body;

	begin(&h, row->hash);
	add(&h, input->method);
	add(&h, input->uri);
	if (input->qop == SIP_QOP_AUTH_INT) {
		begin(&body, row->hash);
		add(&body, input->body);
		add(&h, end(&body, body_hex));
	}
	return end(&h, hex);
}

static void add_qop(struct hashing *h, const struct sip_digest_input *input)
{
	const uint8_t nc[] = {(uint8_t)(input->nc >> 24), (uint8_t)(input->nc >> 16),
	    (uint8_t)(input->nc >> 8), (uint8_t)input->nc};
	char digits[2 * sizeof(nc)];
	struct buf b = buf_over(digits, sizeof(digits));

	buf_put_hex(&b, nc, sizeof(nc));
	add(h, buf_slice(&b));
	add(h, input->cnonce);
	add(h, input->qop == SIP_QOP_AUTH ? SLICE("auth") : SLICE("auth-int"));
}

size_t sip_digest_response(const struct sip_digest_input *input, char *hex_r)
{
	const struct row *row = row_of(input->algorithm);
	char hex[SIP_DIGEST_HEX_MAX];
	struct hashing h;

	if (!row->hash)
		return 0;
	begin(&h, row->hash);
	add(&h, hash_a1(input, row, hex));
	add(&h, input->nonce);
	if (input->qop != SIP_QOP_NONE)
		add_qop(&h, input);
	add(&h, hash_a2(input, row, hex));
	return end(&h, hex_r).n;
}

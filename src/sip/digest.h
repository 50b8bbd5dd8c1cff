// SPDX-License-Identifier: Apache-2.0
/*
 * The arithmetic of Digest (RFC 7616 3.4, RFC 8760): MD5, SHA-256, SHA-512-256,
 * their -sess variants, qop none, auth and auth-int.
 */
#pragma once

#include "base/attr.h"
#include "base/slice.h"

enum sip_digest_algorithm { /* weakest first */
	SIP_DIGEST_UNKNOWN,
	SIP_DIGEST_MD5,
	SIP_DIGEST_MD5_SESS,
	SIP_DIGEST_SHA256,
	SIP_DIGEST_SHA256_SESS,
	SIP_DIGEST_SHA512_256,
	SIP_DIGEST_SHA512_256_SESS,
};

enum sip_digest_qop { SIP_QOP_NONE, SIP_QOP_AUTH, SIP_QOP_AUTH_INT };

#define SIP_DIGEST_MAX     32 /* bytes of the longest hash */
#define SIP_DIGEST_HEX_MAX 64 /* characters of the longest response */

/* By name in any letter case; SIP_DIGEST_UNKNOWN for an unknown one. */
enum sip_digest_algorithm sip_digest_find(struct slice name);
const char *sip_digest_name(enum sip_digest_algorithm algorithm);

/*
 * How strong an algorithm is, for the parameter digest_min: 1 MD5, 2 SHA-256,
 * 3 SHA-512-256, each with or without -sess; 0 unknown.
 */
unsigned sip_digest_strength(enum sip_digest_algorithm algorithm);

/* True for the -sess variants: their digest needs a cnonce (RFC 7616 3.4.2). */
bool sip_digest_is_session(enum sip_digest_algorithm algorithm);

struct sip_digest_input {
	enum sip_digest_algorithm algorithm;
	enum sip_digest_qop qop;
	struct slice username, realm, password; /* as they stand between quotes, escapes kept */
	struct slice ha1; /* what sip_digest_ha1_bytes() gives; unless empty, stands for these */
	struct slice nonce, cnonce;
	uint32_t nc;
	struct slice method, uri, body;
};

/*
 * Writes the response as lower-case hexadecimal, without a NUL; `hex_r` needs
 * SIP_DIGEST_HEX_MAX bytes. Returns its length, or 0 for an unknown algorithm.
 */
size_t sip_digest_response(const struct sip_digest_input *input, char *hex_r);

/*
 * Writes H(username:realm:password) in hexadecimal, by the algorithm's hash. `hex_r`
 * and the returned length are as for sip_digest_response().
 */
size_t sip_digest_ha1(enum sip_digest_algorithm algorithm, struct slice username,
    struct slice realm, struct slice password, char *hex_r);

/* The same as bytes: `ha1_r` needs SIP_DIGEST_MAX of them. Gives their number. */
size_t sip_digest_ha1_bytes(enum sip_digest_algorithm algorithm, struct slice username,
    struct slice realm, struct slice password, uint8_t *ha1_r);

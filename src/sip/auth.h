// SPDX-License-Identifier: Apache-2.0
/*
 * The headers of Digest: challenges (WWW-Authenticate, Proxy-Authenticate),
 * credentials (Authorization, Proxy-Authorization) and Authentication-Info.
 * RFC 3261 22.4, RFC 7616 3.3 to 3.5, RFC 8760. sip/digest.h computes the digest.
 *
 * Challenges are read leniently, as peers send them: with stray commas, a list
 * without quotes, a parameter twice (the first counts), an empty qop (read as no
 * qop). Credentials are read strictly.
 *
 * Values of quoted strings keep their escapes: the digest covers the text between
 * the quotes as it is (RFC 7616 3.4, unq), and credentials repeat it so.
 */
#pragma once

#include "base/buf.h"
#include "sip/digest.h"
#include "sip/error.h"

struct sip_challenge {
	struct slice realm;
	struct slice nonce;
	struct slice opaque;
	struct slice algorithm_name;         /* as sent; empty: not given */
	enum sip_digest_algorithm algorithm; /* MD5 if not given */
	bool is_digest;                      /* false: another scheme, nothing else is set */
	bool stale;
	bool has_opaque;
	struct slice qop;            /* the list as sent; empty: not given */
	bool has_qop;                /* the list is not empty */
	bool qop_auth, qop_auth_int; /* offered; has_qop with neither cannot be answered */
	bool userhash;
};

/*
 * Takes the next challenge off `rest`, the value of a header line. Most lines hold
 * one; several, separated by commas, are legal. Returns 1 for a challenge, 0 at
 * the end, or ERR_SYNTAX, which ends `rest`, too. `error_r` may be NULL.
 */
MUST_CHECK int sip_challenge_next(
    struct slice *rest, struct sip_challenge *challenge_r, struct sip_error *error_r);

struct sip_credentials {
	struct slice username, realm, nonce, uri, response, algorithm_name, cnonce, opaque;
	enum sip_digest_algorithm algorithm;
	enum sip_digest_qop qop;
	uint32_t nc;
	bool has_opaque;
};

/* Parses the value of one header line. ERR_SYNTAX, ERR_UNSUPPORTED (not Digest). */
MUST_CHECK int sip_credentials_parse(
    struct slice value, struct sip_credentials *credentials_r, struct sip_error *error_r);

/* Writes the value of a header line: `Digest username="…", realm="…", …`. */
void sip_credentials_put(struct buf *b, const struct sip_credentials *credentials);

/* Finds nextnonce in the value of Authentication-Info (RFC 7616 3.5). False if there is none. */
bool sip_next_nonce(struct slice value, struct slice *nonce_r);

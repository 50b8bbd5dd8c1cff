// SPDX-License-Identifier: Apache-2.0
/*
 * Digest as it stands in headers: challenges (WWW-Authenticate,
 * Proxy-Authenticate), credentials (Authorization, Proxy-Authorization) and
 * Authentication-Info. RFC 3261 22.4, RFC 7616 3.3 to 3.5, RFC 8760. What is
 * computed from them is in sip/digest.h.
 *
 * Challenges are read as peers send them: stray commas, a list without quotes, a parameter twice
 * (the first stands), an empty qop (as good as none). Credentials are read strictly.
 *
 * Values of quoted strings keep their escapes: the digest is made of what
 * stands between the quotes (RFC 7616 3.4, unq), and it is sent back so.
 */
#pragma once

#include "base/buf.h"
#include "sip/digest.h"
#include "sip/error.h"

struct sip_challenge {
	struct slice realm;
	struct slice nonce;
	struct slice opaque;
	struct slice algorithm_name;         /* as sent, empty without */
	enum sip_digest_algorithm algorithm; /* MD5 without one */
	bool is_digest;                      /* false: another scheme, nothing else is set */
	bool stale;
	bool has_opaque;
	struct slice qop;            /* the list as sent, empty without */
	bool has_qop;                /* something stands in it */
	bool qop_auth, qop_auth_int; /* offered; with has_qop and neither: nothing we can do */
	bool userhash;
};

/*
 * Takes the next challenge off `rest` (usually one a header line, but several
 * behind commas are legal). 1 with a challenge, 0 at the end, ERR_SYNTAX.
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

/* Writes the value of a header: `Digest username="…", realm="…", …`. */
void sip_credentials_put(struct buf *b, const struct sip_credentials *credentials);

/* The nextnonce of Authentication-Info (RFC 7616 3.5). False without one. */
bool sip_next_nonce(struct slice value, struct slice *nonce_r);

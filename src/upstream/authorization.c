// SPDX-License-Identifier: Apache-2.0
/*
 * Computes the answers to challenges, and writes them into a request.
 */
#include "upstream/authorization.h"

#include "sip/build.h"
#include "sip/param.h"

#define USERNAME_MAX 512
#define CNONCE_LEN   16

/* The digest covers the user name as it stands in the header: quotes and backslashes escaped. */
static struct slice escape(struct slice text, char *storage, size_t size)
{
	struct buf b = buf_over(storage, size);

	sip_put_quoted(&b, text);
	if (b.full || b.n < 2)
		return text;
	return slice_make(storage + 1, b.n - 2);
}

/*
 * A challenge without qop has the older form, and its answer has no cnonce (RFC 2617 3.2.2,
 * RFC 3261 22.4 item 8). Some registrars take an answer with a cnonce for the newer form and refuse
 * it. A -sess digest without qop breaks the RFC; it has a cnonce, since nobody could check it
 * otherwise.
 */
static bool needs_cnonce(const struct auth *auth)
{
	return auth->qop != SIP_QOP_NONE || sip_digest_is_session(auth->algorithm);
}

static struct slice make_cnonce(struct random *random, char text[CNONCE_LEN])
{
	struct buf b = buf_over(text, CNONCE_LEN);
	uint8_t noise[CNONCE_LEN / 2];

	random_bytes(random, noise, sizeof(noise));
	buf_put_hex(&b, noise, sizeof(noise));
	return buf_slice(&b);
}

static void put_one(struct auth *auth, struct buf *b, const struct authorization *authorization)
{
	char username[USERNAME_MAX], hex[SIP_DIGEST_HEX_MAX];
	struct sip_credentials credentials = {0};
	struct sip_digest_input input = {0};
	char cnonce[CNONCE_LEN];

	auth->nc++;
	input.algorithm = auth->algorithm;
	input.qop = auth->qop;
	input.username = escape(authorization->username, username, sizeof(username));
	input.password = authorization->password;
	input.realm = auth_text_of(auth, AUTH_REALM);
	input.nonce = auth_text_of(auth, AUTH_NONCE);
	if (needs_cnonce(auth))
		input.cnonce = make_cnonce(authorization->random, cnonce);
	input.nc = auth->nc;
	input.method = slice_of(sip_method_name(authorization->method));
	input.uri = authorization->uri;

	credentials.username = input.username;
	credentials.realm = input.realm;
	credentials.nonce = input.nonce;
	credentials.uri = input.uri;
	credentials.response = slice_make(hex, sip_digest_response(&input, hex));
	credentials.algorithm_name = auth_text_of(auth, AUTH_ALGORITHM);
	credentials.algorithm = auth->algorithm;
	credentials.qop = auth->qop;
	credentials.cnonce = input.cnonce;
	credentials.nc = input.nc;
	credentials.opaque = auth_text_of(auth, AUTH_OPAQUE);
	credentials.has_opaque = auth->has_opaque;

	sip_put_header_name(b, auth->is_proxy ? SIP_PROXY_AUTHORIZATION : SIP_AUTHORIZATION);
	sip_credentials_put(b, &credentials);
	sip_put_crlf(b);
}

void authorization_put(
    struct auths *auths, struct buf *b, const struct authorization *authorization)
{
	for (int i = 0; i < AUTHS_MAX; i++)
		if (auths->list[i] && !auths->list[i]->is_resting)
			put_one(auths->list[i], b, authorization);
}

void authorization_unput(struct auths *auths)
{
	for (int i = 0; i < AUTHS_MAX; i++)
		if (auths->list[i] && !auths->list[i]->is_resting)
			auths->list[i]->nc--;
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Challenges and credentials as text. Both are a scheme and comma-separated
 * `name=value`. Each has a list of the names that it knows; other names are
 * stepped over.
 */
#include "sip/auth.h"

#include "sip/lex.h"
#include "sip/list.h"
#include "sip/param.h"

#include <assert.h>

#define PARAMS_MAX 10 /* at most so many names are known of a header */

/* Reads the value of an auth-param; an unquoted one reaches to the next comma or space. */
static int read_value(struct sip_lex *lex, struct slice *value_r)
{
	const char *from = lex->p;

	if (sip_lex_at(lex, '"'))
		return sip_lex_quoted(lex, value_r);
	while (lex->p < lex->end && sip_char_is(*lex->p, SIP_CHAR_TEXT) && *lex->p != ',')
		lex->p++;
	*value_r = slice_make(from, (size_t)(lex->p - from));
	return 0;
}

static void skip_commas(struct sip_lex *lex)
{
	for (sip_lex_lws(lex); sip_lex_take(lex, ','); sip_lex_lws(lex))
		;
}

/*
 * Takes the next `name=value` with its comma. Returns 1 for one, ERR_SYNTAX, or 0
 * at the end: at the end of the text, or before a word without '=', which begins
 * another challenge.
 */
static int param_next(struct sip_lex *lex, struct slice *name_r, struct slice *value_r)
{
	const char *from = lex->p;

	*name_r = sip_lex_run(lex, SIP_CHAR_TOKEN);
	sip_lex_lws(lex);
	if (!name_r->n)
		return sip_lex_done(lex) ? 0 : ERR_SYNTAX;
	if (!sip_lex_take(lex, '=')) {
		lex->p = from;
		return 0;
	}
	sip_lex_lws(lex);
	if (read_value(lex, value_r))
		return ERR_SYNTAX;
	sip_lex_lws(lex);
	if (!sip_lex_done(lex) && !sip_lex_at(lex, ','))
		return ERR_SYNTAX;
	skip_commas(lex);
	return 1;
}

/* The values, in the order of the known names; `p` is NULL if a name was not sent. */
struct params {
	struct slice values[PARAMS_MAX];
	bool may_repeat;   /* a second value of a name is ignored; false: it is an error */
	struct slice list; /* the name whose value is a list, with or without quotes; or empty */
};

static int store(
    struct params *params, const struct slice *names, struct slice name, struct slice value)
{
	for (size_t i = 0; names[i].n; i++) {
		if (name.n != names[i].n || !slice_equal_nocase(name, names[i]))
			continue;
		if (params->values[i].p && !params->may_repeat)
			return ERR_SYNTAX;
		if (!params->values[i].p)
			params->values[i] = value;
	}
	return 0;
}

/*
 * Reads on in a list without the quotes that RFC 7616 3.3 demands (`qop=auth,auth-int`).
 * A word behind the value belongs to the list if a comma or the end follows it.
 */
static void extend_list(struct sip_lex *lex, struct slice *list)
{
	struct sip_lex ahead = *lex;
	const char *end;

	if (list->p[-1] == '"')
		return;
	while (sip_lex_run(&ahead, SIP_CHAR_TOKEN).n) {
		end = ahead.p;
		sip_lex_lws(&ahead);
		if (!sip_lex_done(&ahead) && !sip_lex_at(&ahead, ','))
			return;
		list->n = (size_t)(end - list->p);
		skip_commas(&ahead);
		*lex = ahead;
	}
}

/* Reads all parameters up to the end or to another challenge. 0, ERR_SYNTAX. */
static int read_params(struct sip_lex *lex, const struct slice *names, struct params *params)
{
	struct slice name, value;
	int got;

	while ((got = param_next(lex, &name, &value)) == 1) {
		if (params->list.n && slice_equal_nocase(name, params->list))
			extend_list(lex, &value);
		if (store(params, names, name, value))
			return ERR_SYNTAX;
	}
	return got;
}

static int fail(struct sip_lex *lex, struct sip_error *error_r, const char *what)
{
	return sip_fail(error_r, ERR_SYNTAX, what, sip_lex_offset(lex));
}

/* The algorithm that a header names; MD5 where it names none (RFC 7616 3.3). */
static enum sip_digest_algorithm algorithm_of(struct slice name)
{
	return name.n ? sip_digest_find(name) : SIP_DIGEST_MD5;
}

enum { C_REALM, C_NONCE, C_OPAQUE, C_ALGORITHM, C_STALE, C_QOP, C_USERHASH, C_COUNT };
#define NAME(text)                                                                                 \
	{                                                                                          \
		(text), sizeof(text) - 1                                                           \
	}

static const struct slice challenge_names[] = {
    [C_REALM] = NAME("realm"),
    [C_NONCE] = NAME("nonce"),
    [C_OPAQUE] = NAME("opaque"),
    [C_ALGORITHM] = NAME("algorithm"),
    [C_STALE] = NAME("stale"),
    [C_QOP] = NAME("qop"),
    [C_USERHASH] = NAME("userhash"),
    [C_COUNT] = {NULL, 0},
};

/* Reads "auth,auth-int"; unknown members are ignored, and an empty list means no qop. */
static void read_offers(struct slice list, struct sip_challenge *challenge)
{
	struct slice member;

	challenge->qop = list;
	while (sip_list_next(&list, &member)) {
		challenge->has_qop = true;
		challenge->qop_auth |= slice_equal_nocase(member, SLICE("auth"));
		challenge->qop_auth_int |= slice_equal_nocase(member, SLICE("auth-int"));
	}
}

static void fill_challenge(struct sip_challenge *challenge, const struct slice *values)
{
	challenge->realm = values[C_REALM];
	challenge->nonce = values[C_NONCE];
	challenge->opaque = values[C_OPAQUE];
	challenge->has_opaque = values[C_OPAQUE].p;
	challenge->algorithm_name = values[C_ALGORITHM];
	challenge->algorithm = algorithm_of(values[C_ALGORITHM]);
	challenge->stale = slice_equal_nocase(values[C_STALE], SLICE("true"));
	challenge->userhash = slice_equal_nocase(values[C_USERHASH], SLICE("true"));
	read_offers(values[C_QOP], challenge);
}

/* Steps over a token68 (RFC 7235 2.1), which some schemes have instead of parameters. */
static bool skip_token68(struct sip_lex *lex)
{
	const char *from = lex->p;

	while (sip_lex_run(lex, SIP_CHAR_TOKEN).n || sip_lex_take(lex, '/'))
		;
	while (sip_lex_take(lex, '='))
		;
	sip_lex_lws(lex);
	if (sip_lex_done(lex) || sip_lex_at(lex, ','))
		return true;
	lex->p = from;
	return false;
}

static int skip_other(struct sip_lex *lex)
{
	static const struct slice no_names[] = {{NULL, 0}};
	struct params none = {0};

	return skip_token68(lex) ? 0 : read_params(lex, no_names, &none);
}

static int read_challenge(
    struct sip_lex *lex, struct sip_challenge *challenge, struct sip_error *error_r)
{
	struct slice scheme = sip_lex_run(lex, SIP_CHAR_TOKEN);
	struct params params = {.may_repeat = true, .list = challenge_names[C_QOP]};

	if (!scheme.n)
		return fail(lex, error_r, "challenge: no scheme");
	sip_lex_lws(lex);
	challenge->is_digest = slice_equal_nocase(scheme, SLICE("Digest"));
	if (!challenge->is_digest) {
		if (skip_other(lex))
			return fail(lex, error_r, "challenge: malformed parameter");
		return 1;
	}
	skip_commas(lex);
	if (read_params(lex, challenge_names, &params))
		return fail(lex, error_r, "challenge: malformed parameter");
	if (!params.values[C_REALM].p || !params.values[C_NONCE].p)
		return fail(lex, error_r, "challenge: no realm or no nonce");
	fill_challenge(challenge, params.values);
	return 1;
}

int sip_challenge_next(
    struct slice *rest, struct sip_challenge *challenge_r, struct sip_error *error_r)
{
	struct sip_lex lex = sip_lex_over(*rest);
	int got = 0;

	*challenge_r = (struct sip_challenge){0};
	skip_commas(&lex);
	if (!sip_lex_done(&lex))
		got = read_challenge(&lex, challenge_r, error_r);
	/* Behind an error nothing shows where the next challenge begins. */
	*rest = got < 0 ? (struct slice){0} : sip_lex_rest(&lex);
	return got;
}

enum {
	A_USERNAME,
	A_REALM,
	A_NONCE,
	A_URI,
	A_RESPONSE,
	A_REQUIRED,
	A_ALGORITHM = A_REQUIRED,
	A_CNONCE,
	A_OPAQUE,
	A_QOP,
	A_NC,
	A_COUNT
};
static const struct slice credential_names[] = {
    [A_USERNAME] = NAME("username"),
    [A_REALM] = NAME("realm"),
    [A_NONCE] = NAME("nonce"),
    [A_URI] = NAME("uri"),
    [A_RESPONSE] = NAME("response"),
    [A_ALGORITHM] = NAME("algorithm"),
    [A_CNONCE] = NAME("cnonce"),
    [A_OPAQUE] = NAME("opaque"),
    [A_QOP] = NAME("qop"),
    [A_NC] = NAME("nc"),
    [A_COUNT] = {NULL, 0},
};
static_assert((int)C_COUNT <= PARAMS_MAX && (int)A_COUNT <= PARAMS_MAX, "struct params holds both");

static int read_nc(struct slice text, uint32_t *nc_r)
{
	if (text.n < 1 || text.n > 8)
		return ERR_SYNTAX;
	for (*nc_r = 0; text.n; text = slice_skip(text, 1)) {
		if (!sip_char_is(*text.p, SIP_CHAR_HEX))
			return ERR_SYNTAX;
		*nc_r = *nc_r << 4 | sip_hex_value(*text.p);
	}
	return 0;
}

/* With a qop there must be cnonce and nc (RFC 7616 3.4). */
static int read_qop(struct sip_credentials *credentials, const struct slice *values)
{
	if (!values[A_QOP].p)
		return 0;
	if (slice_equal_nocase(values[A_QOP], SLICE("auth")))
		credentials->qop = SIP_QOP_AUTH;
	else if (slice_equal_nocase(values[A_QOP], SLICE("auth-int")))
		credentials->qop = SIP_QOP_AUTH_INT;
	else
		return ERR_SYNTAX;
	return values[A_CNONCE].p ? read_nc(values[A_NC], &credentials->nc) : ERR_SYNTAX;
}

static void fill_credentials(struct sip_credentials *credentials, const struct slice *values)
{
	credentials->username = values[A_USERNAME];
	credentials->realm = values[A_REALM];
	credentials->nonce = values[A_NONCE];
	credentials->uri = values[A_URI];
	credentials->response = values[A_RESPONSE];
	credentials->algorithm_name = values[A_ALGORITHM];
	credentials->algorithm = algorithm_of(values[A_ALGORITHM]);
	credentials->cnonce = values[A_CNONCE];
	credentials->opaque = values[A_OPAQUE];
	credentials->has_opaque = values[A_OPAQUE].p;
}

int sip_credentials_parse(
    struct slice value, struct sip_credentials *credentials_r, struct sip_error *error_r)
{
	struct sip_lex lex = sip_lex_over(slice_trim(value));
	struct params params = {0};

	*credentials_r = (struct sip_credentials){0};
	if (!slice_equal_nocase(sip_lex_run(&lex, SIP_CHAR_TOKEN), SLICE("Digest")))
		return sip_fail(error_r, ERR_UNSUPPORTED, "credentials: not Digest", 0);
	sip_lex_lws(&lex);
	if (read_params(&lex, credential_names, &params) || !sip_lex_done(&lex))
		return fail(&lex, error_r, "credentials: malformed or repeated parameter");
	for (size_t i = 0; i < A_REQUIRED; i++)
		if (!params.values[i].p)
			return fail(&lex, error_r,
			    "credentials: no username, realm, nonce, uri or response");
	fill_credentials(credentials_r, params.values);
	if (read_qop(credentials_r, params.values))
		return fail(&lex, error_r, "credentials: bad qop, cnonce or nc");
	return 0;
}

static void put_quoted(struct buf *b, struct slice name, struct slice value)
{
	buf_put(b, name);
	buf_put(b, value);
	buf_putc(b, '"');
}

static void put_algorithm(struct buf *b, struct slice name)
{
	if (!name.n)
		return;
	if (!sip_is_token(name)) {
		put_quoted(b, SLICE(", algorithm=\""), name);
		return;
	}
	buf_puts(b, ", algorithm=");
	buf_put(b, name);
}

static void put_qop(struct buf *b, enum sip_digest_qop qop, uint32_t nc)
{
	const uint8_t bytes[] = {
	    (uint8_t)(nc >> 24), (uint8_t)(nc >> 16), (uint8_t)(nc >> 8), (uint8_t)nc};

	buf_put(b, qop == SIP_QOP_AUTH ? SLICE(", qop=auth, nc=") : SLICE(", qop=auth-int, nc="));
	buf_put_hex(b, bytes, sizeof(bytes));
}

void sip_credentials_put(struct buf *b, const struct sip_credentials *credentials)
{
	put_quoted(b, SLICE("Digest username=\""), credentials->username);
	put_quoted(b, SLICE(", realm=\""), credentials->realm);
	put_quoted(b, SLICE(", nonce=\""), credentials->nonce);
	put_quoted(b, SLICE(", uri=\""), credentials->uri);
	put_quoted(b, SLICE(", response=\""), credentials->response);
	put_algorithm(b, credentials->algorithm_name);
	if (credentials->cnonce.n || credentials->qop != SIP_QOP_NONE)
		put_quoted(b, SLICE(", cnonce=\""), credentials->cnonce);
	if (credentials->has_opaque)
		put_quoted(b, SLICE(", opaque=\""), credentials->opaque);
	if (credentials->qop != SIP_QOP_NONE)
		put_qop(b, credentials->qop, credentials->nc);
}

bool sip_next_nonce(struct slice value, struct slice *nonce_r)
{
	static const struct slice names[] = {NAME("nextnonce"), {NULL, 0}};
	struct sip_lex lex = sip_lex_over(value);
	struct params params = {0};

	skip_commas(&lex);
	if (read_params(&lex, names, &params) || !params.values[0].p)
		return false;
	*nonce_r = params.values[0];
	return true;
}

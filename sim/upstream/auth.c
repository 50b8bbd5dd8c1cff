// SPDX-License-Identifier: Apache-2.0
/*
 * A registrar can demand proof twice, as a proxy in front of it would (407) and
 * for itself (401); each demand has its realm and its headers.
 */
#include "sim/upstream/auth.h"

#include "sip/auth.h"
#include "sip/build.h"
#include "sip/param.h"
#include "sip/uri.h"

struct demand {
	unsigned status;
	enum sip_header_id challenge, credentials;
	const char *realm;
};

enum verdict {
	VERDICT_MISSING, /* no credentials for this realm */
	VERDICT_RIGHT,
	VERDICT_STALE, /* right, but made from a nonce that is no good any more */
	VERDICT_WRONG,
	VERDICT_BAD, /* not to be understood, or not what was offered */
};

static struct demand demand_of(const struct upstream *u, unsigned status)
{
	bool proxy = status == 407;

	return (struct demand){
	    .status = status,
	    .challenge = proxy ? SIP_PROXY_AUTHENTICATE : SIP_WWW_AUTHENTICATE,
	    .credentials = proxy ? SIP_PROXY_AUTHORIZATION : SIP_AUTHORIZATION,
	    .realm = proxy && u->config.challenge == UPSTREAM_CHALLENGE_BOTH ? u->config.proxy_realm
	                                                                     : u->config.realm,
	};
}

/* Takes the next name off a comma-separated list. */
static bool next_name(struct slice *rest, struct slice *name_r)
{
	ptrdiff_t comma = slice_find(*rest, ',');

	*name_r = slice_trim(slice_make(rest->p, comma < 0 ? rest->n : (size_t)comma));
	*rest = slice_skip(*rest, comma < 0 ? rest->n : (size_t)comma + 1);
	return name_r->n > 0;
}

static const char *qop_text(enum upstream_qop qop)
{
	switch (qop) {
	case UPSTREAM_QOP_AUTH:
		return ", qop=\"auth\"";
	case UPSTREAM_QOP_AUTH_INT:
		return ", qop=\"auth-int\"";
	case UPSTREAM_QOP_BOTH:
		return ", qop=\"auth,auth-int\"";
	case UPSTREAM_QOP_NONE:
		break;
	}
	return "";
}

static void put_challenge(struct upstream *u, struct buf *b, const struct demand *demand,
    struct slice algorithm, struct slice nonce, bool stale)
{
	sip_put_header_name(b, demand->challenge);
	buf_puts(b, "Digest realm=");
	sip_put_quoted(b, slice_of(demand->realm));
	buf_puts(b, ", nonce=\"");
	buf_put(b, nonce);
	buf_puts(b, "\", algorithm=");
	buf_put(b, algorithm);
	buf_puts(b, qop_text(u->config.qop));
	if (u->config.opaque[0]) {
		buf_puts(b, ", opaque=\"");
		buf_puts(b, u->config.opaque);
		buf_putc(b, '"');
	}
	if (stale)
		buf_puts(b, ", stale=true");
	sip_put_crlf(b);
}

static void issue(struct upstream *u, const struct exchange *x, struct buf *b)
{
	nonces_issue(
	    &u->nonces, &u->random, u->now_us, u->config.nonce_life_s * US_PER_S, &x->source, b);
}

void auth_challenge(struct upstream *u, struct exchange *x, unsigned status, bool stale)
{
	struct demand demand = demand_of(u, status);
	struct buf b = buf_over(u->headers, sizeof(u->headers));
	char nonce_text[NONCE_TEXT_LEN];
	struct buf nonce = buf_over(nonce_text, sizeof(nonce_text));
	struct slice names = slice_of(u->config.algorithms), name;

	issue(u, x, &nonce);
	while (next_name(&names, &name))
		put_challenge(u, &b, &demand, name, buf_slice(&nonce), stale);
	if (stale)
		upstream_count(u, UPSTREAM_STALES);
	exchange_answer(u, x, status, buf_slice(&b));
}

void auth_put_info(struct upstream *u, const struct exchange *x, struct buf *b)
{
	if (!u->config.next_nonce || u->config.challenge == UPSTREAM_CHALLENGE_NONE)
		return;
	sip_put_header_name(b, SIP_AUTHENTICATION_INFO);
	buf_puts(b, "nextnonce=\"");
	issue(u, x, b);
	buf_puts(b, "\"\r\n");
}

/* True where the realm of the credentials is ours, as it stands between the quotes. */
static bool realm_fits(const struct demand *demand, struct slice realm)
{
	char text[2 * UPSTREAM_TEXT_MAX + 2];
	struct buf b = buf_over(text, sizeof(text));

	sip_put_quoted(&b, slice_of(demand->realm));
	return b.n == realm.n + 2 && slice_equal(slice_make(b.p + 1, b.n - 2), realm);
}

/* The credentials for this realm; VERDICT_RIGHT where they were found. */
static enum verdict read_credentials(struct upstream *u, const struct exchange *x,
    const struct demand *demand, struct sip_credentials *cred_r)
{
	const struct sip_header *h;

	for (unsigned i = 0; (h = sip_message_header(x->msg, demand->credentials, i)); i++) {
		struct slice nc = judge_nc_text(h->value);

		if (nc.n && !judge_nc_is_hex(nc))
			judge_offence(&u->judge, UPSTREAM_NC_NOT_HEX, x->msg->bytes);
		if (sip_credentials_parse(h->value, cred_r, NULL)) {
			judge_offence(&u->judge, UPSTREAM_BAD_SYNTAX, x->msg->bytes);
			return VERDICT_BAD;
		}
		if (realm_fits(demand, cred_r->realm))
			return VERDICT_RIGHT;
	}
	return VERDICT_MISSING;
}

static bool algorithm_offered(const struct upstream *u, enum sip_digest_algorithm algorithm)
{
	struct slice names = slice_of(u->config.algorithms), name;

	while (next_name(&names, &name))
		if (algorithm != SIP_DIGEST_UNKNOWN && sip_digest_find(name) == algorithm)
			return true;
	return false;
}

static bool qop_offered(const struct upstream *u, enum sip_digest_qop qop)
{
	switch (u->config.qop) {
	case UPSTREAM_QOP_NONE:
		return qop == SIP_QOP_NONE;
	case UPSTREAM_QOP_AUTH:
		return qop == SIP_QOP_AUTH;
	case UPSTREAM_QOP_AUTH_INT:
		return qop == SIP_QOP_AUTH_INT;
	case UPSTREAM_QOP_BOTH:
		return qop != SIP_QOP_NONE;
	}
	return false;
}

/* What the client chose must have been offered, and belong to this request. */
static bool form_is_good(
    struct upstream *u, const struct exchange *x, const struct sip_credentials *cred)
{
	bool good = algorithm_offered(u, cred->algorithm) && qop_offered(u, cred->qop) &&
	            (cred->qop == SIP_QOP_NONE || (cred->cnonce.n && cred->nc)) &&
	            (!u->config.opaque[0] || slice_equal(cred->opaque, slice_of(u->config.opaque)));

	if (!good)
		judge_offence(&u->judge, UPSTREAM_BAD_SYNTAX, x->msg->bytes);
	if (!sip_uri_equal_text(cred->uri, x->msg->uri)) {
		judge_offence(&u->judge, UPSTREAM_DIGEST_URI, x->msg->bytes);
		good = false;
	}
	return good;
}

static struct slice password_of(const struct upstream *u, const struct account *account)
{
	if (account && !account->guest)
		return owned_slice(&account->password);
	return slice_of(u->config.any_password);
}

static bool username_fits(const struct account *account, struct slice user, struct slice username)
{
	char text[1024];
	struct buf b = buf_over(text, sizeof(text));

	sip_unquote(&b, username);
	if (account && account->auth_user.n)
		user = owned_slice(&account->auth_user);
	return !b.full && slice_equal(buf_slice(&b), user);
}

static bool digest_fits(const struct upstream *u, const struct exchange *x, struct slice user,
    const struct sip_credentials *cred)
{
	struct slice password = password_of(u, x->account);
	struct sip_digest_input input = {
	    .algorithm = cred->algorithm,
	    .qop = cred->qop,
	    .username = cred->username,
	    .realm = cred->realm,
	    .password = password,
	    .nonce = cred->nonce,
	    .cnonce = cred->cnonce,
	    .nc = cred->nc,
	    .method = x->msg->method_name,
	    .uri = cred->uri,
	    .body = x->msg->body,
	};
	char hex[SIP_DIGEST_HEX_MAX];
	size_t n = sip_digest_response(&input, hex);

	return password.n && n && username_fits(x->account, user, cred->username) &&
	       slice_equal(slice_make(hex, n), cred->response);
}

/* A client that counts in decimal writes 10 after 9; lost requests look the same. */
static bool counts_in_decimal(const struct upstream *u, uint32_t before, uint32_t nc)
{
	const struct upstream_config *c = &u->config;

	return c->ordered && !c->loss && !c->loss_requests && before == 9 && nc == 0x10;
}

static enum verdict judge_nonce(
    struct upstream *u, const struct exchange *x, const struct sip_credentials *cred)
{
	struct nonce *nonce = nonces_find(&u->nonces, cred->nonce);
	uint64_t life_us = u->config.nonce_life_s * US_PER_S;
	bool spent;

	if (!nonce)
		return VERDICT_STALE;
	if (!netaddr_equal(&nonce->source, &x->source))
		judge_offence(&u->judge, UPSTREAM_NONCE_MOVED, x->msg->bytes);
	spent = (life_us && u->now_us - nonce->issued_us > life_us) ||
	        (u->config.fresh_nonce && nonce->used);
	nonce->used = true;
	if (cred->qop != SIP_QOP_NONE) {
		uint32_t before = nonce->nc;
		enum nonce_order order = nonce_count(nonce, cred->nc, x->replay.key);

		if (counts_in_decimal(u, before, cred->nc))
			judge_offence(&u->judge, UPSTREAM_NC_NOT_HEX, x->msg->bytes);
		if (order == NONCE_REPEATED || (order == NONCE_LATE && u->config.ordered)) {
			judge_offence(&u->judge, UPSTREAM_NC_NOT_RISING, x->msg->bytes);
			spent = true;
		}
		spent |= order == NONCE_COPY;
	}
	return spent ? VERDICT_STALE : VERDICT_RIGHT;
}

static enum verdict judge_credentials(
    struct upstream *u, struct exchange *x, struct slice user, const struct demand *demand)
{
	struct sip_credentials cred;
	enum verdict verdict = read_credentials(u, x, demand, &cred);

	if (verdict != VERDICT_RIGHT)
		return verdict;
	if (!form_is_good(u, x, &cred))
		return VERDICT_BAD;
	if (!digest_fits(u, x, user, &cred))
		return VERDICT_WRONG;
	verdict = judge_nonce(u, x, &cred);
	return u->config.stale == UPSTREAM_STALE_ALWAYS ? VERDICT_STALE : verdict;
}

static void count_wrong(struct upstream *u, struct exchange *x)
{
	upstream_count(u, UPSTREAM_WRONG);
	if (x->account)
		x->account->wrong++;
}

/* True where this demand is met; else the request has been answered. */
static bool demand_met(struct upstream *u, struct exchange *x, struct slice user, unsigned status)
{
	struct demand demand = demand_of(u, status);

	switch (judge_credentials(u, x, user, &demand)) {
	case VERDICT_RIGHT:
		return true;
	case VERDICT_MISSING:
		auth_challenge(u, x, status, false);
		return false;
	case VERDICT_STALE:
		auth_challenge(u, x, status, u->config.stale != UPSTREAM_STALE_NEVER);
		return false;
	case VERDICT_WRONG:
		count_wrong(u, x);
		if (u->config.wrong_status == 401)
			auth_challenge(u, x, status, u->config.stale == UPSTREAM_STALE_ALWAYS);
		else
			exchange_answer(u, x, u->config.wrong_status, SLICE(""));
		return false;
	case VERDICT_BAD:
		break;
	}
	exchange_answer(u, x, 400, SLICE(""));
	return false;
}

bool auth_admit(struct upstream *u, struct exchange *x, struct slice user)
{
	switch (u->config.challenge) {
	case UPSTREAM_CHALLENGE_NONE:
		return true;
	case UPSTREAM_CHALLENGE_401:
		return demand_met(u, x, user, 401);
	case UPSTREAM_CHALLENGE_407:
		return demand_met(u, x, user, 407);
	case UPSTREAM_CHALLENGE_BOTH:
		return demand_met(u, x, user, 407) && demand_met(u, x, user, 401);
	}
	return false;
}

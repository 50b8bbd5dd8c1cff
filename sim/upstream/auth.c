// SPDX-License-Identifier: Apache-2.0
/*
 * What a client made of a challenge.
 */
#include "sim/upstream/auth.h"

#include "sim/upstream/challenge.h"
#include "sip/auth.h"
#include "sip/param.h"
#include "sip/uri.h"

enum verdict {
	VERDICT_MISSING, /* no credentials for this realm */
	VERDICT_RIGHT,
	VERDICT_STALE, /* right, but made from a nonce that is not known (any more) */
	VERDICT_SPENT, /* right, but its nonce was used up, or is too old */
	VERDICT_WRONG,
	VERDICT_BAD, /* not to be understood, or not what was offered */
};

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
		if (u->config.first_credentials)
			break;
	}
	return VERDICT_MISSING;
}

static bool is_among(const char *list, enum sip_digest_algorithm algorithm)
{
	struct slice names = slice_of(list), name;

	while (challenge_next_name(&names, &name))
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

/* With qop there is a cnonce, without it none but what a -sess digest needs (RFC 2617 3.2.2). */
static bool has_cnonce_where_due(const struct sip_credentials *cred)
{
	if (cred->qop != SIP_QOP_NONE)
		return cred->cnonce.n && cred->nc;
	return !cred->cnonce.n || sip_digest_is_session(cred->algorithm);
}

/* What the client chose must have been offered, and belong to this request. */
static bool form_is_good(
    struct upstream *u, const struct exchange *x, const struct sip_credentials *cred)
{
	bool good = is_among(u->config.algorithms, cred->algorithm) && qop_offered(u, cred->qop) &&
	            has_cnonce_where_due(cred) &&
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

	return password.n && n && !is_among(u->config.wrong_algorithms, cred->algorithm) &&
	       username_fits(x->account, user, cred->username) &&
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
	return spent ? VERDICT_SPENT : VERDICT_RIGHT;
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

static void challenge_again(struct upstream *u, struct exchange *x, unsigned status)
{
	challenge_send(u, x, status, u->config.stale != UPSTREAM_STALE_NEVER);
}

/* One that takes a used nonce for an attack says so, or nothing. */
static void refuse_spent(struct upstream *u, struct exchange *x, unsigned status)
{
	if (u->config.spent_status == 401)
		challenge_again(u, x, status);
	else if (u->config.spent_status)
		exchange_answer(u, x, u->config.spent_status, SLICE(""));
}

static void refuse_wrong(struct upstream *u, struct exchange *x, unsigned status)
{
	enum upstream_stale stale = u->config.stale;

	count_wrong(u, x);
	if (u->config.wrong_status == 401)
		challenge_send(
		    u, x, status, stale == UPSTREAM_STALE_ALWAYS || stale == UPSTREAM_STALE_LOOSE);
	else
		exchange_answer(u, x, u->config.wrong_status, SLICE(""));
}

/* True where this demand is met; else the request has been answered. */
static bool demand_met(struct upstream *u, struct exchange *x, struct slice user, unsigned status)
{
	struct demand demand = demand_of(u, x, status);

	switch (judge_credentials(u, x, user, &demand)) {
	case VERDICT_RIGHT:
		return true;
	case VERDICT_MISSING:
		challenge_send(u, x, status,
		    u->config.stale == UPSTREAM_STALE_LOOSE &&
		        sip_message_header(x->msg, demand.credentials, 0));
		return false;
	case VERDICT_STALE:
		challenge_again(u, x, status);
		return false;
	case VERDICT_SPENT:
		refuse_spent(u, x, status);
		return false;
	case VERDICT_WRONG:
		refuse_wrong(u, x, status);
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

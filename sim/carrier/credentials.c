// SPDX-License-Identifier: Apache-2.0
/*
 * What a client made of a challenge.
 */
#include "sim/carrier/credentials.h"

#include "sim/carrier/challenge.h"
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
	char text[2 * CARRIER_TEXT_MAX + 2];
	struct buf b = buf_over(text, sizeof(text));

	sip_put_quoted(&b, slice_of(demand->realm));
	return b.n == realm.n + 2 && slice_equal(slice_make(b.p + 1, b.n - 2), realm);
}

/* The credentials for this realm; VERDICT_RIGHT where they were found. */
static enum verdict read_credentials(struct carrier *carrier, const struct incoming *in,
    const struct demand *demand, struct sip_credentials *cred_r)
{
	const struct sip_header *h;

	for (unsigned i = 0; (h = sip_message_header(in->msg, demand->credentials, i)); i++) {
		struct slice nc = judge_nc_text(h->value);

		if (nc.n && !judge_nc_is_hex(nc))
			judge_offence(&carrier->judge, CARRIER_NC_NOT_HEX, in->msg->bytes);
		if (sip_credentials_parse(h->value, cred_r, NULL)) {
			judge_offence(&carrier->judge, CARRIER_BAD_SYNTAX, in->msg->bytes);
			return VERDICT_BAD;
		}
		if (realm_fits(demand, cred_r->realm))
			return VERDICT_RIGHT;
		if (carrier->config.first_credentials)
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

static bool qop_offered(const struct carrier *carrier, enum sip_digest_qop qop)
{
	switch (carrier->config.qop) {
	case CARRIER_QOP_NONE:
		return qop == SIP_QOP_NONE;
	case CARRIER_QOP_AUTH:
		return qop == SIP_QOP_AUTH;
	case CARRIER_QOP_AUTH_INT:
		return qop == SIP_QOP_AUTH_INT;
	case CARRIER_QOP_BOTH:
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
    struct carrier *carrier, const struct incoming *in, const struct sip_credentials *cred)
{
	bool good = is_among(carrier->config.algorithms, cred->algorithm) &&
	            qop_offered(carrier, cred->qop) && has_cnonce_where_due(cred) &&
	            (!carrier->config.opaque[0] ||
	                slice_equal(cred->opaque, slice_of(carrier->config.opaque)));

	if (!good)
		judge_offence(&carrier->judge, CARRIER_BAD_SYNTAX, in->msg->bytes);
	if (!sip_uri_equal_text(cred->uri, in->msg->uri)) {
		judge_offence(&carrier->judge, CARRIER_DIGEST_URI, in->msg->bytes);
		good = false;
	}
	return good;
}

static struct slice password_of(const struct carrier *carrier, const struct account *account)
{
	if (account && !account->guest)
		return owned_slice(&account->password);
	return slice_of(carrier->config.any_password);
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

static bool digest_fits(const struct carrier *carrier, const struct incoming *in, struct slice user,
    const struct sip_credentials *cred)
{
	struct slice password = password_of(carrier, in->account);
	struct sip_digest_input input = {
	    .algorithm = cred->algorithm,
	    .qop = cred->qop,
	    .username = cred->username,
	    .realm = cred->realm,
	    .password = password,
	    .nonce = cred->nonce,
	    .cnonce = cred->cnonce,
	    .nc = cred->nc,
	    .method = in->msg->method_name,
	    .uri = cred->uri,
	    .body = in->msg->body,
	};
	char hex[SIP_DIGEST_HEX_MAX];
	size_t n = sip_digest_response(&input, hex);

	return password.n && n && !is_among(carrier->config.wrong_algorithms, cred->algorithm) &&
	       username_fits(in->account, user, cred->username) &&
	       slice_equal(slice_make(hex, n), cred->response);
}

/* A client that counts in decimal writes 10 after 9; lost requests look the same. */
static bool counts_in_decimal(const struct carrier *carrier, uint32_t before, uint32_t nc)
{
	const struct carrier_config *c = &carrier->config;

	return c->ordered && !c->loss && !c->loss_requests && before == 9 && nc == 0x10;
}

static enum verdict judge_nonce(
    struct carrier *carrier, const struct incoming *in, const struct sip_credentials *cred)
{
	struct nonce *nonce = nonces_find(&carrier->nonces, cred->nonce);
	uint64_t life_us = carrier->config.nonce_life_s * US_PER_S;
	bool spent;

	if (!nonce)
		return VERDICT_STALE;
	if (!netaddr_equal(&nonce->source, &in->source))
		judge_offence(&carrier->judge, CARRIER_NONCE_MOVED, in->msg->bytes);
	spent = (life_us && carrier->now_us - nonce->issued_us > life_us) ||
	        (carrier->config.fresh_nonce && nonce->used);
	nonce->used = true;
	if (cred->qop != SIP_QOP_NONE) {
		uint32_t before = nonce->nc;
		enum nonce_order order = nonce_count(nonce, cred->nc, in->replay.key);

		if (counts_in_decimal(carrier, before, cred->nc))
			judge_offence(&carrier->judge, CARRIER_NC_NOT_HEX, in->msg->bytes);
		if (order == NONCE_REPEATED || (order == NONCE_LATE && carrier->config.ordered)) {
			judge_offence(&carrier->judge, CARRIER_NC_NOT_RISING, in->msg->bytes);
			spent = true;
		}
		spent |= order == NONCE_COPY;
	}
	return spent ? VERDICT_SPENT : VERDICT_RIGHT;
}

static enum verdict judge_credentials(
    struct carrier *carrier, struct incoming *in, struct slice user, const struct demand *demand)
{
	struct sip_credentials cred;
	enum verdict verdict = read_credentials(carrier, in, demand, &cred);

	if (verdict != VERDICT_RIGHT)
		return verdict;
	if (!form_is_good(carrier, in, &cred))
		return VERDICT_BAD;
	if (!digest_fits(carrier, in, user, &cred))
		return VERDICT_WRONG;
	verdict = judge_nonce(carrier, in, &cred);
	return carrier->config.stale == CARRIER_STALE_ALWAYS ? VERDICT_STALE : verdict;
}

static void count_wrong(struct carrier *carrier, struct incoming *in)
{
	carrier_count(carrier, CARRIER_WRONG);
	if (in->account)
		in->account->wrong++;
}

static void challenge_again(struct carrier *carrier, struct incoming *in, unsigned status)
{
	challenge_send(carrier, in, status, carrier->config.stale != CARRIER_STALE_NEVER);
}

/* One that takes a used nonce for an attack says so, or nothing. */
static void refuse_spent(struct carrier *carrier, struct incoming *in, unsigned status)
{
	if (carrier->config.spent_status == 401)
		challenge_again(carrier, in, status);
	else if (carrier->config.spent_status)
		incoming_answer(carrier, in, carrier->config.spent_status, SLICE(""));
}

static void refuse_wrong(struct carrier *carrier, struct incoming *in, unsigned status)
{
	enum carrier_stale stale = carrier->config.stale;

	count_wrong(carrier, in);
	if (carrier->config.wrong_status == 401)
		challenge_send(carrier, in, status,
		    stale == CARRIER_STALE_ALWAYS || stale == CARRIER_STALE_LOOSE);
	else
		incoming_answer(carrier, in, carrier->config.wrong_status, SLICE(""));
}

/* True where this demand is met; else the request has been answered. */
static bool demand_met(
    struct carrier *carrier, struct incoming *in, struct slice user, unsigned status)
{
	struct demand demand = demand_of(carrier, in, status);

	switch (judge_credentials(carrier, in, user, &demand)) {
	case VERDICT_RIGHT:
		return true;
	case VERDICT_MISSING:
		challenge_send(carrier, in, status,
		    carrier->config.stale == CARRIER_STALE_LOOSE &&
		        sip_message_header(in->msg, demand.credentials, 0));
		return false;
	case VERDICT_STALE:
		challenge_again(carrier, in, status);
		return false;
	case VERDICT_SPENT:
		refuse_spent(carrier, in, status);
		return false;
	case VERDICT_WRONG:
		refuse_wrong(carrier, in, status);
		return false;
	case VERDICT_BAD:
		break;
	}
	incoming_answer(carrier, in, 400, SLICE(""));
	return false;
}

bool credentials_admit(struct carrier *carrier, struct incoming *in, struct slice user)
{
	switch (carrier->config.challenge) {
	case CARRIER_CHALLENGE_NONE:
		return true;
	case CARRIER_CHALLENGE_401:
		return demand_met(carrier, in, user, 401);
	case CARRIER_CHALLENGE_407:
		return demand_met(carrier, in, user, 407);
	case CARRIER_CHALLENGE_BOTH:
		return demand_met(carrier, in, user, 407) && demand_met(carrier, in, user, 401);
	}
	return false;
}

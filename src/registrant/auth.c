// SPDX-License-Identifier: Apache-2.0
/*
 * Challenges: kept, chosen, judged and answered.
 */
#include "registrant/auth.h"

#include "sip/build.h"
#include "sip/param.h"

#include <assert.h>
#include <stdlib.h>

#define CHALLENGE_TEXT_MAX 1024 /* realm, nonce, opaque and algorithm of one challenge */
#define STALE_ROUNDS       3
#define USERNAME_MAX       512
#define CNONCE_LEN         16

/* What a response offers in one kind of header. */
struct offer {
	struct sip_challenge chosen;
	bool found;
	bool found_any; /* something was offered, fit or not */
};

void auths_begin(struct auths *auths)
{
	for (int i = 0; i < AUTHS_MAX; i++) {
		struct auth *auth = auths->list[i];

		if (!auth)
			continue;
		auth->answers = auth->stales = 0;
		auth->asked_again = auth->tried_other = false;
		auth->refused_algorithm = SIP_DIGEST_UNKNOWN;
	}
}

void auths_clear(struct auths *auths)
{
	for (int i = 0; i < AUTHS_MAX; i++) {
		free(auths->list[i]);
		auths->list[i] = NULL;
	}
}

bool auths_are_known(const struct auths *auths)
{
	return auths->list[0];
}

bool auths_were_asked(const struct auths *auths)
{
	for (int i = 0; i < AUTHS_MAX; i++)
		if (auths->list[i] && auths->list[i]->answers > 0)
			return true;
	return false;
}

struct choice {
	const struct auth_policy *policy;
	unsigned strength;         /* the weakest, by policy and by what succeeded before */
	const struct slice *realm; /* only of this one; NULL of any */
	uint8_t refused;           /* an algorithm that ended in wrong credentials */
};

/* No realm is known yet where one is empty, and an empty one is none that was seen. */
static bool is_allowed_realm(const struct auth_policy *policy, struct slice realm)
{
	return !policy->only_known || (realm.n > 0 && (slice_equal(policy->known[0], realm) ||
	                                                  slice_equal(policy->known[1], realm)));
}

static bool is_fit(const struct choice *choice, const struct sip_challenge *challenge)
{
	size_t size = challenge->realm.n + challenge->nonce.n + challenge->opaque.n +
	              challenge->algorithm_name.n;

	if (!challenge->is_digest || challenge->algorithm == SIP_DIGEST_UNKNOWN)
		return false;
	if (challenge->has_qop && !challenge->qop_auth && !challenge->qop_auth_int)
		return false;
	if (choice->realm && !slice_equal(*choice->realm, challenge->realm))
		return false;
	return sip_digest_strength(challenge->algorithm) >= choice->strength &&
	       challenge->algorithm != choice->refused && size <= CHALLENGE_TEXT_MAX &&
	       challenge->nonce.n > 0 && is_allowed_realm(choice->policy, challenge->realm);
}

/* The topmost that we support and may answer (RFC 8760 2.4). */
static struct offer choose(const struct sip_message *response, const struct choice *choice)
{
	enum sip_header_id id =
	    response->status == 407 ? SIP_PROXY_AUTHENTICATE : SIP_WWW_AUTHENTICATE;
	const struct sip_header *header;
	struct sip_challenge challenge;
	struct offer offer = {0};

	for (unsigned i = 0; (header = sip_message_header(response, id, i)); i++) {
		struct slice rest = header->value;

		while (sip_challenge_next(&rest, &challenge, NULL) > 0) {
			offer.found_any = true;
			if (!is_fit(choice, &challenge))
				continue;
			offer.chosen = challenge;
			offer.found = true;
			return offer;
		}
	}
	return offer;
}

static struct slice text_of(const struct auth *auth, enum auth_text text)
{
	size_t from = text == 0 ? 0 : auth->ends[text - 1];

	return slice_make(auth->texts + from, auth->ends[text] - from);
}

static struct auth *make(const struct sip_challenge *challenge)
{
	const struct slice texts[AUTH_TEXTS] = {
	    [AUTH_REALM] = challenge->realm,
	    [AUTH_NONCE] = challenge->nonce,
	    [AUTH_OPAQUE] = challenge->opaque,
	    [AUTH_ALGORITHM] = challenge->algorithm_name,
	};
	struct auth *auth;
	size_t n = 0;

	for (int i = 0; i < AUTH_TEXTS; i++)
		n += texts[i].n;
	assert(n <= UINT16_MAX);
	auth = calloc(1, sizeof(*auth) + n);
	if (!auth)
		return NULL;
	n = 0;
	for (int i = 0; i < AUTH_TEXTS; i++) {
		if (texts[i].n > 0)
			memcpy(auth->texts + n, texts[i].p, texts[i].n);
		n += texts[i].n;
		auth->ends[i] = (uint16_t)n;
	}
	return auth;
}

/* The challenge as an auth, with the exchange's counts of the one before. */
static struct auth *take_over(
    const struct sip_challenge *challenge, bool is_proxy, const struct auth *before)
{
	struct auth *auth = make(challenge);

	if (!auth)
		return NULL;
	auth->has_opaque = challenge->has_opaque;
	auth->algorithm = (uint8_t)challenge->algorithm;
	auth->qop = challenge->qop_auth       ? SIP_QOP_AUTH
	            : challenge->qop_auth_int ? SIP_QOP_AUTH_INT
	                                      : SIP_QOP_NONE;
	auth->is_proxy = is_proxy;
	if (before && slice_equal(text_of(before, AUTH_REALM), challenge->realm)) {
		auth->answers = before->answers;
		auth->stales = before->stales;
		auth->asked_again = before->asked_again;
		auth->tried_other = before->tried_other;
		auth->refused_algorithm = before->refused_algorithm;
		if (slice_equal(text_of(before, AUTH_NONCE), challenge->nonce))
			auth->nc = before->nc;
	}
	return auth;
}

/* Its own place, else a free one, else that of a realm this exchange did not ask for. */
static struct auth **find_place(struct auths *auths, bool is_proxy, struct slice realm)
{
	struct auth **unused = NULL, **idle = NULL;

	for (int i = 0; i < AUTHS_MAX; i++) {
		struct auth *auth = auths->list[i];

		if (auth && auth->is_proxy == is_proxy &&
		    slice_equal(text_of(auth, AUTH_REALM), realm))
			return &auths->list[i];
		if (!auth && !unused)
			unused = &auths->list[i];
		if (auth && auth->answers == 0 && (!idle || auth->is_proxy == is_proxy))
			idle = &auths->list[i];
	}
	return unused ? unused : idle;
}

/*
 * The challenge after our answer: `stale` and a new nonce may be honest, the
 * same nonce and a second new one mean that the credentials are wrong.
 */
static enum auth_verdict judge_repeated(
    struct auth *auth, const struct sip_challenge *challenge, const char **why_r)
{
	if (challenge->stale) {
		if (++auth->stales < STALE_ROUNDS)
			return AUTH_ANSWER;
		*why_r = "upstream calls every nonce stale";
		return AUTH_STALE;
	}
	if (!slice_equal(text_of(auth, AUTH_NONCE), challenge->nonce) && !auth->asked_again) {
		auth->asked_again = true;
		return AUTH_ANSWER;
	}
	*why_r = "wrong credentials";
	return AUTH_REJECTED;
}

/* Wrong credentials by one algorithm may be right by another that was offered too. */
static bool fall_back(const struct sip_message *response, struct choice choice, struct auth *auth,
    struct sip_challenge *challenge)
{
	struct offer other;
	struct slice realm;

	if (auth->tried_other)
		return false;
	realm = text_of(auth, AUTH_REALM);
	choice.realm = &realm;
	choice.refused = auth->algorithm;
	other = choose(response, &choice);
	if (!other.found)
		return false;
	auth->tried_other = true;
	auth->refused_algorithm = auth->algorithm;
	*challenge = other.chosen;
	return true;
}

static enum auth_verdict answer(
    struct auth **place, const struct sip_challenge *challenge, bool is_proxy)
{
	struct auth *auth = take_over(challenge, is_proxy, *place);

	if (!auth)
		return AUTH_STALE;
	auth->answers++;
	free(*place);
	*place = auth;
	return AUTH_ANSWER;
}

static enum auth_verdict judge(struct auth *auth, const struct sip_message *response,
    const struct choice *choice, struct sip_challenge *challenge, const char **why_r)
{
	enum auth_verdict verdict;

	if (!auth || auth->answers == 0 ||
	    !slice_equal(text_of(auth, AUTH_REALM), challenge->realm))
		return AUTH_ANSWER;
	verdict = judge_repeated(auth, challenge, why_r);
	if (verdict == AUTH_REJECTED && fall_back(response, *choice, auth, challenge))
		return AUTH_ANSWER;
	return verdict;
}

enum auth_verdict auths_challenged(struct auths *auths, const struct sip_message *response,
    const struct auth_policy *policy, struct slice *realm_r, const char **why_r)
{
	bool is_proxy = response->status == 407;
	struct choice choice = {.policy = policy, .strength = policy->digest_min};
	struct offer offer, kept;
	enum auth_verdict verdict;
	struct auth **place;

	offer = choose(response, &choice);
	*why_r = offer.found_any ? "no challenge that may be answered" : "no challenge";
	if (!offer.found)
		return AUTH_REJECTED;
	*why_r = "too many realms";
	place = find_place(auths, is_proxy, offer.chosen.realm);
	if (!place)
		return AUTH_REJECTED;
	if (*place && (*place)->refused_algorithm) {
		choice.refused = (*place)->refused_algorithm;
		kept = choose(response, &choice);
		if (kept.found)
			offer = kept;
	}
	verdict = judge(*place, response, &choice, &offer.chosen, why_r);
	*realm_r = offer.chosen.realm;
	return verdict == AUTH_ANSWER ? answer(place, &offer.chosen, is_proxy) : verdict;
}

/* It speaks of the registrar's own challenge, a proxy's may stand before that. */
static void take_next_nonce(struct auths *auths, struct slice nonce)
{
	struct auth **place = &auths->list[0], *auth, *next;
	struct sip_challenge challenge = {.is_digest = true};

	while (place < &auths->list[AUTHS_MAX - 1] && *place && (*place)->is_proxy)
		place++;
	auth = *place;
	if (!auth || auth->is_proxy || nonce.n == 0 || nonce.n > CHALLENGE_TEXT_MAX)
		return;
	challenge.realm = text_of(auth, AUTH_REALM);
	challenge.nonce = nonce;
	challenge.opaque = text_of(auth, AUTH_OPAQUE);
	challenge.has_opaque = auth->has_opaque;
	challenge.algorithm_name = text_of(auth, AUTH_ALGORITHM);
	challenge.algorithm = auth->algorithm;
	challenge.qop_auth = auth->qop == SIP_QOP_AUTH;
	challenge.qop_auth_int = auth->qop == SIP_QOP_AUTH_INT;
	next = take_over(&challenge, false, auth);
	if (!next)
		return;
	free(auth);
	*place = next;
}

unsigned auths_succeeded(struct auths *auths, const struct sip_message *response)
{
	unsigned weakest = 0;
	struct slice nonce;

	for (int i = 0; i < AUTHS_MAX; i++) {
		if (auths->list[i]) {
			unsigned strength = sip_digest_strength(auths->list[i]->algorithm);

			if (weakest == 0 || strength < weakest)
				weakest = strength;
		}
	}
	if (sip_next_nonce(sip_message_value(response, SIP_AUTHENTICATION_INFO), &nonce))
		take_next_nonce(auths, nonce);
	return weakest;
}

/* A user name with quotes or backslashes enters the digest as it stands in the header. */
static struct slice escape(struct slice text, char *storage, size_t size)
{
	struct buf b = buf_over(storage, size);

	sip_put_quoted(&b, text);
	if (b.full || b.n < 2)
		return text;
	return slice_make(storage + 1, b.n - 2);
}

/*
 * A challenge without qop is of the older form, whose answer has no cnonce (RFC 2617 3.2.2,
 * RFC 3261 22.4 item 8): some registrars take an answer with one for the newer form and refuse it.
 * A -sess digest without qop is against the RFC, and nobody could check it without the cnonce.
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

static void put_one(struct auth *auth, struct buf *b, const struct auth_request *request)
{
	char username[USERNAME_MAX], hex[SIP_DIGEST_HEX_MAX];
	struct sip_credentials credentials = {0};
	struct sip_digest_input input = {0};
	char cnonce[CNONCE_LEN];

	auth->nc++;
	input.algorithm = auth->algorithm;
	input.qop = auth->qop;
	input.username = escape(request->username, username, sizeof(username));
	input.password = request->password;
	input.realm = text_of(auth, AUTH_REALM);
	input.nonce = text_of(auth, AUTH_NONCE);
	if (needs_cnonce(auth))
		input.cnonce = make_cnonce(request->random, cnonce);
	input.nc = auth->nc;
	input.method = slice_of(sip_method_name(request->method));
	input.uri = request->uri;

	credentials.username = input.username;
	credentials.realm = input.realm;
	credentials.nonce = input.nonce;
	credentials.uri = input.uri;
	credentials.response = slice_make(hex, sip_digest_response(&input, hex));
	credentials.algorithm_name = text_of(auth, AUTH_ALGORITHM);
	credentials.algorithm = auth->algorithm;
	credentials.qop = auth->qop;
	credentials.cnonce = input.cnonce;
	credentials.nc = input.nc;
	credentials.opaque = text_of(auth, AUTH_OPAQUE);
	credentials.has_opaque = auth->has_opaque;

	sip_put_header_name(b, auth->is_proxy ? SIP_PROXY_AUTHORIZATION : SIP_AUTHORIZATION);
	sip_credentials_put(b, &credentials);
	sip_put_crlf(b);
}

void auths_put(struct auths *auths, struct buf *b, const struct auth_request *request)
{
	for (int i = 0; i < AUTHS_MAX; i++)
		if (auths->list[i])
			put_one(auths->list[i], b, request);
}

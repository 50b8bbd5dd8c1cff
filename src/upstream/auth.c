// SPDX-License-Identifier: Apache-2.0
/*
 * Challenges: kept, chosen, judged and answered.
 */
#include "upstream/auth.h"

#include "base/broken.h"
#include "sip/build.h"
#include "sip/param.h"

#include <assert.h>
#include <stdlib.h>

/* What a nonce or an opaque may have: a carrier's of 4 KiB was seen. */
#define TOKEN_TEXT_MAX 4096
#define REALM_TEXT_MAX 1024
#define STALE_ROUNDS   3
#define USERNAME_MAX   512
#define CNONCE_LEN     16
#define SHOWN_MAX      40

/* Why a challenge cannot be answered; of several, the last in this order is told. */
enum unfit {
	UNFIT_ABSENT,
	UNFIT_UNREADABLE,
	UNFIT_SCHEME,
	UNFIT_ALGORITHM,
	UNFIT_QOP,
	UNFIT_EMPTY,
	UNFIT_LONG,
	UNFIT_REALM,
	UNFIT_WEAK,
	FIT,
};

/* What a response offers. */
struct offer {
	struct sip_challenge chosen; /* where nothing fits, the one that comes nearest */
	enum unfit fitness;
	bool is_proxy;
	bool has_more; /* others stand behind it */
};

void auths_begin(struct auths *auths)
{
	for (int i = 0; i < AUTHS_MAX; i++) {
		struct auth *auth = auths->list[i];

		if (!auth)
			continue;
		auth->answers = auth->stales = 0;
		auth->asked_again = false;
		if (auth->is_resting || auth->is_other_good)
			continue;
		auth->tried_other = false;
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
	for (int i = 0; i < AUTHS_MAX; i++)
		if (auths->list[i] && !auths->list[i]->is_resting)
			return true;
	return false;
}

bool auths_were_asked(const struct auths *auths)
{
	for (int i = 0; i < AUTHS_MAX; i++)
		if (auths->list[i] && (auths->list[i]->answers > 0 || auths->list[i]->is_resting))
			return true;
	return false;
}

size_t auths_size(const struct auths *auths)
{
	size_t size = 0;

	for (int i = 0; i < AUTHS_MAX; i++)
		if (auths->list[i])
			size += auths->list[i]->ends[AUTH_TEXTS - 1];
	return size;
}

struct choice {
	const struct auth_policy *policy;
	const struct slice *realm; /* only of this one; NULL of any */
	uint8_t refused;           /* an algorithm that ended in wrong credentials */
};

/* No realm is known yet where one is empty, and an empty one is none that was seen. */
static bool is_allowed_realm(const struct auth_policy *policy, struct slice realm)
{
	return !policy->only_known || (realm.n > 0 && (slice_equal(policy->known[0], realm) ||
	                                                  slice_equal(policy->known[1], realm)));
}

static bool is_long(const struct sip_challenge *challenge)
{
	return challenge->realm.n + challenge->algorithm_name.n > REALM_TEXT_MAX ||
	       challenge->nonce.n > TOKEN_TEXT_MAX || challenge->opaque.n > TOKEN_TEXT_MAX;
}

static enum unfit fitness_of(const struct choice *choice, const struct sip_challenge *challenge)
{
	if (!challenge->is_digest)
		return UNFIT_SCHEME;
	if (challenge->algorithm == SIP_DIGEST_UNKNOWN)
		return UNFIT_ALGORITHM;
	if (challenge->has_qop && !challenge->qop_auth && !challenge->qop_auth_int)
		return UNFIT_QOP;
	if (challenge->nonce.n == 0)
		return UNFIT_EMPTY;
	if (is_long(challenge))
		return UNFIT_LONG;
	if (!is_allowed_realm(choice->policy, challenge->realm))
		return UNFIT_REALM;
	if (sip_digest_strength(challenge->algorithm) < choice->policy->digest_min)
		return UNFIT_WEAK;
	return FIT;
}

static bool is_excluded(const struct choice *choice, const struct sip_challenge *challenge)
{
	return (choice->refused && challenge->algorithm == choice->refused) ||
	       (choice->realm && !slice_equal(*choice->realm, challenge->realm));
}

/* Takes the challenge where nothing better was offered before. */
static void consider(
    struct offer *offer, const struct choice *choice, const struct sip_challenge *challenge)
{
	enum unfit fitness = fitness_of(choice, challenge);

	if (fitness <= offer->fitness || is_excluded(choice, challenge))
		return;
	offer->chosen = *challenge;
	offer->fitness = fitness;
}

static void choose_in(struct offer *offer, const struct sip_message *response,
    const struct choice *choice, bool is_proxy)
{
	enum sip_header_id id = is_proxy ? SIP_PROXY_AUTHENTICATE : SIP_WWW_AUTHENTICATE;
	const struct sip_header *header;
	struct sip_challenge challenge;
	int got;

	for (unsigned i = 0; (header = sip_message_header(response, id, i)); i++) {
		struct slice rest = header->value;

		while ((got = sip_challenge_next(&rest, &challenge, NULL)) > 0) {
			consider(offer, choice, &challenge);
			if (offer->fitness < FIT)
				continue;
			offer->is_proxy = is_proxy;
			offer->has_more = rest.n > 0 || sip_message_header(response, id, i + 1);
			return;
		}
		if (got < 0 && offer->fitness < UNFIT_UNREADABLE)
			offer->fitness = UNFIT_UNREADABLE;
	}
}

/*
 * The topmost that we support and may answer (RFC 8760 2.4). Some send a 401 with
 * Proxy-Authenticate and a 407 with WWW-Authenticate: the header says how it is answered.
 */
static struct offer choose(const struct sip_message *response, const struct choice *choice)
{
	bool is_proxy = response->status == 407;
	struct offer offer = {0};

	choose_in(&offer, response, choice, is_proxy);
	if (offer.fitness < FIT)
		choose_in(&offer, response, choice, !is_proxy);
	return offer;
}

static const char *name_of_strength(unsigned strength)
{
	enum sip_digest_algorithm algorithm = SIP_DIGEST_MD5;

	while (algorithm < SIP_DIGEST_SHA512_256 && sip_digest_strength(algorithm) < strength)
		algorithm++;
	return sip_digest_name(algorithm);
}

/* Names the least that is answered, and why it stands where it does. */
static void tell_weak(struct buf *why, const struct auth_policy *policy, const struct offer *offer)
{
	bool is_proven = policy->digest_min > policy->digest_configured;

	buf_puts(why, policy->digest_configured > 0 && is_proven
	                  ? "weaker than what worked before: "
	                  : "weaker than digest_min: ");
	buf_puts(why, sip_digest_name(offer->chosen.algorithm));
	buf_puts(why, " is offered, not ");
	buf_puts(why, name_of_strength(policy->digest_min));
}

/* A text of the peer's, for people: the first of it, and nothing that is not visible. */
static void put_shown(struct buf *b, struct slice text)
{
	for (size_t i = 0; i < text.n && i < SHOWN_MAX; i++)
		buf_putc(b, text.p[i] >= ' ' && text.p[i] <= '~' ? text.p[i] : '?');
}

static void tell_unfit(struct buf *why, const struct auth_policy *policy, const struct offer *offer)
{
	static const char *const texts[] = {
	    [UNFIT_ABSENT] = "no challenge",
	    [UNFIT_UNREADABLE] = "challenge cannot be read",
	    [UNFIT_SCHEME] = "no digest challenge, only other schemes",
	    [UNFIT_ALGORITHM] = "unknown digest algorithm: ",
	    [UNFIT_QOP] = "unknown qop: ",
	    [UNFIT_EMPTY] = "challenge with an empty nonce",
	    [UNFIT_LONG] = "challenge too long",
	    [UNFIT_REALM] = "redirected to a realm not seen before: ",
	};

	if (offer->fitness == UNFIT_WEAK) {
		tell_weak(why, policy, offer);
		return;
	}
	buf_puts(why, texts[offer->fitness]);
	if (offer->fitness == UNFIT_ALGORITHM)
		put_shown(why, offer->chosen.algorithm_name);
	if (offer->fitness == UNFIT_QOP)
		put_shown(why, offer->chosen.qop);
	if (offer->fitness == UNFIT_REALM)
		put_shown(why, offer->chosen.realm);
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
		auth->is_other_good = before->is_other_good;
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

/* Kamailio offers auth-int and accepts no digest of it. */
static void tell_wrong(struct buf *why, const struct auth *auth)
{
	buf_puts(why, "wrong credentials");
	if (auth->qop == SIP_QOP_AUTH_INT)
		buf_puts(why, ", or upstream cannot check the auth-int it demands");
}

/*
 * The challenge after our answer: `stale` and a new nonce may be honest, the
 * same nonce and a second new one mean that the credentials are wrong.
 */
static enum auth_verdict judge_repeated(
    struct auth *auth, const struct sip_challenge *challenge, struct buf *why)
{
	if (challenge->stale) {
		if (++auth->stales < STALE_ROUNDS)
			return AUTH_ANSWER;
		buf_puts(why, "every nonce is called stale, or the password is wrong");
		return AUTH_STALE;
	}
	if (!slice_equal(text_of(auth, AUTH_NONCE), challenge->nonce) && !auth->asked_again) {
		auth->asked_again = true;
		return AUTH_ANSWER;
	}
	tell_wrong(why, auth);
	return AUTH_REJECTED;
}

/* Another challenge of the same realm, of an algorithm other than this. */
static struct offer choose_other(const struct sip_message *response,
    const struct auth_policy *policy, struct slice realm, uint8_t algorithm)
{
	struct choice choice = {.policy = policy, .realm = &realm, .refused = algorithm};

	return choose(response, &choice);
}

static void refuse_algorithm(struct auth *auth)
{
	auth->tried_other = true;
	auth->refused_algorithm = auth->algorithm;
}

bool auths_fall_back(struct auths *auths)
{
	bool falls_back = false;

	for (int i = 0; i < AUTHS_MAX; i++) {
		struct auth *auth = auths->list[i];

		if (!auth || auth->answers == 0 || auth->tried_other || !auth->has_other)
			continue;
		refuse_algorithm(auth);
		auth->is_resting = falls_back = true;
		auth->answers = 0;
	}
	return falls_back;
}

/*
 * Once this exchange has asked, only realms that it asked for are answered, the newest first: front
 * ends with realms of their own read no more than the first line. What the last good exchange asked
 * for in the other kind of header (a proxy's, where the registrar asks) stays.
 */
static void settle(struct auths *auths, struct auth **newest)
{
	static_assert(AUTHS_MAX == 2, "there is one other");
	struct auth **first = &auths->list[0], **second = &auths->list[1];
	struct auth **other = newest == first ? second : first, *older;
	bool is_alike = *other && (*other)->is_proxy == (*newest)->is_proxy;

	if (BROKEN_UNASKED_REALM)
		return;
	if (is_alike && (*other)->answers == 0) {
		free(*other);
		*other = NULL;
	}
	if (newest == second && (is_alike || !*first)) {
		older = *first;
		*first = *second;
		*second = older;
	}
}

static enum auth_verdict answer(
    struct auths *auths, struct auth **place, const struct offer *offer, bool has_other)
{
	struct auth *auth = take_over(&offer->chosen, offer->is_proxy, *place);

	if (!auth)
		return AUTH_NO_MEMORY;
	auth->has_other = has_other;
	auth->answers++;
	free(*place);
	*place = auth;
	settle(auths, place);
	return AUTH_ANSWER;
}

/* Wrong credentials by one algorithm may be right by another that was offered too. */
static enum auth_verdict judge(struct auth *auth, const struct sip_message *response,
    const struct auth_policy *policy, struct offer *offer, struct buf *why)
{
	enum auth_verdict verdict;
	struct offer other;

	if (!auth || auth->answers == 0 ||
	    !slice_equal(text_of(auth, AUTH_REALM), offer->chosen.realm))
		return AUTH_ANSWER;
	verdict = judge_repeated(auth, &offer->chosen, why);
	if (verdict != AUTH_REJECTED || auth->tried_other)
		return verdict;
	other = choose_other(response, policy, offer->chosen.realm, auth->algorithm);
	if (other.fitness < FIT)
		return verdict;
	refuse_algorithm(auth);
	*offer = other;
	return AUTH_ANSWER;
}

/* Not the one that was refused where there is another. */
static void avoid_refused(const struct auth *auth, const struct sip_message *response,
    const struct auth_policy *policy, struct offer *offer)
{
	struct offer other;

	if (!auth || !auth->refused_algorithm ||
	    !slice_equal(text_of(auth, AUTH_REALM), offer->chosen.realm))
		return;
	other = choose_other(response, policy, offer->chosen.realm, auth->refused_algorithm);
	if (other.fitness == FIT)
		*offer = other;
}

enum auth_verdict auths_challenged(struct auths *auths, const struct sip_message *response,
    const struct auth_policy *policy, struct slice *realm_r, struct buf *why)
{
	struct choice choice = {.policy = policy};
	struct offer offer = choose(response, &choice);
	enum auth_verdict verdict;
	struct auth **place;
	bool has_other;

	if (offer.fitness < FIT) {
		tell_unfit(why, policy, &offer);
		return AUTH_REJECTED;
	}
	place = find_place(auths, offer.is_proxy, offer.chosen.realm);
	if (!place) {
		buf_puts(why, "too many realms");
		return AUTH_REJECTED;
	}
	avoid_refused(*place, response, policy, &offer);
	verdict = judge(*place, response, policy, &offer, why);
	*realm_r = offer.chosen.realm;
	if (verdict != AUTH_ANSWER)
		return verdict;
	has_other = offer.has_more && choose_other(response, policy, offer.chosen.realm,
	                                  (uint8_t)offer.chosen.algorithm)
	                                      .fitness == FIT;
	return answer(auths, place, &offer, has_other);
}

/* It speaks of the registrar's own challenge, a proxy's may stand before that. */
static void take_next_nonce(struct auths *auths, struct slice nonce)
{
	struct auth **place = &auths->list[0], *auth, *next;
	struct sip_challenge challenge = {.is_digest = true};

	while (place < &auths->list[AUTHS_MAX - 1] && *place && (*place)->is_proxy)
		place++;
	auth = *place;
	if (!auth || auth->is_proxy || nonce.n == 0 || nonce.n > TOKEN_TEXT_MAX)
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
		struct auth *auth = auths->list[i];
		unsigned strength = auth ? sip_digest_strength(auth->algorithm) : 0;

		if (!auth || auth->is_resting)
			continue;
		auth->is_other_good = auth->refused_algorithm != SIP_DIGEST_UNKNOWN;
		if (weakest == 0 || strength < weakest)
			weakest = strength;
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
		if (auths->list[i] && !auths->list[i]->is_resting)
			put_one(auths->list[i], b, request);
}

void auths_unput(struct auths *auths)
{
	for (int i = 0; i < AUTHS_MAX; i++)
		if (auths->list[i] && !auths->list[i]->is_resting)
			auths->list[i]->nc--;
}

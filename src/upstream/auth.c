// SPDX-License-Identifier: Apache-2.0
/*
 * Keeps challenges between exchanges, judges repeated ones, and learns from the
 * outcome which algorithm works.
 */
#include "upstream/auth.h"

#include "base/broken.h"

#include <assert.h>
#include <stdlib.h>

#define STALE_ROUNDS 3

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

/* Makes an auth of a challenge; takes this exchange's counts over from the auth before it. */
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
	if (before && slice_equal(auth_text_of(before, AUTH_REALM), challenge->realm)) {
		auth->answers = before->answers;
		auth->stales = before->stales;
		auth->asked_again = before->asked_again;
		auth->tried_other = before->tried_other;
		auth->is_other_good = before->is_other_good;
		auth->refused_algorithm = before->refused_algorithm;
		if (slice_equal(auth_text_of(before, AUTH_NONCE), challenge->nonce))
			auth->nc = before->nc;
	}
	return auth;
}

/* The place of this realm, else a free one, else that of a realm that was not asked. NULL: none. */
static struct auth **find_place(struct auths *auths, bool is_proxy, struct slice realm)
{
	struct auth **unused = NULL, **idle = NULL;

	for (int i = 0; i < AUTHS_MAX; i++) {
		struct auth *auth = auths->list[i];

		if (auth && auth->is_proxy == is_proxy &&
		    slice_equal(auth_text_of(auth, AUTH_REALM), realm))
			return &auths->list[i];
		if (!auth && !unused)
			unused = &auths->list[i];
		if (auth && auth->answers == 0 && (!idle || auth->is_proxy == is_proxy))
			idle = &auths->list[i];
	}
	return unused ? unused : idle;
}

/* Kamailio offers auth-int, but accepts no digest of it. */
static void tell_wrong(struct buf *why, const struct auth *auth)
{
	buf_puts(why, "wrong credentials");
	if (auth->qop == SIP_QOP_AUTH_INT)
		buf_puts(why, ", or upstream cannot check the auth-int it demands");
}

/*
 * Judges a challenge to our answer. With `stale`, or with a new nonce for the first
 * time, we answer again. The same nonce, or a second new one, means that the
 * credentials are wrong.
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
	if (!slice_equal(auth_text_of(auth, AUTH_NONCE), challenge->nonce) && !auth->asked_again) {
		auth->asked_again = true;
		return AUTH_ANSWER;
	}
	tell_wrong(why, auth);
	return AUTH_REJECTED;
}

/* Finds a challenge of the same realm with another algorithm. */
static struct offer choose_other(const struct sip_message *response,
    const struct auth_policy *policy, struct slice realm, uint8_t algorithm)
{
	struct offer_choice choice = {.policy = policy, .realm = &realm, .refused = algorithm};

	return offer_choose(response, &choice);
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
 * Puts the auth that was asked last first, since front ends with realms of their own read only the
 * first line. Drops the other auth if it is of the same kind of header and was not asked. An auth
 * of the other kind (a proxy's, if the registrar asks) stays.
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

/* If the credentials are wrong by one algorithm, tries another one that was offered, too. */
static enum auth_verdict judge(struct auth *auth, const struct sip_message *response,
    const struct auth_policy *policy, struct offer *offer, struct buf *why)
{
	enum auth_verdict verdict;
	struct offer other;

	if (!auth || auth->answers == 0 ||
	    !slice_equal(auth_text_of(auth, AUTH_REALM), offer->chosen.realm))
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

/* Prefers another algorithm to the one that was refused, if one is offered. */
static void avoid_refused(const struct auth *auth, const struct sip_message *response,
    const struct auth_policy *policy, struct offer *offer)
{
	struct offer other;

	if (!auth || !auth->refused_algorithm ||
	    !slice_equal(auth_text_of(auth, AUTH_REALM), offer->chosen.realm))
		return;
	other = choose_other(response, policy, offer->chosen.realm, auth->refused_algorithm);
	if (other.fitness == FIT)
		*offer = other;
}

enum auth_verdict auths_challenged(struct auths *auths, const struct sip_message *response,
    const struct auth_policy *policy, struct slice *realm_r, struct buf *why)
{
	struct offer_choice choice = {.policy = policy};
	struct offer offer = offer_choose(response, &choice);
	enum auth_verdict verdict;
	struct auth **place;
	bool has_other;

	if (offer.fitness < FIT) {
		offer_tell_unfit(why, policy, &offer);
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

/* A nextnonce belongs to the registrar's challenge; a proxy's may stand before it in the list. */
static void take_next_nonce(struct auths *auths, struct slice nonce)
{
	struct auth **place = &auths->list[0], *auth, *next;
	struct sip_challenge challenge = {.is_digest = true};

	while (place < &auths->list[AUTHS_MAX - 1] && *place && (*place)->is_proxy)
		place++;
	auth = *place;
	if (!auth || auth->is_proxy || nonce.n == 0 || nonce.n > TOKEN_TEXT_MAX)
		return;
	challenge.realm = auth_text_of(auth, AUTH_REALM);
	challenge.nonce = nonce;
	challenge.opaque = auth_text_of(auth, AUTH_OPAQUE);
	challenge.has_opaque = auth->has_opaque;
	challenge.algorithm_name = auth_text_of(auth, AUTH_ALGORITHM);
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

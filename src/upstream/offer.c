// SPDX-License-Identifier: Apache-2.0
/*
 * Chooses among challenges, and says why a challenge is not answered.
 */
#include "upstream/offer.h"

#include "base/buf.h"

#define REALM_TEXT_MAX 1024
#define SHOWN_MAX      40

/* An empty entry of `known` means that no realm is known: an empty realm matches none. */
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

static enum offer_fitness fitness_of(
    const struct offer_choice *choice, const struct sip_challenge *challenge)
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

static bool is_excluded(const struct offer_choice *choice, const struct sip_challenge *challenge)
{
	return (choice->refused && challenge->algorithm == choice->refused) ||
	       (choice->realm && !slice_equal(*choice->realm, challenge->realm));
}

/* Chooses the challenge if it fits better than those before it. */
static void consider(
    struct offer *offer, const struct offer_choice *choice, const struct sip_challenge *challenge)
{
	enum offer_fitness fitness = fitness_of(choice, challenge);

	if (fitness <= offer->fitness || is_excluded(choice, challenge))
		return;
	offer->chosen = *challenge;
	offer->fitness = fitness;
}

static void choose_in(struct offer *offer, const struct sip_message *response,
    const struct offer_choice *choice, bool is_proxy)
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

struct offer offer_choose(const struct sip_message *response, const struct offer_choice *choice)
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

/* Says which strength is the least that is answered, and whether digest_min or a success set it. */
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

/* Writes the beginning of a peer's text for people; characters that are not ASCII become '?'. */
static void put_shown(struct buf *b, struct slice text)
{
	for (size_t i = 0; i < text.n && i < SHOWN_MAX; i++)
		buf_putc(b, text.p[i] >= ' ' && text.p[i] <= '~' ? text.p[i] : '?');
}

void offer_tell_unfit(struct buf *why, const struct auth_policy *policy, const struct offer *offer)
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

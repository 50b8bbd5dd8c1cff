// SPDX-License-Identifier: Apache-2.0
/*
 * What an upstream's challenges taught us about an account: realm, nonce, algorithm,
 * and how often the nonce was used (RFC 7616 3.4, RFC 8760). Kept between
 * requests, so that a refresh or a cancel usually needs one round trip.
 *
 * Also here: the rules by which a repeated challenge is answered, refused or taken
 * for wrong credentials. Which of several is answered is in offer.h, and how the
 * answer is written in authorization.h.
 *
 * An auth is *asked* where this exchange's upstream challenged for its realm, else it is what the
 * last good exchange left. It *rests* while another algorithm is to be tried in its stead: then it
 * is not sent, and only remembers which one was refused.
 */
#pragma once

#include "upstream/offer.h"

#define AUTHS_MAX 2 /* a registrar's and a proxy's */

/* The texts of a challenge that are kept; the algorithm's name is echoed as it was sent. */
enum auth_text { AUTH_REALM, AUTH_NONCE, AUTH_OPAQUE, AUTH_ALGORITHM, AUTH_TEXTS };

/*
 * One challenge that is answered. There is one for each account, so of its
 * texts, which lie behind it one after the other, only the ends are kept.
 */
struct auth {
	uint32_t nc;               /* how often the nonce was used */
	uint16_t ends[AUTH_TEXTS]; /* of each text, from the first one's begin */
	uint8_t algorithm;         /* enum sip_digest_algorithm */
	uint8_t qop;               /* enum sip_digest_qop */
	bool is_proxy : 1;         /* of Proxy-Authenticate: answered by Proxy-Authorization */
	bool has_opaque : 1;
	bool is_other_good : 1; /* what was tried instead of `refused_algorithm` succeeded */

	/* of the exchange that is under way */
	bool asked_again : 1; /* a new nonce without stale was answered */
	bool has_other : 1;   /* its challenge stood beside one of another algorithm */
	bool tried_other : 1; /* fell back to that one */
	bool is_resting : 1;
	uint8_t answers; /* made from a nonce of this exchange */
	uint8_t stales;  /* ended by stale=true */
	uint8_t refused_algorithm;

	char texts[];
};

/* Dies with the auth. */
static inline struct slice auth_text_of(const struct auth *auth, enum auth_text text)
{
	size_t from = text == 0 ? 0 : auth->ends[text - 1];

	return slice_make(auth->texts + from, auth->ends[text] - from);
}

struct auths {
	struct auth *list[AUTHS_MAX]; /* NULL where unused */
};

enum auth_verdict {
	AUTH_ANSWER,    /* build the request anew: it carries an answer now */
	AUTH_REJECTED,  /* wrong credentials, or nothing we may answer */
	AUTH_STALE,     /* stale for ever, or wrong credentials */
	AUTH_NO_MEMORY, /* try later */
};

/* Wrong digests lock accounts: after one the next attempt is not sooner. */
#define WRONG_DIGEST_S    600
#define WRONG_DIGESTS_MAX 2 /* in that time */

/* A new exchange begins: the counts of the last one are void. */
void auths_begin(struct auths *auths);

/* Forgets everything that was learned: the next request goes without an answer. */
void auths_clear(struct auths *auths);

/* True where a request may carry an answer without being asked: a nonce is known. */
bool auths_are_known(const struct auths *auths);

/* True where a challenge of this exchange was answered, so not by what was known before. */
bool auths_were_asked(const struct auths *auths);

/* True where the request of this exchange carried answers that only an earlier one asked for. */
static inline bool auths_are_unasked(const struct auths *auths)
{
	return auths_are_known(auths) && !auths_were_asked(auths);
}

/* Bytes of the challenges' texts: what they add to a request, but for a fixed part. */
size_t auths_size(const struct auths *auths);

/*
 * A 401 or 407. `realm_r` is the realm that will be answered; for people, `why` gets what speaks
 * against an answer.
 */
enum auth_verdict auths_challenged(struct auths *auths, const struct sip_message *response,
    const struct auth_policy *policy, struct slice *realm_r, struct buf *why);

/*
 * A 403 to an answer. True where the challenge offered another algorithm that was not tried yet:
 * the request then goes without an answer once more, and the next challenge is answered by that.
 */
bool auths_fall_back(struct auths *auths);

/*
 * The request that carried the answers succeeded; takes a nextnonce over. Gives the strength of
 * its weakest answer: a proxy's may be weaker than the registrar's. 0 where there was none.
 */
unsigned auths_succeeded(struct auths *auths, const struct sip_message *response);

// SPDX-License-Identifier: Apache-2.0
/*
 * What an upstream's challenges taught us about an account: realm, nonce, algorithm,
 * and how often the nonce was used (RFC 7616 3.4, RFC 8760). It is kept between
 * requests, so that a refresh or a cancel usually needs one round trip.
 *
 * This file also decides whether a repeated challenge is answered, refused or taken
 * for wrong credentials. offer.h chooses among several challenges, and
 * authorization.h writes the answer.
 *
 * An auth is *asked* if upstream challenged for its realm in this exchange; otherwise
 * an earlier exchange left it. It *rests* while another algorithm is to be tried
 * instead: then it is not sent, and only remembers which algorithm was refused.
 */
#pragma once

#include "upstream/offer.h"

#define AUTHS_MAX 2 /* a registrar's and a proxy's */

/* The texts of a challenge that an auth keeps. The algorithm's name is echoed as it was sent. */
enum auth_text { AUTH_REALM, AUTH_NONCE, AUTH_OPAQUE, AUTH_ALGORITHM, AUTH_TEXTS };

/*
 * A challenge that we answer. Every account has one, so it is kept small: the texts
 * lie behind it one after the other, and only their ends are stored.
 */
struct auth {
	uint32_t nc;               /* how often the nonce was used */
	uint16_t ends[AUTH_TEXTS]; /* of each text, as offsets in `texts` */
	uint8_t algorithm;         /* enum sip_digest_algorithm */
	uint8_t qop;               /* enum sip_digest_qop */
	bool is_proxy : 1;         /* from Proxy-Authenticate: answered by Proxy-Authorization */
	bool has_opaque : 1;
	bool is_other_good : 1; /* the algorithm tried instead of `refused_algorithm` worked */

	/* Of the exchange that is under way: */
	bool asked_again : 1; /* a new nonce without stale was answered */
	bool has_other : 1;   /* another algorithm was offered beside this challenge */
	bool tried_other : 1; /* the other algorithm was tried, or will be */
	bool is_resting : 1;
	uint8_t answers; /* answers to its challenges */
	uint8_t stales;  /* answers that got stale=true */
	uint8_t refused_algorithm;

	char texts[];
};

/* A text of the auth; valid as long as the auth is. */
static inline struct slice auth_text_of(const struct auth *auth, enum auth_text text)
{
	size_t from = text == 0 ? 0 : auth->ends[text - 1];

	return slice_make(auth->texts + from, auth->ends[text] - from);
}

struct auths {
	struct auth *list[AUTHS_MAX]; /* NULL: a free place */
};

enum auth_verdict {
	AUTH_ANSWER,    /* write the request again: it has an answer now */
	AUTH_REJECTED,  /* the credentials are wrong, or we may answer no challenge */
	AUTH_STALE,     /* every nonce is called stale, or the credentials are wrong */
	AUTH_NO_MEMORY, /* try later */
};

/* Wrong digests may lock an account: after one, the next attempt waits so long, in seconds. */
#define WRONG_DIGEST_S    600
#define WRONG_DIGESTS_MAX 2 /* in that time */

/* A new exchange begins: resets the counts of the last one. */
void auths_begin(struct auths *auths);

/* Frees all auths: the next request goes without credentials. */
void auths_clear(struct auths *auths);

/* True if a nonce is known: a request can carry credentials before it is challenged. */
bool auths_are_known(const struct auths *auths);

/* True if a challenge was answered in this exchange. */
bool auths_were_asked(const struct auths *auths);

/* True if the credentials of a request answer only challenges of earlier exchanges. */
static inline bool auths_are_unasked(const struct auths *auths)
{
	return auths_are_known(auths) && !auths_were_asked(auths);
}

/* Bytes of the texts: about what the credentials add to a request, apart from a fixed part. */
size_t auths_size(const struct auths *auths);

/*
 * Judges the challenges of a 401 or 407, and keeps the one that will be answered. `realm_r` is its
 * realm. `why` gets the reason, for people, if none is answered.
 */
enum auth_verdict auths_challenged(struct auths *auths, const struct sip_message *response,
    const struct auth_policy *policy, struct slice *realm_r, struct buf *why);

/*
 * A 403 came to an answer. True if the challenge offered another algorithm that was not tried yet:
 * send the request without credentials again, and the next challenge is answered by that algorithm.
 */
bool auths_fall_back(struct auths *auths);

/*
 * The request with the credentials succeeded; takes a nextnonce over. Returns the strength
 * (sip_digest_strength()) of its weakest digest, since a proxy's may be weaker than the
 * registrar's; 0 if there was none.
 */
unsigned auths_succeeded(struct auths *auths, const struct sip_message *response);

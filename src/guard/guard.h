// SPDX-License-Identifier: Apache-2.0
/*
 * The guard proves who sends a request (RFC 3261 22, RFC 7616, RFC 8760). It writes challenges,
 * judges the credentials that come back, and suspends those who guess. It does not know which
 * names exist: the owner of the request finds the secret of a name and hands it in. Names that
 * exist and names that do not take the same path with the same work.
 *
 * Nonces are stateless: a peer that never answers a challenge costs no memory. A nonce says when
 * it was made and in which life of this node, and its MAC binds it to the source, which is an IPv4
 * address or an IPv6 /64 (guard/nonce.h). It is good for GUARD_NONCE_LIFE_US. What was used of it
 * is noted only after a right answer, so nobody without a password can fill that table
 * (guard/replay.h).
 *
 * A wrong answer counts only where the nonce was given to that very source, be it new or old;
 * nobody off the path can make such a nonce. Failures are counted for each pair of name and source.
 * The name is the digest user without `@` and what follows it, so that `joe`, `joe@` and
 * `joe@example.org` are one pair. Of one source 32 names have a pair; all others share one more,
 * whose name is empty, so that a source that tries ever new names is suspended for all of them
 * (guard/lockout.h).
 *
 * Whether an answer is right is told to nobody whose wrong answers are not counted: a nonce that
 * was not given to this source is stale whatever the answer to it is.
 *
 * The digest covers method, nonce, and the `uri` that stands in the credentials. That uri is not
 * compared with the Request-URI, since clients write there the address that they send to. So an
 * attacker who reads a request under way and keeps it from arriving can use its credentials once,
 * from the same source and for the same method, with another Request-URI. That gives him nothing
 * new: he can change Contact and To of that request as well, which Digest never protects. Where
 * this matters, TLS does it.
 */
#pragma once

#include "effect/core_context.h"
#include "effect/flow.h"
#include "guard/nonce.h"
#include "sip/auth.h"
#include "sip/message.h"

#define GUARD_NONCE_LIFE_US (7200 * US_PER_S)
#define GUARD_KNOWN_US      (7 * 86400 * US_PER_S) /* of guard_knows_source() */

struct guard;

struct guard_config {
	struct core_context *core;
	struct hash_key nonce_key; /* of the node's secret, the same in every life */
	struct hash_key index_key; /* of this life */
	uint32_t boot;             /* number of this life */
	struct slice realm;        /* copied; without quotes and backslashes */
	uint32_t nonces_max;       /* nonces of an hour that were answered; sources of a week */
	uint32_t pairs_max;        /* pairs of name and source with failures */
};

/* The caller keeps the core's context until guard_free(). NULL without memory. */
struct guard *guard_new(const struct guard_config *config);
void guard_free(struct guard **guard);

/* H(A1) of one digest user in our realm (RFC 7616 3.4.2). It is as good as the password. */
struct guard_secret {
	uint8_t md5[16], sha256[32];
};

/* `username` as it stands in credentials: a user who may write two forms has two secrets. */
void guard_secret_make(const struct guard *guard, struct slice username, struct slice password,
    struct guard_secret *secret_r);

enum guard_verdict {
	GUARD_PROVEN,  /* the sender has the password of claim->username */
	GUARD_UNKNOWN, /* no credentials that we could judge: challenge */
	GUARD_STALE, /* challenge with stale=true; nothing is counted. The nonce is not one that we
	                gave to this source, or the answer is right and the nonce too old, of an
	                earlier life, or used before */
	GUARD_WRONG, /* a wrong answer to a nonce that was given to this source; it was counted.
	                Challenge without stale */
	GUARD_SUSPENDED, /* the pair is suspended: refuse where guard_may_refuse() allows it */
	GUARD_MALFORMED, /* 400; claim->error says what is wrong */
};

/* Who a request says it is from; dies with the message. */
struct guard_claim {
	struct slice username;  /* as between its quotes: find the secret of this digest user */
	struct slice name;      /* failures are counted for it */
	struct sip_error error; /* of GUARD_MALFORMED */
	/* For guard_judge() alone. */
	const struct sip_message *message;
	struct sip_credentials credentials;
	struct source source;
	struct nonce nonce;
};

/*
 * Reads the first credentials for our realm in the header lines with this id, SIP_AUTHORIZATION or
 * SIP_PROXY_AUTHORIZATION. GUARD_PROVEN: nothing is proven yet; find the secret and go on with
 * guard_judge(). Else UNKNOWN, STALE or MALFORMED, which do not depend on the name.
 */
enum guard_verdict guard_read(struct guard *guard, const struct sip_message *message,
    const struct flow *flow, enum sip_header_id header, struct guard_claim *claim_r);

/*
 * Judges what guard_read() has read, once for each request: a second call takes PROVEN for a
 * replay. `secret` is that of claim->username; NULL where there is none: the guard then does the
 * same work with a secret that nobody knows. `is_exempt`: the device has a live binding from this
 * source, so it goes on in a suspension; it loses that when it answers wrong as often again.
 * PROVEN, STALE, WRONG or SUSPENDED.
 */
enum guard_verdict guard_judge(struct guard *guard, const struct guard_claim *claim,
    const struct guard_secret *secret, bool is_exempt);

/*
 * Writes one header line for each algorithm that we offer, with a fresh nonce for the peer of this
 * flow: SHA-256 first (RFC 8760 2.4) and MD5 last, since some clients look at the last line only.
 * To a client that gives up at an algorithm which it does not know, MD5 alone is offered: that is
 * seen in the User-Agent of `request`. The only qop is "auth". `header` is SIP_WWW_AUTHENTICATE or
 * SIP_PROXY_AUTHENTICATE.
 */
void guard_put_challenge(struct guard *guard, struct buf *b, const struct sip_message *request,
    const struct flow *flow, enum sip_header_id header, bool stale);

/* After GUARD_SUSPENDED: true at most once a second for the pair; else nothing is to be sent. */
bool guard_may_refuse(struct guard *guard, const struct guard_claim *claim);

/*
 * Somebody has proven from this source within GUARD_KNOWN_US, and in this life. Where more than
 * nonces_max sources prove in that time, the oldest are forgotten earlier.
 */
bool guard_knows_source(const struct guard *guard, const struct flow *flow);

struct guard_suspension {
	struct slice name;     /* empty: all names of this source that have no pair of their own */
	struct netaddr source; /* no port; of IPv6 the /64, with zeros behind it */
	uint64_t until_us;     /* mono_us */
	uint32_t failures;
};

/*
 * Walks what is suspended: begin with `*cursor = 0`. False at the end. The name lives until the
 * guard is called again for anything else than this.
 */
bool guard_next_suspension(
    const struct guard *guard, uint32_t *cursor, struct guard_suspension *suspension_r);

/*
 * Forgets the failures of a pair, and so ends its suspension. Of `source` the address counts, of
 * IPv6 its /64. ERR_NOT_FOUND: there are none.
 */
MUST_CHECK int guard_lift(struct guard *guard, struct slice name, const struct netaddr *source);

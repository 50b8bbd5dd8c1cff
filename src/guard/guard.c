// SPDX-License-Identifier: Apache-2.0
/*
 * Challenges, and the verdicts on the credentials that answer them.
 */
#include "guard/guard.h"

#include "guard/lockout.h"
#include "guard/replay.h"
#include "sip/build.h"

#include <assert.h>
#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A note is kept for this long at least, so a nonce that is used so often lives its whole life. */
#define NONCES_AGE_US (GUARD_NONCE_LIFE_US / 2)

struct guard {
	struct core_context *core;
	struct hash_key nonce_key, index_key;
	uint32_t boot;
	uint32_t serial;      /* of the last nonce */
	uint64_t began_us;    /* nonces count their time from here */
	struct recent used;   /* nonces that were answered, and with which nc */
	struct recent proven; /* sources, and when somebody proved from there */
	struct lockout lockout;
	struct guard_secret nobody; /* of names that do not exist */
	struct slice realm;         /* our copy */
};

/* The algorithms that we offer, the preferred one first, MD5 last. */
static const enum sip_digest_algorithm offered[] = {SIP_DIGEST_SHA256, SIP_DIGEST_MD5};

/* How the User-Agent of clients begins that take a challenge with SHA-256 for an error. */
static const char *const md5_alone[] = {
    "baresip v0.", "baresip v1.", "baresip v2.", "sipsak ", "SIPp"};

/* It is compared with, but never proves anything; so it need not be more than unknown. */
static void make_nobody(struct guard *guard)
{
	uint64_t words[sizeof(guard->nobody) / sizeof(uint64_t)];

	static_assert(sizeof(words) == sizeof(guard->nobody), "whole words");
	for (uint64_t i = 0; i < COUNT(words); i++)
		words[i] = hash_bytes(guard->index_key, slice_make(&i, sizeof(i)));
	memcpy(&guard->nobody, words, sizeof(words));
}

static bool make_tables(struct guard *guard, const struct guard_config *config)
{
	return recent_init(&guard->used, config->nonces_max, NONCES_AGE_US) == 0 &&
	       recent_init(&guard->proven, config->nonces_max, GUARD_KNOWN_US) == 0 &&
	       lockout_init(&guard->lockout, config->core, config->index_key, config->pairs_max) ==
	           0;
}

struct guard *guard_new(const struct guard_config *config)
{
	struct guard *guard = calloc(1, sizeof(*guard));

	if (!guard)
		return NULL;
	guard->core = config->core;
	guard->nonce_key = config->nonce_key;
	guard->index_key = config->index_key;
	guard->boot = config->boot;
	guard->began_us = config->core->now.mono_us;
	guard->realm = slice_make(slice_copy(config->realm), config->realm.n);
	make_nobody(guard);
	if (!guard->realm.p || !make_tables(guard, config))
		guard_free(&guard);
	return guard;
}

void guard_free(struct guard **guard)
{
	struct guard *gone = *guard;

	*guard = NULL;
	if (!gone)
		return;
	recent_close(&gone->used);
	recent_close(&gone->proven);
	lockout_close(&gone->lockout);
	free((char *)gone->realm.p);
	free(gone);
}

void guard_secret_make(const struct guard *guard, struct slice username, struct slice password,
    struct guard_secret *secret_r)
{
	uint8_t ha1[SIP_DIGEST_MAX];

	(void)sip_digest_ha1_bytes(SIP_DIGEST_MD5, username, guard->realm, password, ha1);
	memcpy(secret_r->md5, ha1, sizeof(secret_r->md5));
	(void)sip_digest_ha1_bytes(SIP_DIGEST_SHA256, username, guard->realm, password, ha1);
	memcpy(secret_r->sha256, ha1, sizeof(secret_r->sha256));
}

static void put_nonce(struct guard *guard, struct buf *b, const struct flow *flow)
{
	struct source source = source_of(&flow->peer);
	const struct nonce nonce = {
	    .boot = guard->boot,
	    .made_ms = (guard->core->now.mono_us - guard->began_us) / US_PER_MS,
	    .serial = ++guard->serial,
	};

	nonce_put(b, guard->nonce_key, &source, &nonce);
}

static void put_challenge(const struct guard *guard, struct buf *b, struct slice nonce,
    enum sip_digest_algorithm algorithm, bool stale)
{
	buf_puts(b, "Digest realm=\"");
	buf_put(b, guard->realm);
	buf_puts(b, "\", nonce=\"");
	buf_put(b, nonce);
	buf_puts(b, stale ? "\", stale=true, algorithm=" : "\", algorithm=");
	buf_puts(b, sip_digest_name(algorithm));
	buf_puts(b, ", qop=\"auth\"");
}

static bool knows_md5_alone(const struct sip_message *request)
{
	struct slice agent = sip_message_value(request, SIP_USER_AGENT);

	for (size_t i = 0; i < COUNT(md5_alone); i++)
		if (slice_starts(agent, slice_of(md5_alone[i])))
			return true;
	return false;
}

void guard_put_challenge(struct guard *guard, struct buf *b, const struct sip_message *request,
    const struct flow *flow, enum sip_header_id header, bool stale)
{
	char text[NONCE_TEXT_SIZE];
	struct buf nonce = buf_over(text, sizeof(text));

	put_nonce(guard, &nonce, flow);
	for (size_t i = knows_md5_alone(request) ? COUNT(offered) - 1 : 0; i < COUNT(offered);
	     i++) {
		sip_put_header_name(b, header);
		put_challenge(guard, b, buf_slice(&nonce), offered[i], stale);
		sip_put_crlf(b);
	}
}

/* H(A1) of the algorithm; empty where we do not offer it, nor the one that it is a variant of. */
static struct slice ha1_of(const struct guard_secret *secret, enum sip_digest_algorithm algorithm)
{
	switch (algorithm) {
	case SIP_DIGEST_MD5:
	case SIP_DIGEST_MD5_SESS:
		return slice_make(secret->md5, sizeof(secret->md5));
	case SIP_DIGEST_SHA256:
	case SIP_DIGEST_SHA256_SESS:
		return slice_make(secret->sha256, sizeof(secret->sha256));
	case SIP_DIGEST_UNKNOWN:
	case SIP_DIGEST_SHA512_256:
	case SIP_DIGEST_SHA512_256_SESS:
		break;
	}
	return SLICE("");
}

/*
 * The first credentials for our realm. Only these are judged, so that a request is one guess. False
 * where there are none; the claim then holds the error of a line that could not be read.
 */
static bool find_credentials(
    const struct guard *guard, enum sip_header_id header, struct guard_claim *claim)
{
	const struct sip_header *line;
	struct sip_error error;

	for (unsigned i = 0; (line = sip_message_header(claim->message, header, i)); i++) {
		int rc = sip_credentials_parse(line->value, &claim->credentials, &error);

		if (rc == 0 && slice_equal(claim->credentials.realm, guard->realm))
			return true;
		if (rc == ERR_SYNTAX && !claim->error.what)
			claim->error = error;
	}
	return false;
}

/* RFC 7616 3.4.2: without a cnonce there is no digest of a session. */
static bool lacks_cnonce(const struct sip_credentials *credentials)
{
	return sip_digest_is_session(credentials->algorithm) && !credentials->cnonce.n;
}

enum guard_verdict guard_read(struct guard *guard, const struct sip_message *message,
    const struct flow *flow, enum sip_header_id header, struct guard_claim *claim_r)
{
	const struct sip_credentials *credentials = &claim_r->credentials;

	*claim_r = (struct guard_claim){.message = message, .source = source_of(&flow->peer)};
	if (!find_credentials(guard, header, claim_r))
		return claim_r->error.what ? GUARD_MALFORMED : GUARD_UNKNOWN;
	claim_r->error = (struct sip_error){0};
	if (!ha1_of(&guard->nobody, credentials->algorithm).n)
		return GUARD_UNKNOWN;
	if (lacks_cnonce(credentials)) {
		claim_r->error.what = "credentials: no cnonce for a session";
		return GUARD_MALFORMED;
	}
	claim_r->username = credentials->username;
	claim_r->name = lockout_name(credentials->username);
	if (nonce_parse(credentials->nonce, guard->nonce_key, &claim_r->source, &claim_r->nonce) <
	    0)
		return GUARD_STALE;
	return GUARD_PROVEN;
}

static char to_lower(char c)
{
	return c >= 'A' && c <= 'F' ? (char)(c | 0x20) : c;
}

/* Its time does not tell how much of `ours` is right. Letter case does not matter. */
static bool is_same_hex(struct slice ours, struct slice theirs)
{
	int differs = 0;

	if (ours.n != theirs.n)
		return false;
	for (size_t i = 0; i < ours.n; i++)
		differs |= ours.p[i] ^ to_lower(theirs.p[i]);
	return differs == 0;
}

static bool is_right(const struct guard_claim *claim, const struct guard_secret *secret)
{
	const struct sip_credentials *credentials = &claim->credentials;
	const struct sip_digest_input input = {
	    .algorithm = credentials->algorithm,
	    .qop = credentials->qop,
	    .ha1 = ha1_of(secret, credentials->algorithm),
	    .nonce = credentials->nonce,
	    .cnonce = credentials->cnonce,
	    .nc = credentials->nc,
	    .method = claim->message->method_name,
	    .uri = credentials->uri,
	    .body = claim->message->body,
	};
	char hex[SIP_DIGEST_HEX_MAX];

	return is_same_hex(
	    slice_make(hex, sip_digest_response(&input, hex)), credentials->response);
}

static bool is_good_for_now(const struct guard *guard, const struct nonce *nonce, uint64_t made_us)
{
	return nonce->boot == guard->boot &&
	       guard->core->now.mono_us - made_us < GUARD_NONCE_LIFE_US;
}

/* The answer is right; but is it the first of its kind? */
static enum guard_verdict accept(struct guard *guard, const struct guard_claim *claim)
{
	uint64_t now_us = guard->core->now.mono_us;
	uint64_t made_us = guard->began_us + claim->nonce.made_ms * US_PER_MS;
	bool is_first;

	if (!is_good_for_now(guard, &claim->nonce, made_us) ||
	    !replay_note(&guard->used, claim->nonce.id, made_us, claim->credentials.qop,
	        claim->credentials.nc, now_us, &is_first))
		return GUARD_STALE;
	lockout_forgive(&guard->lockout, claim->name, &claim->source);
	/* Not for each use of a nonce: this table is large, and seldom in the cache. */
	if (is_first)
		recent_put(
		    &guard->proven, source_hash(&claim->source, guard->index_key), now_us, now_us);
	return GUARD_PROVEN;
}

enum guard_verdict guard_judge(struct guard *guard, const struct guard_claim *claim,
    const struct guard_secret *secret, bool is_exempt)
{
	enum lockout_state state = lockout_look(&guard->lockout, claim->name, &claim->source);
	bool is_known = secret;

	if (state == LOCKOUT_SUSPENDED_TWICE || (state == LOCKOUT_SUSPENDED && !is_exempt))
		return GUARD_SUSPENDED;
	/* A digest is made of every name, and only then it matters whether there is such a name. */
	if (!is_right(claim, is_known ? secret : &guard->nobody) || !is_known) {
		lockout_count(&guard->lockout, claim->name, &claim->source);
		return GUARD_WRONG;
	}
	return accept(guard, claim);
}

bool guard_may_refuse(struct guard *guard, const struct guard_claim *claim)
{
	return lockout_may_refuse(&guard->lockout, claim->name, &claim->source);
}

bool guard_knows_source(const struct guard *guard, const struct flow *flow)
{
	struct source source = source_of(&flow->peer);
	uint64_t proven_us;

	return recent_find(&guard->proven, source_hash(&source, guard->index_key), &proven_us) &&
	       guard->core->now.mono_us - proven_us < GUARD_KNOWN_US;
}

bool guard_next_suspension(
    const struct guard *guard, uint32_t *cursor, struct guard_suspension *suspension_r)
{
	struct lockout_suspension suspension;

	if (!lockout_next(&guard->lockout, cursor, &suspension))
		return false;
	*suspension_r = (struct guard_suspension){
	    .name = suspension.name,
	    .source = source_address(&suspension.source),
	    .until_us = suspension.until_us,
	    .failures = suspension.failures,
	};
	return true;
}

int guard_lift(struct guard *guard, struct slice name, const struct netaddr *source)
{
	struct source from = source_of(source);

	return lockout_lift(&guard->lockout, lockout_name(name), &from);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Answers challenges, and decides when a request goes on without credentials.
 */
#include "upstream/challenge.h"

#include "base/broken.h"
#include "upstream/queue.h"
#include "upstream/rest.h"

#define VOID_NONCES_OF 16 /* the average covers about so many requests */

/*
 * The most digests in one exchange: enough for a proxy and a registrar that each offer two
 * algorithms and call two nonces stale. Without a limit, a peer that asks for ever new realms
 * would get digests without end.
 */
#define DIGESTS_MAX 6
#define REASON_MAX  80

/* Notes whether a known nonce was accepted: a stop estimates one request for a cancel, or two. */
static void note_known_nonce(struct upstreams *u, const struct exchange *exchange, bool was_good)
{
	struct target *target = target_get(u, exchange->target);

	if (!target || !auths_are_known(&exchange->auths) || auths_were_asked(&exchange->auths))
		return;
	if (was_good)
		target->void_nonces -= target->void_nonces / VOID_NONCES_OF;
	else
		target->void_nonces += (UINT8_MAX - target->void_nonces) / VOID_NONCES_OF;
	if (was_good)
		target->swallowed = 0;
}

static struct upstream *home_of(const struct upstreams *u, const struct exchange *exchange)
{
	return upstream_get(u, exchange_ops(u, exchange)->home(exchange));
}

/* After a redirect, credentials go only to realms that home has used before. */
static struct auth_policy policy_of(const struct upstreams *u, const struct exchange *exchange)
{
	const struct exchange_ops *ops = exchange_ops(u, exchange);
	struct auth_policy policy = {
	    .only_known = exchange->is_redirected,
	    .known = {slice_of(home_of(u, exchange)->realm)},
	};

	if (ops->limit_auth)
		ops->limit_auth(exchange_context(u, exchange), exchange, &policy);
	return policy;
}

/* Sends the same request once more to the same address, with credentials or without. */
static bool asks_again(struct upstreams *u, struct exchange *exchange)
{
	exchange->is_answering = true;
	if (queue_join(u, exchange, QUEUE_ANSWER, u->core->now.mono_us) == 0)
		return true;
	exchange->is_answering = false;
	return false;
}

static enum auth_verdict judge_challenge(struct exchange *exchange,
    const struct sip_message *response, const struct auth_policy *policy, struct slice *realm_r,
    struct buf *why)
{
	if (exchange->digests >= DIGESTS_MAX) {
		buf_puts(why, "challenged again after every answer");
		return AUTH_REJECTED;
	}
	exchange->digests++;
	return auths_challenged(&exchange->auths, response, policy, realm_r, why);
}

void challenge_came(
    struct upstreams *u, struct exchange *exchange, const struct sip_message *response)
{
	static const enum verdict verdicts[] = {
	    [AUTH_REJECTED] = VERDICT_REJECTED,
	    [AUTH_STALE] = VERDICT_STALE,
	    [AUTH_NO_MEMORY] = VERDICT_FAILED,
	};
	struct auth_policy policy = policy_of(u, exchange);
	char text[REASON_MAX];
	struct buf why = buf_over(text, sizeof(text));
	enum auth_verdict verdict;
	struct slice realm;

	note_known_nonce(u, exchange, false);
	verdict = judge_challenge(exchange, response, &policy, &realm, &why);
	if (verdict == AUTH_ANSWER) {
		upstream_learn_realm(home_of(u, exchange), realm);
		if (asks_again(u, exchange))
			return;
		verdict = AUTH_NO_MEMORY;
	}
	exchange_ops(u, exchange)
	    ->answered(exchange_context(u, exchange), exchange, verdicts[verdict], response,
	        verdict == AUTH_NO_MEMORY ? SLICE("out of memory") : buf_slice(&why));
}

void challenge_passed(
    struct upstreams *u, struct exchange *exchange, const struct sip_message *response)
{
	const struct exchange_ops *ops = exchange_ops(u, exchange);
	unsigned strength;

	note_known_nonce(u, exchange, true);
	strength = auths_succeeded(&exchange->auths, response);
	if (ops->proved)
		ops->proved(exchange_context(u, exchange), exchange, strength);
}

/*
 * True if a refusal may be due to the credentials, whatever its status says. Not if it is about an
 * extension or names a time to wait, nor if the request asked for several things, of which another
 * one may be refused.
 */
static bool may_mean_credentials(
    const struct exchange *exchange, enum verdict verdict, const struct sip_message *response)
{
	if (verdict != VERDICT_REJECTED && verdict != VERDICT_FAILED)
		return false;
	if (response->status == 420 || response->status == 421 || response->status == 439)
		return false;
	return !exchange->is_combined && rest_asked_s(response) == 0;
}

/* Falls back once in an exchange, whatever its realms: wrong digests may lock the account. */
static bool falls_back(struct exchange *exchange, const struct sip_message *response)
{
	if (response->status != 403 || exchange->fell_back)
		return false;
	exchange->fell_back = auths_fall_back(&exchange->auths);
	return exchange->fell_back;
}

/*
 * Some registrars refuse a nonce that was used or is too old without a challenge. Others answer 403
 * to a digest of an algorithm for which they have no hash. Then the request goes once without
 * credentials, so that it is challenged. This ends: the second time it has no unasked credentials,
 * and an exchange falls back once.
 */
bool challenge_goes_bare(struct upstreams *u, struct exchange *exchange, enum verdict verdict,
    const struct sip_message *response)
{
	const struct exchange_ops *ops = exchange_ops(u, exchange);

	if (!may_mean_credentials(exchange, verdict, response) || !ops->may_repeat ||
	    !ops->may_repeat(exchange_context(u, exchange), exchange))
		return false;
	if (auths_are_unasked(&exchange->auths) && !BROKEN_KNOWN_NONCE) {
		note_known_nonce(u, exchange, false);
		auths_clear(&exchange->auths);
		exchange->digests++;
	} else if (!falls_back(exchange, response)) {
		return false;
	}
	return asks_again(u, exchange);
}

/*
 * Some upstreams are silent to a nonce that was used before: the next attempt goes without
 * credentials. If that is answered, and the next known nonce meets silence again, every refresh
 * would cost a timeout: `swallowed` counts such silences. An outage counts once, and a known nonce
 * that is accepted ends the count.
 */
void challenge_met_silence(struct upstreams *u, struct exchange *exchange)
{
	struct target *target = target_get(u, exchange->target);

	if (!auths_are_unasked(&exchange->auths))
		return;
	if (target->answered_us > target->swallowed_us && target->swallowed < SWALLOWED_MANY) {
		target->swallowed++;
		target->swallowed_us = u->core->now.mono_us;
	}
	auths_clear(&exchange->auths);
}

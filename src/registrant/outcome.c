// SPDX-License-Identifier: Apache-2.0
/*
 * The rules for each outcome: granted, too brief, rejected, redirected, unavailable,
 * timed out. Each one sets what the registration does next, and when.
 */
#include "registrant/outcome.h"

#include "registrant/claim.h"
#include "registrant/debts.h"
#include "registrant/grant.h"
#include "registrant/listing.h"
#include "registrant/retry.h"
#include "upstream/redirect.h"
#include "upstream/rest.h"

#define BACKOFF_MAX_S     3600
#define BRIEFS_MAX        2
#define MIN_EXPIRES_MAX_S 86400

/*
 * Drops the row of a registration that was refused from its first request on: after a crash there
 * is nothing to cancel. If it has registered before, it keeps the row, so that it can register
 * again even if the disk fails.
 */
static void forget_refused(
    struct registrant *r, struct registration *registration, const struct sip_message *response)
{
	struct holding *holding = registration->holding;

	if (response->status / 100 == 4 && registration->activity == ACTIVITY_WAITING &&
	    !registration->has_registered && holding && !holding_is_bound(r, holding) &&
	    holding->loose_until_us <= r->core->now.mono_us)
		holding_unrecord(r, holding);
}

/* True if another attempt, or another address, may not get the same refusal. */
static bool may_pass(unsigned status)
{
	return status == 403 || status == 404 || status == 408 || status == 480 ||
	       status / 100 == 5;
}

static bool has_other_target(struct registrant *r, struct registration *registration)
{
	struct upstream *route = upstream_get(r->upstreams, registration->exchange.route);

	return ++registration->round < route->target_count;
}

/* Moves on to another address of the name, else to another Contact of the redirect. False: none. */
static bool has_other_way(struct registrant *r, struct registration *registration)
{
	if (has_other_target(r, registration))
		return true;
	if (!redirect_next(r->upstreams, &registration->exchange))
		return false;
	registration->round = 0;
	return true;
}

static void set_reason(
    struct registrant *r, struct registration *registration, unsigned status, struct slice why)
{
	char text[LAST_REASON_MAX * 2];
	struct buf b = buf_over(text, sizeof(text));

	redirect_put_reason(r->upstreams, &b, &registration->exchange, why);
	last_set(&registration->last, status, buf_slice(&b));
}

void outcome_timed_out(struct registrant *r, struct registration *registration, struct slice why)
{
	set_reason(r, registration, 0, why);
	retry_fail(r, registration, "timeout");
	if (retry_is_at_stake(r, registration)) {
		/* The redirect's addresses are all dead: home may accept us again. */
		if (registration->exchange.is_redirected && !has_other_way(r, registration)) {
			registration->round = 0;
			registration_go_home(r, registration);
		}
		retry_at(r, registration, retry_apart_us(r, registration));
	} else if (has_other_way(r, registration)) {
		retry_at(r, registration, r->core->now.mono_us);
	} else {
		retry_in_s(r, registration, retry_delay_s(r, registration));
	}
}

void outcome_unreachable(struct registrant *r, struct registration *registration,
    enum obstacle obstacle, struct slice why)
{
	bool goes_on = obstacle == OBSTACLE_FLOW && has_other_target(r, registration);

	/* Behind a redirect the only other way is home, and home sent us here. */
	if (obstacle == OBSTACLE_REST)
		goes_on = !registration->exchange.is_redirected;
	set_reason(r, registration, 0, why);
	if (!goes_on && redirect_next(r->upstreams, &registration->exchange)) {
		registration->round = 0;
		goes_on = true;
	}
	if (goes_on) {
		retry_at(r, registration, r->core->now.mono_us);
		return;
	}
	retry_fail(r, registration, "failed");
	retry_or_lapse(r, registration);
}

/*
 * Most softswitches answer a wrong password with 403. So if the credentials have never worked, they
 * are wrong; if they have, a 403 concerns the account.
 */
static bool is_wrong_password(
    const struct registration *registration, const struct sip_message *response)
{
	return response->status == 403 && auths_were_asked(&registration->exchange.auths) &&
	       !registration->has_proven_credentials;
}

static struct slice put_wrong_password(struct buf *b, const struct sip_message *response)
{
	buf_puts(b, "password never accepted yet");
	if (response->reason.n > 0 && response->reason.n < LAST_REASON_MAX / 2) {
		buf_puts(b, " (");
		buf_put(b, response->reason);
		buf_putc(b, ')');
	}
	return buf_slice(b);
}

/*
 * A living binding does not wait while another address may accept it: asks the next address of this
 * round. False if there is none, or if that would not help.
 */
static bool asks_elsewhere(
    struct registrant *r, struct registration *registration, const struct sip_message *response)
{
	if (!retry_is_at_stake(r, registration) || !may_pass(response->status) ||
	    !has_other_target(r, registration))
		return false;
	exchange_pass_target(r->upstreams, &registration->exchange);
	last_set(&registration->last, response->status, response->reason);
	retry_at(r, registration, retry_apart_us(r, registration));
	return true;
}

/* False if the next digest may be the third wrong one in ten minutes: that may lock the account. */
static bool may_have_chance(
    const struct registration *registration, const struct sip_message *response)
{
	unsigned digests = registration->exchange.digests;

	if (!may_pass(response->status) || digests >= WRONG_DIGESTS_MAX)
		return false;
	return digests == 0 || registration->attempts <= 1;
}

/*
 * True if the address that a redirect named refuses a living binding, and no digest was wrong: home
 * may accept it before it lapses. Such an address may ask for a realm that gets no credentials.
 */
static bool may_home_accept(const struct registrant *r, const struct registration *registration,
    const struct sip_message *response)
{
	const struct exchange *exchange = &registration->exchange;

	return exchange->is_redirected && !auths_were_asked(&exchange->auths) &&
	       rest_asked_s(response) == 0 && retry_is_at_stake(r, registration);
}

/*
 * Upstream refuses the credentials or the account: each wait is longer than the last
 * one. Wrong digests may lock the account. So after a wrong digest the first wait is
 * long, and the nonces are forgotten: otherwise the next attempt would begin with
 * another wrong digest.
 */
static void rejected(struct registrant *r, struct registration *registration,
    const struct sip_message *response, struct slice why)
{
	struct exchange *exchange = &registration->exchange;
	struct upstream *home = upstream_get(r->upstreams, registration->holding->upstream);
	uint64_t delay_s = retry_delay_s(r, registration);
	char text[LAST_REASON_MAX];
	struct buf b = buf_over(text, sizeof(text));
	bool is_wrong = is_wrong_password(registration, response);
	bool goes_home = may_home_accept(r, registration, response);

	if (asks_elsewhere(r, registration, response))
		return;
	if (is_wrong)
		why = put_wrong_password(&b, response);
	last_set(&registration->last, response->status, why.n ? why : response->reason);
	retry_fail(r, registration, "rejected");
	registration->is_rejected = true;
	if (is_wrong || response->status == 401 || response->status == 407)
		delay_s = max_u64(delay_s, WRONG_DIGEST_S);
	auths_clear(&exchange->auths);
	delay_s = max_u64(delay_s, 2 * (uint64_t)registration->backoff_s);
	delay_s = max_u64(delay_s, rest_asked_s(response));
	registration->backoff_s = (uint32_t)min_u64(delay_s, BACKOFF_MAX_S);
	upstream_rejected(r->upstreams, home, registration->holding->handle);
	if (goes_home)
		retry_or_lapse(r, registration);
	else if (may_have_chance(registration, response))
		retry_or_chance(r, registration, registration->backoff_s);
	else
		retry_in_s(r, registration, registration->backoff_s);
}

/* Adds the extension that upstream requires or does not support (RFC 3261 20.32, 20.40). */
static struct slice name_extension(
    const struct sip_message *response, struct slice why, struct buf *b)
{
	struct slice named =
	    sip_message_value(response, response->status == 420 ? SIP_UNSUPPORTED : SIP_REQUIRE);

	if ((response->status != 420 && response->status != 421) || named.n == 0)
		return why;
	buf_put(b, why.n ? why : response->reason);
	buf_puts(b, ": ");
	buf_put(b, named);
	return buf_slice(b);
}

/* Waits after a refusal: as long as upstream asks for, else the usual delay. */
static void wait_refused(
    struct registrant *r, struct registration *registration, const struct sip_message *response)
{
	uint64_t asked_s = rest_asked_s(response);

	if (asked_s == 0)
		retry_or_lapse(r, registration);
	else
		retry_or_chance(r, registration, max_u64(asked_s, retry_delay_s(r, registration)));
}

/*
 * A 423 is obeyed if it asks for more, up to a day, and at most twice in a row (RFC 3261 10.2.8).
 * Without Min-Expires, twice the configured period is tried, once. The longer expiry is kept until
 * something is granted or the attempts are given up.
 */
static bool obey_brief(
    struct registrant *r, struct registration *registration, const struct sip_message *response)
{
	uint32_t asked_s = registration->asked_s, least_s;

	if (registration->briefs >= BRIEFS_MAX)
		return false;
	if (sip_delta_seconds(sip_message_value(response, SIP_MIN_EXPIRES), &least_s) < 0)
		least_s = 2 * registration_period_s(r, registration);
	if (least_s <= asked_s || least_s > MIN_EXPIRES_MAX_S)
		return false;
	registration->briefs++;
	registration->min_expires_s = least_s;
	return true;
}

/* A 423. True if the same request is sent again now, with a longer expiry. */
static bool brief(
    struct registrant *r, struct registration *registration, const struct sip_message *response)
{
	last_set(&registration->last, response->status, response->reason);
	if (obey_brief(r, registration, response))
		return true;
	registration->briefs = 0;
	registration->min_expires_s = 0;
	retry_fail(r, registration, "interval-too-brief");
	wait_refused(r, registration, response);
	return false;
}

/* All other final responses. */
static void failed(struct registrant *r, struct registration *registration,
    const struct sip_message *response, struct slice why)
{
	char text[LAST_REASON_MAX];
	struct buf b = buf_over(text, sizeof(text));

	if (asks_elsewhere(r, registration, response))
		return;
	why = name_extension(response, why, &b);
	last_set(&registration->last, response->status, why.n ? why : response->reason);
	retry_fail(r, registration, "failed");
	wait_refused(r, registration, response);
}

/* A 503 that concerns this account alone: another address would refuse it, too. */
static void full(
    struct registrant *r, struct registration *registration, const struct sip_message *response)
{
	char text[LISTING_TEXT_MAX + LAST_REASON_MAX];
	struct buf why = buf_over(text, sizeof(text));
	struct contact_question question;
	struct contact_report report;

	holder_judge_refusal(r, &registration->exchange, response, &question, &report);
	if (report.foreign > 0)
		listing_look(r, registration, &question, response, &report);
	holder_put_refusal(&question, response, &report, &why);
	last_set(&registration->last, response->status, buf_slice(&why));
	retry_fail(r, registration, "account-full");
	wait_refused(r, registration, response);
}

static void unavailable(
    struct registrant *r, struct registration *registration, const struct sip_message *response)
{
	if (has_other_way(r, registration)) {
		last_set(&registration->last, response->status, response->reason);
		retry_at(r, registration, r->core->now.mono_us);
		return;
	}
	failed(r, registration, response, response->reason);
}

static void redirected(
    struct registrant *r, struct registration *registration, const struct sip_message *response)
{
	const char *why;

	last_set(&registration->last, response->status, response->reason);
	if (redirect_follow(r->upstreams, &registration->exchange,
	        holding_contact(registration->holding), response, &why) ||
	    redirect_next(r->upstreams, &registration->exchange))
		retry_at(r, registration, r->core->now.mono_us);
	else
		failed(r, registration, response, slice_of(why));
}

/*
 * A registrar that has a higher CSeq of ours refuses the first REGISTER after a
 * start with 400 or 500 (RFC 3261 10.3 step 7): then a new Call-ID is tried, once.
 */
static bool begins_anew(
    struct registrant *r, struct registration *registration, const struct sip_message *response)
{
	if (registration->had_answer || !registration->holding->from_ledger)
		return false;
	if (response->status != 400 && response->status != 500)
		return false;
	registration_begin_epoch(r, registration);
	last_set(&registration->last, response->status, response->reason);
	registration_log(r, LOG_LEVEL_WARNING, registration, "new-call-id");
	retry_at(r, registration, r->core->now.mono_us);
	return true;
}

/* Begins again with `outbound` if upstream demands it (420, 421), or without it (439). */
static bool changes_form(
    struct registrant *r, struct registration *registration, const struct sip_message *response)
{
	bool changed = false;

	if (response->status == 420 || response->status == 421)
		changed = claim_takes_outbound(r, registration, response);
	else if (response->status == 439)
		changed = claim_leaves_outbound(r, registration);
	if (changed) {
		last_set(&registration->last, response->status, response->reason);
		retry_at(r, registration, r->core->now.mono_us);
	}
	return changed;
}

/*
 * A registrar that limits Contacts may refuse a request that names two, and accept them one after
 * the other. So the debt sends its own cancel first, and the request follows without it.
 */
static bool goes_apart(struct registrant *r, struct registration *registration,
    enum verdict verdict, const struct sip_message *response)
{
	bool is_refusal = verdict == VERDICT_UNAVAILABLE || verdict == VERDICT_FULL ||
	                  verdict == VERDICT_FAILED ||
	                  (verdict == VERDICT_REJECTED && response->status == 403);

	if (!is_refusal || !registration->exchange.is_combined)
		return false;
	registration->exchange.is_combined = false;
	last_set(&registration->last, response->status, response->reason);
	debts_carry_no_more(r, registration_name(registration));
	retry_at(r, registration, r->core->now.mono_us);
	return true;
}

/*
 * If one Contact of a redirect refuses, the next one is tried (RFC 3261 8.1.3.4): the first one may
 * not know the account. Not after a digest was refused: the next one would refuse it, too.
 */
static bool tries_next_contact(struct registrant *r, struct registration *registration,
    enum verdict verdict, const struct sip_message *response)
{
	struct exchange *exchange = &registration->exchange;

	if (verdict != VERDICT_FAILED &&
	    (verdict != VERDICT_REJECTED || auths_were_asked(&exchange->auths)))
		return false;
	if (!redirect_next(r->upstreams, exchange))
		return false;
	registration->round = 0;
	last_set(&registration->last, response->status, response->reason);
	retry_at(r, registration, r->core->now.mono_us);
	return true;
}

bool outcome_answered(struct registrant *r, struct registration *registration, enum verdict verdict,
    const struct sip_message *response, struct slice why)
{
	bool is_new_epoch = verdict == VERDICT_FAILED && begins_anew(r, registration, response);

	registration->had_answer = true;
	if (is_new_epoch || changes_form(r, registration, response) ||
	    goes_apart(r, registration, verdict, response) ||
	    tries_next_contact(r, registration, verdict, response))
		return false;
	switch (verdict) {
	case VERDICT_OK:
		if (!registration->has_proven_credentials)
			registration->has_proven_credentials =
			    auths_are_known(&registration->exchange.auths);
		grant_take(r, registration, response);
		break;
	case VERDICT_BRIEF:
		if (brief(r, registration, response))
			return true;
		break;
	case VERDICT_REJECTED:
	case VERDICT_STALE:
		rejected(r, registration, response, why);
		break;
	case VERDICT_FULL:
		full(r, registration, response);
		break;
	case VERDICT_UNAVAILABLE:
		unavailable(r, registration, response);
		break;
	case VERDICT_REDIRECT:
		redirected(r, registration, response);
		break;
	case VERDICT_FAILED:
		failed(r, registration, response, why);
		break;
	}
	forget_refused(r, registration, response);
	return false;
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Outcomes: granted, brief, rejected, redirected, unavailable, lost.
 */
#include "registrant/outcome.h"

#include "base/broken.h"
#include "registrant/claim.h"
#include "registrant/contact.h"
#include "registrant/debts.h"
#include "registrant/keepalive.h"
#include "registrant/listing.h"
#include "registrant/payment.h"
#include "registrant/probe.h"
#include "registrant/redirect.h"
#include "registrant/refresh.h"
#include "registrant/refusal.h"
#include "registrant/request.h"

#define BACKOFF_MAX_S     3600
#define TAKEN_S           5
#define BRIEFS_MAX        2
#define MIN_EXPIRES_MAX_S 86400
#define SETTLE_US         (100 * US_PER_MS)

static void log_event(struct registrant *r, enum log_level level,
    const struct registration *registration, const char *event)
{
	const struct upstream *upstream = upstream_get(r->upstreams, registration->exchange.route);

	last_log(r, level, &registration->last, registration_name(registration), event, "upstream",
	    slice_of(upstream ? upstream->hop : NULL));
}

static uint32_t retry_delay_s(const struct registrant *r, const struct registration *registration)
{
	uint32_t own = registration->settings.retry_delay_s;

	return own ? own : r->core->params->retry_delay_s;
}

/* At the same upstream, as soon as the next turn of the wheel. */
static void go_on_at(struct registrant *r, struct registration *registration, uint64_t when_us)
{
	registration_set_activity(r, registration, ACTIVITY_WAITING);
	wheel_set(r->core->wheel, &registration->timer, when_us);
}

static void wait_us(struct registrant *r, struct registration *registration, uint64_t wait_us)
{
	registration->round = 0;
	registration_go_home(r, registration);
	go_on_at(r, registration, r->core->now.mono_us + wait_us);
}

static void wait_s(struct registrant *r, struct registration *registration, uint64_t seconds)
{
	wait_us(r, registration, last_jitter_us(r, seconds));
}

/* One line when it begins to fail, not one a try. */
static void fail(struct registrant *r, struct registration *registration, const char *event)
{
	const struct holding *holding = registration->holding;

	registration_set_up(r, registration, false);
	debts_carry_no_more(r, registration_name(registration));
	if (!holding || !holding_is_bound(r, holding))
		keepalive_drop(r, registration);
	if (registration->attempts++ == 0)
		log_event(r, LOG_LEVEL_WARNING, registration, event);
}

/*
 * Refused from the first request on: a crash now must leave nothing to take back. One that was
 * registered keeps its row, so that it can be registered again however the disk fares.
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

/* A binding that upstream granted, and that lapses unless it is refreshed. */
static bool is_at_stake(const struct registrant *r, const struct registration *registration)
{
	return debts_granted_until_us(r, registration) > r->core->now.mono_us;
}

/* A binding that would lapse before the usual wait is over is tried again sooner. */
static void wait_or_lapse(struct registrant *r, struct registration *registration)
{
	uint64_t usual_us = last_jitter_us(r, retry_delay_s(r, registration)), third_us;
	uint64_t until_us = debts_granted_until_us(r, registration);

	if (until_us > r->core->now.mono_us) {
		third_us = (until_us - r->core->now.mono_us) / 3;
		usual_us = min_u64(max_u64(third_us, ATTEMPT_APART_US), usual_us);
	}
	wait_us(r, registration, usual_us);
}

/* Never more than one attempt in 5 s. */
static uint64_t apart_us(const struct registrant *r, const struct registration *registration)
{
	return max_u64(registration->exchange.started_us + ATTEMPT_APART_US, r->core->now.mono_us);
}

/* A 503 is no verdict on the account, and while an address rests its pace is what counts. */
static bool had_chance(const struct registration *registration)
{
	return registration->had_chance && registration->last.status != 503;
}

/* When one more attempt would end before the binding does; TIME_NEVER where there is none. */
static uint64_t chance_us(const struct registrant *r, const struct registration *registration)
{
	uint64_t until_us = debts_granted_until_us(r, registration), when_us;

	if (!is_at_stake(r, registration) || had_chance(registration))
		return TIME_NEVER;
	when_us = until_us - min_u64((until_us - r->core->now.mono_us) / 3, ATTEMPT_MAX_US);
	when_us = max_u64(when_us, apart_us(r, registration));
	return when_us < until_us ? when_us : TIME_NEVER;
}

/*
 * Waits so long; but a binding that is alive does not end without one more attempt, whatever was
 * asked for. One in a grant goes before a wait that outlasts it: attempts that follow each other
 * ever sooner lock accounts.
 */
static void wait_or_chance(
    struct registrant *r, struct registration *registration, uint64_t seconds)
{
	uint64_t usual_us = r->core->now.mono_us + last_jitter_us(r, seconds);
	uint64_t sooner_us = chance_us(r, registration);

	if (sooner_us < usual_us && usual_us >= debts_granted_until_us(r, registration))
		registration->had_chance = true;
	wait_us(r, registration, min_u64(usual_us, sooner_us) - r->core->now.mono_us);
}

/* A refusal that another attempt, or another address, may not meet. */
static bool may_pass(unsigned status)
{
	return status == 403 || status == 404 || status == 408 || status == 480 ||
	       status / 100 == 5;
}

void outcome_retry(struct registrant *r, struct registration *registration, struct slice why)
{
	last_set(&registration->last, 0, why);
	fail(r, registration, "failed");
	wait_or_lapse(r, registration);
}

/*
 * Nothing was sent. When a registration is renamed, the new name may arrive first; it registers
 * once the old one is gone.
 */
void outcome_taken(struct registrant *r, struct registration *registration, struct slice why)
{
	last_set(&registration->last, 0, why);
	fail(r, registration, "failed");
	wait_us(r, registration, last_jitter_us(r, TAKEN_S));
}

static bool has_other_target(struct registrant *r, struct registration *registration)
{
	struct upstream *route = upstream_get(r->upstreams, registration->exchange.route);

	return ++registration->round < route->target_count;
}

/* Another address of the name, else another Contact of the redirect. */
static bool has_other_way(struct registrant *r, struct registration *registration)
{
	if (has_other_target(r, registration))
		return true;
	if (!redirect_next(r, &registration->exchange))
		return false;
	registration->round = 0;
	return true;
}

static void set_reason(
    struct registrant *r, struct registration *registration, unsigned status, struct slice why)
{
	char text[LAST_REASON_MAX * 2];
	struct buf b = buf_over(text, sizeof(text));

	redirect_put_reason(r, &b, &registration->exchange, why);
	last_set(&registration->last, status, buf_slice(&b));
}

void outcome_timed_out(struct registrant *r, struct registration *registration, struct slice why)
{
	set_reason(r, registration, 0, why);
	fail(r, registration, "timeout");
	if (is_at_stake(r, registration)) {
		/* Home sent us to dead addresses and may take us again; all of them are tried
		 * first. */
		if (registration->exchange.is_redirected && !has_other_way(r, registration)) {
			registration->round = 0;
			registration_go_home(r, registration);
		}
		go_on_at(r, registration, apart_us(r, registration));
	} else if (has_other_way(r, registration)) {
		go_on_at(r, registration, r->core->now.mono_us);
	} else {
		wait_s(r, registration, retry_delay_s(r, registration));
	}
}

void outcome_unreachable(struct registrant *r, struct registration *registration,
    enum obstacle obstacle, struct slice why)
{
	bool goes_on = obstacle == OBSTACLE_FLOW && has_other_target(r, registration);

	/* Behind a redirect the only other way is home, which sent us here: not at once. */
	if (obstacle == OBSTACLE_REST)
		goes_on = !registration->exchange.is_redirected;
	set_reason(r, registration, 0, why);
	if (!goes_on && redirect_next(r, &registration->exchange)) {
		registration->round = 0;
		goes_on = true;
	}
	if (goes_on) {
		go_on_at(r, registration, r->core->now.mono_us);
		return;
	}
	fail(r, registration, "failed");
	wait_or_lapse(r, registration);
}

/*
 * A cancel that was given up, of this process or the last, may still arrive
 * behind our REGISTER at a registrar that does not mind CSeq: look once more
 * when it cannot any longer.
 */
static uint64_t next_refresh_us(
    struct registrant *r, struct registration *registration, bool is_news)
{
	struct holding *holding = registration->holding;
	uint64_t settled_us = holding->loose_cancel_until_us + SETTLE_US;
	uint64_t refresh_us =
	    refresh_book(r, holding->granted_s, is_news, &registration->refresh_slot);

	if (holding->loose_cancel_until_us <= r->core->now.mono_us || settled_us >= refresh_us)
		return refresh_us;
	refresh_cancel(r, &registration->refresh_slot);
	return settled_us;
}

static void set_grant(struct registrant *r, struct registration *registration, uint32_t granted_s)
{
	struct holding *holding = registration->holding;
	uint64_t until_us = r->core->now.mono_us + granted_s * US_PER_S;

	holding_set_grant(r, holding, granted_s);
	holding->granted_until_us = until_us;
	registration->had_chance = false;
	/* The grant bounds it from above, unless a REGISTER given up may still arrive. */
	if (holding->loose_until_us <= r->core->now.mono_us) {
		holding->bound_until_us = until_us;
		holding->is_loaded = false;
	} else {
		holding->bound_until_us = max_u64(holding->bound_until_us, until_us);
	}
}

/* One line when a grant begins to be too long, not one a refresh. */
static void look_at_window(struct registrant *r, struct registration *registration)
{
	uint32_t granted_s = registration->holding->granted_s;
	bool is_long = granted_s > r->core->params->stale_window_s;
	char text[LAST_REASON_MAX];
	struct buf b = buf_over(text, sizeof(text));
	struct last why = {0};

	if (is_long && !registration->has_long_window) {
		buf_puts(&b, "granted ");
		buf_put_u64(&b, granted_s);
		buf_puts(&b, " s, RG_STALE_WINDOW is ");
		buf_put_u64(&b, r->core->params->stale_window_s);
		buf_puts(&b, " s");
		last_set(&why, 0, buf_slice(&b));
		last_log(r, LOG_LEVEL_WARNING, &why, registration_name(registration),
		    "stale-window", "", (struct slice){NULL, 0});
		last_clear(&why);
	}
	registration->has_long_window = is_long;
}

static void hold(
    struct registrant *r, struct registration *registration, const struct contact_report *report)
{
	struct holding *holding = registration->holding;
	bool is_news = !registration->is_up;
	bool is_as_sent = slice_equal(report->uri, holding_contact(holding));

	set_grant(r, registration, report->granted_s);
	if (report->uri.n > 0)
		holding_set_echoed(r, holding, is_as_sent ? (struct slice){NULL, 0} : report->uri);
	claim_proved(r, registration);
	look_at_window(r, registration);
	registration_set_activity(r, registration, ACTIVITY_HOLDING);
	registration->has_registered = true;
	registration_set_up(r, registration, true);
	registration->digest_proven = holding->digest_least;
	registration->is_rejected = registration->is_displaced = false;
	registration->attempts = registration->backoff_s = 0;
	registration->round = registration->briefs = 0;
	registration->min_expires_s = 0;
	registration->exchange.redirects = 0;
	redirect_forget(r, &registration->exchange);
	registration->refresh_us =
	    max_u64(next_refresh_us(r, registration, is_news), apart_us(r, registration));
	probe_schedule(r, registration);
	if (!is_news)
		return;
	registration->up_since_ms = r->core->now.wall_ms;
	log_event(r, LOG_LEVEL_INFO, registration, "registered");
}

/*
 * Only Contacts that cannot be ours are listed. That is no proof that ours is not held, perhaps by
 * a name that we do not know: it is cancelled like any other when it is not wanted any more.
 */
static void displace(struct registrant *r, struct registration *registration)
{
	registration->is_displaced = true;
	if (BROKEN_DISPLACED_CANCEL)
		registration->holding->bound_until_us = 0;
	keepalive_drop(r, registration);
	last_set(&registration->last, 200, SLICE("only foreign Contacts are listed"));
	fail(r, registration, "displaced");
	wait_s(r, registration, retry_delay_s(r, registration));
}

/* What the request cancelled beside what it asked for. */
static void settle_carried(
    struct registrant *r, struct registration *registration, const struct sip_message *response)
{
	struct debt *list[CARRY_MAX];
	unsigned n = debts_carried(r, registration->holding, list);

	for (unsigned i = 0; i < n; i++)
		if (list[i]->carrier_cseq == response->cseq)
			payment_carried(r, list[i], registration, response);
		else
			debt_ask(r, list[i]);
}

/* The list that named it once does not any more: another registration took its place. */
static void lose_to_sibling(struct registrant *r, struct registration *registration)
{
	/* Not more often than after any failure, or two that take turns would never rest. */
	uint64_t usual_us =
	    registration->exchange.started_us + last_jitter_us(r, retry_delay_s(r, registration));

	registration_end_probe(r, registration);
	refresh_cancel(r, &registration->refresh_slot);
	registration->is_displaced = true;
	last_set(&registration->last, 200,
	    SLICE("not listed beside another registration of the account"));
	fail(r, registration, "displaced");
	registration->round = 0;
	go_on_at(r, registration, max_u64(usual_us, r->core->now.mono_us));
}

/*
 * It never stood in the answer to another: the upstream keeps one Contact, or lists what it was
 * asked for only (ejabberd). Nobody can tell which, so people are told, once.
 */
static void doubt_beside_sibling(struct registrant *r, struct registration *registration)
{
	struct last why = {0};

	if (registration->was_told_sibling)
		return;
	registration->was_told_sibling = true;
	last_set(&why, 0, SLICE("another registration of the account may take its place"));
	last_log(r, LOG_LEVEL_WARNING, &why, registration_name(registration), "sibling-unlisted",
	    "", (struct slice){NULL, 0});
	last_clear(&why);
}

/* It was bound at that address before this request left. */
static bool must_be_listed(const struct holding *sibling, const struct exchange *exchange)
{
	const struct exchange *other = sibling->exchange;

	return other && other->holder_kind == HOLDER_REGISTRATION &&
	       other->target == exchange->target && sibling->granted_s > 0 &&
	       sibling->granted_until_us - sibling->granted_s * US_PER_S < exchange->started_us;
}

/*
 * The registrations of one account share the list that its registrar keeps: one that the answer to
 * another no longer lists is bound no more, whatever its own last answer said.
 */
static void look_at_siblings(struct registrant *r, const struct registration *asked,
    const struct contact_report *report, const struct sip_message *response)
{
	struct registration *registration;
	struct holding *sibling;
	uint32_t cursor = 0;

	if (report->listed == 0 || report->listed >= CONTACT_OTHERS_MAX)
		return;
	while ((sibling = holding_sibling(r, asked->holding, &cursor))) {
		if (contact_is_listed(r, sibling, CONTACT_LIKE, NULL, NULL, response)) {
			sibling->was_beside = true;
			continue;
		}
		if (!must_be_listed(sibling, &asked->exchange))
			continue;
		registration = pool_get(r->registrations, sibling->exchange->owner);
		if (registration->activity != ACTIVITY_HOLDING)
			continue;
		if (sibling->was_beside)
			lose_to_sibling(r, registration);
		else
			doubt_beside_sibling(r, registration);
	}
}

static void granted(
    struct registrant *r, struct registration *registration, const struct sip_message *response)
{
	struct exchange *exchange = &registration->exchange;
	struct contact_question question;
	struct contact_report report;

	contact_ask(r, registration->holding, &exchange_flow(exchange)->local,
	    registration->asked_s, &question);
	contact_judge(&question, response, &report);
	contact_learn(r, registration->holding, &report);
	listing_look(r, registration, &question, response, &report);
	if (report.match == CONTACT_FOREIGN) {
		displace(r, registration);
		return;
	}
	last_set(&registration->last, response->status, response->reason);
	if (report.granted_s == 0) {
		set_grant(r, registration, 0);
		last_set(&registration->last, response->status, SLICE("granted 0 s"));
		fail(r, registration, "granted-nothing");
		wait_s(r, registration, retry_delay_s(r, registration));
		return;
	}
	hold(r, registration, &report);
	look_at_siblings(r, registration, &report, response);
	settle_carried(r, registration, response);
	keepalive_hold(
	    r, registration, contact_is_seen_elsewhere(response, &exchange_flow(exchange)->local));
}

/*
 * Most softswitches answer a wrong password with 403. Until the credentials have worked once they
 * are what is wrong; afterwards it is the account.
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
 * True where a binding lives, its refusal may pass, and another address has not been asked in
 * this round: it is, before anybody waits.
 */
static bool asks_elsewhere(
    struct registrant *r, struct registration *registration, const struct sip_message *response)
{
	if (!is_at_stake(r, registration) || !may_pass(response->status) ||
	    !has_other_target(r, registration))
		return false;
	exchange_pass_target(r, &registration->exchange);
	last_set(&registration->last, response->status, response->reason);
	go_on_at(r, registration, apart_us(r, registration));
	return true;
}

/* Not where one more digest may be the third wrong one in ten minutes: they lock accounts. */
static bool may_have_chance(
    const struct registration *registration, const struct sip_message *response)
{
	unsigned digests = registration->exchange.digests;

	if (!may_pass(response->status) || digests >= WRONG_DIGESTS_MAX)
		return false;
	return digests == 0 || registration->attempts <= 1;
}

/*
 * Credentials or account refused: slower each time, at once when edited. Wrong
 * digests lock accounts, so after some the wait begins long, and the nonce is
 * forgotten: with it the next attempt would begin with one more.
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

	if (asks_elsewhere(r, registration, response))
		return;
	if (is_wrong)
		why = put_wrong_password(&b, response);
	last_set(&registration->last, response->status, why.n ? why : response->reason);
	fail(r, registration, "rejected");
	registration->is_rejected = true;
	if (is_wrong || response->status == 401 || response->status == 407)
		delay_s = max_u64(delay_s, WRONG_DIGEST_S);
	auths_clear(&exchange->auths);
	delay_s = max_u64(delay_s, 2 * (uint64_t)registration->backoff_s);
	delay_s = max_u64(delay_s, last_retry_after_s(response, 0));
	registration->backoff_s = (uint32_t)min_u64(delay_s, BACKOFF_MAX_S);
	upstream_rejected(r->upstreams, home, registration->holding->handle);
	if (may_have_chance(registration, response))
		wait_or_chance(r, registration, registration->backoff_s);
	else
		wait_s(r, registration, registration->backoff_s);
}

/* Which extension upstream cannot do without, or cannot do (RFC 3261 20.32, 20.40). */
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

/* After a refusal, as long as upstream says. */
static void wait_refused(
    struct registrant *r, struct registration *registration, const struct sip_message *response)
{
	uint64_t asked_s = last_retry_after_s(response, 0);

	if (asked_s == 0)
		wait_or_lapse(r, registration);
	else
		wait_or_chance(r, registration, max_u64(asked_s, retry_delay_s(r, registration)));
}

/*
 * 423 is obeyed where it asks for more, twice in a row, up to a day (RFC 3261 10.2.8). Without
 * Min-Expires twice of what is wanted is tried, and no more. What it taught holds until something
 * is granted or it is given up: then what is wanted is asked for again.
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

/* True where the same is to be asked again, for longer. */
static bool brief(
    struct registrant *r, struct registration *registration, const struct sip_message *response)
{
	last_set(&registration->last, response->status, response->reason);
	if (obey_brief(r, registration, response))
		return true;
	registration->briefs = 0;
	registration->min_expires_s = 0;
	fail(r, registration, "interval-too-brief");
	wait_refused(r, registration, response);
	return false;
}

/* Everything else that is final. */
static void failed(struct registrant *r, struct registration *registration,
    const struct sip_message *response, struct slice why)
{
	char text[LAST_REASON_MAX];
	struct buf b = buf_over(text, sizeof(text));

	if (asks_elsewhere(r, registration, response))
		return;
	why = name_extension(response, why, &b);
	last_set(&registration->last, response->status, why.n ? why : response->reason);
	fail(r, registration, "failed");
	wait_refused(r, registration, response);
}

/* Only this account is refused, and by all addresses of its registrar. */
static void full(
    struct registrant *r, struct registration *registration, const struct sip_message *response)
{
	char text[LISTING_TEXT_MAX + LAST_REASON_MAX];
	struct buf why = buf_over(text, sizeof(text));

	refusal_show(r, registration, response, &why);
	last_set(&registration->last, response->status, buf_slice(&why));
	fail(r, registration, "account-full");
	wait_refused(r, registration, response);
}

static void unavailable(
    struct registrant *r, struct registration *registration, const struct sip_message *response)
{
	if (has_other_way(r, registration)) {
		last_set(&registration->last, response->status, response->reason);
		go_on_at(r, registration, r->core->now.mono_us);
		return;
	}
	failed(r, registration, response, response->reason);
}

static void redirected(
    struct registrant *r, struct registration *registration, const struct sip_message *response)
{
	const char *why;

	last_set(&registration->last, response->status, response->reason);
	if (redirect_follow(r, &registration->exchange, response, &why) ||
	    redirect_next(r, &registration->exchange))
		go_on_at(r, registration, r->core->now.mono_us);
	else
		failed(r, registration, response, slice_of(why));
}

/*
 * A registrar that kept our old CSeq and minds it refuses the first REGISTER
 * after a start with 400 or 500 (RFC 3261 10.3 step 7): a new Call-ID, once.
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
	log_event(r, LOG_LEVEL_WARNING, registration, "new-call-id");
	go_on_at(r, registration, r->core->now.mono_us);
	return true;
}

/* Upstream wants the extension that it was not offered (420, 421), or cannot do with it (439). */
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
		go_on_at(r, registration, r->core->now.mono_us);
	}
	return changed;
}

/*
 * A registrar that limits Contacts may refuse the two that one request names, and take them one
 * after the other: first the cancel by itself, and behind it the request without it.
 */
static bool goes_apart(struct registrant *r, struct registration *registration,
    enum verdict verdict, const struct sip_message *response)
{
	bool is_refusal = verdict == VERDICT_UNAVAILABLE || verdict == VERDICT_FULL ||
	                  verdict == VERDICT_FAILED ||
	                  (verdict == VERDICT_REJECTED && response->status == 403);

	if (!is_refusal || !registration->exchange.is_carrying)
		return false;
	registration->exchange.is_carrying = false;
	last_set(&registration->last, response->status, response->reason);
	debts_carry_no_more(r, registration_name(registration));
	go_on_at(r, registration, r->core->now.mono_us);
	return true;
}

/*
 * Behind a redirect the refusal of one Contact leads to the next (RFC 3261 8.1.3.4): it may not
 * know the account. A refused digest is the account's, wherever it is asked.
 */
static bool tries_next_contact(struct registrant *r, struct registration *registration,
    enum verdict verdict, const struct sip_message *response)
{
	struct exchange *exchange = &registration->exchange;

	if (verdict != VERDICT_FAILED &&
	    (verdict != VERDICT_REJECTED || auths_were_asked(&exchange->auths)))
		return false;
	if (!redirect_next(r, exchange))
		return false;
	registration->round = 0;
	last_set(&registration->last, response->status, response->reason);
	go_on_at(r, registration, r->core->now.mono_us);
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
		granted(r, registration, response);
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

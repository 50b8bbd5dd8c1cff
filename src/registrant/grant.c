// SPDX-License-Identifier: Apache-2.0
/*
 * What follows from a 200: from its Contacts to the next refresh.
 */
#include "registrant/grant.h"

#include "base/broken.h"
#include "base/spread.h"
#include "registrant/claim.h"
#include "registrant/contact.h"
#include "registrant/debts.h"
#include "registrant/listing.h"
#include "registrant/payment.h"
#include "registrant/probe.h"
#include "registrant/request.h"
#include "registrant/retry.h"
#include "upstream/keepalive.h"
#include "upstream/redirect.h"

#define SETTLE_US        (100 * US_PER_MS)
#define KEEPALIVE_AUTO_S 25
#define WINDOW_GRANT_MAX 7200 /* a longer grant is refreshed as if it were this one */

void grant_window(uint32_t granted_s, uint32_t *from_s_r, uint32_t *to_s_r)
{
	uint32_t grant = granted_s > WINDOW_GRANT_MAX ? WINDOW_GRANT_MAX : granted_s;
	uint32_t from = 80, to = 90;

	if (grant < 120) {
		from = 45;
		to = 55;
	} else if (grant < 1200) {
		from = 50;
		to = 75;
	}
	*from_s_r = grant * from / 100;
	*to_s_r = grant * to / 100;
}

uint64_t grant_book_refresh(
    struct registrant *r, uint32_t granted_s, bool is_newcomer, uint32_t *slot_r)
{
	struct spread_wish wish = {
	    .now_us = r->core->now.mono_us,
	    .population = pool_count(r->registrations),
	    .is_newcomer = is_newcomer,
	};

	grant_window(granted_s, &wish.from_s, &wish.to_s);
	if (wish.to_s <= 2 || wish.to_s == wish.from_s) {
		/* The window is too short to choose a second in it. */
		*slot_r = 0;
		return r->core->now.mono_us + (uint64_t)granted_s * US_PER_S / 2;
	}
	return spread_book(r->refreshes, r->core->random, &wish, slot_r);
}

/*
 * The next refresh. A loose cancel, of this process or the last, may still arrive
 * behind our REGISTER at a registrar that ignores CSeq: then the next refresh comes
 * as soon as the cancel cannot arrive any more.
 */
static uint64_t next_refresh_us(
    struct registrant *r, struct registration *registration, bool is_news)
{
	struct holding *holding = registration->holding;
	uint64_t settled_us = holding->loose_cancel_until_us + SETTLE_US;
	uint64_t refresh_us =
	    grant_book_refresh(r, holding->granted_s, is_news, &registration->refresh_slot);

	if (holding->loose_cancel_until_us <= r->core->now.mono_us || settled_us >= refresh_us)
		return refresh_us;
	spread_cancel(r->refreshes, &registration->refresh_slot);
	return settled_us;
}

static void set(struct registrant *r, struct registration *registration, uint32_t granted_s)
{
	struct holding *holding = registration->holding;
	uint64_t until_us = r->core->now.mono_us + granted_s * US_PER_S;

	holding_set_grant(r, holding, granted_s);
	holding->granted_until_us = until_us;
	registration->had_chance = false;
	/* The binding ends with the grant, unless a loose REGISTER may still arrive. */
	if (holding->loose_until_us <= r->core->now.mono_us) {
		holding->bound_until_us = until_us;
		holding->is_loaded = false;
	} else {
		holding->bound_until_us = max_u64(holding->bound_until_us, until_us);
	}
}

/* Logs when a grant begins to be too long, and not at every refresh. */
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
		holder_log(r, LOG_LEVEL_WARNING, &why, registration_name(registration),
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

	set(r, registration, report->granted_s);
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
	redirect_forget(r->upstreams, &registration->exchange);
	registration->refresh_us =
	    max_u64(next_refresh_us(r, registration, is_news), retry_apart_us(r, registration));
	probe_schedule(r, registration);
	if (!is_news)
		return;
	registration->up_since_ms = r->core->now.wall_ms;
	registration_log(r, LOG_LEVEL_INFO, registration, "registered");
}

/*
 * Only foreign Contacts are listed. Upstream may hold ours all the same, perhaps under a name that
 * we do not know. So the holding stays bound, and is cancelled like any other when it is not
 * wanted.
 */
static void displace(struct registrant *r, struct registration *registration)
{
	registration->is_displaced = true;
	if (BROKEN_DISPLACED_CANCEL)
		registration->holding->bound_until_us = 0;
	keepalive_drop(r->upstreams, &registration->keepalive);
	last_set(&registration->last, 200, SLICE("only foreign Contacts are listed"));
	retry_fail(r, registration, "displaced");
	retry_in_s(r, registration, retry_delay_s(r, registration));
}

/* Judges the cancels that the request carried. */
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

/* An earlier list of a sibling named it, and this one does not: another one took its place. */
static void lose_to_sibling(struct registrant *r, struct registration *registration)
{
	/* After the usual delay: otherwise two that take turns would never rest. */
	uint64_t usual_us =
	    registration->exchange.started_us +
	    random_lengthen(r->core->random, retry_delay_s(r, registration) * US_PER_S);

	registration_end_probe(r, registration);
	spread_cancel(r->refreshes, &registration->refresh_slot);
	registration->is_displaced = true;
	last_set(&registration->last, 200,
	    SLICE("not listed beside another registration of the account"));
	retry_fail(r, registration, "displaced");
	registration->round = 0;
	retry_at(r, registration, max_u64(usual_us, r->core->now.mono_us));
}

/*
 * No list of a sibling ever named it. Either the upstream keeps one Contact only, or it lists only
 * the Contact of the request (ejabberd). Nobody can tell which, so the log warns, once.
 */
static void doubt_beside_sibling(struct registrant *r, struct registration *registration)
{
	struct last why = {0};

	if (registration->was_told_sibling)
		return;
	registration->was_told_sibling = true;
	last_set(&why, 0, SLICE("another registration of the account may take its place"));
	holder_log(r, LOG_LEVEL_WARNING, &why, registration_name(registration), "sibling-unlisted",
	    "", (struct slice){NULL, 0});
	last_clear(&why);
}

/* True if it was bound at the same address before this request left. */
static bool must_be_listed(const struct holding *sibling, const struct exchange *exchange)
{
	const struct exchange *other = sibling->exchange;

	return other && other->kind != HOLDER_DEBT && other->target == exchange->target &&
	       sibling->granted_s > 0 &&
	       sibling->granted_until_us - sibling->granted_s * US_PER_S < exchange->started_us;
}

/*
 * The registrations of one account share the registrar's list of Contacts. If the answer to one of
 * them does not list another one any more, that one is bound no more, whatever it was granted.
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

/* How often its flow is kept open, in seconds: by `auto` only behind a NAT; 0: never. */
static uint16_t keepalive_s(const struct registration *registration, bool is_behind_nat)
{
	uint16_t asked_s = registration->settings.keepalive_s;

	if (asked_s == KEEPALIVE_AUTO)
		return is_behind_nat ? KEEPALIVE_AUTO_S : 0;
	return asked_s;
}

void grant_take(
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
		set(r, registration, 0);
		last_set(&registration->last, response->status, SLICE("granted 0 s"));
		retry_fail(r, registration, "granted-nothing");
		retry_in_s(r, registration, retry_delay_s(r, registration));
		return;
	}
	hold(r, registration, &report);
	look_at_siblings(r, registration, &report, response);
	settle_carried(r, registration, response);
	keepalive_hold(r->upstreams, &registration->keepalive, exchange_flow(exchange),
	    keepalive_s(registration,
	        contact_is_seen_elsewhere(response, &exchange_flow(exchange)->local)));
}

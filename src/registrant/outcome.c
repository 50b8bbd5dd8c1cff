// SPDX-License-Identifier: Apache-2.0
/*
 * Outcomes: granted, brief, rejected, redirected, unavailable, lost.
 */
#include "registrant/outcome.h"

#include "registrant/contact.h"
#include "registrant/refresh.h"

#define RETRY_AFTER_MAX_S 3600
#define BACKOFF_MAX_S     3600
#define BRIEFS_MAX        2
#define MIN_EXPIRES_MAX_S 86400
#define ATTEMPT_APART_US  (5 * US_PER_S)
#define SETTLE_US         (100 * US_PER_MS)
#define LINE_MAX          320

static void remember(struct registration *registration, unsigned status, struct slice reason)
{
	size_t n = reason.n < REASON_MAX - 1 ? reason.n : REASON_MAX - 1;

	registration->last_status = (uint16_t)status;
	if (n > 0)
		memcpy(registration->last_reason, reason.p, n);
	registration->last_reason[n] = '\0';
}

static void log_event(struct registrant *r, enum log_level level,
    const struct registration *registration, const char *event)
{
	char text[LINE_MAX];
	struct buf b = buf_over(text, sizeof(text));

	buf_puts(&b, "registration=");
	buf_put(&b, registration->config->name);
	buf_puts(&b, " event=");
	buf_puts(&b, event);
	if (registration->last_status) {
		buf_puts(&b, " status=");
		buf_put_u64(&b, registration->last_status);
	}
	if (registration->last_reason[0]) {
		buf_puts(&b, " reason=\"");
		buf_puts(&b, registration->last_reason);
		buf_putc(&b, '"');
	}
	registrant_log(r, level, &b);
}

static uint32_t retry_delay_s(const struct registrant *r, const struct registration *registration)
{
	uint32_t own = registration->config->retry_delay_s;

	return own ? own : r->params->retry_delay_s;
}

/* Jitter only lengthens: 0 to 20 %. */
static uint64_t with_jitter_us(struct registrant *r, uint64_t seconds)
{
	return seconds * US_PER_S + random_below(r->random, seconds * US_PER_S / 5 + 1);
}

static void wait_until(struct registrant *r, struct registration *registration, uint64_t when_us)
{
	if (registration->activity != ACTIVITY_WAITING)
		registration->since_ms = r->now.wall_ms;
	registration->activity = ACTIVITY_WAITING;
	registration->round = 0;
	registration_go_home(r, registration);
	wheel_set(r->wheel, &registration->timer, when_us);
}

static void wait_s(struct registrant *r, struct registration *registration, uint64_t seconds)
{
	wait_until(r, registration, r->now.mono_us + with_jitter_us(r, seconds));
}

static void fail(struct registrant *r, struct registration *registration, const char *event)
{
	if (registration->attempts++ == 0)
		log_event(r, LOG_LEVEL_WARNING, registration, event);
}

void outcome_retry(struct registrant *r, struct registration *registration, struct slice why)
{
	remember(registration, 0, why);
	fail(r, registration, "failed");
	wait_s(r, registration, retry_delay_s(r, registration));
}

/*
 * Tries again soon: the next target at once, and where a binding lives and
 * must be saved, again and again; but never more than one attempt in 5 s.
 */
static bool try_on(struct registrant *r, struct registration *registration)
{
	struct exchange *exchange = &registration->exchange;
	struct upstream *route = upstream_get(r, exchange->route);
	bool has_other = ++registration->round < route->target_count;
	uint64_t apart_us = exchange->started_us + ATTEMPT_APART_US;

	if (has_other && !holding_is_bound(r, exchange->holding)) {
		registration->activity = ACTIVITY_WAITING;
		wheel_set(r->wheel, &registration->timer, r->now.mono_us);
		return true;
	}
	if (holding_is_bound(r, exchange->holding) && exchange->holding->granted_s > 0) {
		registration->activity = ACTIVITY_WAITING;
		wheel_set(r->wheel, &registration->timer, max_u64(apart_us, r->now.mono_us));
		return true;
	}
	return false;
}

void outcome_timed_out(struct registrant *r, struct registration *registration)
{
	remember(registration, 408, SLICE("no answer"));
	fail(r, registration, "timeout");
	if (!try_on(r, registration))
		wait_s(r, registration, retry_delay_s(r, registration));
}

void outcome_unreachable(struct registrant *r, struct registration *registration, struct slice why)
{
	struct upstream *route = upstream_get(r, registration->exchange.route);

	/* The address began to rest while this one waited: the others are free. */
	if (registration->activity == ACTIVITY_ASKING) {
		registration->activity = ACTIVITY_WAITING;
		wheel_set(r->wheel, &registration->timer, r->now.mono_us);
		return;
	}
	if (++registration->round < route->target_count) {
		registration->activity = ACTIVITY_WAITING;
		wheel_set(r->wheel, &registration->timer, r->now.mono_us);
		return;
	}
	outcome_retry(r, registration, why);
}

/*
 * A cancel that was given up, of this process or the last, may still arrive
 * behind our REGISTER at a registrar that does not mind CSeq: look once more
 * when it cannot any longer.
 */
static uint64_t next_refresh_us(struct registrant *r, struct registration *registration)
{
	struct holding *holding = registration->exchange.holding;
	uint64_t settled_us = holding->loose_cancel_until_us + SETTLE_US;
	uint64_t refresh_us = refresh_book(r, holding->granted_s, &registration->refresh_slot);

	if (holding->loose_cancel_until_us <= r->now.mono_us || settled_us >= refresh_us)
		return refresh_us;
	refresh_cancel(r, &registration->refresh_slot);
	return settled_us;
}

static void hold(
    struct registrant *r, struct registration *registration, const struct contact_report *report)
{
	struct holding *holding = registration->exchange.holding;
	uint64_t granted_until = r->now.mono_us + report->granted_s * US_PER_S;
	bool is_news = registration->activity != ACTIVITY_HOLDING &&
	               (!registration->has_registered || registration->attempts > 0);

	holding->granted_s = report->granted_s;
	holding_raise_expiry(r, holding, report->granted_s);
	/* The grant bounds it from above, unless a REGISTER given up may still arrive. */
	if (holding->loose_until_us <= r->now.mono_us)
		holding->bound_until_us = granted_until;
	else
		holding->bound_until_us = max_u64(holding->bound_until_us, granted_until);
	if (report->uri.n > 0)
		holding_set_echoed(r, holding,
		    slice_equal(report->uri, holding->identity->contact) ? (struct slice){0}
		                                                         : report->uri);
	if (registration->activity != ACTIVITY_HOLDING &&
	    (!registration->has_registered || registration->attempts > 0))
		registration->since_ms = r->now.wall_ms;
	registration->activity = ACTIVITY_HOLDING;
	registration->has_registered = true;
	registration->is_rejected = registration->is_displaced = false;
	registration->attempts = registration->backoff_s = 0;
	registration->round = registration->briefs = 0;
	wheel_set(r->wheel, &registration->timer, next_refresh_us(r, registration));
	if (is_news)
		log_event(r, LOG_LEVEL_INFO, registration, "registered");
}

/* Somebody else's Contact stands where ours stood: ours is gone, no cancel is owed. */
static void displace(struct registrant *r, struct registration *registration)
{
	struct exchange *exchange = &registration->exchange;
	struct holding *holding = exchange->holding;

	registration->is_displaced = true;
	remember(registration, 200, SLICE("only foreign Contacts are listed"));
	fail(r, registration, "displaced");
	wait_s(r, registration, retry_delay_s(r, registration));
	if (holding->loose_until_us > r->now.mono_us)
		return;
	exchange->holding = NULL;
	holding_drop(r, holding);
}

static void granted(
    struct registrant *r, struct registration *registration, const struct sip_message *response)
{
	struct exchange *exchange = &registration->exchange;
	struct upstream *home = upstream_get(r, exchange->holding->upstream);
	struct contact_question question = {
	    .holding = exchange->holding,
	    .local = exchange->flow.local,
	    .asked_s = registration->asked_s,
	    .lists_many = home->lists_many,
	};
	struct contact_report report;

	contact_judge(&question, response, &report);
	if (report.listed > 1)
		home->lists_many = true;
	registration->foreign = report.foreign;
	if (report.match == CONTACT_FOREIGN) {
		displace(r, registration);
		return;
	}
	remember(registration, response->status, response->reason);
	if (report.granted_s == 0) {
		exchange->holding->granted_s = 0;
		if (exchange->holding->loose_until_us <= r->now.mono_us)
			exchange->holding->bound_until_us = r->now.mono_us;
		remember(registration, response->status, SLICE("granted 0 s"));
		fail(r, registration, "granted-nothing");
		wait_s(r, registration, retry_delay_s(r, registration));
		return;
	}
	hold(r, registration, &report);
}

/* 423 is obeyed where it asks for more, twice in a row, up to a day (RFC 3261 10.2.8). */
static bool obey_brief(struct registration *registration, const struct sip_message *response)
{
	uint32_t least_s;

	if (registration->briefs >= BRIEFS_MAX)
		return false;
	if (sip_delta_seconds(sip_message_value(response, SIP_MIN_EXPIRES), &least_s) < 0) {
		if (registration->briefs > 0)
			return false;
		least_s = 2 * registration->asked_s;
	}
	if (least_s <= registration->asked_s || least_s > MIN_EXPIRES_MAX_S)
		return false;
	registration->briefs++;
	registration->min_expires_s = least_s;
	return true;
}

static void brief(
    struct registrant *r, struct registration *registration, const struct sip_message *response)
{
	struct exchange *exchange = &registration->exchange;

	remember(registration, response->status, response->reason);
	if (obey_brief(registration, response) &&
	    exchange_queue(r, exchange, QUEUE_ANSWER, r->now.mono_us) == 0)
		return;
	registration->briefs = 0;
	fail(r, registration, "interval-too-brief");
	wait_s(r, registration, retry_delay_s(r, registration));
}

/* Credentials or account refused: slower each time, at once when edited. */
static void rejected(struct registrant *r, struct registration *registration,
    const struct sip_message *response, struct slice why)
{
	struct upstream *home = upstream_get(r, registration->exchange.holding->upstream);
	uint64_t delay_s = registration->backoff_s ? 2 * (uint64_t)registration->backoff_s
	                                           : retry_delay_s(r, registration);

	remember(registration, response->status, why.n ? why : response->reason);
	fail(r, registration, "rejected");
	registration->is_rejected = true;
	registration->backoff_s = (uint32_t)min_u64(delay_s, BACKOFF_MAX_S);
	upstream_rejected(r, home);
	wait_s(r, registration, registration->backoff_s);
}

static uint32_t retry_after_s(const struct sip_message *response)
{
	uint32_t seconds;

	if (sip_delta_seconds(sip_message_value(response, SIP_RETRY_AFTER), &seconds) < 0)
		return 0;
	return (uint32_t)min_u64(seconds, RETRY_AFTER_MAX_S);
}

static void failed(struct registrant *r, struct registration *registration,
    const struct sip_message *response, struct slice why)
{
	remember(registration, response->status, why.n ? why : response->reason);
	fail(r, registration, "failed");
	wait_s(r, registration, max_u64(retry_after_s(response), retry_delay_s(r, registration)));
}

static void unavailable(
    struct registrant *r, struct registration *registration, const struct sip_message *response)
{
	struct upstream *route = upstream_get(r, registration->exchange.route);

	if (++registration->round < route->target_count) {
		remember(registration, response->status, response->reason);
		registration->activity = ACTIVITY_WAITING;
		wheel_set(r->wheel, &registration->timer, r->now.mono_us);
		return;
	}
	failed(r, registration, response, response->reason);
}

static void redirected(
    struct registrant *r, struct registration *registration, const struct sip_message *response)
{
	const char *why;

	remember(registration, response->status, response->reason);
	if (!exchange_redirect(r, &registration->exchange, response, &why)) {
		failed(r, registration, response, slice_of(why));
		return;
	}
	registration->activity = ACTIVITY_WAITING;
	wheel_set(r->wheel, &registration->timer, r->now.mono_us);
}

/*
 * A registrar that kept our old CSeq and minds it refuses the first REGISTER
 * after a start with 400 or 500 (RFC 3261 10.3 step 7): a new Call-ID, once.
 */
static bool begin_epoch(
    struct registrant *r, struct registration *registration, const struct sip_message *response)
{
	struct ledger_record record = {.op = LEDGER_EPOCH};

	if (registration->had_answer || !registration->exchange.holding->from_ledger)
		return false;
	if (response->status != 400 && response->status != 500)
		return false;
	map_remove(r->epochs, registration->name_hash, registration->epoch);
	registration->epoch++;
	if (map_put(r->epochs, registration->name_hash, registration->epoch) < 0)
		return false;
	record.epoch.name = registration->config->name;
	record.epoch.epoch = registration->epoch;
	holding_write(r, &record);
	remember(registration, response->status, response->reason);
	log_event(r, LOG_LEVEL_WARNING, registration, "new-call-id");
	registration->activity = ACTIVITY_WAITING;
	wheel_set(r->wheel, &registration->timer, r->now.mono_us);
	return true;
}

void outcome_answered(struct registrant *r, struct registration *registration, enum verdict verdict,
    const struct sip_message *response, struct slice why)
{
	bool is_new_epoch = verdict == VERDICT_FAILED && begin_epoch(r, registration, response);

	registration->had_answer = true;
	if (is_new_epoch)
		return;
	switch (verdict) {
	case VERDICT_OK:
		granted(r, registration, response);
		break;
	case VERDICT_BRIEF:
		brief(r, registration, response);
		break;
	case VERDICT_REJECTED:
		rejected(r, registration, response, why);
		break;
	case VERDICT_UNAVAILABLE:
		unavailable(r, registration, response);
		break;
	case VERDICT_REDIRECT:
		redirected(r, registration, response);
		break;
	case VERDICT_STALE:
	case VERDICT_FAILED:
		failed(r, registration, response, why);
		break;
	}
}

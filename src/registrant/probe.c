// SPDX-License-Identifier: Apache-2.0
/*
 * When a binding is probed, by which request, and what the answer means.
 */
#include "registrant/probe.h"

#include "registrant/contact.h"
#include "registrant/request.h"
#include "upstream/history.h"
#include "upstream/queue.h"
#include "upstream/reach.h"

#define AUTO_SHARE        10 /* `auto`: a tenth of the grant */
#define AUTO_LEAST_S      30
#define AUTO_MOST_S       300
#define BEFORE_REFRESH_US (5 * US_PER_S) /* if a refresh is so near, it does for a probe */
#define DOUBTS_MAX        3

static uint64_t interval_us(const struct registrant *r, const struct registration *registration)
{
	uint64_t interval_s = r->core->params->probe_s;

	if (interval_s == PARAM_AUTO) {
		interval_s = registration->holding->granted_s / AUTO_SHARE;
		interval_s = min_u64(max_u64(interval_s, AUTO_LEAST_S), AUTO_MOST_S);
	}
	return interval_s * US_PER_S;
}

static enum probe_way way_of(const struct registrant *r, const struct registration *registration)
{
	const struct upstream *home = upstream_get(r->upstreams, registration->holding->upstream);
	const struct target *target = target_get(r->upstreams, registration->exchange.target);

	if (home->lists_own && !home->is_fetch_useless && !(target && target->loses_by_fetch))
		return PROBE_FETCH;
	return home->is_options_useless ? PROBE_NONE : PROBE_OPTIONS;
}

static void set_timer(
    struct registrant *r, struct registration *registration, uint64_t from_us, uint64_t within_us)
{
	uint64_t when_us = registration->refresh_us;

	if (within_us > 0 && way_of(r, registration) != PROBE_NONE) {
		uint64_t probe_us = r->core->now.mono_us + from_us +
		                    random_below(r->core->random, within_us) + US_PER_MS;

		if (probe_us + BEFORE_REFRESH_US < when_us)
			when_us = probe_us;
	}
	wheel_set(r->core->wheel, &registration->timer, when_us);
}

/* At random within the interval: many that came up together are not probed together. */
void probe_schedule(struct registrant *r, struct registration *registration)
{
	set_timer(r, registration, 0, interval_us(r, registration));
}

/* Up to a tenth sooner than the interval, at random, so that crowds spread with time. */
static void schedule_next(struct registrant *r, struct registration *registration)
{
	uint64_t interval = interval_us(r, registration);

	registration->probe = PROBE_NONE;
	set_timer(r, registration, interval - interval / 10, interval / 10);
}

static void lost(struct registrant *r, struct registration *registration)
{
	registration_end_probe(r, registration);
	schedule_next(r, registration);
}

bool probe_timer(struct registrant *r, struct registration *registration)
{
	struct exchange *exchange = &registration->exchange;

	if (r->core->now.mono_us >= registration->refresh_us)
		return true;
	if (registration->probe != PROBE_NONE) {
		lost(r, registration);
		return false;
	}
	registration->probe = (uint8_t)way_of(r, registration);
	if (registration->probe == PROBE_NONE || r->core->params->probe_s == 0 ||
	    core_is_stopping(r->core)) {
		registration->probe = PROBE_NONE;
		wheel_set(r->core->wheel, &registration->timer, registration->refresh_us);
		return false;
	}
	registration->has_come_back = false;
	exchange->kind = HOLDER_PROBE;
	/* It may wait in the queue for long, behind all others; the refresh ends it. */
	wheel_set(r->core->wheel, &registration->timer, registration->refresh_us);
	reach_upstream(r->upstreams, exchange);
	return false;
}

static void reached(void *context, struct exchange *exchange)
{
	struct registrant *r = context;
	struct registration *registration = registration_from_exchange(exchange);

	/* Another local address means another Contact: a refresh settles that. */
	if (!netaddr_equal(&exchange_flow(exchange)->local, holding_local(registration->holding))) {
		registration->probe = PROBE_NONE;
		registration_refresh(r, registration);
		return;
	}
	if (queue_join(r->upstreams, exchange, QUEUE_PROBE, r->core->now.mono_us) < 0)
		lost(r, registration);
}

static void unreachable(
    void *context, struct exchange *exchange, enum obstacle obstacle, struct slice why)
{
	struct registrant *r = context;
	(void)obstacle;
	(void)why;
	lost(r, registration_from_exchange(exchange));
}

static void turn(void *context, struct exchange *exchange)
{
	struct registrant *r = context;
	struct registration *registration = registration_from_exchange(exchange);
	struct request request = {.probe = registration->probe};
	uint64_t latest_us = r->core->now.mono_us + ATTEMPT_MAX_US;

	request.give_up_us = min_u64(latest_us, registration->refresh_us);
	account_credentials(registration->account, &request.auth_username, &request.password);
	if (request_send(r, exchange, &request) < 0)
		lost(r, registration);
}

static void log_event(struct registrant *r, enum log_level level,
    const struct registration *registration, const char *event, const char *why)
{
	const struct upstream *home = upstream_get(r->upstreams, registration->holding->upstream);
	struct last last = {0};

	last_set(&last, 0, slice_of(why));
	holder_log(r, level, &last, registration_name(registration), event, "upstream",
	    slice_of(home->hop));
	last_clear(&last);
}

static bool *useless_flag(struct upstream *home, enum probe_way way)
{
	return way == PROBE_FETCH ? &home->is_fetch_useless : &home->is_options_useless;
}

/* Gives up this way of probing an upstream. Logs it once, however many registrations find out. */
static void give_up_way(struct registrant *r, const struct registration *registration,
    enum log_level level, const char *why)
{
	struct upstream *home = upstream_get(r->upstreams, registration->holding->upstream);
	bool *is_useless = useless_flag(home, (enum probe_way)registration->probe);

	if (!*is_useless)
		log_event(r, level, registration, "probe-useless", why);
	*is_useless = true;
}

/* Remembers a harmful fetch in the ledger: otherwise each start would lose bindings again. */
static void remember_loss(struct registrant *r, const struct registration *registration)
{
	struct target *target = target_get(r->upstreams, registration->exchange.target);

	if (registration->probe != PROBE_FETCH || !target)
		return;
	target->loses_by_fetch = true;
	history_note(r->upstreams, target);
}

/*
 * The probe did not find the binding: registers again. If an upstream says so again and again right
 * after it has bound us, either the answer is wrong, or the fetch itself removes the binding:
 * Net::SIP's registrar takes a fetch for a REGISTER that empties the account. Nobody can tell
 * which, so it is not probed in this way any more.
 */
static void missing(struct registrant *r, struct registration *registration)
{
	if (++registration->doubts >= DOUBTS_MAX) {
		registration->doubts = 0;
		remember_loss(r, registration);
		give_up_way(r, registration, LOG_LEVEL_WARNING,
		    registration->probe == PROBE_FETCH
		        ? "bindings are missing after each fetch: no more of them"
		        : "OPTIONS do not come back any more");
	}
	registration->probe = PROBE_NONE;
	registration_set_up(r, registration, false);
	log_event(r, LOG_LEVEL_WARNING, registration, "binding-lost", "a probe did not find it");
	registration_refresh(r, registration);
}

static bool is_listed(struct registrant *r, const struct registration *registration,
    const struct sip_message *response)
{
	const struct exchange *exchange = &registration->exchange;
	struct contact_question question;
	struct contact_report report;

	contact_ask(r, registration->holding, &exchange_flow(exchange)->local,
	    registration->holding->granted_s, &question);
	contact_judge(&question, response, &report);
	return report.uri.n > 0 && report.granted_s > 0;
}

/* True if the refusal may pass; else the upstream cannot be probed in this way at all. */
static bool is_passing(unsigned status)
{
	return status == 408 || status == 480 || status == 491 ||
	       (status / 100 == 5 && status != 501);
}

static void fetch_answered(struct registrant *r, struct registration *registration,
    enum verdict verdict, const struct sip_message *response)
{
	if (verdict == VERDICT_OK && is_listed(r, registration, response)) {
		registration->doubts = 0;
		schedule_next(r, registration);
	} else if (verdict == VERDICT_OK || response->status == 404) {
		missing(r, registration);
	} else {
		if (verdict != VERDICT_STALE && !is_passing(response->status))
			give_up_way(r, registration, LOG_LEVEL_INFO, "fetches are refused here");
		schedule_next(r, registration);
	}
}

static void options_answered(struct registrant *r, struct registration *registration)
{
	struct upstream *home = upstream_get(r->upstreams, registration->holding->upstream);

	if (registration->has_come_back) {
		home->has_returned_options = true;
		registration->doubts = 0;
		schedule_next(r, registration);
	} else if (home->has_returned_options) {
		missing(r, registration);
	} else {
		if (++registration->doubts >= DOUBTS_MAX)
			give_up_way(r, registration, LOG_LEVEL_INFO, "OPTIONS do not come back");
		schedule_next(r, registration);
	}
}

static void answered(void *context, struct exchange *exchange, enum verdict verdict,
    const struct sip_message *response, struct slice why)
{
	struct registrant *r = context;
	struct registration *registration = registration_from_exchange(exchange);

	(void)why;
	if (registration->probe == PROBE_FETCH)
		fetch_answered(r, registration, verdict, response);
	else
		options_answered(r, registration);
}

static void timed_out(void *context, struct exchange *exchange, struct slice why)
{
	struct registrant *r = context;
	(void)why;
	lost(r, registration_from_exchange(exchange));
}

const struct exchange_ops *probe_ops(void)
{
	static const struct exchange_ops ops = {
	    HOLDER_OPS,
	    HOLDER_REGISTRATION_OPS,
	    .reached = reached,
	    .unreachable = unreachable,
	    .turn = turn,
	    .answered = answered,
	    .timed_out = timed_out,
	};

	return &ops;
}

void probe_came_back(struct registrant *r, const struct txn *txn)
{
	struct holding *holding = holding_get(r, txn->owner);
	struct registration *registration;

	if (!holding || !holding->exchange || holding->exchange->txn != txn->handle ||
	    holding->exchange->kind != HOLDER_PROBE)
		return;
	registration = pool_get(r->registrations, holding->exchange->owner);
	if (registration->probe == PROBE_OPTIONS)
		registration->has_come_back = true;
}

static void forget_useless(struct registrant *r)
{
	struct upstream *upstream;
	pool_handle handle;

	for (uint32_t slot = 0; (upstream = pool_walk(r->upstreams->upstreams, slot, &handle));
	     slot = pool_handle_slot(handle) + 1)
		upstream->is_fetch_useless = upstream->is_options_useless = false;
	history_forget_fetches(r->upstreams);
}

void probe_reschedule_all(struct registrant *r)
{
	struct registration *registration;
	pool_handle handle;

	if (r->probe_s == r->core->params->probe_s)
		return;
	r->probe_s = r->core->params->probe_s;
	/* After RG_PROBE was off and on again, ways that were given up are tried again. */
	if (r->probe_s == 0)
		forget_useless(r);
	for (uint32_t slot = 0; (registration = pool_walk(r->registrations, slot, &handle));
	     slot = pool_handle_slot(handle) + 1)
		if (registration->activity == ACTIVITY_HOLDING && registration->probe == PROBE_NONE)
			probe_schedule(r, registration);
}

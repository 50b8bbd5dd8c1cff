// SPDX-License-Identifier: Apache-2.0
/*
 * What a registration is: as it was provisioned, edited and taken back. How it asks
 * is in attempt.c, what the answers mean in outcome.c.
 */
#include "registrant/registration.h"

#include "registrant/carry.h"
#include "registrant/claim.h"
#include "registrant/debt.h"
#include "registrant/keepalive.h"
#include "registrant/listing.h"
#include "registrant/names.h"
#include "registrant/probe.h"
#include "registrant/redirect.h"
#include "registrant/refresh.h"

#include <stdlib.h>

static uint64_t hash_name(const struct registrant *r, struct slice name)
{
	return hash_bytes(r->hash_key, name);
}

struct registration *registration_find(const struct registrant *r, struct slice name)
{
	uint64_t value;
	uint32_t cursor = 0;

	while (map_next(r->registration_names, hash_name(r, name), &cursor, &value)) {
		struct registration *registration = pool_get(r->registrations, value);

		if (slice_equal(registration_name(registration), name))
			return registration;
	}
	return NULL;
}

void registration_set_activity(
    struct registrant *r, struct registration *registration, enum activity activity)
{
	if (registration->activity != activity)
		registration->since_ms = r->core->now.wall_ms;
	registration->activity = (uint8_t)activity;
}

uint64_t registration_granted_until_us(
    const struct registrant *r, const struct registration *registration)
{
	const struct holding *holding = registration->holding;
	uint64_t until_us = holding ? holding->granted_until_us : 0;
	struct slice name = registration_name(registration);
	const struct debt *debt;
	uint32_t cursor = 0;

	if (until_us > r->core->now.mono_us)
		return until_us;
	while (r->parted > 0 && (debt = debt_next(r, registration->name_hash, name, &cursor)))
		if (debt->cause == CAUSE_REDIRECTED)
			until_us = max_u64(until_us, debt->holding->granted_until_us);
	return until_us;
}

void registration_set_up(struct registrant *r, struct registration *registration, bool is_up)
{
	r->up += (uint32_t)is_up - (uint32_t)registration->is_up;
	registration->is_up = is_up;
}

static void rest(struct registrant *r, struct registration *registration)
{
	probe_abandon(r, registration);
	wheel_clear(r->core->wheel, &registration->timer);
	refresh_cancel(r, &registration->refresh_slot);
	keepalive_drop(r, registration);
	if (registration->holding)
		journal_leave(r->core->journal, &registration->holding->record);
	registration_set_up(r, registration, false);
	registration_set_activity(r, registration, ACTIVITY_IDLE);
}

struct registration_config registration_config_of(const struct registration *registration)
{
	struct registration_config config = {.settings = registration->settings};

	account_fill_config(registration->account, &config);
	return config;
}

bool registration_may_cancel(const struct registrant *r, const struct registration *registration)
{
	uint8_t own = registration->settings.send_unregister;

	if (own != SWITCH_INHERIT)
		return own == SWITCH_ON;
	return r->core->params->send_unregister;
}

static bool may_be_held(
    const struct registrant *r, const struct exchange *exchange, const struct holding *holding)
{
	return holding_is_bound(r, holding) || exchange->txn != 0 ||
	       holding->loose_until_us > r->core->now.mono_us;
}

static enum withdrawal withdraw(struct registrant *r, struct registration *registration,
    enum debt_cause cause, enum debt_order order)
{
	struct debt_terms terms = {
	    .send_unregister = registration->settings.send_unregister,
	    .state = DEBT_OWED,
	    .cause = cause,
	    .order = order,
	};
	struct exchange *exchange = &registration->exchange;
	struct holding *holding = registration->holding;
	enum withdrawal withdrawal = WITHDRAWN_NOTHING;

	rest(r, registration);
	debt_free_held_back(r, registration, cause);
	if (holding && may_be_held(r, exchange, holding)) {
		if (debt_make(r, holding, exchange, &terms) == 0) {
			registration->holding = NULL;
			return WITHDRAWN_DEBT;
		}
		withdrawal = WITHDRAWN_LEDGER;
	}
	exchange_clear(r, exchange);
	registration->holding = NULL;
	if (holding && withdrawal == WITHDRAWN_LEDGER)
		holding_free(r, holding);
	else if (holding)
		holding_drop(r, holding);
	return withdrawal;
}

enum withdrawal registration_withdraw(
    struct registrant *r, struct registration *registration, enum debt_cause cause)
{
	return withdraw(r, registration, cause, ORDER_NONE);
}

int registration_cancel(struct registrant *r, struct registration *registration)
{
	registration->is_cancelled = true;
	if (withdraw(r, registration, CAUSE_CANCELLED, ORDER_CANCEL) == WITHDRAWN_LEDGER)
		return ERR_FULL;
	return 0;
}

int registration_home(
    struct registrant *r, const struct account *account, struct upstream **upstream_r)
{
	struct ledger_identity hop = {
	    .proxy = account_text(account, ACCOUNT_PROXY),
	    .host = account_text(account, ACCOUNT_HOST),
	};
	char text[HOP_MAX];
	struct buf b = buf_over(text, sizeof(text));

	holding_put_next_hop(&b, &hop);
	return b.full ? ERR_LIMIT : upstream_take(r->upstreams, buf_slice(&b), upstream_r);
}

static void set_home(struct registrant *r, struct registration *registration, struct upstream *home)
{
	redirect_end(r, &registration->exchange, home);
}

int registration_take_home(struct registrant *r, struct registration *registration)
{
	struct upstream *home;
	int rc = registration_home(r, registration->account, &home);

	if (rc == 0)
		set_home(r, registration, home);
	return rc;
}

void registration_go_home(struct registrant *r, struct registration *registration)
{
	if (registration->exchange.is_redirected)
		(void)!registration_take_home(r, registration);
}

static uint32_t known_epoch(const struct registrant *r, uint64_t name_hash)
{
	uint32_t cursor = 0;
	uint64_t epoch;

	return map_next(r->epochs, name_hash, &cursor, &epoch) ? (uint32_t)epoch : 0;
}

void registration_take_holding(struct registration *registration, struct holding *holding)
{
	registration->holding = holding;
	holding->exchange = &registration->exchange;
}

static int add(
    struct registrant *r, const struct registration_config *config, struct account *account)
{
	struct registration *registration;
	pool_handle handle;
	int rc;

	registration = pool_take(r->registrations, &handle);
	if (!registration)
		return ERR_FULL;
	registration->account = account;
	registration->settings = config->settings;
	registration->name_hash = hash_name(r, config->name);
	registration->epoch = known_epoch(r, registration->name_hash);
	registration->timer.kind = TIMER_REGISTRATION;
	registration->since_ms = r->core->now.wall_ms;
	exchange_init(&registration->exchange, NULL, HOLDER_REGISTRATION, handle);
	rc = registration_take_home(r, registration);
	if (rc == 0)
		rc = map_put(r->registration_names, registration->name_hash, handle);
	if (rc == 0) {
		rc = names_add(r, registration);
		if (rc < 0)
			map_remove(r->registration_names, registration->name_hash, handle);
	}
	if (rc < 0) {
		exchange_clear(r, &registration->exchange);
		pool_give(r->registrations, handle);
		return rc;
	}
	if (pool_count(r->debts) > 0) {
		debt_switch_all(r, config->name, config->settings.send_unregister);
		debt_retry_refused(r, config->name);
	}
	if (config->settings.enabled)
		wheel_set(r->core->wheel, &registration->timer, r->core->now.mono_us);
	return 0;
}

/* Another AOR or upstream, or none any more. */
static bool is_leaving_upstream(
    const struct registration_config *before, const struct registration_config *after)
{
	return !after->settings.enabled || !slice_equal(before->username, after->username) ||
	       !slice_equal(before->host, after->host) || !slice_equal(before->proxy, after->proxy);
}

/* True where the edit takes the binding away: another AOR, Contact or upstream, or none. */
static bool is_moved(
    const struct registration_config *before, const struct registration_config *after)
{
	return is_leaving_upstream(before, after) ||
	       !slice_equal(before->contact_host, after->contact_host) ||
	       !slice_equal(before->contact_user, after->contact_user) ||
	       before->settings.outbound != after->settings.outbound ||
	       before->settings.bulk != after->settings.bulk ||
	       !netaddr_equal(&before->settings.local, &after->settings.local);
}

/* True where what upstream asked for last may be answered as before: the nonce is worth keeping. */
static bool keeps_answers(const struct registration *registration,
    const struct registration_settings *settings, const struct account *account)
{
	return account_has_same_credentials(registration->account, account) &&
	       registration->settings.digest_min == settings->digest_min &&
	       !registration->is_rejected && !registration->exchange.is_redirected;
}

/* Other texts or credentials for the same binding: it is refreshed with them. */
static void refit(struct registrant *r, struct registration *registration, bool keeps_auths)
{
	if (!keeps_auths)
		auths_clear(&registration->exchange.auths);
	claim_refit(r, registration);
}

static void forget_troubles(struct registration *registration)
{
	registration->is_rejected = registration->is_displaced = false;
	registration->is_cancelled = false;
	registration->backoff_s = registration->min_expires_s = 0;
	registration->attempts = 0;
	registration->was_outbound_refused = false;
}

/* It was listed under another AOR, or at another upstream. */
static void forget_listed(struct registrant *r, struct registration *registration)
{
	listing_free(r, &registration->listing);
	registration->ghosts = registration->lookalikes = registration->foreign = 0;
}

static int change(struct registrant *r, struct registration *registration,
    const struct registration_config *config, struct account *account)
{
	struct registration_config before = registration_config_of(registration);
	const struct registration_settings *settings = &config->settings;
	struct account *account_before = registration->account;
	bool is_leaving = is_moved(&before, config);
	bool keeps_auths = keeps_answers(registration, settings, account);
	struct upstream *home;
	int rc = registration_home(r, account, &home);

	/* Nothing has happened yet: an edit is done as a whole or not at all. */
	if (rc < 0)
		return rc;
	if (is_leaving) {
		registration_withdraw(
		    r, registration, settings->enabled ? CAUSE_EDITED : CAUSE_DISABLED);
		registration->is_outbound = false;
		if (is_leaving_upstream(&before, config) && settings->enabled)
			debt_leave_behind(r, registration->name_hash, before.name);
		debt_release_unclaimed(r, before.name);
		forget_listed(r, registration);
	}
	/* After another choice of digest_min or upstream, or a new beginning, less may be accepted.
	 */
	if (is_leaving_upstream(&before, config) ||
	    before.settings.digest_min != settings->digest_min)
		registration->digest_proven = 0;
	if (!is_leaving && before.settings.digest_min != settings->digest_min &&
	    registration->holding)
		holding_set_digest(r, registration->holding, settings->digest_min);
	if (is_leaving_upstream(&before, config) ||
	    !account_has_same_credentials(account_before, account))
		registration->has_proven_credentials = false;
	registration->account = account;
	registration->settings = *settings;
	/* It may wait for the name that a redirect led to, which nobody has any more then. */
	exchange_abandon(r, &registration->exchange);
	set_home(r, registration, home);
	if (is_leaving && settings->enabled && settings->multi_contact)
		carry_begin(r, registration);
	else
		carry_end(r, config->name);
	forget_troubles(registration);
	debt_switch_all(r, config->name, settings->send_unregister);
	if (!account_has_same_credentials(account_before, account))
		debt_retry_refused(r, config->name);
	account_release(&account_before);
	if (!settings->enabled)
		return 0;
	if (!is_leaving)
		refit(r, registration, keeps_auths);
	rest(r, registration);
	/* At once when edited. */
	registration->stranger_us = r->core->now.mono_us;
	wheel_set(r->core->wheel, &registration->timer, r->core->now.mono_us);
	return 0;
}

int registration_put(
    struct registrant *r, const struct registration_config *config, struct buf *message)
{
	/* A start brings one behind the other: none of them has to be looked for. */
	bool is_new = names_is_behind_all(r, config->name);
	struct registration *registration = is_new ? NULL : registration_find(r, config->name);
	struct account *known = registration ? registration->account : NULL;
	struct account *account = account_of_config(config, known);
	int rc;

	if (!account)
		return ERR_MEMORY;
	if (registration && account == known &&
	    registration_settings_equal(&registration->settings, &config->settings)) {
		account_release(&account);
		return 0;
	}
	rc = registration ? change(r, registration, config, account) : add(r, config, account);
	if (rc < 0) {
		buf_puts(message, error_text(rc));
		account_release(&account);
	}
	return rc;
}

void registration_free(struct registrant *r, struct registration *registration)
{
	struct holding *holding = registration->holding;

	rest(r, registration);
	exchange_clear(r, &registration->exchange);
	if (holding)
		holding_free(r, holding);
	listing_free(r, &registration->listing);
	names_remove(r, registration);
	map_remove(r->registration_names, registration->name_hash, registration->exchange.owner);
	account_release(&registration->account);
	last_clear(&registration->last);
	pool_give(r->registrations, registration->exchange.owner);
}

void registration_remove(struct registrant *r, struct registration *registration)
{
	registration_withdraw(r, registration, CAUSE_REMOVED);
	debt_release_unclaimed(r, registration_name(registration));
	carry_end(r, registration_name(registration));
	registration_free(r, registration);
}

bool registration_refresh(struct registrant *r, struct registration *registration)
{
	enum activity activity = registration->activity;

	registration->round = 0;
	registration->is_cancelled = false;
	if (activity != ACTIVITY_HOLDING && activity != ACTIVITY_WAITING &&
	    activity != ACTIVITY_IDLE)
		return false;
	if (!registration->settings.enabled || r->stop.running)
		return false;
	registration->stranger_us = registration->refresh_us = r->core->now.mono_us;
	wheel_set(r->core->wheel, &registration->timer, r->core->now.mono_us);
	return true;
}

uint32_t registration_period_s(const struct registrant *r, const struct registration *registration)
{
	uint32_t period = registration->settings.period_s;

	if (period == PERIOD_DEFAULT)
		period = r->core->params->expire_s;
	if (period == PARAM_AUTO)
		period = 3600;
	return period;
}

uint32_t registration_wanted_expiry(
    const struct registrant *r, const struct registration *registration)
{
	return (uint32_t)max_u64(
	    registration_period_s(r, registration), registration->min_expires_s);
}

void registration_begin_epoch(struct registrant *r, struct registration *registration)
{
	struct ledger_record record = {.op = LEDGER_EPOCH};

	map_remove(r->epochs, registration->name_hash, registration->epoch);
	registration->epoch++;
	/* At the cap the epoch lives in the ledger alone, and that is enough. */
	(void)!map_put(r->epochs, registration->name_hash, registration->epoch);
	record.epoch.name = registration_name(registration);
	record.epoch.epoch = registration->epoch;
	journal_write(r->core->journal, &record);
}

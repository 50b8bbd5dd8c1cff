// SPDX-License-Identifier: Apache-2.0
/*
 * Registrations: how one is added, found and freed; its states, times and route.
 */
#include "registrant/registration.h"

#include "base/spread.h"
#include "registrant/listing.h"
#include "registrant/request.h"
#include "upstream/keepalive.h"
#include "upstream/redirect.h"

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

struct slice registration_name_at(const void *registrant, uint32_t slot)
{
	const struct registrant *r = registrant;
	pool_handle handle;

	return registration_name(pool_walk(r->registrations, slot, &handle));
}

struct registration *registration_after(const struct registrant *r, struct slice name)
{
	pool_handle handle;
	uint32_t slot;

	if (!names_after(r->names, name, &slot))
		return NULL;
	return pool_walk(r->registrations, slot, &handle);
}

struct netaddr registration_leaves_from(const struct exchange *exchange)
{
	return registration_from_exchange(exchange)->settings.local;
}

void registration_set_activity(
    struct registrant *r, struct registration *registration, enum activity activity)
{
	if (registration->activity != activity)
		registration->since_ms = r->core->now.wall_ms;
	registration->activity = (uint8_t)activity;
}

void registration_log(struct registrant *r, enum log_level level,
    const struct registration *registration, const char *event)
{
	const struct upstream *upstream = upstream_get(r->upstreams, registration->exchange.route);

	holder_log(r, level, &registration->last, registration_name(registration), event,
	    "upstream", slice_of(upstream ? upstream->hop : NULL));
}

void registration_set_up(struct registrant *r, struct registration *registration, bool is_up)
{
	r->up += (uint32_t)is_up - (uint32_t)registration->is_up;
	registration->is_up = is_up;
}

void registration_end_probe(struct registrant *r, struct registration *registration)
{
	if (registration->probe == PROBE_NONE)
		return;
	registration->probe = PROBE_NONE;
	exchange_abandon(r->upstreams, &registration->exchange);
}

void registration_rest(struct registrant *r, struct registration *registration)
{
	registration_end_probe(r, registration);
	wheel_clear(r->core->wheel, &registration->timer);
	spread_cancel(r->refreshes, &registration->refresh_slot);
	keepalive_drop(r->upstreams, &registration->keepalive);
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

int registration_take_home(struct registrant *r, struct registration *registration)
{
	struct upstream *home;
	int rc = registration_home(r, registration->account, &home);

	if (rc == 0)
		redirect_end(r->upstreams, &registration->exchange, home);
	return rc;
}

void registration_go_home(struct registrant *r, struct registration *registration)
{
	if (registration->exchange.is_redirected)
		(void)!registration_take_home(r, registration);
}

void registration_take_holding(struct registration *registration, struct holding *holding)
{
	registration->holding = holding;
	holding->exchange = &registration->exchange;
}

static uint32_t known_epoch(const struct registrant *r, uint64_t name_hash)
{
	uint32_t cursor = 0;
	uint64_t epoch;

	return map_next(r->epochs, name_hash, &cursor, &epoch) ? (uint32_t)epoch : 0;
}

int registration_add(
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
	exchange_init(&registration->exchange, HOLDER_REGISTRATION, handle);
	rc = registration_take_home(r, registration);
	if (rc == 0)
		rc = map_put(r->registration_names, registration->name_hash, handle);
	if (rc == 0) {
		rc = names_add(r->names, pool_handle_slot(handle));
		if (rc < 0)
			map_remove(r->registration_names, registration->name_hash, handle);
	}
	if (rc < 0) {
		exchange_clear(r->upstreams, &registration->exchange);
		pool_give(r->registrations, handle);
		return rc;
	}
	if (config->settings.enabled)
		wheel_set(r->core->wheel, &registration->timer, r->core->now.mono_us);
	return 0;
}

void registration_free(struct registrant *r, struct registration *registration)
{
	struct holding *holding = registration->holding;

	registration_rest(r, registration);
	exchange_clear(r->upstreams, &registration->exchange);
	if (holding)
		holding_free(r, holding);
	listing_free(r, &registration->listing);
	names_remove(r->names, pool_handle_slot(registration->exchange.owner));
	map_remove(r->registration_names, registration->name_hash, registration->exchange.owner);
	account_release(&registration->account);
	last_clear(&registration->last);
	pool_give(r->registrations, registration->exchange.owner);
}

bool registration_refresh(struct registrant *r, struct registration *registration)
{
	enum activity activity = registration->activity;

	registration->round = 0;
	registration->is_cancelled = false;
	if (activity != ACTIVITY_HOLDING && activity != ACTIVITY_WAITING &&
	    activity != ACTIVITY_IDLE)
		return false;
	if (!registration_is_wanted(r, registration))
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
	/* If the map is full, the ledger alone has the epoch, and that is enough. */
	(void)!map_put(r->epochs, registration->name_hash, registration->epoch);
	record.epoch.name = registration_name(registration);
	record.epoch.epoch = registration->epoch;
	journal_write(r->core->journal, &record);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * The entries of the registrant: each one finds the object concerned and hands over.
 * Also here: how the ledger is loaded.
 */
#include "registrant/registrant.h"

#include "base/broken.h"
#include "base/spread.h"
#include "registrant/attempt.h"
#include "registrant/contact.h"
#include "registrant/debt.h"
#include "registrant/handover.h"
#include "registrant/holder.h"
#include "registrant/payment.h"
#include "registrant/probe.h"
#include "registrant/show.h"
#include "trace/tracing.h"
#include "upstream/history.h"
#include "upstream/reply.h"
#include "upstream/sequence.h"
#include "upstream/untaken.h"
#include "upstream/upstream.h"

#include <assert.h>
#include <stdlib.h>

#define ALIVE_US       (10 * US_PER_S)
#define LOADED_SLACK_S 42 /* 10 s between two alive stamps, and 32 s that every bound has */

static bool make_tables(struct registrant *r, uint32_t max, uint32_t held)
{
	/* Every holding may become a debt; at a stop all of them do. */
	uint32_t holdings = 3 * max + held;

	r->registrations = pool_new(sizeof(struct registration), max);
	r->debts = pool_new(sizeof(struct debt), holdings);
	r->holdings = pool_new(sizeof(struct holding), holdings);
	r->addresses = shared_new(sizeof(struct netaddr), r->hash_key);
	r->registration_names = map_new_compared(max);
	r->debt_names = map_new_compared(holdings);
	r->holding_keys = map_new_compared(holdings);
	r->epochs = map_new(holdings);
	r->loading = map_new(holdings);
	r->names = names_new(registration_name_at, r);
	r->refreshes = spread_new();
	return r->addresses && r->registrations && r->debts && r->holdings &&
	       r->registration_names && r->names && r->debt_names && r->holding_keys && r->epochs &&
	       r->loading && r->refreshes;
}

struct registrant *registrant_new(const struct registrant_config *config)
{
	struct registrant *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	identity_key_init(&r->identity_key, config->secret);
	r->hash_key = config->hash_key;
	r->core = config->core;
	r->probe_s = r->core->params->probe_s;
	r->advertise = slice_copy(config->advertise);
	r->user_agent = slice_copy(config->user_agent);
	r->twins_timer.kind = TIMER_TWINS;
	r->alive_timer.kind = TIMER_ALIVE;
	r->upstreams = config->upstreams;
	if (!r->advertise || !r->user_agent ||
	    !make_tables(r, config->registrations_max, config->held))
		registrant_free(&r);
	if (!r)
		return NULL;
	upstreams_add(r->upstreams, HOLDER_REGISTRATION, attempt_ops(), r);
	upstreams_add(r->upstreams, HOLDER_PROBE, probe_ops(), r);
	upstreams_add(r->upstreams, HOLDER_DEBT, payment_ops(), r);
	map_reserve(r->registration_names, config->expected);
	return r;
}

static void free_objects(struct registrant *r)
{
	struct registration *registration;
	struct debt *debt;
	pool_handle handle;

	if (r->registrations)
		for (uint32_t slot = 0; (registration = pool_walk(r->registrations, slot, &handle));
		     slot = pool_handle_slot(handle) + 1)
			registration_free(r, registration);
	if (r->debts)
		for (uint32_t slot = 0; (debt = pool_walk(r->debts, slot, &handle));
		     slot = pool_handle_slot(handle) + 1)
			debt_free(r, debt);
}

void registrant_free(struct registrant **registrant)
{
	struct registrant *r = *registrant;
	struct pool **pools[] = {&r->registrations, &r->debts, &r->holdings};
	struct map **maps[] = {
	    &r->registration_names, &r->debt_names, &r->holding_keys, &r->epochs, &r->loading};

	if (r->refreshes)
		free_objects(r);
	for (size_t i = 0; i < sizeof(pools) / sizeof(pools[0]); i++)
		if (*pools[i])
			pool_free(pools[i]);
	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++)
		if (*maps[i])
			map_free(maps[i]);
	shared_free(&r->addresses);
	names_free(&r->names);
	spread_free(&r->refreshes);
	heap_clear(&r->twins);
	memset(&r->identity_key, 0, sizeof(r->identity_key));
	free(r->advertise);
	free(r->user_agent);
	free(r);
	*registrant = NULL;
}

/*
 * Loads a second row of a holding: the process died during an edit, when the new row
 * was written and the old one not yet removed. The newer identity stays.
 */
static int load_twin(
    struct registrant *r, struct holding *holding, const struct ledger_identity *identity)
{
	uint64_t older = min_u64(holding->row, identity->id);
	int rc = heap_push(&r->twins, older, holding->handle);

	if (rc == 0 && identity->id > older)
		rc = holding_adopt_row(r, holding, identity);
	return rc < 0 ? rc : map_put(r->loading, identity->id, holding->handle);
}

static int load_identity(struct registrant *r, const struct ledger_identity *identity)
{
	char text[HOP_MAX];
	struct buf hop = buf_over(text, sizeof(text));
	struct upstream *upstream;
	struct holding *holding = holding_find(r, identity);
	int rc;

	r->identity_id = max_u64(r->identity_id, identity->id);
	if (holding)
		return load_twin(r, holding, identity);
	holding_put_next_hop(&hop, identity);
	rc = hop.full ? ERR_DAMAGED : upstream_take(r->upstreams, buf_slice(&hop), &upstream);
	if (rc < 0)
		return rc;
	holding = holding_make(r, identity, NULL, identity->epoch, upstream->handle);
	upstream_give(r->upstreams, upstream->handle);
	if (!holding)
		return ERR_FULL;
	holding->from_ledger = true;
	return map_put(r->loading, identity->id, holding->handle);
}

/*
 * How long upstream may still hold it: its whole expiry from now. No time in the ledger shortens
 * that, since the clock may be off, and a full disk keeps no stamps. One cancel too many does no
 * harm.
 */
static uint64_t remaining_us(const struct ledger_binding *binding)
{
	return ((uint64_t)binding->expiry_s + LOADED_SLACK_S) * US_PER_S;
}

/* Sets the bound of a loaded binding. If it has two rows, the longer bound counts. */
static void set_loaded_bound(struct registrant *r, struct holding *holding,
    const struct ledger_binding *binding, bool is_settled)
{
	uint32_t known_s = binding->granted_s ? binding->granted_s : binding->expiry_s;
	uint64_t until_us =
	    r->core->now.mono_us + (is_settled ? known_s * US_PER_S : remaining_us(binding));

	holding->recorded_s = holding->is_loaded ? 0 : binding->granted_s;
	holding->granted_s = holding->recorded_s;
	holding->has_loose_row = binding->loose;
	holding->is_loaded = true;
	holding->bound_until_us = max_u64(holding->bound_until_us, until_us);
}

/* The end of the last grant; if that is unknown, the time until when it may be bound. */
static uint64_t granted_until_us(const struct registrant *r, const struct holding *holding)
{
	return holding->granted_s ? r->core->now.mono_us + holding->granted_s * US_PER_S
	                          : holding->bound_until_us;
}

static int load_binding(struct registrant *r, const struct ledger_binding *binding)
{
	struct debt_terms terms = {.send_unregister = SWITCH_INHERIT, .state = DEBT_UNCLAIMED};
	bool may_be_cancelled = binding->owed || r->was_stopping;
	bool is_settled = r->was_keeping && !may_be_cancelled && !binding->loose;
	struct holding *holding;
	uint32_t cursor = 0;
	uint64_t handle;

	if (!map_next(r->loading, binding->identity, &cursor, &handle))
		return ERR_DAMAGED;
	holding = holding_get(r, handle);
	holding->expiry_s = (uint32_t)max_u64(holding->expiry_s, binding->expiry_s);
	holding->owed = binding->owed;
	holding->digest_least = (uint8_t)max_u64(holding->digest_least, binding->digest_least);
	if (!holding_keep_address(r, &holding->target, &binding->target))
		return ERR_MEMORY;
	holding->has_target_row = binding->target.family != 0;
	set_loaded_bound(r, holding, binding, is_settled);
	if (!may_be_cancelled)
		holding->granted_until_us = granted_until_us(r, holding);
	/* A REGISTER of the last process may still arrive. */
	if (!is_settled)
		holding->loose_until_us = r->core->now.mono_us + PACKET_LIFE_US;
	if (may_be_cancelled)
		holding->loose_cancel_until_us = r->core->now.mono_us + PACKET_LIFE_US;
	if (binding->echoed.n > 0 && !holding->echoed) {
		holding->echoed = slice_copy(binding->echoed);
		if (!holding->echoed)
			return ERR_MEMORY;
	}
	terms.cause = holding->is_away ? CAUSE_REDIRECTED : CAUSE_UNKNOWN;
	return holding->exchange ? 0 : debt_make(r, holding, NULL, &terms);
}

int registrant_load(struct registrant *r, const struct ledger_record *record)
{
	switch (record->op) {
	case LEDGER_IDENTITY:
		return load_identity(r, &record->identity);
	case LEDGER_BINDING:
		return load_binding(r, &record->binding);
	case LEDGER_EPOCH:
		return map_put(
		    r->epochs, hash_bytes(r->hash_key, record->epoch.name), record->epoch.epoch);
	case LEDGER_PACE:
		return history_load(r->upstreams, &record->pace);
	case LEDGER_STOP:
		r->was_stopping = record->stop == LEDGER_STOP_CANCELLED;
		r->was_keeping = record->stop == LEDGER_STOP_KEPT;
		break;
	case LEDGER_GONE:
	case LEDGER_ALIVE:
	case LEDGER_CSEQ_FLOOR:
		break;
	}
	return 0;
}

/*
 * True if a registration may claim it: an enabled one of the same name, AOR and upstream. A holding
 * behind a redirect may be claimed, too, since the redirect may lead there again.
 */
static bool is_claimable(struct registrant *r, const struct debt *debt)
{
	const struct holding *holding = debt->holding;
	const struct registration *registration = registration_find(r, holding_name(holding));

	return registration && registration->settings.enabled &&
	       account_is_same_aor(registration->account, holding->account) &&
	       (registration->exchange.route == holding->upstream || holding->is_away);
}

/*
 * Drops identities without a binding: the last process died between the two records, before it sent
 * anything. If the outbox has no room, the row stays, and the next start finds it again.
 */
static void drop_halves(struct registrant *r)
{
	struct holding *holding;
	pool_handle handle;

	for (uint32_t slot = 0; (holding = pool_walk(r->holdings, slot, &handle));
	     slot = pool_handle_slot(handle) + 1) {
		if (holding->exchange)
			continue;
		if (outbox_has_room(r->core->outbox))
			holding_drop(r, holding);
		else
			holding_free(r, holding);
	}
}

void registrant_start(struct registrant *r)
{
	struct debt *debt;
	pool_handle handle;

	map_free(&r->loading);
	drop_halves(r);
	r->started_us = r->core->now.mono_us;
	wheel_set(r->core->wheel, &r->alive_timer, r->core->now.mono_us);
	wheel_set(r->core->wheel, &r->twins_timer, r->core->now.mono_us);
	for (uint32_t slot = 0; (debt = pool_walk(r->debts, slot, &handle));
	     slot = pool_handle_slot(handle) + 1) {
		if (!is_claimable(r, debt))
			wheel_set(r->core->wheel, &debt->timer, r->core->now.mono_us);
	}
}

/* The exchange of the present holder of a transaction's holding; NULL: there is none. */
static struct exchange *exchange_of(const struct registrant *r, const struct txn *txn)
{
	const struct holding *holding = holding_get(r, txn->owner);

	return holding ? holding->exchange : NULL;
}

static void not_taken(void *part, struct txn *txn, enum txn_match why, const char *what,
    const struct sip_message *response, const struct flow *flow)
{
	static const enum untaken_why reasons[] = {
	    [TXN_ELSEWHERE] = UNTAKEN_ELSEWHERE,
	    [TXN_MISMATCHED] = UNTAKEN_OTHER_REQUEST,
	    [TXN_UNREADABLE] = UNTAKEN_UNREADABLE,
	};
	struct registrant *r = part;

	untaken_note(r->upstreams, exchange_of(r, txn), txn, reasons[why], what, response, flow);
}

static void response(
    void *part, struct txn *txn, const struct sip_message *response, const struct flow *flow)
{
	struct registrant *r = part;
	struct holding *holding = holding_get(r, txn->owner);

	if (tracing_is_on(r->core) && holding)
		tracing_put_received(r->core, holding_name(holding), response, flow);
	if (BROKEN_JUDGED_BY_STATE && holding && holding->exchange &&
	    holding->exchange->phase == EXCHANGE_SENT)
		txn = txns_get(r->core->txns, holding->exchange->txn);
	if (txn->state == TXN_LOOSE || !holding)
		reply_late(r->upstreams, exchange_of(r, txn), txn, response, flow);
	else
		reply_received(r->upstreams, holding->exchange, txn, response);
}

/*
 * Drops the older rows of twins, as long as the outbox has room. The newer row is written again:
 * the last process may have died between its identity and its binding.
 */
static void drop_twins(struct registrant *r)
{
	struct ledger_record gone = {.op = LEDGER_GONE};
	struct holding *holding;
	struct heap_pair pair;

	while (outbox_has_room(r->core->outbox) && heap_peek(&r->twins, &pair)) {
		heap_pop(&r->twins);
		holding = holding_get(r, pair.value);
		if (holding)
			holding_record(r, holding, holding->expiry_s);
		gone.gone = pair.key;
		journal_write(r->core->journal, &gone);
	}
}

static void twins_timer(struct registrant *r)
{
	drop_twins(r);
	if (r->twins.count > 0)
		wheel_set(r->core->wheel, &r->twins_timer, r->core->now.mono_us);
}

void registrant_recorded(struct registrant *r, struct journal_entry *entry)
{
	struct holding *holding = holding_of_record(entry);

	journal_leave(r->core->journal, entry);
	switch ((enum holder_kind)holding->exchange->kind) {
	case HOLDER_REGISTRATION:
	case HOLDER_PROBE:
		attempt_go_on(r, pool_get(r->registrations, holding->exchange->owner));
		break;
	case HOLDER_DEBT:
		debt_recorded(r, debt_of(holding));
		break;
	}
}

/* No cancel of the last stop can arrive any more: writes that for the next start, once. */
static void outlive_stop(struct registrant *r)
{
	struct ledger_record record = {.op = LEDGER_STOP, .stop = LEDGER_STOP_NONE};

	if (!r->was_stopping || core_is_stopping(r->core) ||
	    r->core->now.mono_us - r->started_us < PACKET_LIFE_US)
		return;
	r->was_stopping = false;
	journal_write(r->core->journal, &record);
}

/* Writes the alive stamp; without holdings there is no need for one. */
static void alive_timer(struct registrant *r)
{
	struct ledger_record record = {.op = LEDGER_ALIVE, .alive_ms = r->core->now.wall_ms};

	sequences_raise_ceiling(r->core->sequences);
	if (pool_count(r->holdings) > 0)
		journal_write(r->core->journal, &record);
	outlive_stop(r);
	wheel_set(r->core->wheel, &r->alive_timer, r->core->now.mono_us + ALIVE_US);
}

static void *owner_of(struct wheel_node *node, size_t offset)
{
	return (char *)node - offset;
}

static void txn_timer(void *part, struct txn *txn)
{
	struct registrant *r = part;

	reply_txn_timer(r->upstreams, exchange_of(r, txn), txn);
}

static void debt_node(struct registrant *r, struct debt *debt)
{
	/* At the start, debts that no registration will claim come here, one by one. */
	if (debt->state == DEBT_UNCLAIMED && !is_claimable(r, debt))
		debt_release(r, debt);
	else
		debt_timer(r, debt);
}

static void timer(void *part, struct wheel_node *node)
{
	struct registrant *r = part;

	switch ((enum registrant_timer)node->kind) {
	case TIMER_REGISTRATION:
		attempt_timer(r, owner_of(node, offsetof(struct registration, timer)));
		break;
	case TIMER_DEBT:
		debt_node(r, owner_of(node, offsetof(struct debt, timer)));
		break;
	case TIMER_TWINS:
		twins_timer(r);
		break;
	case TIMER_ALIVE:
		alive_timer(r);
		break;
	}
}

static void came_back(void *part, struct txn *txn)
{
	probe_came_back(part, txn);
}

static void tell_states(void *part)
{
	show_traced(part);
}

const struct part_ops registrant_ops = {
    .timer = timer,
    .txn_timer = txn_timer,
    .response = response,
    .not_taken = not_taken,
    .came_back = came_back,
    .tell_states = tell_states,
    .stop = &handover_ops,
};

// SPDX-License-Identifier: Apache-2.0
/*
 * Holdings: their index by key, and when their rows in the ledger are written.
 */
#include "registrant/holding.h"

#include "registrant/holder.h"
#include "upstream/listener.h"
#include "upstream/sequence.h"
#include "upstream/upstream.h"

#include <assert.h>
#include <stdlib.h>

#define GRANT_SLACK_US (32 * US_PER_S) /* from the last transmission to the last answer */

static const struct netaddr *address_of(const struct netaddr *kept)
{
	static const struct netaddr none;

	return kept ? kept : &none;
}

const struct netaddr *holding_local(const struct holding *holding)
{
	return address_of(holding->local);
}

const struct netaddr *holding_target(const struct holding *holding)
{
	return address_of(holding->target);
}

static void drop_address(struct registrant *r, const struct netaddr **kept)
{
	const void *held = *kept;

	shared_drop(r->addresses, &held);
	*kept = NULL;
}

/* Copies it without padding: equal addresses must have equal bytes to be shared. */
bool holding_keep_address(
    struct registrant *r, const struct netaddr **kept, const struct netaddr *address)
{
	const void *held = *kept;
	struct netaddr plain;
	bool is_kept;

	memset(&plain, 0, sizeof(plain));
	netaddr_copy(&plain, address);
	is_kept = shared_set(r->addresses, &plain, &held);
	*kept = held;
	return is_kept;
}

struct ledger_identity holding_identity(const struct holding *holding)
{
	struct ledger_identity identity = {
	    .id = holding->row,
	    .contact = holding_contact(holding),
	    .epoch = holding->epoch,
	    .local = *holding_local(holding),
	    .is_away = holding->is_away,
	};

	account_fill_identity(holding->account, &identity);
	return identity;
}

void holding_put_next_hop(struct buf *b, const struct ledger_identity *identity)
{
	if (identity->proxy.n > 0) {
		buf_put(b, identity->proxy);
		return;
	}
	buf_puts(b, "sip:");
	buf_put(b, identity->host);
}

static bool is_same_hop(const struct ledger_identity *a, const struct ledger_identity *b)
{
	char a_text[HOP_MAX], b_text[HOP_MAX];
	struct buf a_hop = buf_over(a_text, sizeof(a_text));
	struct buf b_hop = buf_over(b_text, sizeof(b_text));

	holding_put_next_hop(&a_hop, a);
	holding_put_next_hop(&b_hop, b);
	return slice_equal(buf_slice(&a_hop), buf_slice(&b_hop));
}

/* All holdings of an account at an upstream have one key; most accounts have one holding. */
static uint64_t key_of(const struct registrant *r, const struct ledger_identity *identity)
{
	uint64_t user = hash_bytes(r->hash_key, identity->username);
	uint64_t aor =
	    user * UINT64_C(0x9e3779b97f4a7c15) + hash_bytes(r->hash_key, identity->host);
	char text[HOP_MAX];
	struct buf hop = buf_over(text, sizeof(text));

	holding_put_next_hop(&hop, identity);
	return aor * 31 + hash_bytes(r->hash_key, buf_slice(&hop));
}

bool holding_is_of(const struct holding *holding, const struct ledger_identity *identity)
{
	struct ledger_identity own = holding_identity(holding);

	return slice_equal(own.contact, identity->contact) &&
	       slice_equal(own.username, identity->username) &&
	       slice_equal(own.host, identity->host) && is_same_hop(&own, identity);
}

struct holding *holding_find(const struct registrant *r, const struct ledger_identity *identity)
{
	uint64_t hash = key_of(r, identity), value;
	uint32_t cursor = 0;

	while (map_next(r->holding_keys, hash, &cursor, &value)) {
		struct holding *holding = pool_get(r->holdings, value);

		if (holding_is_of(holding, identity))
			return holding;
	}
	return NULL;
}

struct holding *holding_sibling(
    const struct registrant *r, const struct holding *holding, uint32_t *cursor)
{
	uint64_t value;

	while (holding->has_siblings && map_next(r->holding_keys, holding->key, cursor, &value)) {
		struct holding *other = pool_get(r->holdings, value);

		if (other != holding && other->upstream == holding->upstream &&
		    account_is_same_aor(other->account, holding->account))
			return other;
	}
	return NULL;
}

/* Nearly every account has one holding at its upstream: then holding_sibling() need not look. */
static void note_siblings(struct registrant *r, struct holding *holding)
{
	uint32_t cursor = 0;
	uint64_t value;

	while (map_next(r->holding_keys, holding->key, &cursor, &value)) {
		struct holding *other = pool_get(r->holdings, value);

		other->has_siblings = holding->has_siblings = true;
	}
}

struct holding *holding_get(const struct registrant *r, pool_handle handle)
{
	return pool_get(r->holdings, handle);
}

static char *copy_contact(struct slice contact)
{
	char *copy = contact.n <= UINT16_MAX ? malloc(contact.n + 1) : NULL;

	if (copy && contact.n > 0)
		memcpy(copy, contact.p, contact.n);
	return copy;
}

struct holding *holding_make(struct registrant *r, const struct ledger_identity *identity,
    struct account *known, uint32_t epoch, pool_handle upstream)
{
	struct sequence *sequence;
	struct holding *holding;
	pool_handle handle;

	holding = pool_take(r->holdings, &handle);
	if (!holding)
		return NULL;
	holding->handle = handle;
	holding->account = account_of_identity(identity, known);
	holding->contact = copy_contact(identity->contact);
	holding->contact_n = (uint16_t)identity->contact.n;
	sequence = sequence_take(
	    r->core->sequences, identity->name, identity->username, identity->host, epoch);
	holding->sequence = sequence ? sequence->handle : 0;
	holding->key = key_of(r, identity);
	note_siblings(r, holding);
	if (!holding->account || !holding->contact || !sequence ||
	    !holding_keep_address(r, &holding->local, &identity->local) ||
	    map_put(r->holding_keys, holding->key, handle) < 0) {
		drop_address(r, &holding->local);
		sequence_give(r->core->sequences, holding->sequence);
		account_release(&holding->account);
		free(holding->contact);
		pool_give(r->holdings, handle);
		return NULL;
	}
	holding->row = identity->id > 0 ? identity->id : ++r->identity_id;
	holding->epoch = epoch;
	holding->is_away = identity->is_away;
	holding->upstream = upstream;
	upstream_hold(r->upstreams, upstream);
	return holding;
}

static void write_binding_at(
    struct registrant *r, struct holding *holding, const struct netaddr *target)
{
	struct ledger_record record = {.op = LEDGER_BINDING};

	record.binding.identity = holding->row;
	record.binding.expiry_s = holding->expiry_s;
	record.binding.granted_s = holding->recorded_s;
	record.binding.loose = holding->has_loose_row;
	record.binding.owed = holding->owed;
	record.binding.digest_least = holding->digest_least;
	record.binding.bound_until_ms = now_to_wall_ms(r->core->now, holding->bound_until_us);
	record.binding.target = *target;
	record.binding.echoed = slice_of(holding->echoed);
	holding->has_target_row = target->family != 0;
	holding->record.ticket = journal_write(r->core->journal, &record);
}

static void write_binding(struct registrant *r, struct holding *holding)
{
	write_binding_at(r, holding, holding_target(holding));
}

static void write_identity(struct registrant *r, struct holding *holding)
{
	struct ledger_record record = {
	    .op = LEDGER_IDENTITY, .identity = holding_identity(holding)};

	journal_write(r->core->journal, &record);
	write_binding(r, holding);
}

/* The expiry that people see after a kill: the last grant if the row has it, else all asked. */
static uint32_t told_s(const struct holding *holding)
{
	return holding->recorded_s ? holding->recorded_s : holding->expiry_s;
}

/* If more is asked than before, the next grant may be longer than the last one. */
static void ask_more(struct holding *holding, uint32_t expiry_s)
{
	if (expiry_s <= holding->expiry_s)
		return;
	holding->expiry_s = expiry_s;
	holding->recorded_s = 0;
}

void holding_record(struct registrant *r, struct holding *holding, uint32_t expiry_s)
{
	ask_more(holding, expiry_s);
	write_identity(r, holding);
}

int holding_adopt_row(
    struct registrant *r, struct holding *holding, const struct ledger_identity *identity)
{
	struct account *account = account_of_identity(identity, NULL);

	if (!account || !holding_keep_address(r, &holding->local, &identity->local)) {
		account_release(&account);
		return ERR_MEMORY;
	}
	account_release(&holding->account);
	holding->account = account;
	holding->row = identity->id;
	return 0;
}

int holding_replace_identity(struct registrant *r, struct holding *holding,
    const struct ledger_identity *identity, struct account *known)
{
	struct ledger_record gone = {.op = LEDGER_GONE, .gone = holding->row};
	struct account *account = account_of_identity(identity, known);
	uint64_t ticket = holding->record.ticket;

	if (!account)
		return ERR_MEMORY;
	account_release(&holding->account);
	holding->account = account;
	if (!holding_has_row(holding))
		return 0;
	holding->row = ++r->identity_id;
	write_identity(r, holding);
	journal_write(r->core->journal, &gone);
	/* Nobody has to wait: the old row covers the binding until the new row is durable. */
	holding->record.ticket = ticket;
	return 0;
}

int holding_rename(struct registrant *r, struct holding *holding, struct slice name, uint32_t epoch)
{
	struct ledger_identity identity = holding_identity(holding);
	struct sequence *sequence;

	sequence = sequence_take(r->core->sequences, name, identity.username, identity.host, epoch);
	if (!sequence)
		return ERR_FULL;
	sequence_give(r->core->sequences, holding->sequence);
	holding->sequence = sequence->handle;
	holding->epoch = epoch;
	identity.name = name;
	/* It gets a new row, since an identity in the ledger never changes. */
	return holding_replace_identity(r, holding, &identity, holding->account);
}

int holding_set_epoch(struct registrant *r, struct holding *holding, uint32_t epoch)
{
	if (holding->epoch == epoch)
		return 0;
	return holding_rename(r, holding, holding_name(holding), epoch);
}

/* Writes the binding, and before it the identity if that was not recorded yet. */
static void write_row(struct registrant *r, struct holding *holding)
{
	if (holding_has_row(holding))
		write_binding(r, holding);
	else
		write_identity(r, holding);
}

void holding_cover(struct registrant *r, struct holding *holding, uint32_t expiry_s)
{
	if (expiry_s <= holding->expiry_s)
		return;
	if (holding_is_durable(r, holding))
		holding->covered_s = told_s(holding);
	ask_more(holding, expiry_s);
	write_row(r, holding);
}

void holding_raise_expiry(struct registrant *r, struct holding *holding, uint32_t expiry_s)
{
	bool had_row = holding_has_row(holding);
	uint64_t ticket = holding->record.ticket;

	if (expiry_s <= holding->expiry_s)
		return;
	holding->expiry_s = expiry_s;
	write_row(r, holding);
	if (had_row)
		holding->record.ticket = ticket;
}

/* Brings its row up to date, if it has one; nobody waits until that is durable. */
static void note(struct registrant *r, struct holding *holding)
{
	uint64_t ticket = holding->record.ticket;

	if (!holding_has_row(holding))
		return;
	write_binding(r, holding);
	holding->record.ticket = ticket;
}

/* Writes the binding. Most rows name no target, and so need no write when the target changes. */
static void note_grant(struct registrant *r, struct holding *holding)
{
	uint64_t ticket = holding->record.ticket;
	const struct netaddr none = {0};

	if (!holding_has_row(holding))
		return;
	write_binding_at(r, holding, holding->has_target_row ? holding_target(holding) : &none);
	holding->record.ticket = ticket;
}

/* True if the row is close enough: some registrars vary each grant, and no refresh should write. */
static bool tells_grant(const struct holding *holding, uint32_t granted_s)
{
	return granted_s <= told_s(holding) && granted_s >= told_s(holding) - told_s(holding) / 8;
}

void holding_set_grant(struct registrant *r, struct holding *holding, uint32_t granted_s)
{
	bool is_less = granted_s < holding->expiry_s && granted_s <= UINT16_MAX;

	holding->granted_s = granted_s;
	if (granted_s == 0 || tells_grant(holding, granted_s))
		return;
	holding->recorded_s = is_less ? (uint16_t)granted_s : 0;
	if (granted_s > holding->expiry_s)
		holding_raise_expiry(r, holding, granted_s);
	else
		note_grant(r, holding);
}

void holding_forget_grant(struct registrant *r, struct holding *holding)
{
	if (holding->recorded_s == 0)
		return;
	holding->recorded_s = 0;
	note_grant(r, holding);
}

void holding_set_loose(struct registrant *r, struct holding *holding, bool is_loose)
{
	if (holding->has_loose_row == is_loose)
		return;
	holding->has_loose_row = is_loose;
	note_grant(r, holding);
}

uint64_t holding_shown_until_us(const struct registrant *r, const struct holding *holding)
{
	bool is_out = holding->exchange && holding->exchange->txn;
	uint64_t sent_us = is_out ? r->core->now.mono_us : r->started_us;
	uint64_t until_us = sent_us + holding->granted_s * US_PER_S + GRANT_SLACK_US;

	/* A loose REGISTER of this process may have been granted all that it asked for. */
	if (!holding->is_loaded || holding->granted_s == 0 ||
	    holding->loose_until_us > r->started_us + PACKET_LIFE_US)
		return holding->bound_until_us;
	until_us = max_u64(until_us, holding->granted_until_us);
	return until_us > r->core->now.mono_us ? min_u64(until_us, holding->bound_until_us)
	                                       : holding->bound_until_us;
}

void holding_set_echoed(struct registrant *r, struct holding *holding, struct slice echoed)
{
	char *copy = NULL;

	if (slice_equal(slice_of(holding->echoed), echoed))
		return;
	if (echoed.n > 0) {
		copy = slice_copy(echoed);
		if (!copy)
			return;
	}
	free(holding->echoed);
	holding->echoed = copy;
	note(r, holding);
}

void holding_set_digest(struct registrant *r, struct holding *holding, unsigned strength)
{
	if (holding->digest_least == strength)
		return;
	holding->digest_least = (uint8_t)strength;
	note(r, holding);
}

void holding_set_target(
    struct registrant *r, struct holding *holding, const struct netaddr *target, bool is_kept)
{
	if (netaddr_equal(holding_target(holding), target) ||
	    !holding_keep_address(r, &holding->target, target))
		return;
	if (is_kept || holding->has_target_row)
		note(r, holding);
}

void holding_set_owed(struct registrant *r, struct holding *holding, bool owed)
{
	if (holding->owed == owed)
		return;
	holding->owed = owed;
	note(r, holding);
}

static void write_gone(struct registrant *r, const struct holding *holding)
{
	struct ledger_record gone = {.op = LEDGER_GONE, .gone = holding->row};

	if (holding_has_row(holding))
		journal_write(r->core->journal, &gone);
}

void holding_unrecord(struct registrant *r, struct holding *holding)
{
	write_gone(r, holding);
	holding->row = ++r->identity_id;
	holding->record.ticket = 0;
	holding->from_ledger = holding->has_target_row = holding->owed = false;
	holding->has_loose_row = false;
	holding->expiry_s = holding->covered_s = holding->recorded_s = 0;
}

void holding_free(struct registrant *r, struct holding *holding)
{
	listener_leave(r->upstreams, &holding->listener_place);
	journal_leave(r->core->journal, &holding->record);
	map_remove(r->holding_keys, holding->key, holding->handle);
	sequence_give(r->core->sequences, holding->sequence);
	upstream_release(r->upstreams, holding->upstream);
	account_release(&holding->account);
	drop_address(r, &holding->local);
	drop_address(r, &holding->target);
	free(holding->contact);
	free(holding->echoed);
	pool_give(r->holdings, holding->handle);
}

void holding_drop(struct registrant *r, struct holding *holding)
{
	write_gone(r, holding);
	holding_free(r, holding);
}

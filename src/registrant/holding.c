// SPDX-License-Identifier: Apache-2.0
/*
 * Holdings, their index by key, and their rows in the ledger.
 */
#include "registrant/holding.h"

#include "registrant/sequence.h"
#include "registrant/upstream.h"

#include <assert.h>
#include <stdlib.h>

#define IDENTITY_TEXTS 9

/* The texts of an identity, in one order, so that copying walks them. */
static void list_texts(struct ledger_identity *identity, struct slice *texts[IDENTITY_TEXTS])
{
	texts[0] = &identity->name;
	texts[1] = &identity->username;
	texts[2] = &identity->auth_username;
	texts[3] = &identity->password;
	texts[4] = &identity->host;
	texts[5] = &identity->proxy;
	texts[6] = &identity->contact;
	texts[7] = &identity->display_name;
	texts[8] = &identity->user_agent;
}

static struct ledger_identity *identity_copy(const struct ledger_identity *identity)
{
	struct slice *texts[IDENTITY_TEXTS];
	struct ledger_identity *copy;
	struct ledger_identity source = *identity;
	size_t size = 0;
	char *p;

	list_texts(&source, texts);
	for (int i = 0; i < IDENTITY_TEXTS; i++)
		size += texts[i]->n;
	copy = malloc(sizeof(*copy) + size);
	if (!copy)
		return NULL;
	*copy = source;
	p = (char *)(copy + 1);
	list_texts(copy, texts);
	for (int i = 0; i < IDENTITY_TEXTS; i++) {
		size_t n = texts[i]->n;

		if (n > 0)
			memcpy(p, texts[i]->p, n);
		*texts[i] = slice_make(p, n);
		p += n;
	}
	return copy;
}

static void identity_free(struct ledger_identity *identity)
{
	if (identity && identity->password.n > 0)
		memset((char *)identity->password.p, 0, identity->password.n);
	free(identity);
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

static uint64_t key_of(const struct registrant *r, const struct ledger_identity *identity)
{
	uint64_t aor = registrant_hash(r, identity->username, identity->host);
	char text[HOP_MAX];
	struct buf hop = buf_over(text, sizeof(text));

	holding_put_next_hop(&hop, identity);
	return aor * 31 + registrant_hash(r, identity->contact, buf_slice(&hop));
}

bool holding_is_of(const struct holding *holding, const struct ledger_identity *identity)
{
	const struct ledger_identity *own = holding->identity;

	return slice_equal(own->username, identity->username) &&
	       slice_equal(own->host, identity->host) &&
	       slice_equal(own->contact, identity->contact) && is_same_hop(own, identity);
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

struct holding *holding_get(const struct registrant *r, pool_handle handle)
{
	return pool_get(r->holdings, handle);
}

struct holding *holding_make(struct registrant *r, const struct ledger_identity *identity,
    uint32_t epoch, pool_handle upstream)
{
	struct sequence *sequence;
	struct holding *holding;
	pool_handle handle;

	holding = pool_take(r->holdings, &handle);
	if (!holding)
		return NULL;
	holding->handle = handle;
	holding->identity = identity_copy(identity);
	sequence = sequence_take(r, identity->name, identity->username, identity->host, epoch);
	holding->sequence = sequence ? sequence->handle : 0;
	holding->key = key_of(r, identity);
	if (!holding->identity || !sequence || map_put(r->holding_keys, holding->key, handle) < 0) {
		sequence_give(r, holding->sequence);
		identity_free(holding->identity);
		pool_give(r->holdings, handle);
		return NULL;
	}
	holding->identity->epoch = epoch;
	if (holding->identity->id == 0)
		holding->identity->id = ++r->identity_id;
	holding->upstream = upstream;
	upstream_hold(r, upstream);
	return holding;
}

uint64_t holding_write(struct registrant *r, const struct ledger_record *record)
{
	struct effect *effect = outbox_add(r->outbox, EFFECT_LEDGER);
	struct ledger_record *copy = &effect->ledger.record;

	effect->ledger.ticket = ++r->ticket;
	*copy = *record;
	if (record->op == LEDGER_IDENTITY) {
		struct slice *texts[IDENTITY_TEXTS];

		list_texts(&copy->identity, texts);
		for (int i = 0; i < IDENTITY_TEXTS; i++)
			*texts[i] = outbox_keep(r->outbox, *texts[i]);
	} else if (record->op == LEDGER_BINDING) {
		copy->binding.echoed = outbox_keep(r->outbox, record->binding.echoed);
	} else if (record->op == LEDGER_EPOCH) {
		copy->epoch.name = outbox_keep(r->outbox, record->epoch.name);
	}
	return effect->ledger.ticket;
}

static void write_binding(struct registrant *r, struct holding *holding)
{
	struct ledger_record record = {.op = LEDGER_BINDING};

	record.binding.identity = holding->identity->id;
	record.binding.expiry_s = holding->expiry_s;
	record.binding.owed = holding->owed;
	record.binding.digest_least = holding->digest_least;
	record.binding.bound_until_ms = now_to_wall_ms(r->now, holding->bound_until_us);
	record.binding.target = holding->target;
	record.binding.echoed = slice_of(holding->echoed);
	holding->ticket = holding_write(r, &record);
}

static void write_identity(struct registrant *r, struct holding *holding)
{
	struct ledger_record record = {.op = LEDGER_IDENTITY, .identity = *holding->identity};

	holding_write(r, &record);
	write_binding(r, holding);
}

void holding_record(struct registrant *r, struct holding *holding, uint32_t expiry_s)
{
	holding->expiry_s = (uint32_t)max_u64(holding->expiry_s, expiry_s);
	write_identity(r, holding);
}

int holding_adopt_row(struct holding *holding, const struct ledger_identity *identity)
{
	struct ledger_identity *copy = identity_copy(identity);

	if (!copy)
		return ERR_MEMORY;
	copy->epoch = holding->identity->epoch;
	identity_free(holding->identity);
	holding->identity = copy;
	return 0;
}

int holding_replace_identity(
    struct registrant *r, struct holding *holding, const struct ledger_identity *identity)
{
	struct ledger_record gone = {.op = LEDGER_GONE, .gone = holding->identity->id};
	struct ledger_identity *copy = identity_copy(identity);
	uint64_t ticket = holding->ticket;

	if (!copy)
		return ERR_MEMORY;
	copy->id = ++r->identity_id;
	copy->epoch = holding->identity->epoch;
	copy->local = holding->identity->local;
	identity_free(holding->identity);
	holding->identity = copy;
	write_identity(r, holding);
	holding_write(r, &gone);
	/* The old row names the same binding and covers it until the new one does. */
	holding->ticket = ticket;
	return 0;
}

int holding_set_epoch(struct registrant *r, struct holding *holding, uint32_t epoch)
{
	struct ledger_identity *identity = holding->identity;
	struct sequence *sequence;

	if (identity->epoch == epoch)
		return 0;
	sequence = sequence_take(r, identity->name, identity->username, identity->host, epoch);
	if (!sequence)
		return ERR_FULL;
	sequence_give(r, holding->sequence);
	holding->sequence = sequence->handle;
	identity->epoch = epoch;
	/* A new row, since an identity is never changed once it is written. */
	return holding_replace_identity(r, holding, identity);
}

void holding_cover(struct registrant *r, struct holding *holding, uint32_t expiry_s)
{
	if (expiry_s <= holding->expiry_s)
		return;
	holding_covered_s(r, holding);
	holding->expiry_s = expiry_s;
	write_binding(r, holding);
}

void holding_raise_expiry(struct registrant *r, struct holding *holding, uint32_t expiry_s)
{
	uint64_t ticket = holding->ticket;

	if (expiry_s <= holding->expiry_s)
		return;
	holding->expiry_s = expiry_s;
	write_binding(r, holding);
	holding->ticket = ticket;
}

void holding_set_echoed(struct registrant *r, struct holding *holding, struct slice echoed)
{
	uint64_t ticket = holding->ticket;
	char *copy = NULL;

	if (slice_equal(slice_of(holding->echoed), echoed))
		return;
	if (echoed.n > 0) {
		copy = calloc(1, echoed.n + 1);
		if (!copy)
			return;
		memcpy(copy, echoed.p, echoed.n);
	}
	free(holding->echoed);
	holding->echoed = copy;
	write_binding(r, holding);
	holding->ticket = ticket;
}

void holding_set_digest(struct registrant *r, struct holding *holding, unsigned strength)
{
	uint64_t ticket = holding->ticket;

	if (holding->digest_least == strength)
		return;
	holding->digest_least = (uint8_t)strength;
	write_binding(r, holding);
	holding->ticket = ticket;
}

void holding_set_target(
    struct registrant *r, struct holding *holding, const struct netaddr *target, bool is_kept)
{
	uint64_t ticket = holding->ticket;

	if (netaddr_equal(&holding->target, target))
		return;
	holding->target = *target;
	if (!is_kept)
		return;
	write_binding(r, holding);
	holding->ticket = ticket;
}

void holding_set_owed(struct registrant *r, struct holding *holding, bool owed)
{
	uint64_t ticket = holding->ticket;

	if (holding->owed == owed)
		return;
	holding->owed = owed;
	write_binding(r, holding);
	holding->ticket = ticket;
}

void holding_free(struct registrant *r, struct holding *holding)
{
	map_remove(r->holding_keys, holding->key, holding->handle);
	sequence_give(r, holding->sequence);
	upstream_release(r, holding->upstream);
	identity_free(holding->identity);
	free(holding->echoed);
	pool_give(r->holdings, holding->handle);
}

void holding_drop(struct registrant *r, struct holding *holding)
{
	struct ledger_record gone = {.op = LEDGER_GONE, .gone = holding->identity->id};

	if (holding->ticket > 0 || holding->from_ledger)
		holding_write(r, &gone);
	holding_free(r, holding);
}

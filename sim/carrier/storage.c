// SPDX-License-Identifier: Apache-2.0
/*
 * A copy of the table in the order of its slots.
 */
#include "sim/carrier/storage.h"

static void clear_row(struct stored *row)
{
	owned_clear(&row->aor);
	owned_clear(&row->contact);
	owned_clear(&row->params);
	owned_clear(&row->call_id);
}

void storage_clear(struct storage *storage)
{
	for (uint32_t i = 0; i < storage->count; i++)
		clear_row(&storage->rows[i]);
	free(storage->rows);
	*storage = (struct storage){0};
}

static int copy(struct stored *row, const struct binding *b)
{
	*row = (struct stored){
	    .cseq = b->cseq,
	    .refreshes = b->refreshes,
	    .since_us = b->since_us,
	    .expires_us = b->expires_us,
	    .source = b->source,
	    .local = b->local,
	    .planted = b->planted,
	};
	return owned_set(&row->aor, owned_slice(&b->aor)) ||
	               owned_set(&row->contact, owned_slice(&b->contact)) ||
	               owned_set(&row->params, owned_slice(&b->params)) ||
	               owned_set(&row->call_id, owned_slice(&b->call_id))
	           ? ERR_MEMORY
	           : 0;
}

void storage_write(struct storage *storage, const struct location *location)
{
	struct storage fresh = {.rows = calloc(location->live + 1, sizeof(struct stored))};
	pool_handle handle;
	struct binding *b;

	for (uint32_t slot = 0; fresh.rows && (b = pool_walk(location->pool, slot, &handle));
	     slot = pool_handle_slot(handle) + 1) {
		if (b->tombstone)
			continue;
		if (copy(&fresh.rows[fresh.count++], b)) {
			storage_clear(&fresh);
			return;
		}
	}
	if (!fresh.rows)
		return;
	storage_clear(storage);
	*storage = fresh;
}

uint32_t storage_mark(struct storage *storage, const struct location *location)
{
	uint32_t returned = 0;

	for (uint32_t i = 0; i < storage->count; i++) {
		struct stored *row = &storage->rows[i];
		const struct binding *b =
		    location_find(location, owned_slice(&row->aor), owned_slice(&row->contact));

		row->returned = !b || b->tombstone || b->returned;
		returned += row->returned;
	}
	return returned;
}

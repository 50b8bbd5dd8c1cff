// SPDX-License-Identifier: Apache-2.0
/*
 * Rows that must be written hang in a list in the order of their first
 * unwritten ticket, so its head says how far the file has come. A row that is
 * changed while the writer has it stays in the list, further back.
 */
#include "store/ledger_rows.h"

#include <stdlib.h>
#include <sys/random.h>

#define ROWS_MAX (UINT32_C(1) << 24)

const char *ledger_number_name(enum ledger_number number)
{
	static const char *const names[] = {
	    [NUMBER_BOOT] = "boot",
	    [NUMBER_CSEQ_CEILING] = "cseq_ceiling",
	    [NUMBER_ALIVE_MS] = "alive_ms",
	    [NUMBER_STOPPING] = "stopping",
	};

	return names[number];
}

int ledger_rows_init(struct ledger_rows *rows, const struct seal_key *key)
{
	*rows = (struct ledger_rows){.key = key};
	if (getrandom(&rows->hash_key, sizeof(rows->hash_key), 0) != sizeof(rows->hash_key))
		return ERR_IO;
	rows->identities = map_new_compared(ROWS_MAX);
	rows->epochs = map_new_compared(ROWS_MAX);
	rows->paces = map_new_compared(ROWS_MAX);
	for (unsigned i = 0; i < NUMBER_COUNT; i++)
		rows->numbers[i] = (struct ledger_named_row){
		    .row.kind = ROW_NUMBER,
		    .name = slice_of(ledger_number_name((enum ledger_number)i)),
		};
	return rows->identities && rows->epochs && rows->paces ? 0 : ERR_MEMORY;
}

struct ledger_row *ledger_rows_each(const struct map *map, uint32_t *cursor)
{
	uint64_t value;

	return map_each(map, cursor, &value) ? (struct ledger_row *)(uintptr_t)value : NULL;
}

uint32_t ledger_rows_count(const struct ledger_rows *rows)
{
	return map_count(rows->identities) + map_count(rows->epochs) + map_count(rows->paces);
}

static void free_rows(struct map **map)
{
	struct ledger_row *row;
	uint32_t cursor = 0;

	while (*map && (row = ledger_rows_each(*map, &cursor)))
		ledger_row_free(row);
	map_free(map);
}

void ledger_rows_free(struct ledger_rows *rows)
{
	free_rows(&rows->identities);
	free_rows(&rows->epochs);
	free_rows(&rows->paces);
}

/* From the end: a new ticket is the largest, and only rows from a flight go further up. */
static void mark_dirty(struct ledger_rows *rows, struct ledger_row *row, uint64_t ticket)
{
	struct ledger_row *before = rows->last_dirty;

	while (before && before->ticket > ticket)
		before = before->previous_dirty;
	row->dirty = true;
	rows->dirty_count++;
	row->ticket = ticket;
	row->previous_dirty = before;
	row->next_dirty = before ? before->next_dirty : rows->first_dirty;
	if (row->next_dirty)
		row->next_dirty->previous_dirty = row;
	else
		rows->last_dirty = row;
	if (before)
		before->next_dirty = row;
	else
		rows->first_dirty = row;
}

static void mark_clean(struct ledger_rows *rows, struct ledger_row *row)
{
	if (!row->dirty)
		return;
	if (row->previous_dirty)
		row->previous_dirty->next_dirty = row->next_dirty;
	else
		rows->first_dirty = row->next_dirty;
	if (row->next_dirty)
		row->next_dirty->previous_dirty = row->previous_dirty;
	else
		rows->last_dirty = row->previous_dirty;
	row->next_dirty = row->previous_dirty = NULL;
	row->dirty = false;
	rows->dirty_count--;
}

static void touch(struct ledger_rows *rows, struct ledger_row *row, uint64_t ticket)
{
	uint64_t behind = ticket - row->ticket;

	if (row->in_flight && row->later == 0)
		row->later = behind < UINT32_MAX ? (uint32_t)behind : UINT32_MAX;
	if (!row->dirty)
		mark_dirty(rows, row, ticket);
}

static uint64_t hash_pace(const struct ledger_rows *rows, const struct ledger_pace *pace)
{
	return hash_bytes(rows->hash_key, slice_make(pace->address.ip, sizeof(pace->address.ip)));
}

static uint64_t hash_of(const struct ledger_rows *rows, const struct ledger_row *row)
{
	switch ((enum row_kind)row->kind) {
	case ROW_EPOCH:
		return hash_bytes(rows->hash_key, ledger_row_named(row)->name);
	case ROW_PACE:
		return hash_pace(rows, ledger_row_pace(row));
	case ROW_IDENTITY:
	case ROW_NUMBER:
		break;
	}
	return ledger_row_id(row);
}

static struct map *map_of(const struct ledger_rows *rows, const struct ledger_row *row)
{
	switch ((enum row_kind)row->kind) {
	case ROW_EPOCH:
		return rows->epochs;
	case ROW_PACE:
		return rows->paces;
	case ROW_IDENTITY:
	case ROW_NUMBER:
		break;
	}
	return rows->identities;
}

/* Into its map; the row goes where there is no memory for that. */
static int add_row(struct ledger_rows *rows, struct ledger_row *row)
{
	if (map_put(map_of(rows, row), hash_of(rows, row), (uintptr_t)row) != 0) {
		ledger_row_free(row);
		return ERR_MEMORY;
	}
	return 0;
}

static void drop(struct ledger_rows *rows, struct ledger_row *row)
{
	mark_clean(rows, row);
	map_remove(map_of(rows, row), hash_of(rows, row), (uintptr_t)row);
	ledger_row_free(row);
}

static struct ledger_row *find_identity(const struct ledger_rows *rows, uint64_t id)
{
	uint32_t cursor = 0;
	uint64_t value;

	while (map_next(rows->identities, id, &cursor, &value)) {
		struct ledger_row *row = (struct ledger_row *)(uintptr_t)value;

		if (ledger_row_id(row) == id && !row->gone)
			return row;
	}
	return NULL;
}

static struct ledger_row *find_epoch(const struct ledger_rows *rows, struct slice name)
{
	uint64_t hash = hash_bytes(rows->hash_key, name), value;
	uint32_t cursor = 0;

	while (map_next(rows->epochs, hash, &cursor, &value)) {
		struct ledger_row *row = (struct ledger_row *)(uintptr_t)value;

		if (slice_equal(ledger_row_named(row)->name, name))
			return row;
	}
	return NULL;
}

/* One that is to be removed is found too: what comes after brings it back. */
static struct ledger_row *find_pace(const struct ledger_rows *rows, const struct ledger_pace *pace)
{
	uint64_t hash = hash_pace(rows, pace), value;
	uint32_t cursor = 0;

	while (map_next(rows->paces, hash, &cursor, &value)) {
		struct ledger_row *row = (struct ledger_row *)(uintptr_t)value;
		const struct ledger_pace *own = ledger_row_pace(row);

		if (own->transport == pace->transport &&
		    netaddr_equal(&own->address, &pace->address))
			return row;
	}
	return NULL;
}

static struct ledger_row *add_identity(
    struct ledger_rows *rows, const struct ledger_identity *identity)
{
	struct ledger_row *row = ledger_row_of_identity(identity);

	return row && add_row(rows, row) == 0 ? row : NULL;
}

/* An identity is immutable: the same one posted again changes nothing. */
static int put_identity(
    struct ledger_rows *rows, uint64_t ticket, const struct ledger_identity *identity)
{
	struct ledger_row *row;

	if (find_identity(rows, identity->id))
		return 0;
	row = add_identity(rows, identity);
	if (!row)
		return ERR_MEMORY;
	touch(rows, row, ticket);
	return 0;
}

static int put_binding(
    struct ledger_rows *rows, uint64_t ticket, const struct ledger_binding *binding)
{
	struct ledger_row *row = find_identity(rows, binding->identity);
	int rc = row ? ledger_row_set_binding(row, binding) : ERR_NOT_FOUND;

	if (rc == 0)
		touch(rows, row, ticket);
	return rc;
}

static void put_gone(struct ledger_rows *rows, uint64_t ticket, uint64_t id)
{
	struct ledger_row *row = find_identity(rows, id);

	if (!row)
		return;
	if (!row->stored && !row->in_flight) {
		drop(rows, row);
		return;
	}
	row->gone = true;
	touch(rows, row, ticket);
}

int ledger_rows_load_epoch(struct ledger_rows *rows, struct slice name, uint32_t epoch)
{
	struct ledger_row *row = find_epoch(rows, name);

	if (!row) {
		row = ledger_row_of_epoch(name);
		if (!row || add_row(rows, row) != 0)
			return ERR_MEMORY;
	}
	ledger_row_named(row)->number = epoch;
	return 0;
}

int ledger_rows_load_pace(struct ledger_rows *rows, const struct ledger_pace *pace)
{
	struct ledger_row *row = find_pace(rows, pace);

	if (!row) {
		row = ledger_row_of_pace(pace);
		if (!row || add_row(rows, row) != 0)
			return ERR_MEMORY;
	}
	*ledger_row_pace(row) = *pace;
	row->gone = ledger_pace_is_empty(pace);
	return 0;
}

static void put_number(
    struct ledger_rows *rows, uint64_t ticket, enum ledger_number number, int64_t value)
{
	ledger_rows_load_number(rows, number, value);
	touch(rows, &rows->numbers[number].row, ticket);
}

int ledger_rows_put(struct ledger_rows *rows, uint64_t ticket, const struct ledger_record *record)
{
	int rc = 0;

	switch (record->op) {
	case LEDGER_IDENTITY:
		rc = put_identity(rows, ticket, &record->identity);
		break;
	case LEDGER_BINDING:
		rc = put_binding(rows, ticket, &record->binding);
		break;
	case LEDGER_GONE:
		put_gone(rows, ticket, record->gone);
		break;
	case LEDGER_ALIVE:
		put_number(rows, ticket, NUMBER_ALIVE_MS, record->alive_ms);
		break;
	case LEDGER_CSEQ_FLOOR:
		put_number(rows, ticket, NUMBER_CSEQ_CEILING, record->cseq_floor);
		break;
	case LEDGER_STOP:
		put_number(rows, ticket, NUMBER_STOPPING, record->stop);
		break;
	case LEDGER_EPOCH:
		rc = ledger_rows_load_epoch(rows, record->epoch.name, record->epoch.epoch);
		if (rc == 0)
			touch(rows, find_epoch(rows, record->epoch.name), ticket);
		break;
	case LEDGER_PACE:
		rc = ledger_rows_load_pace(rows, &record->pace);
		if (rc == 0)
			touch(rows, find_pace(rows, &record->pace), ticket);
		break;
	}
	rows->posted = ticket;
	if (rc != 0 && rc != ERR_NOT_FOUND && rows->lost == 0)
		rows->lost = ticket;
	return rc;
}

int ledger_rows_load_identity(struct ledger_rows *rows, const struct ledger_identity *sealed)
{
	struct ledger_row *row;

	if (!ledger_row_fits(sealed))
		return ERR_LIMIT;
	row = add_identity(rows, sealed);
	if (!row)
		return ERR_MEMORY;
	row->stored = row->is_sealed = true;
	return 0;
}

int ledger_rows_load_binding(struct ledger_rows *rows, const struct ledger_binding *binding)
{
	struct ledger_row *row = find_identity(rows, binding->identity);

	return row ? ledger_row_set_binding(row, binding) : ERR_DAMAGED;
}

void ledger_rows_load_number(struct ledger_rows *rows, enum ledger_number number, int64_t value)
{
	rows->numbers[number].number = value;
	rows->has_number[number] = true;
}

/* A copy of its Contact, since the row's may go meanwhile. */
static int copy_binding(const struct ledger_row *row, struct ledger_change *change)
{
	struct slice echoed;
	char *copy = NULL;

	ledger_row_binding(row, &change->binding);
	echoed = change->binding.echoed;
	change->binding.echoed = (struct slice){0};
	if (echoed.n > 0) {
		copy = malloc(echoed.n);
		if (!copy)
			return ERR_MEMORY;
		memcpy(copy, echoed.p, echoed.n);
		change->binding.echoed = slice_make(copy, echoed.n);
	}
	return 0;
}

static int add_change(struct ledger_batch *batch, struct ledger_row *row)
{
	struct ledger_change *change = &batch->changes[batch->count];
	int rc = 0;

	*change = (struct ledger_change){
	    .row = row,
	    .stored = row->stored,
	    .gone = row->gone,
	    .has_binding = row->has_binding,
	    .was_dirty = row->dirty,
	};
	switch ((enum row_kind)row->kind) {
	case ROW_IDENTITY:
		if (row->has_binding && !row->gone)
			rc = copy_binding(row, change);
		break;
	case ROW_EPOCH:
	case ROW_NUMBER:
		change->number = ledger_row_named(row)->number;
		break;
	case ROW_PACE:
		change->pace = *ledger_row_pace(row);
		break;
	}
	if (rc != 0)
		return rc;
	row->in_flight = true;
	row->later = 0;
	batch->count++;
	return 0;
}

/* Without memory the batch that is there is given back untouched. */
static int give_up(struct ledger_rows *rows, struct ledger_batch *batch)
{
	ledger_rows_settle(rows, batch, false);
	return ERR_MEMORY;
}

int ledger_rows_take(struct ledger_rows *rows, uint32_t limit, struct ledger_batch *batch_r)
{
	if (limit > rows->dirty_count)
		limit = rows->dirty_count;
	*batch_r = (struct ledger_batch){
	    .changes = calloc(limit > 0 ? limit : 1, sizeof(struct ledger_change)),
	    .key = rows->key};
	if (!batch_r->changes)
		return ERR_MEMORY;
	for (struct ledger_row *row = rows->first_dirty; row && batch_r->count < limit;
	     row = row->next_dirty) {
		if (add_change(batch_r, row) != 0)
			return give_up(rows, batch_r);
	}
	return 0;
}

static int take_numbers(struct ledger_rows *rows, size_t room, struct ledger_batch *batch_r)
{
	*batch_r = (struct ledger_batch){
	    .changes = calloc(NUMBER_COUNT + room, sizeof(struct ledger_change)), .key = rows->key};
	if (!batch_r->changes)
		return ERR_MEMORY;
	for (unsigned i = 0; i < NUMBER_COUNT; i++) {
		if (rows->has_number[i] && add_change(batch_r, &rows->numbers[i].row) != 0)
			return give_up(rows, batch_r);
	}
	return 0;
}

int ledger_rows_take_numbers(struct ledger_rows *rows, struct ledger_batch *batch_r)
{
	return take_numbers(rows, 0, batch_r);
}

int ledger_rows_take_all(struct ledger_rows *rows, struct ledger_batch *batch_r)
{
	const struct map *maps[] = {rows->identities, rows->epochs, rows->paces};
	int rc = take_numbers(rows, ledger_rows_count(rows), batch_r);

	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		struct ledger_row *row;
		uint32_t cursor = 0;

		while (rc == 0 && (row = ledger_rows_each(maps[i], &cursor)))
			if (add_change(batch_r, row) != 0)
				rc = give_up(rows, batch_r);
	}
	return rc;
}

static void settle_written(
    struct ledger_rows *rows, struct ledger_row *row, const struct ledger_change *change)
{
	/* One that was clean has got the ticket of what came since as its own. */
	uint64_t later = change->was_dirty ? row->ticket + row->later : row->ticket;

	row->stored = true;
	mark_clean(rows, row);
	if (row->later != 0)
		mark_dirty(rows, row, later);
	else if (change->gone)
		drop(rows, row);
}

void ledger_rows_settle(struct ledger_rows *rows, struct ledger_batch *batch, bool written)
{
	for (uint32_t i = 0; i < batch->count; i++) {
		struct ledger_change *change = &batch->changes[i];

		free((char *)(uintptr_t)change->binding.echoed.p);
		change->row->in_flight = false;
		if (written)
			settle_written(rows, change->row, change);
	}
	free(batch->changes);
	*batch = (struct ledger_batch){0};
}

uint64_t ledger_rows_durable(const struct ledger_rows *rows)
{
	uint64_t durable = rows->first_dirty ? rows->first_dirty->ticket - 1 : rows->posted;

	return rows->lost != 0 && durable >= rows->lost ? rows->lost - 1 : durable;
}

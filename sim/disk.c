// SPDX-License-Identifier: Apache-2.0
/*
 * A queue of records on their way and the rows they ended in.
 */
#include "sim/disk.h"

#include "base/map.h"
#include "base/now.h"
#include "sim/facts.h"

#include <assert.h>
#include <stdlib.h>

#define TEXTS        9
#define CSEQ_EPOCH_S INT64_C(1577836800) /* 2020-01-01T00:00:00Z */
#define CSEQ_AHEAD   256
#define EPOCHS_MAX   4096
#define PACES_MAX    4096
#define ROWS_MAX     (1u << 24)

/* A record with its texts behind it. */
struct pending {
	struct pending *next;
	uint64_t ticket, written_us, durable_us;
	struct ledger_record record;
	char texts[];
};

struct row {
	struct pending *identity; /* whose record it is; NULL: unused */
	struct pending *binding;
	bool going;
};

struct epoch {
	char *name;
	uint32_t epoch;
};

struct disk {
	struct disk_config config;
	struct random random;
	struct pending *first, **last;
	struct row *rows;
	uint32_t row_size, row_count; /* places, places in use */
	uint32_t free_from;           /* no free place below */
	struct map *ids;              /* identity id -> place */
	struct map *keys;             /* AOR user and Contact -> place */
	struct epoch epochs[EPOCHS_MAX];
	uint32_t epoch_count;
	struct ledger_pace paces[PACES_MAX];
	uint32_t pace_count;
	uint32_t boot, cseq_ceiling;
	uint64_t rewrites;
	enum ledger_stop stop, stop_before; /* of the process before the last opening */
	uint64_t ticket;                    /* durable up to here */
};

struct disk *disk_new(uint64_t seed)
{
	struct disk *disk = calloc(1, sizeof(*disk));

	if (!disk)
		return NULL;
	random_seed(&disk->random, seed);
	disk->config.write_us = US_PER_MS;
	disk->config.sync_us = 4 * US_PER_MS;
	disk->last = &disk->first;
	disk->ids = map_new(ROWS_MAX);
	disk->keys = map_new(ROWS_MAX);
	if (!disk->ids || !disk->keys)
		disk_free(&disk);
	return disk;
}

static void drop_pending(struct disk *disk)
{
	struct pending *next;

	for (struct pending *pending = disk->first; pending; pending = next) {
		next = pending->next;
		free(pending);
	}
	disk->first = NULL;
	disk->last = &disk->first;
}

void disk_free(struct disk **disk)
{
	struct disk *gone = *disk;

	*disk = NULL;
	if (!gone)
		return;
	drop_pending(gone);
	for (uint32_t i = 0; i < gone->row_size; i++) {
		free(gone->rows[i].identity);
		free(gone->rows[i].binding);
	}
	for (uint32_t i = 0; i < gone->epoch_count; i++)
		free(gone->epochs[i].name);
	free(gone->rows);
	map_free(&gone->ids);
	map_free(&gone->keys);
	free(gone);
}

struct disk_config *disk_config(struct disk *disk)
{
	return &disk->config;
}

static unsigned list_texts(struct ledger_record *record, struct slice *texts[TEXTS])
{
	struct ledger_identity *identity = &record->identity;

	switch (record->op) {
	case LEDGER_IDENTITY:
		texts[0] = &identity->name;
		texts[1] = &identity->username;
		texts[2] = &identity->auth_username;
		texts[3] = &identity->password;
		texts[4] = &identity->host;
		texts[5] = &identity->proxy;
		texts[6] = &identity->contact;
		texts[7] = &identity->display_name;
		texts[8] = &identity->user_agent;
		return 9;
	case LEDGER_BINDING:
		texts[0] = &record->binding.echoed;
		return 1;
	case LEDGER_EPOCH:
		texts[0] = &record->epoch.name;
		return 1;
	case LEDGER_GONE:
	case LEDGER_ALIVE:
	case LEDGER_CSEQ_FLOOR:
	case LEDGER_PACE:
	case LEDGER_STOP:
		break;
	}
	return 0;
}

static struct pending *copy_record(const struct ledger_record *record)
{
	struct ledger_record source = *record;
	struct slice *texts[TEXTS];
	unsigned n = list_texts(&source, texts);
	size_t size = 0;
	struct pending *copy;
	char *p;

	for (unsigned i = 0; i < n; i++)
		size += texts[i]->n;
	copy = malloc(sizeof(*copy) + size);
	assert(copy);
	*copy = (struct pending){.record = source};
	n = list_texts(&copy->record, texts);
	p = copy->texts;
	for (unsigned i = 0; i < n; i++) {
		size_t length = texts[i]->n;

		if (length > 0)
			memcpy(p, texts[i]->p, length);
		*texts[i] = slice_make(p, length);
		p += length;
	}
	return copy;
}

static struct row *find_row(const struct disk *disk, uint64_t id)
{
	uint32_t cursor = 0;
	uint64_t place;

	return map_next(disk->ids, id, &cursor, &place) ? &disk->rows[place] : NULL;
}

static uint64_t key_of(struct slice user, struct slice contact)
{
	return facts_hash(user) * 31 + facts_hash(contact);
}

static uint32_t find_place(struct disk *disk)
{
	while (disk->free_from < disk->row_size && disk->rows[disk->free_from].identity)
		disk->free_from++;
	if (disk->free_from == disk->row_size) {
		uint32_t size = disk->row_size ? 2 * disk->row_size : 64;

		disk->rows = realloc(disk->rows, size * sizeof(disk->rows[0]));
		assert(disk->rows);
		memset(disk->rows + disk->row_size, 0,
		    (size - disk->row_size) * sizeof(disk->rows[0]));
		disk->row_size = size;
	}
	return disk->free_from;
}

static void remove_row(struct disk *disk, uint64_t id)
{
	struct row *row = find_row(disk, id);
	const struct ledger_identity *identity;
	uint32_t place;

	if (!row)
		return;
	place = (uint32_t)(row - disk->rows);
	identity = &row->identity->record.identity;
	map_remove(disk->ids, id, place);
	map_remove(disk->keys, key_of(identity->username, identity->contact), place);
	free(row->identity);
	free(row->binding);
	*row = (struct row){0};
	disk->row_count--;
	if (place < disk->free_from)
		disk->free_from = place;
}

/* Takes the record over. */
static void insert_row(struct disk *disk, struct pending *pending)
{
	const struct ledger_identity *identity = &pending->record.identity;
	uint32_t place;

	remove_row(disk, identity->id);
	place = find_place(disk);
	disk->rows[place] = (struct row){.identity = pending};
	disk->row_count++;
	if (map_put(disk->ids, identity->id, place) < 0 ||
	    map_put(disk->keys, key_of(identity->username, identity->contact), place) < 0)
		abort();
}

static void set_epoch(struct disk *disk, struct slice name, uint32_t epoch)
{
	uint32_t i = 0;

	while (i < disk->epoch_count && !slice_equal(slice_of(disk->epochs[i].name), name))
		i++;
	if (i == disk->epoch_count) {
		assert(i < EPOCHS_MAX);
		disk->epochs[i].name = calloc(1, name.n + 1);
		assert(disk->epochs[i].name);
		memcpy(disk->epochs[i].name, name.p, name.n);
		disk->epoch_count++;
	}
	disk->epochs[i].epoch = epoch;
}

static void set_pace(struct disk *disk, const struct ledger_pace *pace)
{
	uint32_t i = 0;

	while (i < disk->pace_count && (disk->paces[i].transport != pace->transport ||
	                                   !netaddr_equal(&disk->paces[i].address, &pace->address)))
		i++;
	if (ledger_pace_is_empty(pace)) {
		if (i < disk->pace_count)
			disk->paces[i] = disk->paces[--disk->pace_count];
		return;
	}
	assert(i < PACES_MAX);
	if (i == disk->pace_count)
		disk->pace_count++;
	disk->paces[i] = *pace;
}

/* One record reaches the file. */
static void apply(struct disk *disk, struct pending *pending)
{
	const struct ledger_record *record = &pending->record;
	struct row *row;

	switch (record->op) {
	case LEDGER_IDENTITY:
		insert_row(disk, pending);
		return;
	case LEDGER_BINDING:
		row = find_row(disk, record->binding.identity);
		if (!row)
			break;
		free(row->binding);
		row->binding = pending;
		disk->rewrites++;
		return;
	case LEDGER_GONE:
		remove_row(disk, record->gone);
		break;
	case LEDGER_ALIVE:
		break;
	case LEDGER_CSEQ_FLOOR:
		if (record->cseq_floor > disk->cseq_ceiling)
			disk->cseq_ceiling = record->cseq_floor;
		break;
	case LEDGER_EPOCH:
		set_epoch(disk, record->epoch.name, record->epoch.epoch);
		break;
	case LEDGER_PACE:
		set_pace(disk, &record->pace);
		break;
	case LEDGER_STOP:
		disk->stop = record->stop;
		break;
	}
	free(pending);
}

static bool names_same(const struct ledger_identity *a, const struct ledger_identity *b)
{
	return slice_equal(a->username, b->username) && slice_equal(a->host, b->host) &&
	       slice_equal(a->contact, b->contact);
}

/* A row that is given up for another one of the same binding covers it until that one does. */
static bool has_successor(const struct disk *disk, const struct ledger_identity *identity)
{
	for (const struct pending *pending = disk->first; pending; pending = pending->next)
		if (pending->record.op == LEDGER_IDENTITY &&
		    names_same(&pending->record.identity, identity))
			return true;
	return false;
}

static void mark_going(struct disk *disk, uint64_t id)
{
	struct row *row = find_row(disk, id);

	if (row)
		row->going = !has_successor(disk, &row->identity->record.identity);
}

void disk_take(struct disk *disk, uint64_t now_us, const struct effect_ledger *effect)
{
	struct pending *pending = copy_record(&effect->record);

	pending->ticket = effect->ticket;
	pending->written_us = now_us + disk->config.write_us +
	                      random_below(&disk->random, disk->config.jitter_us + 1);
	pending->durable_us = pending->written_us + disk->config.sync_us;
	*disk->last = pending;
	disk->last = &pending->next;
	if (effect->record.op == LEDGER_GONE)
		mark_going(disk, effect->record.gone);
}

static bool is_in_trouble(const struct disk *disk)
{
	return disk->config.fails || disk->config.unsynced;
}

uint64_t disk_next(const struct disk *disk)
{
	return disk->first && !is_in_trouble(disk) ? disk->first->durable_us : TIME_NEVER;
}

static void apply_first(struct disk *disk)
{
	struct pending *pending = disk->first;

	disk->first = pending->next;
	if (!disk->first)
		disk->last = &disk->first;
	disk->ticket = pending->ticket;
	apply(disk, pending);
}

bool disk_advance(struct disk *disk, uint64_t now_us, uint64_t *ticket_r)
{
	bool moved = false;

	while (disk->first && !is_in_trouble(disk) && disk->first->durable_us <= now_us) {
		apply_first(disk);
		moved = true;
	}
	*ticket_r = disk->ticket;
	return moved;
}

/* What is on its way out of a table that goes on without it, stays. */
static void lose_pending(struct disk *disk)
{
	drop_pending(disk);
	for (uint32_t i = 0; i < disk->row_size; i++)
		disk->rows[i].going = false;
}

void disk_kill(struct disk *disk, uint64_t now_us)
{
	while (disk->first && !disk->config.fails && disk->first->written_us <= now_us)
		apply_first(disk);
	lose_pending(disk);
}

void disk_power_cut(struct disk *disk)
{
	lose_pending(disk);
}

void disk_flush(struct disk *disk)
{
	while (disk->first && !disk->config.fails)
		apply_first(disk);
	lose_pending(disk);
}

static uint32_t clock_number(int64_t wall_ms)
{
	int64_t seconds = wall_ms / 1000 - CSEQ_EPOCH_S;

	return seconds < 1 ? 1 : (uint32_t)seconds;
}

static void forget(struct disk *disk)
{
	lose_pending(disk);
	for (uint32_t i = 0; i < disk->row_size; i++)
		if (disk->rows[i].identity)
			remove_row(disk, disk->rows[i].identity->record.identity.id);
	for (uint32_t i = 0; i < disk->epoch_count; i++)
		free(disk->epochs[i].name);
	disk->epoch_count = disk->pace_count = 0;
	disk->boot = disk->cseq_ceiling = 0;
}

void disk_start(struct disk *disk, int64_t wall_ms, struct disk_start *start_r)
{
	uint32_t clock = clock_number(wall_ms);

	if (disk->config.forgets)
		forget(disk);
	start_r->boot = ++disk->boot;
	start_r->cseq_floor = disk->cseq_ceiling;
	if (disk->cseq_ceiling < clock)
		disk->cseq_ceiling = clock;
	disk->cseq_ceiling += CSEQ_AHEAD;
	start_r->cseq_ceiling = disk->cseq_ceiling;
	disk->ticket = 0;
	disk->stop_before = disk->stop;
	if (disk->stop == LEDGER_STOP_KEPT)
		disk->stop = LEDGER_STOP_NONE;
}

int disk_read(const struct disk *disk, disk_read_fn read, void *context)
{
	struct ledger_record epoch = {.op = LEDGER_EPOCH}, pace = {.op = LEDGER_PACE};
	struct ledger_record stop = {.op = LEDGER_STOP, .stop = disk->stop_before};
	int rc = stop.stop ? read(context, &stop) : 0;

	for (uint32_t i = 0; rc == 0 && i < disk->pace_count; i++) {
		pace.pace = disk->paces[i];
		rc = read(context, &pace);
	}
	for (uint32_t i = 0; rc == 0 && i < disk->row_size; i++) {
		const struct row *row = &disk->rows[i];

		if (!row->identity)
			continue;
		rc = read(context, &row->identity->record);
		if (rc == 0 && row->binding)
			rc = read(context, &row->binding->record);
	}
	for (uint32_t i = 0; rc == 0 && i < disk->epoch_count; i++) {
		epoch.epoch.name = slice_of(disk->epochs[i].name);
		epoch.epoch.epoch = disk->epochs[i].epoch;
		rc = read(context, &epoch);
	}
	return rc;
}

bool disk_pace_next(const struct disk *disk, uint32_t *cursor, struct ledger_pace *pace_r)
{
	if (*cursor == disk->pace_count)
		return false;
	*pace_r = disk->paces[(*cursor)++];
	return true;
}

const struct ledger_identity *disk_covers(
    const struct disk *disk, struct slice user, struct slice host, struct slice contact)
{
	uint64_t place;
	uint32_t cursor = 0;

	while (map_next(disk->keys, key_of(user, contact), &cursor, &place)) {
		const struct row *row = &disk->rows[place];
		const struct ledger_identity *identity = &row->identity->record.identity;

		if (!row->going && row->binding && slice_equal(identity->username, user) &&
		    slice_equal(identity->host, host) && slice_equal(identity->contact, contact))
			return identity;
	}
	return NULL;
}

const struct ledger_identity *disk_identity(const struct disk *disk, uint64_t id)
{
	const struct row *row = find_row(disk, id);

	return row ? &row->identity->record.identity : NULL;
}

uint32_t disk_rows(const struct disk *disk)
{
	return disk->row_count;
}

uint64_t disk_rewrites(const struct disk *disk)
{
	return disk->rewrites;
}

uint32_t disk_debts(const struct disk *disk)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < disk->row_size; i++) {
		const struct row *row = &disk->rows[i];

		n += row->identity && row->binding && row->binding->record.binding.owed;
	}
	return n;
}

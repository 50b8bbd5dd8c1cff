// SPDX-License-Identifier: Apache-2.0
/*
 * The ledger in memory: what the file holds once everything posted is written,
 * and which rows it does not hold yet. Newer records replace older ones in
 * their row, so it is bounded by identities and by what the core remembers of addresses. Whoever
 * uses it locks it; only the writer takes and settles.
 */
#pragma once

#include "base/map.h"
#include "store/ledger_row.h"
#include "store/seal.h"

enum ledger_number {
	NUMBER_BOOT,
	NUMBER_CSEQ_CEILING,
	NUMBER_ALIVE_MS,
	NUMBER_STOPPING,
	NUMBER_COUNT
};

/* The name in the file. */
const char *ledger_number_name(enum ledger_number number);

struct ledger_rows {
	const struct seal_key *key;
	struct map *identities, *epochs, *paces;
	struct hash_key hash_key;
	struct ledger_row *first_dirty, *last_dirty;
	struct ledger_named_row numbers[NUMBER_COUNT];
	bool has_number[NUMBER_COUNT];
	uint32_t dirty_count;
	uint64_t posted; /* the last ticket */
	uint64_t lost;   /* the first that found no memory; nothing from it on is ever durable */
};

/* The rows of one of the maps, one by one: begin with `*cursor = 0`. NULL at the end. */
struct ledger_row *ledger_rows_each(const struct map *map, uint32_t *cursor);

/* How many there are, the numbers aside. */
uint32_t ledger_rows_count(const struct ledger_rows *rows);

/* What the writer writes of a row: a copy, for use without the lock. */
struct ledger_change {
	struct ledger_row *row; /* its identity and name never change while it lives */
	bool stored, gone, has_binding;
	bool was_dirty; /* else taken because everything was */
	struct ledger_binding binding;
	struct ledger_pace pace; /* ROW_PACE */
	int64_t number;
};

struct ledger_batch {
	struct ledger_change *changes;
	uint32_t count;
	const struct seal_key *key; /* of the passwords in the file */
};

MUST_CHECK int ledger_rows_init(struct ledger_rows *rows, const struct seal_key *key);
void ledger_rows_free(struct ledger_rows *rows);

/* ERR_MEMORY; ERR_NOT_FOUND for a binding without identity, which changes nothing. */
MUST_CHECK int ledger_rows_put(
    struct ledger_rows *rows, uint64_t ticket, const struct ledger_record *record);

/* What was read from the file, its password still sealed. ERR_MEMORY, ERR_DAMAGED. */
MUST_CHECK int ledger_rows_load_identity(
    struct ledger_rows *rows, const struct ledger_identity *sealed);
MUST_CHECK int ledger_rows_load_binding(
    struct ledger_rows *rows, const struct ledger_binding *binding);
MUST_CHECK int ledger_rows_load_epoch(struct ledger_rows *rows, struct slice name, uint32_t epoch);
MUST_CHECK int ledger_rows_load_pace(struct ledger_rows *rows, const struct ledger_pace *pace);
void ledger_rows_load_number(struct ledger_rows *rows, enum ledger_number number, int64_t value);

/* The first `limit` rows that must be written, or every row there is. ERR_MEMORY. */
MUST_CHECK int ledger_rows_take(
    struct ledger_rows *rows, uint32_t limit, struct ledger_batch *batch_r);
MUST_CHECK int ledger_rows_take_all(struct ledger_rows *rows, struct ledger_batch *batch_r);

/* The numbers alone, dirty or not. ERR_MEMORY. */
MUST_CHECK int ledger_rows_take_numbers(struct ledger_rows *rows, struct ledger_batch *batch_r);

/* The batch was written, or not; frees it. */
void ledger_rows_settle(struct ledger_rows *rows, struct ledger_batch *batch, bool written);

/* Every record up to this ticket is written. */
uint64_t ledger_rows_durable(const struct ledger_rows *rows);

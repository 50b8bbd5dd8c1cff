// SPDX-License-Identifier: Apache-2.0
/*
 * The file of phones' bindings, STATE/bindings.db: SQL, and what a start makes of a damaged one.
 * Used by one thread at a time.
 */
#pragma once

#include "effect/binding_record.h"
#include "store/db.h"

/* How long refreshes wait for one another: many of them are in one page of the file. */
#define BINDINGS_BEHIND_MS 10000

struct bindings_file {
	sqlite3 *db; /* NULL while closed */
	sqlite3_stmt *put, *terms, *refresh, *gone, *gone_terms, *shift;
	int64_t unsure_ms; /* struct event_kept; 0 where the last process closed it in order */
};

/*
 * Opens and checks it as db_open() does, makes it where there is none, and notes that it is in use
 * until bindings_file_end().
 */
MUST_CHECK int bindings_file_open(
    const struct state_dir *dir, struct bindings_file *file_r, struct store_error *error);

/* The same to be read only, from a disk that takes no writes. */
MUST_CHECK int bindings_file_open_image(
    const struct state_dir *dir, struct bindings_file *file_r, struct store_error *error);
void bindings_file_close(struct bindings_file *file);

/* Renames it and its WAL to NAME.damaged, in the place of an earlier one. It must be closed. */
MUST_CHECK int bindings_file_set_aside(const struct state_dir *dir, struct store_error *error);

/* Removes it: for a directory that was copied from another node. It must be closed. */
MUST_CHECK int bindings_file_remove(const struct state_dir *dir, struct store_error *error);

/* Takes a BINDING_PUT, which lives for the call. A result other than 0 ends the reading with it. */
typedef int (*bindings_read_fn)(void *context, const struct binding_record *record);
MUST_CHECK int bindings_file_read(
    struct bindings_file *file, bindings_read_fn read, void *context, struct store_error *error);

/*
 * Between db_begin() and db_end() of its `db`. A refresh that is older than what
 * stands there, or of a binding that is not there, is nothing.
 */
MUST_CHECK int bindings_file_write(
    struct bindings_file *file, const struct binding_record *record, struct store_error *error);

/* Everything is written, and nothing comes any more. Failing does no harm. */
void bindings_file_end(struct bindings_file *file);

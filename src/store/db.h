// SPDX-License-Identifier: Apache-2.0
/*
 * SQLite as both databases of the state directory use it: opened exclusively,
 * checked, in WAL with every commit synced (but see is_relaxed), and its errors turned into ours.
 */
#pragma once

#include "base/netaddr.h"
#include "store/state_dir.h"

#include <sqlite3.h>

/*
 * What a file must be before it is ours: the mark in its header, and the steps
 * that its tables were made by. steps[N] is the SQL that takes version N to N + 1,
 * and an empty file is version 0; so a release appends a step and never changes
 * one that was released, and its first start brings an older file up.
 */
struct db_schema {
	int32_t application_id;
	const char *const *steps;
	int version; /* how many there are */
	/*
	 * A commit reaches the kernel and is not synced: it outlives a kill, and after a power cut
	 * the last ones are gone, wherever in the WAL that cut it.
	 */
	bool is_relaxed;
};

/*
 * Opens, locks and checks a database, creates it where there is none and `need` lets it, and brings
 * one of an older version up in one transaction: after a failure it is as it was.
 * One of a newer version is refused and not touched. STORE_MISSING, STORE_NEWER, STORE_LOCKED,
 * STORE_DAMAGED, STORE_FULL, STORE_UNWRITABLE, STORE_BROKEN.
 * It is for one thread at a time: SQLite does not lock it.
 */
MUST_CHECK int db_open(const char *path, const struct db_schema *schema, enum db_need need,
    sqlite3 **db_r, struct store_error *error);

/*
 * The same in memory, for a disk that can be read and not written. What would change it is refused
 * as STORE_UNWRITABLE.
 */
MUST_CHECK int db_open_image(
    const char *path, const struct db_schema *schema, sqlite3 **db_r, struct store_error *error);

/* Without a last checkpoint, so that closing never writes; NULL is nothing. */
void db_close(sqlite3 **db);

/* Before an orderly close: moves what the WAL holds into the file. Failing does no harm. */
void db_checkpoint(sqlite3 *db);

/* One or more statements without results. */
MUST_CHECK int db_exec(sqlite3 *db, const char *sql, struct store_error *error);
MUST_CHECK int db_prepare(
    sqlite3 *db, const char *sql, sqlite3_stmt **statement_r, struct store_error *error);

/* Runs a statement that gives no rows, and makes it ready for the next time. */
MUST_CHECK int db_run(sqlite3_stmt *statement, struct store_error *error);

/*
 * A transaction: db_end() commits it where `rc` is 0, else takes it back; it gives `rc`, or what
 * the commit says.
 */
MUST_CHECK int db_begin(sqlite3 *db, struct store_error *error);
MUST_CHECK int db_end(sqlite3 *db, int rc, struct store_error *error);

/* A failed statement may have taken it back already. */
void db_rollback(sqlite3 *db);

/* Its file, for messages. */
const char *db_path(sqlite3 *db);

/* The connection's last failure as ours, "FILE: reason". */
int db_fail(sqlite3 *db, struct store_error *error);

/* Bound texts and blobs must live until the statement is run. */
void db_bind_text(sqlite3_stmt *statement, int at, struct slice text);
void db_bind_blob(sqlite3_stmt *statement, int at, struct slice bytes);
void db_bind_addr(sqlite3_stmt *statement, int at, const struct netaddr *addr);

/* Columns of the current row; slices live until the next step. */
struct slice db_column_text(sqlite3_stmt *statement, int at);
struct slice db_column_blob(sqlite3_stmt *statement, int at);
struct netaddr db_column_addr(sqlite3_stmt *statement, int at);

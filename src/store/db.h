// SPDX-License-Identifier: Apache-2.0
/*
 * SQLite as both databases of the state directory use it: opened exclusively,
 * checked, in WAL with every commit synced, and its errors turned into ours.
 */
#pragma once

#include "base/netaddr.h"
#include "store/state_dir.h"

#include <sqlite3.h>

/* What a file must be before it is ours: marks and version of its header. */
struct db_schema {
	int32_t application_id;
	int version;
	const char *create; /* SQL for an empty file */
};

/*
 * Opens, locks and checks a database, and creates it where there is none.
 * STORE_LOCKED, STORE_DAMAGED, STORE_FULL, STORE_UNWRITABLE, STORE_BROKEN.
 */
MUST_CHECK int db_open(
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

// SPDX-License-Identifier: Apache-2.0
/*
 * What a refresh changes stands in a table of its own, whose rows are so small that the refreshes
 * of a second touch few pages.
 */
#include "store/bindings_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define FILE_NAME "bindings.db"

static const char *const schema_steps[] = {
    "CREATE TABLE bindings("
    "id INTEGER PRIMARY KEY,"
    "username TEXT NOT NULL,"
    "contact TEXT NOT NULL,"
    "call_id TEXT NOT NULL,"
    "path TEXT NOT NULL,"
    "instance TEXT NOT NULL,"
    "agent TEXT NOT NULL,"
    "transport INTEGER NOT NULL,"
    "local BLOB NOT NULL,"
    "peer BLOB NOT NULL,"
    "reg_id INTEGER NOT NULL,"
    "q_milli INTEGER NOT NULL"
    ") STRICT;"
    "CREATE TABLE terms("
    "id INTEGER PRIMARY KEY,"
    "expires_ms INTEGER NOT NULL,"
    "granted INTEGER NOT NULL,"
    "cseq INTEGER NOT NULL"
    ") STRICT;"
    /* Has a row while a process uses the file. */
    "CREATE TABLE uses(id INTEGER PRIMARY KEY) STRICT;",
};

static const struct db_schema schema = {
    .application_id = 0x52474249, /* "RGBI" */
    .steps = schema_steps,
    .version = sizeof(schema_steps) / sizeof(schema_steps[0]),
    .is_relaxed = true,
};

static int prepare(struct bindings_file *file, struct store_error *error)
{
	const struct {
		sqlite3_stmt **statement;
		const char *sql;
	} all[] = {
	    {&file->put, "INSERT OR REPLACE INTO bindings VALUES(?,?,?,?,?,?,?,?,?,?,?,?)"},
	    {&file->terms, "INSERT OR REPLACE INTO terms VALUES(?,?,?,?)"},
	    {&file->refresh, "UPDATE terms SET expires_ms=?2, granted=?3, cseq=?4 WHERE id=?1 AND "
	                     "expires_ms-granted*1000<=?2-?3*1000"},
	    {&file->gone, "DELETE FROM bindings WHERE id=?"},
	    {&file->gone_terms, "DELETE FROM terms WHERE id=?"},
	    {&file->shift, "UPDATE terms SET expires_ms=expires_ms+?"},
	};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(all) / sizeof(all[0]); i++)
		rc = db_prepare(file->db, all[i].sql, all[i].statement, error);
	return rc;
}

/*
 * Refreshes that a kill has lost came less than two waits after the last one in the file: the first
 * of them was not committed at once, so others had been within a wait before it.
 */
static int read_use(struct bindings_file *file, struct store_error *error)
{
	sqlite3_stmt *row;
	int rc = db_prepare(file->db,
	    "SELECT max(expires_ms-granted*1000) FROM terms WHERE EXISTS(SELECT 1 FROM uses)", &row,
	    error);

	if (rc != 0)
		return rc;
	if (sqlite3_step(row) != SQLITE_ROW)
		rc = db_fail(file->db, error);
	else if (sqlite3_column_type(row, 0) == SQLITE_INTEGER)
		file->unsure_ms = sqlite3_column_int64(row, 0) + 2 * BINDINGS_BEHIND_MS;
	sqlite3_finalize(row);
	return rc;
}

int bindings_file_open(
    const struct state_dir *dir, struct bindings_file *file_r, struct store_error *error)
{
	struct bindings_file file = {0};
	char path[STATE_PATH_MAX];
	int rc =
	    db_open(state_dir_path(dir, FILE_NAME, path), &schema, DB_MAY_BE_NEW, &file.db, error);

	if (rc == 0)
		rc = prepare(&file, error);
	if (rc == 0)
		rc = read_use(&file, error);
	if (rc == 0)
		rc = db_exec(file.db, "INSERT OR IGNORE INTO uses VALUES(1)", error);
	if (rc != 0)
		bindings_file_close(&file);
	*file_r = file;
	return rc;
}

int bindings_file_open_image(
    const struct state_dir *dir, struct bindings_file *file_r, struct store_error *error)
{
	char path[STATE_PATH_MAX];
	int rc;

	*file_r = (struct bindings_file){0};
	rc = db_open_image(state_dir_path(dir, FILE_NAME, path), &schema, &file_r->db, error);
	return rc != 0 ? rc : read_use(file_r, error);
}

void bindings_file_close(struct bindings_file *file)
{
	sqlite3_finalize(file->put);
	sqlite3_finalize(file->terms);
	sqlite3_finalize(file->refresh);
	sqlite3_finalize(file->gone);
	sqlite3_finalize(file->gone_terms);
	sqlite3_finalize(file->shift);
	db_close(&file->db);
	*file = (struct bindings_file){0};
}

/* The WAL first: one that is left beside no file is in the way of the next one. */
int bindings_file_set_aside(const struct state_dir *dir, struct store_error *error)
{
	static const char *const names[] = {FILE_NAME "-wal", FILE_NAME};
	char aside[64];
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(aside, sizeof(aside), "%s.damaged", names[i]);
		if (faccessat(dir->fd, names[i], F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			rc = state_dir_rename(dir, names[i], aside, error);
	}
	return rc;
}

int bindings_file_remove(const struct state_dir *dir, struct store_error *error)
{
	int rc = state_dir_remove(dir, FILE_NAME "-wal", error);

	if (rc == 0)
		rc = state_dir_remove(dir, FILE_NAME, error);
	return rc != 0 ? rc : state_dir_sync(dir, error);
}

static struct binding_record record_of(sqlite3_stmt *row)
{
	return (struct binding_record){
	    .op = BINDING_PUT,
	    .id = (uint64_t)sqlite3_column_int64(row, 0),
	    .username = db_column_text(row, 1),
	    .contact = db_column_text(row, 2),
	    .call_id = db_column_text(row, 3),
	    .path = db_column_text(row, 4),
	    .instance = db_column_text(row, 5),
	    .agent = db_column_text(row, 6),
	    .flow = {.transport = (uint8_t)sqlite3_column_int(row, 7),
	        .local = db_column_addr(row, 8),
	        .peer = db_column_addr(row, 9)},
	    .reg_id = (uint32_t)sqlite3_column_int64(row, 10),
	    .q_milli = (uint16_t)sqlite3_column_int(row, 11),
	    .terms = {sqlite3_column_int64(row, 12), (uint32_t)sqlite3_column_int64(row, 13),
	        (uint32_t)sqlite3_column_int64(row, 14)},
	};
}

int bindings_file_read(
    struct bindings_file *file, bindings_read_fn read, void *context, struct store_error *error)
{
	sqlite3_stmt *row;
	int step = SQLITE_DONE;
	int rc = db_prepare(file->db,
	    "SELECT b.*, t.expires_ms, t.granted, t.cseq FROM bindings b "
	    "CROSS JOIN terms t ON t.id=b.id ORDER BY b.id",
	    &row, error);

	while (rc == 0 && (step = sqlite3_step(row)) == SQLITE_ROW) {
		const struct binding_record record = record_of(row);

		rc = read(context, &record);
	}
	if (rc == 0 && step != SQLITE_DONE)
		rc = db_fail(file->db, error);
	sqlite3_finalize(row);
	return rc;
}

static int run_terms(
    sqlite3_stmt *statement, const struct binding_record *record, struct store_error *error)
{
	sqlite3_bind_int64(statement, 1, (sqlite3_int64)record->id);
	sqlite3_bind_int64(statement, 2, record->terms.expires_ms);
	sqlite3_bind_int64(statement, 3, record->terms.granted_s);
	sqlite3_bind_int64(statement, 4, record->terms.cseq);
	return db_run(statement, error);
}

static int put(
    struct bindings_file *file, const struct binding_record *record, struct store_error *error)
{
	sqlite3_stmt *put = file->put;
	int rc;

	sqlite3_bind_int64(put, 1, (sqlite3_int64)record->id);
	db_bind_text(put, 2, record->username);
	db_bind_text(put, 3, record->contact);
	db_bind_text(put, 4, record->call_id);
	db_bind_text(put, 5, record->path);
	db_bind_text(put, 6, record->instance);
	db_bind_text(put, 7, record->agent);
	sqlite3_bind_int(put, 8, record->flow.transport);
	db_bind_addr(put, 9, &record->flow.local);
	db_bind_addr(put, 10, &record->flow.peer);
	sqlite3_bind_int64(put, 11, record->reg_id);
	sqlite3_bind_int(put, 12, record->q_milli);
	rc = db_run(put, error);
	return rc != 0 ? rc : run_terms(file->terms, record, error);
}

static int run_number(sqlite3_stmt *statement, int64_t number, struct store_error *error)
{
	sqlite3_bind_int64(statement, 1, number);
	return db_run(statement, error);
}

int bindings_file_write(
    struct bindings_file *file, const struct binding_record *record, struct store_error *error)
{
	int rc = 0;

	switch (record->op) {
	case BINDING_PUT:
		rc = put(file, record, error);
		break;
	case BINDING_REFRESHED:
		rc = run_terms(file->refresh, record, error);
		break;
	case BINDING_GONE:
		rc = run_number(file->gone, (int64_t)record->id, error);
		if (rc == 0)
			rc = run_number(file->gone_terms, (int64_t)record->id, error);
		break;
	case BINDING_SHIFTED:
		rc = run_number(file->shift, record->step_ms, error);
		break;
	}
	return rc;
}

void bindings_file_end(struct bindings_file *file)
{
	struct store_error error;

	if (file->db && db_exec(file->db, "DELETE FROM uses", &error) == 0)
		db_checkpoint(file->db);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * A replacement is written as ledger.tmp and renamed to ledger.new, which is
 * the moment from which it counts. Only then the old file and its WAL are
 * removed: a WAL beside a file that it does not belong to would spoil it.
 */
#include "store/ledger_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *const schema_steps[] = {
    "CREATE TABLE identities("
    "id INTEGER PRIMARY KEY,"
    "name TEXT NOT NULL,"
    "username TEXT NOT NULL,"
    "auth_username TEXT NOT NULL,"
    "password BLOB NOT NULL,"
    "host TEXT NOT NULL,"
    "proxy TEXT NOT NULL,"
    "contact TEXT NOT NULL,"
    "display_name TEXT NOT NULL,"
    "user_agent TEXT NOT NULL,"
    "epoch INTEGER NOT NULL,"
    "preferred BLOB NOT NULL,"
    "local BLOB NOT NULL"
    ") STRICT;"
    "CREATE TABLE bindings("
    "identity INTEGER PRIMARY KEY,"
    "expiry INTEGER NOT NULL,"
    "owed INTEGER NOT NULL,"
    "bound_until_ms INTEGER NOT NULL,"
    "target BLOB NOT NULL,"
    "echoed TEXT NOT NULL"
    ") STRICT;"
    "CREATE TABLE epochs(name TEXT PRIMARY KEY, epoch INTEGER NOT NULL) STRICT;"
    "CREATE TABLE numbers(name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;",
    "CREATE TABLE paces("
    "transport INTEGER NOT NULL,"
    "address BLOB NOT NULL,"
    "proven_milli INTEGER NOT NULL,"
    "ceiling_milli INTEGER NOT NULL,"
    "ceiling_until_ms INTEGER NOT NULL,"
    "PRIMARY KEY(transport, address)"
    ") STRICT;",
    "ALTER TABLE bindings ADD COLUMN digest_least INTEGER NOT NULL DEFAULT 0;",
    /* Where a request should leave follows from where it left. */
    "ALTER TABLE identities DROP COLUMN preferred;",
    "ALTER TABLE identities ADD COLUMN away INTEGER NOT NULL DEFAULT 0;",
    ("ALTER TABLE bindings ADD COLUMN granted INTEGER NOT NULL DEFAULT 0;"
     "ALTER TABLE bindings ADD COLUMN loose INTEGER NOT NULL DEFAULT 0;"),
    "ALTER TABLE paces ADD COLUMN loses_by_fetch INTEGER NOT NULL DEFAULT 0;",
};

static const struct db_schema schema = {
    .application_id = 0x52474c45, /* "RGLE" */
    .steps = schema_steps,
    .version = sizeof(schema_steps) / sizeof(schema_steps[0]),
};

static int prepare(struct ledger_file *file, struct store_error *error)
{
	const struct {
		sqlite3_stmt **statement;
		const char *sql;
	} all[] = {
	    {&file->identity,
	        "INSERT OR REPLACE INTO identities VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)"},
	    {&file->binding, "INSERT OR REPLACE INTO bindings VALUES(?,?,?,?,?,?,?,?,?)"},
	    {&file->gone, "DELETE FROM identities WHERE id=?"},
	    {&file->gone_binding, "DELETE FROM bindings WHERE identity=?"},
	    {&file->epoch, "INSERT OR REPLACE INTO epochs VALUES(?,?)"},
	    {&file->number, "INSERT OR REPLACE INTO numbers VALUES(?,?)"},
	    {&file->pace, "INSERT OR REPLACE INTO paces VALUES(?,?,?,?,?,?)"},
	    {&file->gone_pace, "DELETE FROM paces WHERE transport=? AND address=?"},
	};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(all) / sizeof(all[0]); i++)
		rc = db_prepare(file->db, all[i].sql, all[i].statement, error);
	return rc;
}

static int open_at(
    const char *path, enum db_need need, struct ledger_file *file_r, struct store_error *error)
{
	struct ledger_file file = {0};
	int rc = db_open(path, &schema, need, &file.db, error);

	if (rc == 0)
		rc = prepare(&file, error);
	if (rc != 0)
		ledger_file_close(&file);
	*file_r = file;
	return rc;
}

/* From the moment at which ledger.new is there; every step may be done twice. */
static int finish_replacement(const struct state_dir *dir, struct store_error *error)
{
	int rc;

	if (faccessat(dir->fd, "ledger.new", F_OK, 0) != 0)
		return 0;
	rc = state_dir_remove(dir, "ledger.db-wal", error);
	if (rc == 0)
		rc = state_dir_remove(dir, "ledger.db-shm", error);
	if (rc == 0)
		rc = state_dir_sync(dir, error);
	if (rc == 0)
		rc = state_dir_rename(dir, "ledger.new", "ledger.db", error);
	return rc;
}

int ledger_file_open(const struct state_dir *dir, enum db_need need, struct ledger_file *file_r,
    struct store_error *error)
{
	char path[STATE_PATH_MAX];
	int rc = finish_replacement(dir, error);

	*file_r = (struct ledger_file){0};
	return rc != 0 ? rc : open_at(state_dir_path(dir, "ledger.db", path), need, file_r, error);
}

int ledger_file_open_image(
    const struct state_dir *dir, struct ledger_file *file_r, struct store_error *error)
{
	const char *name = state_dir_has(dir, "ledger.new") ? "ledger.new" : "ledger.db";
	char path[STATE_PATH_MAX];

	*file_r = (struct ledger_file){0};
	return db_open_image(state_dir_path(dir, name, path), &schema, &file_r->db, error);
}

void ledger_file_close(struct ledger_file *file)
{
	sqlite3_finalize(file->identity);
	sqlite3_finalize(file->binding);
	sqlite3_finalize(file->gone);
	sqlite3_finalize(file->gone_binding);
	sqlite3_finalize(file->epoch);
	sqlite3_finalize(file->number);
	sqlite3_finalize(file->pace);
	sqlite3_finalize(file->gone_pace);
	db_close(&file->db);
	*file = (struct ledger_file){0};
}

static int load_identity(sqlite3_stmt *row, struct ledger_rows *rows)
{
	struct ledger_identity identity = {
	    .id = (uint64_t)sqlite3_column_int64(row, 0),
	    .name = db_column_text(row, 1),
	    .username = db_column_text(row, 2),
	    .auth_username = db_column_text(row, 3),
	    .password = db_column_blob(row, 4),
	    .host = db_column_text(row, 5),
	    .proxy = db_column_text(row, 6),
	    .contact = db_column_text(row, 7),
	    .display_name = db_column_text(row, 8),
	    .user_agent = db_column_text(row, 9),
	    .epoch = (uint32_t)sqlite3_column_int64(row, 10),
	    .local = db_column_addr(row, 11),
	    .is_away = sqlite3_column_int(row, 12) != 0,
	};

	return ledger_rows_load_identity(rows, &identity);
}

static int load_binding(sqlite3_stmt *row, struct ledger_rows *rows)
{
	struct ledger_binding binding = {
	    .identity = (uint64_t)sqlite3_column_int64(row, 0),
	    .expiry_s = (uint32_t)sqlite3_column_int64(row, 1),
	    .owed = sqlite3_column_int(row, 2) != 0,
	    .bound_until_ms = sqlite3_column_int64(row, 3),
	    .target = db_column_addr(row, 4),
	    .echoed = db_column_text(row, 5),
	    .digest_least = (uint8_t)sqlite3_column_int(row, 6),
	    .granted_s = (uint16_t)sqlite3_column_int(row, 7),
	    .loose = sqlite3_column_int(row, 8) != 0,
	};

	return ledger_rows_load_binding(rows, &binding);
}

static int load_epoch(sqlite3_stmt *row, struct ledger_rows *rows)
{
	return ledger_rows_load_epoch(
	    rows, db_column_text(row, 0), (uint32_t)sqlite3_column_int64(row, 1));
}

static int load_pace(sqlite3_stmt *row, struct ledger_rows *rows)
{
	struct ledger_pace pace = {
	    .transport = (uint8_t)sqlite3_column_int(row, 0),
	    .address = db_column_addr(row, 1),
	    .proven_milli = (uint32_t)sqlite3_column_int64(row, 2),
	    .ceiling_milli = (uint32_t)sqlite3_column_int64(row, 3),
	    .ceiling_until_ms = sqlite3_column_int64(row, 4),
	    .loses_by_fetch = sqlite3_column_int(row, 5) != 0,
	};

	return ledger_rows_load_pace(rows, &pace);
}

static int load_number(sqlite3_stmt *row, struct ledger_rows *rows)
{
	struct slice name = db_column_text(row, 0);

	for (unsigned i = 0; i < NUMBER_COUNT; i++) {
		if (slice_equal(name, slice_of(ledger_number_name((enum ledger_number)i)))) {
			ledger_rows_load_number(
			    rows, (enum ledger_number)i, sqlite3_column_int64(row, 1));
			return 0;
		}
	}
	return ERR_DAMAGED;
}

struct table {
	const char *sql;
	int (*load)(sqlite3_stmt *row, struct ledger_rows *rows);
	const char *wrong; /* what a row is that cannot be taken up */
};

static const struct table tables[] = {
    {"SELECT * FROM identities", load_identity, "an identity that cannot be read"},
    {"SELECT * FROM bindings", load_binding, "a binding that belongs to no identity"},
    {"SELECT * FROM epochs", load_epoch, "an epoch that cannot be read"},
    {"SELECT * FROM numbers", load_number, "a number of a name that Regent does not use"},
    {"SELECT * FROM paces", load_pace, "a pace that cannot be read"},
};

static int load_table(struct ledger_file *file, const struct table *table, struct ledger_rows *rows,
    struct store_error *error)
{
	const char *path = db_path(file->db);
	sqlite3_stmt *row;
	int rc = db_prepare(file->db, table->sql, &row, error);
	int step;

	while (rc == 0 && (step = sqlite3_step(row)) != SQLITE_DONE) {
		if (step != SQLITE_ROW) {
			rc = db_fail(file->db, error);
			break;
		}
		rc = table->load(row, rows);
		if (rc == ERR_MEMORY)
			store_fail(error, STORE_MEMORY, "%s: out of memory", path);
		else if (rc == ERR_LIMIT)
			rc = store_fail(
			    error, STORE_DAMAGED, "%s: is damaged: a row is too long", path);
		else if (rc != 0)
			rc = store_fail(
			    error, STORE_DAMAGED, "%s: is damaged: %s", path, table->wrong);
	}
	sqlite3_finalize(row);
	return rc;
}

int ledger_file_load(struct ledger_file *file, struct ledger_rows *rows, struct store_error *error)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(tables) / sizeof(tables[0]); i++)
		rc = load_table(file, &tables[i], rows, error);
	return rc;
}

static int write_identity(
    struct ledger_file *file, const struct ledger_identity *identity, struct store_error *error)
{
	sqlite3_stmt *put = file->identity;

	sqlite3_bind_int64(put, 1, (sqlite3_int64)identity->id);
	db_bind_text(put, 2, identity->name);
	db_bind_text(put, 3, identity->username);
	db_bind_text(put, 4, identity->auth_username);
	db_bind_blob(put, 5, identity->password);
	db_bind_text(put, 6, identity->host);
	db_bind_text(put, 7, identity->proxy);
	db_bind_text(put, 8, identity->contact);
	db_bind_text(put, 9, identity->display_name);
	db_bind_text(put, 10, identity->user_agent);
	sqlite3_bind_int64(put, 11, identity->epoch);
	db_bind_addr(put, 12, &identity->local);
	sqlite3_bind_int(put, 13, identity->is_away);
	return db_run(put, error);
}

static int write_binding(
    struct ledger_file *file, const struct ledger_binding *binding, struct store_error *error)
{
	sqlite3_stmt *put = file->binding;

	sqlite3_bind_int64(put, 1, (sqlite3_int64)binding->identity);
	sqlite3_bind_int64(put, 2, binding->expiry_s);
	sqlite3_bind_int(put, 3, binding->owed);
	sqlite3_bind_int64(put, 4, binding->bound_until_ms);
	db_bind_addr(put, 5, &binding->target);
	db_bind_text(put, 6, binding->echoed);
	sqlite3_bind_int(put, 7, binding->digest_least);
	sqlite3_bind_int(put, 8, binding->granted_s);
	sqlite3_bind_int(put, 9, binding->loose);
	return db_run(put, error);
}

static int write_gone(struct ledger_file *file, uint64_t id, struct store_error *error)
{
	int rc;

	sqlite3_bind_int64(file->gone, 1, (sqlite3_int64)id);
	rc = db_run(file->gone, error);
	if (rc != 0)
		return rc;
	sqlite3_bind_int64(file->gone_binding, 1, (sqlite3_int64)id);
	return db_run(file->gone_binding, error);
}

static int write_named(
    sqlite3_stmt *put, struct slice name, int64_t value, struct store_error *error)
{
	db_bind_text(put, 1, name);
	sqlite3_bind_int64(put, 2, value);
	return db_run(put, error);
}

static int write_pace(
    struct ledger_file *file, const struct ledger_change *change, struct store_error *error)
{
	sqlite3_stmt *put = change->gone ? file->gone_pace : file->pace;
	const struct ledger_pace *pace = &change->pace;

	sqlite3_bind_int(put, 1, pace->transport);
	db_bind_addr(put, 2, &pace->address);
	if (!change->gone) {
		sqlite3_bind_int64(put, 3, pace->proven_milli);
		sqlite3_bind_int64(put, 4, pace->ceiling_milli);
		sqlite3_bind_int64(put, 5, pace->ceiling_until_ms);
		sqlite3_bind_int(put, 6, pace->loses_by_fetch);
	}
	return db_run(put, error);
}

static int write_sealed(struct ledger_file *file, struct ledger_identity *identity,
    const struct seal_key *key, struct store_error *error)
{
	size_t n = identity->password.n + SEAL_OVERHEAD;
	uint8_t *sealed = malloc(n);
	int rc = sealed ? seal_close(key, identity->password, sealed) : ERR_MEMORY;

	if (rc == 0) {
		identity->password = slice_make(sealed, n);
		rc = write_identity(file, identity, error);
	} else if (rc == ERR_MEMORY) {
		store_fail(error, STORE_MEMORY, "%s: out of memory", db_path(file->db));
	} else {
		rc = store_fail(
		    error, STORE_BROKEN, "%s: a password cannot be sealed", db_path(file->db));
	}
	free(sealed);
	return rc;
}

static int write_binding_of(struct ledger_file *file, const struct ledger_change *change,
    const struct seal_key *key, struct store_error *error)
{
	struct ledger_identity identity;
	int rc = 0;

	if (change->gone)
		return write_gone(file, ledger_row_id(change->row), error);
	if (!change->stored) {
		ledger_row_identity(change->row, &identity);
		if (identity.password.n > 0 && !change->row->is_sealed)
			rc = write_sealed(file, &identity, key, error);
		else
			rc = write_identity(file, &identity, error);
	}
	if (rc == 0 && change->has_binding)
		rc = write_binding(file, &change->binding, error);
	return rc;
}

/* What a row holds may be changed by another thread meanwhile; the change has its copy. */
static int write_change(struct ledger_file *file, const struct ledger_change *change,
    const struct seal_key *key, struct store_error *error)
{
	const struct ledger_row *row = change->row;
	sqlite3_stmt *named = file->number;

	switch ((enum row_kind)row->kind) {
	case ROW_IDENTITY:
		return write_binding_of(file, change, key, error);
	case ROW_PACE:
		return write_pace(file, change, error);
	case ROW_EPOCH:
		named = file->epoch;
		break;
	case ROW_NUMBER:
		break;
	}
	return write_named(named, ledger_row_named(row)->name, change->number, error);
}

int ledger_file_write(
    struct ledger_file *file, const struct ledger_batch *batch, struct store_error *error)
{
	int rc = db_begin(file->db, error);

	for (uint32_t i = 0; rc == 0 && i < batch->count; i++)
		rc = write_change(file, &batch->changes[i], batch->key, error);
	return db_end(file->db, rc, error);
}

/* As one file without WAL, so that a rename moves all of it. */
static int write_new(
    const struct state_dir *dir, const struct ledger_batch *all, struct store_error *error)
{
	static const char *const leftovers[] = {
	    "ledger.tmp", "ledger.tmp-wal", "ledger.tmp-journal"};
	char path[STATE_PATH_MAX];
	struct ledger_file file;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(leftovers) / sizeof(leftovers[0]); i++)
		rc = state_dir_remove(dir, leftovers[i], error);
	if (rc == 0)
		rc = open_at(state_dir_path(dir, "ledger.tmp", path), DB_MAY_BE_NEW, &file, error);
	if (rc != 0)
		return rc;
	for (uint32_t i = 0; i < all->count; i++)
		all->changes[i].stored = false;
	rc = db_exec(file.db, "PRAGMA journal_mode=DELETE", error);
	if (rc == 0)
		rc = ledger_file_write(&file, all, error);
	ledger_file_close(&file);
	return rc;
}

int ledger_file_replace(const struct state_dir *dir, struct ledger_file *file,
    const struct ledger_batch *all, struct store_error *error)
{
	int rc;

	ledger_file_close(file);
	rc = write_new(dir, all, error);
	if (rc == 0)
		rc = state_dir_rename(dir, "ledger.tmp", "ledger.new", error);
	return rc != 0 ? rc : ledger_file_open(dir, DB_IN_USE, file, error);
}

int ledger_file_renew(const struct state_dir *dir, struct store_error *error)
{
	const struct ledger_batch nothing = {0};
	int rc = write_new(dir, &nothing, error);

	if (rc == 0)
		rc = state_dir_rename(dir, "ledger.tmp", "ledger.new", error);
	return rc != 0 ? rc : finish_replacement(dir, error);
}

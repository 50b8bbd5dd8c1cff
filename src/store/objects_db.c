// SPDX-License-Identifier: Apache-2.0
/*
 * One table per kind of object, one column per field. Which column is which
 * field is object_row.c's.
 */
#include "store/objects_db.h"

#include "store/db.h"
#include "store/objects_db_inside.h"

#include <stdlib.h>

#define PASSWORD_MAX 512
#define SQL_MAX      1024

static const char *const schema_steps[] = {
    "CREATE TABLE parameters(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;"
    "CREATE TABLE registrations("
    "name TEXT PRIMARY KEY,"
    "enabled INTEGER NOT NULL,"
    "username TEXT NOT NULL,"
    "auth_username TEXT NOT NULL,"
    "password BLOB NOT NULL," /* sealed; empty where there is none */
    "host TEXT NOT NULL,"
    "proxy TEXT NOT NULL,"
    "contact_host TEXT NOT NULL,"
    "contact_user TEXT NOT NULL,"
    "display_name TEXT NOT NULL,"
    "user_agent TEXT NOT NULL,"
    "local BLOB NOT NULL,"
    "period INTEGER NOT NULL,"
    "line_limit INTEGER NOT NULL,"
    "retry_delay INTEGER NOT NULL,"
    "digest_min INTEGER NOT NULL,"
    "send_unregister INTEGER NOT NULL"
    ") STRICT;",
    "ALTER TABLE registrations ADD COLUMN outbound INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE registrations ADD COLUMN keepalive INTEGER NOT NULL DEFAULT 65535;" /* auto */
    "ALTER TABLE registrations ADD COLUMN bulk INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE registrations ADD COLUMN multi_contact INTEGER NOT NULL DEFAULT 0;",
};

static const struct db_schema schema = {
    .application_id = 0x52474f42, /* "RGOB" */
    .steps = schema_steps,
    .version = sizeof(schema_steps) / sizeof(schema_steps[0]),
};

bool objects_db_is_there(const struct state_dir *dir)
{
	return state_dir_has(dir, "regent.db") || state_dir_has(dir, "regent.db-wal");
}

/* INSERT, and what happens where the name is there. */
static int prepare_insert(struct objects_db *db, const char *or_else, sqlite3_stmt **statement_r,
    struct store_error *error)
{
	char text[SQL_MAX];
	struct buf sql = buf_over(text, sizeof(text));

	buf_puts(&sql, "INSERT OR ");
	buf_puts(&sql, or_else);
	buf_puts(&sql, " INTO registrations(");
	object_columns_put_names(&sql, &db->columns);
	buf_puts(&sql, ") VALUES(");
	object_columns_put_marks(&sql, &db->columns);
	buf_puts(&sql, ")");
	return db_prepare(db->db, buf_text(&sql), statement_r, error);
}

/* SELECT of all columns of registrations, with what follows the table's name. */
static int prepare_select(
    struct objects_db *db, const char *which, sqlite3_stmt **statement_r, struct store_error *error)
{
	char text[SQL_MAX];
	struct buf sql = buf_over(text, sizeof(text));

	buf_puts(&sql, "SELECT ");
	object_columns_put_names(&sql, &db->columns);
	buf_puts(&sql, " FROM registrations ");
	buf_puts(&sql, which);
	return db_prepare(db->db, buf_text(&sql), statement_r, error);
}

static int prepare(struct objects_db *db, struct store_error *error)
{
	int rc = prepare_insert(db, "REPLACE", &db->put, error);

	if (rc == 0)
		rc = prepare_insert(db, "IGNORE", &db->add, error);
	if (rc == 0)
		rc = db_prepare(
		    db->db, "DELETE FROM registrations WHERE name=?", &db->remove, error);
	if (rc == 0)
		rc = db_prepare(db->db, "INSERT OR REPLACE INTO parameters(name,value) VALUES(?,?)",
		    &db->put_param, error);
	if (rc == 0)
		rc = prepare_select(db, "WHERE name=?", &db->get, error);
	return rc;
}

/* The disk's own reason stands where it cannot be read either. */
static int open_image(struct objects_db *db, const char *path, int rc, struct store_error *error)
{
	struct store_error other;

	db->is_image = db_open_image(path, &schema, &db->db, &other) == 0;
	if (!db->is_image && !store_is_disk(&other) && other.failure != STORE_MISSING)
		*error = other;
	return db->is_image ? 0 : rc;
}

bool objects_db_is_image(const struct objects_db *db)
{
	return db->is_image;
}

int objects_db_open(const struct state_dir *dir, const struct seal_key *key, enum db_need need,
    struct objects_db **db_r, struct store_error *error)
{
	char path[STATE_PATH_MAX];
	struct objects_db *db = calloc(1, sizeof(*db));
	int rc;

	*db_r = NULL;
	if (!db)
		return store_fail(error, STORE_MEMORY, "out of memory");
	db->key = key;
	object_columns_init(&db->columns, object_table(OBJECT_REGISTRATION));
	rc = db_open(state_dir_path(dir, "regent.db", path), &schema, need, &db->db, error);
	if (rc != 0 && store_is_disk(error))
		rc = open_image(db, path, rc, error);
	/* Whoever waits for a commit does not wait for objects_db_settle() as well. */
	if (rc == 0)
		sqlite3_wal_autocheckpoint(db->db, 0);
	if (rc == 0)
		rc = prepare(db, error);
	if (rc != 0)
		objects_db_close(&db);
	*db_r = db;
	return rc;
}

void objects_db_close(struct objects_db **db)
{
	struct objects_db *gone = *db;

	*db = NULL;
	if (!gone)
		return;
	sqlite3_finalize(gone->put);
	sqlite3_finalize(gone->add);
	sqlite3_finalize(gone->remove);
	sqlite3_finalize(gone->put_param);
	sqlite3_finalize(gone->get);
	objects_db_marks_close(gone);
	db_close(&gone->db);
	free(gone);
}

/* A name that this version does not know any more is a matter for the release that dropped it. */
int objects_db_params(struct objects_db *db, struct params *params_r, struct store_error *error)
{
	sqlite3_stmt *statement;
	int rc = db_prepare(
	    db->db, "SELECT name,value FROM parameters ORDER BY name", &statement, error);
	int step;

	params_defaults(params_r);
	if (rc != 0)
		return rc;
	while (rc == 0 && (step = sqlite3_step(statement)) != SQLITE_DONE) {
		char message[256];
		struct buf b = buf_over(message, sizeof(message));

		if (step != SQLITE_ROW)
			rc = db_fail(db->db, error);
		else if (params_set(params_r, db_column_text(statement, 0),
		             db_column_text(statement, 1), &b) != 0)
			rc = store_fail(error, STORE_DAMAGED, "%s: parameters: %s", db_path(db->db),
			    buf_text(&b));
	}
	sqlite3_finalize(statement);
	return rc;
}

static int refuse(const struct objects_db *db, const struct registration_config *config,
    const char *field, const char *why, struct store_error *error)
{
	return store_fail(error, STORE_DAMAGED, "%s: registration %.*s: %s: %s", db_path(db->db),
	    config->name.n < 64 ? (int)config->name.n : 64, config->name.p, field, why);
}

int objects_db_judge(const struct objects_db *db, const struct registration_config *config,
    const struct registration_config *known, struct store_error *error)
{
	const char *field;
	char message[256];
	struct buf b = buf_over(message, sizeof(message));

	if (object_check(OBJECT_REGISTRATION, config, known, &field, &b) == 0)
		return 0;
	return refuse(db, config, field, buf_text(&b), error);
}

/*
 * Reads the rows that the statement gives, each with its texts until the next step and its
 * password sealed; how many there were in `count_r`.
 */
static int read_raw(struct objects_db *db, sqlite3_stmt *row, objects_db_sealed_fn read,
    void *context, uint32_t *count_r, struct store_error *error)
{
	int step, rc = 0;

	*count_r = 0;
	while (rc == 0 && (step = sqlite3_step(row)) != SQLITE_DONE) {
		struct registration_config config;
		struct slice sealed;

		if (step != SQLITE_ROW)
			return db_fail(db->db, error);
		++*count_r;
		if (object_row_read(row, &db->columns, &config, &sealed) != 0)
			return refuse(db, &config, "numbers", "out of range", error);
		rc = read(context, &config, sealed);
	}
	return rc;
}

/* Whole ones out of raw ones. */
struct opening {
	struct objects_db *db;
	objects_db_read_fn read;
	void *context;
	struct store_error *error;
	bool is_unjudged;
	char password[PASSWORD_MAX];
};

static int open_password(
    struct opening *opening, struct registration_config *config, struct slice sealed)
{
	if (sealed.n == 0)
		return 0;
	if (sealed.n < SEAL_OVERHEAD || sealed.n > PASSWORD_MAX ||
	    seal_open(opening->db->key, sealed, opening->password) != 0)
		return refuse(opening->db, config, "password", "cannot be unsealed with STATE/key",
		    opening->error);
	config->password = slice_make(opening->password, sealed.n - SEAL_OVERHEAD);
	return 0;
}

static int open_and_read(void *context, const struct registration_config *raw, struct slice sealed)
{
	struct opening *opening = context;
	struct registration_config config = *raw;
	int rc = open_password(opening, &config, sealed);

	if (rc == 0 && !opening->is_unjudged)
		rc = objects_db_judge(opening->db, &config, NULL, opening->error);
	return rc != 0 ? rc : opening->read(opening->context, &config);
}

static int read_opened(sqlite3_stmt *row, struct opening *opening, uint32_t *count_r)
{
	int rc = read_raw(opening->db, row, open_and_read, opening, count_r, opening->error);

	explicit_bzero(opening->password, sizeof(opening->password));
	return rc;
}

static int read_rows(struct objects_db *db, sqlite3_stmt *row, objects_db_read_fn read,
    void *context, uint32_t *count_r, struct store_error *error)
{
	struct opening opening = {.db = db, .read = read, .context = context, .error = error};

	return read_opened(row, &opening, count_r);
}

int objects_db_read(
    struct objects_db *db, objects_db_read_fn read, void *context, struct store_error *error)
{
	return objects_db_read_since(db, INT64_MIN, read, context, error);
}

int objects_db_end(struct objects_db *db, objects_db_place *place_r, struct store_error *error)
{
	sqlite3_stmt *row;
	int rc = db_prepare(db->db, "SELECT max(rowid) FROM registrations", &row, error);

	if (rc != 0)
		return rc;
	if (sqlite3_step(row) == SQLITE_ROW)
		*place_r = sqlite3_column_int64(row, 0);
	else
		rc = db_fail(db->db, error);
	sqlite3_finalize(row);
	return rc;
}

/* SQLite numbers a row behind all that are there, and one that is replaced anew. */
int objects_db_read_since(struct objects_db *db, objects_db_place place, objects_db_read_fn read,
    void *context, struct store_error *error)
{
	sqlite3_stmt *row;
	uint32_t count;
	int rc = prepare_select(db, "WHERE rowid>? ORDER BY rowid", &row, error);

	if (rc != 0)
		return rc;
	sqlite3_bind_int64(row, 1, place);
	rc = read_rows(db, row, read, context, &count, error);
	sqlite3_finalize(row);
	return rc;
}

int objects_db_get(struct objects_db *db, struct slice name, objects_db_read_fn read, void *context,
    struct store_error *error)
{
	uint32_t count;
	int rc;

	db_bind_text(db->get, 1, name);
	rc = read_rows(db, db->get, read, context, &count, error);
	sqlite3_reset(db->get);
	return rc == 0 && count == 0 ? ERR_NOT_FOUND : rc;
}

/* Judged, but for the password. */
struct sealed_reading {
	struct objects_db *db;
	objects_db_sealed_fn read;
	void *context;
	struct store_error *error;
};

static int judge_sealed(
    void *context, const struct registration_config *config, struct slice sealed)
{
	struct sealed_reading *reading = context;
	int rc = objects_db_judge(reading->db, config, NULL, reading->error);

	return rc != 0 ? rc : reading->read(reading->context, config, sealed);
}

int objects_db_read_sealed(
    struct objects_db *db, objects_db_sealed_fn read, void *context, struct store_error *error)
{
	struct sealed_reading reading = {db, read, context, error};
	sqlite3_stmt *row;
	uint32_t count;
	int rc = prepare_select(db, "ORDER BY name", &row, error);

	if (rc != 0)
		return rc;
	rc = read_raw(db, row, judge_sealed, &reading, &count, error);
	sqlite3_finalize(row);
	return rc;
}

int objects_db_read_unjudged(
    struct objects_db *db, objects_db_read_fn read, void *context, struct store_error *error)
{
	struct opening opening = {
	    .db = db, .read = read, .context = context, .error = error, .is_unjudged = true};
	sqlite3_stmt *row;
	uint32_t count;
	int rc = prepare_select(db, "ORDER BY rowid", &row, error);

	if (rc != 0)
		return rc;
	rc = read_opened(row, &opening, &count);
	sqlite3_finalize(row);
	return rc;
}

int objects_db_count(struct objects_db *db, uint32_t *count_r, struct store_error *error)
{
	sqlite3_stmt *row;
	int rc = db_prepare(db->db, "SELECT count(*) FROM registrations", &row, error);

	if (rc != 0)
		return rc;
	if (sqlite3_step(row) == SQLITE_ROW)
		*count_r = (uint32_t)sqlite3_column_int64(row, 0);
	else
		rc = db_fail(db->db, error);
	sqlite3_finalize(row);
	return rc;
}

int objects_db_begin(struct objects_db *db, struct store_error *error)
{
	return db_exec(db->db, "BEGIN IMMEDIATE", error);
}

int objects_db_commit(struct objects_db *db, struct store_error *error)
{
	int rc = db_exec(db->db, "COMMIT", error);

	if (rc != 0)
		objects_db_rollback(db);
	return rc;
}

void objects_db_rollback(struct objects_db *db)
{
	/* A failed statement may have rolled back already. */
	if (!sqlite3_get_autocommit(db->db))
		sqlite3_exec(db->db, "ROLLBACK", NULL, NULL, NULL);
}

static int insert(struct objects_db *db, sqlite3_stmt *statement,
    const struct registration_config *config, struct store_error *error)
{
	uint8_t sealed[PASSWORD_MAX];
	size_t sealed_n = config->password.n > 0 ? config->password.n + SEAL_OVERHEAD : 0;

	if (sealed_n > sizeof(sealed))
		return store_fail(error, STORE_DAMAGED, "a password is too long to be stored");
	if (sealed_n > 0 && seal_close(db->key, config->password, sealed) != 0)
		return store_fail(error, STORE_BROKEN, "a password cannot be sealed");
	object_row_bind(statement, &db->columns, config, slice_make(sealed, sealed_n));
	return db_run(statement, error);
}

int objects_db_put(
    struct objects_db *db, const struct registration_config *config, struct store_error *error)
{
	return insert(db, db->put, config, error);
}

int objects_db_add(
    struct objects_db *db, const struct registration_config *config, struct store_error *error)
{
	int rc = insert(db, db->add, config, error);

	return rc == 0 && sqlite3_changes(db->db) == 0 ? ERR_EXISTS : rc;
}

int objects_db_remove(struct objects_db *db, struct slice name, struct store_error *error)
{
	int rc;

	db_bind_text(db->remove, 1, name);
	rc = db_run(db->remove, error);
	if (rc == 0 && sqlite3_changes(db->db) == 0)
		return ERR_NOT_FOUND;
	return rc;
}

int objects_db_put_param(struct objects_db *db, const struct param_row *row, struct slice text,
    struct store_error *error)
{
	db_bind_text(db->put_param, 1, slice_of(row->name));
	db_bind_text(db->put_param, 2, text);
	return db_run(db->put_param, error);
}

int objects_db_reset_param(
    struct objects_db *db, const struct param_row *row, struct store_error *error)
{
	sqlite3_stmt *statement;
	int rc = db_prepare(db->db, "DELETE FROM parameters WHERE name=?", &statement, error);

	if (rc != 0)
		return rc;
	db_bind_text(statement, 1, slice_of(row->name));
	rc = db_run(statement, error);
	sqlite3_finalize(statement);
	return rc;
}

void objects_db_settle(struct objects_db *db)
{
	db_checkpoint(db->db);
}

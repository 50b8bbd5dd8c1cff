// SPDX-License-Identifier: Apache-2.0
/*
 * One table per kind of object, one column per field. Which column is which
 * field is object_row.c's.
 */
#include "store/objects_db.h"

#include "store/db.h"
#include "store/objects_db_inside.h"

#include <stdlib.h>

#define SECRET_MAX 512 /* sealed */
#define SQL_MAX    1024

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
    "CREATE TABLE endpoints("
    "name TEXT PRIMARY KEY," /* its username */
    "enabled INTEGER NOT NULL,"
    "password BLOB NOT NULL," /* sealed */
    "max_contacts INTEGER NOT NULL,"
    "transports INTEGER NOT NULL,"
    "networks TEXT NOT NULL,"
    "caller_id TEXT NOT NULL,"
    "line_limit INTEGER NOT NULL"
    ") STRICT;",
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
static int prepare_insert(struct objects_db *db, const struct object_columns *columns,
    const char *or_else, sqlite3_stmt **statement_r, struct store_error *error)
{
	char text[SQL_MAX];
	struct buf sql = buf_over(text, sizeof(text));

	buf_puts(&sql, "INSERT OR ");
	buf_puts(&sql, or_else);
	buf_puts(&sql, " INTO ");
	buf_puts(&sql, columns->table->plural);
	buf_puts(&sql, "(");
	object_columns_put_names(&sql, columns);
	buf_puts(&sql, ") VALUES(");
	object_columns_put_marks(&sql, columns);
	buf_puts(&sql, ")");
	return db_prepare(db->db, buf_text(&sql), statement_r, error);
}

/* SELECT of all columns of a kind, with what follows the table's name. */
static int prepare_select(struct objects_db *db, enum object_kind kind, const char *which,
    sqlite3_stmt **statement_r, struct store_error *error)
{
	const struct object_columns *columns = &db->kinds[kind].columns;
	char text[SQL_MAX];
	struct buf sql = buf_over(text, sizeof(text));

	buf_puts(&sql, "SELECT ");
	object_columns_put_names(&sql, columns);
	buf_puts(&sql, " FROM ");
	buf_puts(&sql, columns->table->plural);
	buf_puts(&sql, which);
	return db_prepare(db->db, buf_text(&sql), statement_r, error);
}

/* BEFORE, the table's name, AFTER. */
static int prepare_for(struct objects_db *db, enum object_kind kind, const char *before,
    const char *after, sqlite3_stmt **statement_r, struct store_error *error)
{
	char text[SQL_MAX];
	struct buf sql = buf_over(text, sizeof(text));

	buf_puts(&sql, before);
	buf_puts(&sql, object_table(kind)->plural);
	buf_puts(&sql, after);
	return db_prepare(db->db, buf_text(&sql), statement_r, error);
}

static int prepare_kind(struct objects_db *db, enum object_kind kind, struct store_error *error)
{
	struct objects_statements *own = &db->kinds[kind];
	int rc;

	object_columns_init(&own->columns, object_table(kind));
	rc = prepare_insert(db, &own->columns, "REPLACE", &own->put, error);
	if (rc == 0)
		rc = prepare_insert(db, &own->columns, "IGNORE", &own->add, error);
	if (rc == 0)
		rc = prepare_for(db, kind, "DELETE FROM ", " WHERE name=?", &own->remove, error);
	if (rc == 0)
		rc = prepare_select(db, kind, " WHERE name=?", &own->get, error);
	return rc;
}

static int prepare(struct objects_db *db, struct store_error *error)
{
	int rc = db_prepare(db->db, "INSERT OR REPLACE INTO parameters(name,value) VALUES(?,?)",
	    &db->put_param, error);

	for (enum object_kind kind = 0; kind < OBJECT_KINDS && rc == 0; kind++)
		rc = prepare_kind(db, kind, error);
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

bool objects_db_is_image(const struct objects_store *store)
{
	return ((const struct objects_db *)store)->is_image;
}

static void close_db(struct objects_store *store)
{
	struct objects_db *db = objects_db_of(store);

	for (enum object_kind kind = 0; kind < OBJECT_KINDS; kind++) {
		sqlite3_finalize(db->kinds[kind].put);
		sqlite3_finalize(db->kinds[kind].add);
		sqlite3_finalize(db->kinds[kind].remove);
		sqlite3_finalize(db->kinds[kind].get);
	}
	sqlite3_finalize(db->put_param);
	objects_marks_close(db);
	db_close(&db->db);
	free(db);
}

/* A name that this version does not know any more is a matter for the release that dropped it. */
static int read_params(
    struct objects_store *store, struct params *params_r, struct store_error *error)
{
	struct objects_db *db = objects_db_of(store);
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

/* Rows on their way to whoever reads them. */
struct reading {
	struct objects_db *db;
	enum object_kind kind;
	objects_read_fn read; /* NULL: `read_sealed` */
	objects_sealed_fn read_sealed;
	void *context;
	struct store_error *error;
	bool is_unjudged;
	uint32_t count;
	char secret[SECRET_MAX];
};

static int open_secret(struct reading *reading, void *object, struct slice sealed)
{
	const struct object_columns *columns = &reading->db->kinds[reading->kind].columns;
	const struct field_row *row = columns->secret;

	if (sealed.n == 0)
		return 0;
	if (sealed.n < SEAL_OVERHEAD || sealed.n > SECRET_MAX ||
	    seal_open(reading->db->key, sealed, reading->secret) != 0)
		return objects_store_refuse(&reading->db->store, reading->kind, object, row->name,
		    "cannot be unsealed with STATE/key", reading->error);
	*(struct slice *)((char *)object + row->offset) =
	    slice_make(reading->secret, sealed.n - SEAL_OVERHEAD);
	return 0;
}

/* It stays sealed: all that can be judged is whether there is one. */
static void note_secret(const struct reading *reading, void *object, struct slice sealed)
{
	const struct field_row *row = reading->db->kinds[reading->kind].columns.secret;

	if (sealed.n > 0)
		*(struct slice *)((char *)object + row->offset) = SLICE("(sealed)");
}

static int read_row(struct reading *reading, sqlite3_stmt *row)
{
	const struct objects_store *store = &reading->db->store;
	enum object_kind kind = reading->kind;
	union object_room object;
	struct slice sealed = {0};
	int rc = 0;

	if (object_row_read(row, &reading->db->kinds[kind].columns, &object, &sealed) != 0)
		return objects_store_refuse(
		    store, kind, &object, "numbers", "out of range", reading->error);
	if (reading->read)
		rc = open_secret(reading, &object, sealed);
	else
		note_secret(reading, &object, sealed);
	if (rc == 0 && !reading->is_unjudged)
		rc = objects_store_judge(store, kind, &object, NULL, reading->error);
	if (rc != 0)
		return rc;
	if (reading->read)
		return reading->read(reading->context, kind, &object);
	return reading->read_sealed(reading->context, kind, &object, sealed);
}

/* What the statement gives, each with its texts until the next step. */
static int read_rows(struct reading *reading, sqlite3_stmt *row)
{
	int step, rc = 0;

	while (rc == 0 && (step = sqlite3_step(row)) != SQLITE_DONE) {
		if (step == SQLITE_ROW)
			rc = read_row(reading, row);
		else
			rc = db_fail(reading->db->db, reading->error);
		reading->count++;
	}
	explicit_bzero(reading->secret, sizeof(reading->secret));
	return rc;
}

static int read_all(struct reading *reading, const char *order)
{
	sqlite3_stmt *row;
	int rc = prepare_select(reading->db, reading->kind, order, &row, reading->error);

	if (rc != 0)
		return rc;
	rc = read_rows(reading, row);
	sqlite3_finalize(row);
	return rc;
}

static int read_unjudged(struct objects_store *store, enum object_kind kind, objects_read_fn read,
    void *context, struct store_error *error)
{
	struct reading reading = {.db = objects_db_of(store),
	    .kind = kind,
	    .read = read,
	    .context = context,
	    .error = error,
	    .is_unjudged = true};

	return read_all(&reading, " ORDER BY rowid");
}

static int read_sealed(struct objects_store *store, enum object_kind kind, objects_sealed_fn read,
    void *context, struct store_error *error)
{
	struct reading reading = {.db = objects_db_of(store),
	    .kind = kind,
	    .read_sealed = read,
	    .context = context,
	    .error = error};

	return read_all(&reading, " ORDER BY name");
}

/* SQLite numbers a row behind all that are there, and one that is replaced anew. */
static int read_since(struct objects_store *store, enum object_kind kind,
    const struct objects_place *since, objects_read_fn read, void *context,
    struct store_error *error)
{
	struct reading reading = {.db = objects_db_of(store),
	    .kind = kind,
	    .read = read,
	    .context = context,
	    .error = error};
	sqlite3_stmt *row;
	int rc = prepare_select(reading.db, kind, " WHERE rowid>? ORDER BY rowid", &row, error);

	if (rc != 0)
		return rc;
	sqlite3_bind_int64(row, 1, since ? since->behind[kind] : INT64_MIN);
	rc = read_rows(&reading, row);
	sqlite3_finalize(row);
	return rc;
}

static int get(struct objects_store *store, enum object_kind kind, struct slice name,
    objects_read_fn read, void *context, struct store_error *error)
{
	struct reading reading = {.db = objects_db_of(store),
	    .kind = kind,
	    .read = read,
	    .context = context,
	    .error = error};
	sqlite3_stmt *row = reading.db->kinds[kind].get;
	int rc;

	db_bind_text(row, 1, name);
	rc = read_rows(&reading, row);
	sqlite3_reset(row);
	return rc == 0 && reading.count == 0 ? ERR_NOT_FOUND : rc;
}

/* One number of a kind's table. */
static int ask_number(struct objects_store *store, enum object_kind kind, const char *select,
    int64_t *number_r, struct store_error *error)
{
	struct objects_db *db = objects_db_of(store);
	sqlite3_stmt *row;
	int rc = prepare_for(db, kind, select, "", &row, error);

	if (rc != 0)
		return rc;
	if (sqlite3_step(row) == SQLITE_ROW)
		*number_r = sqlite3_column_int64(row, 0);
	else
		rc = db_fail(db->db, error);
	sqlite3_finalize(row);
	return rc;
}

static int find_end(
    struct objects_store *store, struct objects_place *place_r, struct store_error *error)
{
	int rc = 0;

	for (enum object_kind kind = 0; kind < OBJECT_KINDS && rc == 0; kind++)
		rc = ask_number(
		    store, kind, "SELECT max(rowid) FROM ", &place_r->behind[kind], error);
	return rc;
}

static int count(struct objects_store *store, enum object_kind kind, uint32_t *count_r,
    struct store_error *error)
{
	int64_t number = 0;
	int rc = ask_number(store, kind, "SELECT count(*) FROM ", &number, error);

	if (rc == 0)
		*count_r = (uint32_t)number;
	return rc;
}

static int begin(struct objects_store *store, struct store_error *error)
{
	return db_begin(objects_db_of(store)->db, error);
}

static void rollback(struct objects_store *store)
{
	db_rollback(objects_db_of(store)->db);
}

static int commit(struct objects_store *store, struct store_error *error)
{
	return db_end(objects_db_of(store)->db, 0, error);
}

static int insert(struct objects_db *db, const struct object_columns *columns,
    sqlite3_stmt *statement, const void *object, struct store_error *error)
{
	struct slice secret = {0};
	uint8_t sealed[SECRET_MAX];
	size_t sealed_n;

	if (columns->secret)
		secret = field_text(columns->secret, object);
	sealed_n = secret.n > 0 ? secret.n + SEAL_OVERHEAD : 0;
	if (sealed_n > sizeof(sealed))
		return store_fail(error, STORE_DAMAGED, "a password is too long to be stored");
	if (sealed_n > 0 && seal_close(db->key, secret, sealed) != 0)
		return store_fail(error, STORE_BROKEN, "a password cannot be sealed");
	object_row_bind(statement, columns, object, slice_make(sealed, sealed_n));
	return db_run(statement, error);
}

static int put(struct objects_store *store, enum object_kind kind, const void *object,
    struct store_error *error)
{
	struct objects_statements *own = &objects_db_of(store)->kinds[kind];

	return insert(objects_db_of(store), &own->columns, own->put, object, error);
}

static int add(struct objects_store *store, enum object_kind kind, const void *object,
    struct store_error *error)
{
	struct objects_db *db = objects_db_of(store);
	struct objects_statements *own = &db->kinds[kind];
	int rc = insert(db, &own->columns, own->add, object, error);

	return rc == 0 && sqlite3_changes(db->db) == 0 ? ERR_EXISTS : rc;
}

static int remove_named(struct objects_store *store, enum object_kind kind, struct slice name,
    struct store_error *error)
{
	struct objects_db *db = objects_db_of(store);
	int rc;

	db_bind_text(db->kinds[kind].remove, 1, name);
	rc = db_run(db->kinds[kind].remove, error);
	return rc == 0 && sqlite3_changes(db->db) == 0 ? ERR_NOT_FOUND : rc;
}

static int put_param(struct objects_store *store, const struct param_row *row, struct slice text,
    struct store_error *error)
{
	struct objects_db *db = objects_db_of(store);

	db_bind_text(db->put_param, 1, slice_of(row->name));
	db_bind_text(db->put_param, 2, text);
	return db_run(db->put_param, error);
}

static int reset_param(
    struct objects_store *store, const struct param_row *row, struct store_error *error)
{
	sqlite3_stmt *statement;
	int rc = db_prepare(
	    objects_db_of(store)->db, "DELETE FROM parameters WHERE name=?", &statement, error);

	if (rc != 0)
		return rc;
	db_bind_text(statement, 1, slice_of(row->name));
	rc = db_run(statement, error);
	sqlite3_finalize(statement);
	return rc;
}

/* Moves what was committed into the file itself. */
static void settle(struct objects_store *store)
{
	db_checkpoint(objects_db_of(store)->db);
}

static const struct objects_ops ops = {
    .params = read_params,
    .read = read_since,
    .read_unjudged = read_unjudged,
    .read_sealed = read_sealed,
    .get = get,
    .count = count,
    .end = find_end,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .put = put,
    .add = add,
    .remove = remove_named,
    .put_param = put_param,
    .reset_param = reset_param,
    .clear_marks = objects_marks_clear,
    .mark = objects_marks_put,
    .prune = objects_marks_prune,
    .read_marks = objects_marks_read,
    .settle = settle,
    .close = close_db,
};

int objects_db_open(const struct state_dir *dir, const struct seal_key *key, enum db_need need,
    struct objects_store **store_r, struct store_error *error)
{
	char path[STATE_PATH_MAX];
	struct objects_db *db = calloc(1, sizeof(*db));
	int rc;

	*store_r = NULL;
	if (!db)
		return store_fail(error, STORE_MEMORY, "out of memory");
	db->store.ops = &ops;
	db->key = key;
	rc = db_open(state_dir_path(dir, "regent.db", path), &schema, need, &db->db, error);
	if (rc != 0 && store_is_disk(error))
		rc = open_image(db, path, rc, error);
	/* Whoever waits for a commit does not wait for settle() as well. */
	if (rc == 0)
		sqlite3_wal_autocheckpoint(db->db, 0);
	if (rc == 0)
		rc = prepare(db, error);
	if (rc != 0) {
		close_db(&db->store);
		return rc;
	}
	db->store.where = db_path(db->db);
	*store_r = &db->store;
	return 0;
}

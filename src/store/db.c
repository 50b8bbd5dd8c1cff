// SPDX-License-Identifier: Apache-2.0
/*
 * The locking mode is exclusive: no shared memory file, no second process, and
 * whoever looks in with the sqlite3 shell while we run is told that it is locked.
 * Addresses are blobs of a fixed layout: they may lack an IP or a port and
 * carry a scope, for which there is no text.
 */
#include "store/db.h"

#include "store/db_image.h"
#include "store/wal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ADDR_SIZE 23

static enum store_failure failure_of(sqlite3 *db, int code)
{
	int number = db ? sqlite3_system_errno(db) : 0;

	switch (code) {
	case SQLITE_IOERR_SHORT_READ: /* what the file says of its length is not so */
	case SQLITE_IOERR_DATA:
	case SQLITE_IOERR_CORRUPTFS:
		return STORE_DAMAGED;
	default:
		break;
	}
	switch (code & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return STORE_LOCKED;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_FORMAT:
	case SQLITE_CONSTRAINT:
	case SQLITE_MISMATCH:
	case SQLITE_TOOBIG:
	case SQLITE_ERROR: /* our own SQL is right, so the tables are not */
		return STORE_DAMAGED;
	case SQLITE_FULL:
		return STORE_FULL;
	case SQLITE_CANTOPEN:
	case SQLITE_IOERR:
		if (number == ENOSPC || number == EDQUOT)
			return STORE_FULL;
		return (code & 0xff) == SQLITE_CANTOPEN ? STORE_UNWRITABLE : STORE_BROKEN;
	case SQLITE_PERM:
	case SQLITE_READONLY:
	case SQLITE_AUTH:
		return STORE_UNWRITABLE;
	case SQLITE_NOMEM:
		return STORE_MEMORY;
	default:
		return STORE_BROKEN;
	}
}

static const char *words_of(enum store_failure failure)
{
	switch (failure) {
	case STORE_LOCKED:
		return "is locked by another process";
	case STORE_DAMAGED:
		return "is damaged";
	case STORE_FULL:
		return "the disk is full";
	case STORE_UNWRITABLE:
		return "cannot be written";
	case STORE_FINE:
	case STORE_MISSING:
	case STORE_IDENTITY:
	case STORE_NEWER:
	case STORE_MEMORY:
	case STORE_BROKEN:
		break;
	}
	return "the disk refuses";
}

static int fail_at(sqlite3 *db, const char *path, int code, struct store_error *error)
{
	enum store_failure failure = failure_of(db, code);

	return store_fail(error, failure, "%s: %s (%s)", path, words_of(failure),
	    db ? sqlite3_errmsg(db) : sqlite3_errstr(code));
}

/* An image has no file for SQLite, so its schema bears the path as a name beside "main". */
static char *name_of_image(sqlite3 *db)
{
	const char *name = sqlite3_db_name(db, 0);

	return name && strcmp(name, "main") != 0 ? (char *)name : NULL;
}

static int name_image(sqlite3 *db, const char *path, struct store_error *error)
{
	char *name = strdup(path);

	if (!name)
		return store_fail(error, STORE_MEMORY, "%s: out of memory", path);
	sqlite3_db_config(db, SQLITE_DBCONFIG_MAINDBNAME, name);
	return 0;
}

const char *db_path(sqlite3 *db)
{
	const char *image = name_of_image(db);

	return image ? image : sqlite3_db_filename(db, "main");
}

int db_fail(sqlite3 *db, struct store_error *error)
{
	return fail_at(db, db_path(db), sqlite3_extended_errcode(db), error);
}

int db_exec(sqlite3 *db, const char *sql, struct store_error *error)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : db_fail(db, error);
}

int db_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **statement_r, struct store_error *error)
{
	if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, statement_r, NULL) ==
	    SQLITE_OK)
		return 0;
	return db_fail(db, error);
}

int db_run(sqlite3_stmt *statement, struct store_error *error)
{
	int rc = 0;

	if (sqlite3_step(statement) != SQLITE_DONE)
		rc = db_fail(sqlite3_db_handle(statement), error);
	sqlite3_reset(statement);
	return rc;
}

int db_begin(sqlite3 *db, struct store_error *error)
{
	return db_exec(db, "BEGIN IMMEDIATE", error);
}

void db_rollback(sqlite3 *db)
{
	if (!sqlite3_get_autocommit(db))
		sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
}

int db_end(sqlite3 *db, int rc, struct store_error *error)
{
	if (rc == 0)
		rc = db_exec(db, "COMMIT", error);
	if (rc != 0)
		db_rollback(db);
	return rc;
}

static int read_number(sqlite3 *db, const char *sql, int64_t *number_r, struct store_error *error)
{
	sqlite3_stmt *statement;
	int rc = db_prepare(db, sql, &statement, error);

	if (rc != 0)
		return rc;
	if (sqlite3_step(statement) == SQLITE_ROW)
		*number_r = sqlite3_column_int64(statement, 0);
	else
		rc = db_fail(db, error);
	sqlite3_finalize(statement);
	return rc;
}

static int check_schema(sqlite3 *db, const char *path, const struct db_schema *schema,
    enum db_need need, int *version_r, struct store_error *error)
{
	int64_t application = 0, version = 0, tables = 0;
	int rc = read_number(db, "PRAGMA application_id", &application, error);

	if (rc == 0)
		rc = read_number(db, "PRAGMA user_version", &version, error);
	if (rc == 0)
		rc = read_number(db, "SELECT count(*) FROM sqlite_schema", &tables, error);
	*version_r = (int)version;
	if (rc != 0)
		return rc;
	if (application == 0 && version == 0 && tables == 0)
		return need == DB_IN_USE
		           ? store_fail(error, STORE_MISSING, "%s: has nothing in it", path)
		           : 0;
	if (application != schema->application_id || version < 1)
		return store_fail(
		    error, STORE_DAMAGED, "%s: is a database of something else", path);
	if (version > schema->version)
		return store_fail(error, STORE_NEWER,
		    "%s: has schema version %lld, written by a newer Regent; this one knows "
		    "versions up to %d",
		    path, (long long)version, schema->version);
	return 0;
}

/* Whoever is cut off in the middle finds the file as it was, and begins again. */
static int raise_schema(
    sqlite3 *db, const struct db_schema *schema, int version, struct store_error *error)
{
	char pragmas[96];
	int rc;

	if (version == schema->version)
		return 0;
	rc = db_exec(db, "BEGIN IMMEDIATE", error);
	for (int step = version; rc == 0 && step < schema->version; step++)
		rc = db_exec(db, schema->steps[step], error);
	snprintf(pragmas, sizeof(pragmas), "PRAGMA application_id=%d; PRAGMA user_version=%d",
	    schema->application_id, schema->version);
	if (rc == 0)
		rc = db_exec(db, pragmas, error);
	if (rc == 0)
		rc = db_exec(db, "COMMIT", error);
	return rc;
}

static int check_integrity(sqlite3 *db, const char *path, struct store_error *error)
{
	sqlite3_stmt *statement;
	int rc = db_prepare(db, "PRAGMA quick_check(1)", &statement, error);

	if (rc != 0)
		return rc;
	if (sqlite3_step(statement) != SQLITE_ROW) {
		rc = db_fail(db, error);
	} else {
		const char *verdict = (const char *)sqlite3_column_text(statement, 0);

		if (!verdict || strcmp(verdict, "ok") != 0)
			rc = store_fail(error, STORE_DAMAGED, "%s: is damaged (%s)", path,
			    verdict ? verdict : "no verdict");
	}
	sqlite3_finalize(statement);
	return rc;
}

/* SQLite would make it readable for all; its WAL takes the mode over. */
static void create_private(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd >= 0)
		close(fd);
}

static bool has_content(const char *path, const char *suffix)
{
	char name[STATE_PATH_MAX];
	struct stat st;

	snprintf(name, sizeof(name), "%s%s", path, suffix);
	return lstat(name, &st) == 0 && st.st_size > 0;
}

/* No file of SQLite is smaller. It takes one that was cut off before it for an empty one. */
#define FILE_LEAST 512

static int check_files(const char *path, struct store_error *error)
{
	static const char *const suffixes[] = {"", "-wal", "-journal"};
	char name[STATE_PATH_MAX];
	struct stat st;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
		rc = state_file_check(name, error);
	}
	if (rc == 0 && lstat(path, &st) == 0 && st.st_size > 0 && st.st_size < FILE_LEAST)
		rc = store_fail(error, STORE_DAMAGED, "%s: is damaged: it ends after %lld bytes",
		    path, (long long)st.st_size);
	return rc;
}

/* Beside an empty file SQLite would delete the WAL, which is all that is left then. */
static int check_presence(const char *path, enum db_need need, struct store_error *error)
{
	bool is_left_behind = has_content(path, "-wal");
	struct stat st;

	if (has_content(path, "") || (need == DB_MAY_BE_NEW && !is_left_behind))
		return 0;
	return store_fail(error, STORE_MISSING, "%s: is %s%s", path,
	    lstat(path, &st) == 0 ? "empty" : "missing",
	    is_left_behind ? " (its -wal file is still there: keep it; regentd anew renames it to "
	                     "-wal.lost)"
	                   : "");
}

/* SQLite only reads a file whose header says that it takes a later version to write it. */
static int check_writable(sqlite3 *db, const char *path, struct store_error *error)
{
	if (sqlite3_db_readonly(db, "main") == 1 && access(path, W_OK) == 0)
		return store_fail(error, STORE_DAMAGED,
		    "%s: is damaged: by its header only a later SQLite may write it", path);
	return 0;
}

static int check_before(
    const char *path, const struct db_schema *schema, enum db_need need, struct store_error *error)
{
	int rc = check_files(path, error);

	if (rc == 0)
		rc = check_presence(path, need, error);
	return rc != 0 || schema->is_relaxed ? rc : wal_check(path, error);
}

int db_open(const char *path, const struct db_schema *schema, enum db_need need, sqlite3 **db_r,
    struct store_error *error)
{
	/* The exclusive mode must stand before WAL, or shared memory is used after all. */
	static const char settings[] = "PRAGMA locking_mode=EXCLUSIVE;"
	                               "PRAGMA journal_mode=WAL;"
	                               "PRAGMA synchronous=FULL;"
	                               "PRAGMA trusted_schema=OFF;"
	                               "PRAGMA cell_size_check=ON;"
	                               "BEGIN EXCLUSIVE; COMMIT;";
	/* One thread uses it at a time, and a lock taken with every value that is bound adds up. */
	static const int flags =
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX;
	sqlite3 *db = NULL;
	int code, version = 0, rc = check_before(path, schema, need, error);

	*db_r = NULL;
	if (rc != 0)
		return rc;
	create_private(path);
	code = sqlite3_open_v2(path, &db, flags, NULL);

	if (code != SQLITE_OK)
		rc = fail_at(db, path, code, error);
	if (rc == 0) {
		sqlite3_extended_result_codes(db, 1);
		sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
		sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
		rc = db_exec(db, settings, error);
	}
	if (rc == 0 && schema->is_relaxed)
		rc = db_exec(db, "PRAGMA synchronous=NORMAL", error);
	if (rc == 0)
		rc = check_writable(db, path, error);
	if (rc == 0)
		rc = check_schema(db, path, schema, need, &version, error);
	if (rc == 0)
		rc = check_integrity(db, path, error);
	if (rc == 0)
		rc = raise_schema(db, schema, version, error);
	if (rc != 0)
		db_close(&db);
	*db_r = db;
	return rc;
}

/* The image goes over to SQLite, whatever comes of it. */
static int open_memory(
    const struct db_image *image, const char *path, sqlite3 **db_r, struct store_error *error)
{
	static const unsigned flags =
	    SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE;
	int code =
	    sqlite3_open_v2(":memory:", db_r, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_deserialize(
		    *db_r, "main", image->bytes, image->size, image->size, flags);
	else
		sqlite3_free(image->bytes);
	if (code != SQLITE_OK)
		return fail_at(*db_r, path, code, error);
	if (name_image(*db_r, path, error) != 0)
		return ERR_MEMORY;
	sqlite3_extended_result_codes(*db_r, 1);
	return db_exec(*db_r, "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON", error);
}

int db_open_image(
    const char *path, const struct db_schema *schema, sqlite3 **db_r, struct store_error *error)
{
	struct db_image image;
	sqlite3 *db = NULL;
	int version = 0, rc = check_before(path, schema, DB_IN_USE, error);

	*db_r = NULL;
	if (rc == 0)
		rc = db_image_read(path, &image, error);
	if (rc == 0)
		rc = open_memory(&image, path, &db, error);
	if (rc == 0)
		rc = check_schema(db, path, schema, DB_IN_USE, &version, error);
	if (rc == 0)
		rc = check_integrity(db, path, error);
	if (rc == 0)
		rc = raise_schema(db, schema, version, error);
	if (rc == 0)
		rc = db_exec(db, "PRAGMA query_only=ON", error);
	if (rc != 0)
		db_close(&db);
	*db_r = db;
	return rc;
}

void db_close(sqlite3 **db)
{
	char *name = *db ? name_of_image(*db) : NULL;

	if (*db)
		sqlite3_close_v2(*db);
	free(name);
	*db = NULL;
}

void db_checkpoint(sqlite3 *db)
{
	if (db)
		sqlite3_wal_checkpoint_v2(db, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
}

/* A NULL pointer would bind SQL's NULL, which the tables do not allow. */
void db_bind_text(sqlite3_stmt *statement, int at, struct slice text)
{
	sqlite3_bind_text(statement, at, text.n > 0 ? text.p : "", (int)text.n, SQLITE_STATIC);
}

void db_bind_blob(sqlite3_stmt *statement, int at, struct slice bytes)
{
	sqlite3_bind_blob(statement, at, bytes.n > 0 ? bytes.p : "", (int)bytes.n, SQLITE_STATIC);
}

void db_bind_addr(sqlite3_stmt *statement, int at, const struct netaddr *addr)
{
	uint8_t bytes[ADDR_SIZE] = {addr->family};

	memcpy(bytes + 1, addr->ip, sizeof(addr->ip));
	bytes[17] = (uint8_t)(addr->port >> 8);
	bytes[18] = (uint8_t)addr->port;
	for (int i = 0; i < 4; i++)
		bytes[19 + i] = (uint8_t)(addr->scope >> (24 - 8 * i));
	sqlite3_bind_blob(statement, at, bytes, sizeof(bytes), SQLITE_TRANSIENT);
}

struct slice db_column_text(sqlite3_stmt *statement, int at)
{
	const void *text = sqlite3_column_text(statement, at);

	return slice_make(text, text ? (size_t)sqlite3_column_bytes(statement, at) : 0);
}

struct slice db_column_blob(sqlite3_stmt *statement, int at)
{
	const void *bytes = sqlite3_column_blob(statement, at);

	return slice_make(bytes, bytes ? (size_t)sqlite3_column_bytes(statement, at) : 0);
}

struct netaddr db_column_addr(sqlite3_stmt *statement, int at)
{
	struct slice bytes = db_column_blob(statement, at);
	const uint8_t *p = (const uint8_t *)bytes.p;
	struct netaddr addr = {0};

	if (bytes.n != ADDR_SIZE)
		return addr;
	addr.family = p[0];
	memcpy(addr.ip, p + 1, sizeof(addr.ip));
	addr.port = (uint16_t)(p[17] << 8 | p[18]);
	for (int i = 0; i < 4; i++)
		addr.scope = addr.scope << 8 | p[19 + i];
	return addr;
}

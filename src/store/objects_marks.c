// SPDX-License-Identifier: Apache-2.0
/*
 * The temporary table is the connection's own and SQLite keeps it in a file
 * without a name, so that neither a crash leaves it behind nor its size counts.
 */
#include "store/db.h"
#include "store/objects_db_inside.h"

#include <assert.h>
#include <stdio.h>

#define SQL_MAX 512

static_assert(OBJECTS_UNCHANGED == 0 && OBJECTS_REMOVED == 3, "as the statements have it");

void objects_marks_close(struct objects_db *db)
{
	sqlite3_finalize(db->mark);
	db->mark = NULL;
}

int objects_marks_clear(struct objects_store *store, struct store_error *error)
{
	struct objects_db *db = objects_db_of(store);
	int rc = db_exec(db->db,
	    "CREATE TABLE IF NOT EXISTS temp.marks(kind INTEGER NOT NULL, name TEXT NOT NULL,"
	    "action INTEGER NOT NULL, PRIMARY KEY(kind,name)) WITHOUT ROWID;"
	    "DELETE FROM temp.marks",
	    error);

	if (rc == 0 && !db->mark)
		rc = db_prepare(db->db,
		    "INSERT OR REPLACE INTO temp.marks(kind,name,action) VALUES(?,?,?)", &db->mark,
		    error);
	return rc;
}

int objects_marks_put(struct objects_store *store, enum object_kind kind, struct slice name,
    enum objects_action action, struct store_error *error)
{
	struct objects_db *db = objects_db_of(store);

	sqlite3_bind_int(db->mark, 1, (int)kind);
	db_bind_text(db->mark, 2, name);
	sqlite3_bind_int(db->mark, 3, (int)action);
	return db_run(db->mark, error);
}

static int prune(struct objects_db *db, enum object_kind kind, struct store_error *error)
{
	const char *table = object_table(kind)->plural;
	char sql[SQL_MAX];

	snprintf(sql, sizeof(sql),
	    "INSERT INTO temp.marks SELECT %d,name,3 FROM main.%s "
	    "WHERE name NOT IN (SELECT name FROM temp.marks WHERE kind=%d);"
	    "DELETE FROM main.%s "
	    "WHERE name IN (SELECT name FROM temp.marks WHERE kind=%d AND action=3)",
	    (int)kind, table, (int)kind, table, (int)kind);
	return db_exec(db->db, sql, error);
}

int objects_marks_prune(struct objects_store *store, struct store_error *error)
{
	int rc = 0;

	for (enum object_kind kind = 0; kind < OBJECT_KINDS && rc == 0; kind++)
		rc = prune(objects_db_of(store), kind, error);
	return rc;
}

int objects_marks_read(
    struct objects_store *store, objects_marks_fn read, void *context, struct store_error *error)
{
	struct objects_db *db = objects_db_of(store);
	sqlite3_stmt *row;
	int step, rc;

	rc = db_prepare(db->db,
	    "SELECT kind,name,action FROM temp.marks WHERE action<>0 ORDER BY kind,name", &row,
	    error);
	if (rc != 0)
		return rc;
	while (rc == 0 && (step = sqlite3_step(row)) != SQLITE_DONE) {
		if (step == SQLITE_ROW)
			rc = read(context, (enum object_kind)sqlite3_column_int(row, 0),
			    db_column_text(row, 1),
			    (enum objects_action)sqlite3_column_int(row, 2));
		else
			rc = db_fail(db->db, error);
	}
	sqlite3_finalize(row);
	return rc;
}

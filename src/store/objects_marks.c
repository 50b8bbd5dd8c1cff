// SPDX-License-Identifier: Apache-2.0
/*
 * The temporary table is the connection's own and SQLite keeps it in a file
 * without a name, so that neither a crash leaves it behind nor its size counts.
 */
#include "store/objects_marks.h"

#include "store/db.h"
#include "store/objects_db_inside.h"

#include <assert.h>

static_assert(OBJECTS_UNCHANGED == 0 && OBJECTS_REMOVED == 3, "as the statements have it");

void objects_db_marks_close(struct objects_db *db)
{
	sqlite3_finalize(db->mark);
	db->mark = NULL;
}

int objects_marks_clear(struct objects_db *db, struct store_error *error)
{
	int rc = db_exec(db->db,
	    "CREATE TABLE IF NOT EXISTS temp.marks("
	    "name TEXT PRIMARY KEY, action INTEGER NOT NULL) WITHOUT ROWID;"
	    "DELETE FROM temp.marks",
	    error);

	if (rc == 0 && !db->mark)
		rc = db_prepare(db->db,
		    "INSERT OR REPLACE INTO temp.marks(name,action) VALUES(?,?)", &db->mark, error);
	return rc;
}

int objects_mark(
    struct objects_db *db, struct slice name, enum objects_action action, struct store_error *error)
{
	db_bind_text(db->mark, 1, name);
	sqlite3_bind_int(db->mark, 2, (int)action);
	return db_run(db->mark, error);
}

int objects_marks_prune(struct objects_db *db, uint32_t *removed_r, struct store_error *error)
{
	int rc = db_exec(db->db,
	    "INSERT INTO temp.marks SELECT name,3 FROM main.registrations "
	    "WHERE name NOT IN (SELECT name FROM temp.marks);",
	    error);
	if (rc == 0)
		rc = db_exec(db->db,
		    "DELETE FROM main.registrations "
		    "WHERE name IN (SELECT name FROM temp.marks WHERE action=3)",
		    error);
	*removed_r = rc == 0 ? (uint32_t)sqlite3_changes(db->db) : 0;
	return rc;
}

int objects_marks_read(
    struct objects_db *db, objects_marks_fn read, void *context, struct store_error *error)
{
	sqlite3_stmt *row;
	int step, rc;

	rc = db_prepare(db->db, "SELECT name,action FROM temp.marks WHERE action<>0 ORDER BY name",
	    &row, error);
	if (rc != 0)
		return rc;
	while (rc == 0 && (step = sqlite3_step(row)) != SQLITE_DONE) {
		if (step == SQLITE_ROW)
			rc = read(context, db_column_text(row, 0),
			    (enum objects_action)sqlite3_column_int(row, 1));
		else
			rc = db_fail(db->db, error);
	}
	sqlite3_finalize(row);
	return rc;
}

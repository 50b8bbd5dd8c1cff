// SPDX-License-Identifier: Apache-2.0
/*
 * An object as a row of the database of objects: a column per field, by the table
 * of its kind, from which the statements are written, bound and read. The columns
 * themselves are made by the schema and its migrations (objects_db.c).
 */
#pragma once

#include "model/object.h"

#include <sqlite3.h>

/* The fields that have a column of their own, in the order of the statements. */
struct object_columns {
	const struct object_table *table;
	size_t count;
	const struct field_row *rows[FIELDS_MAX];
	const struct field_row *secret; /* of them; NULL: there is none */
};

void object_columns_init(struct object_columns *columns, const struct object_table *table);

/* "name,enabled,…", as SELECT and INSERT want them. */
void object_columns_put_names(struct buf *sql, const struct object_columns *columns);

/* "?,?,…", as many. */
void object_columns_put_marks(struct buf *sql, const struct object_columns *columns);

/* Binds all columns from 1 on; what it binds must live until the statement is run. `sealed`
 * takes the place of the secret. */
void object_row_bind(sqlite3_stmt *statement, const struct object_columns *columns,
    const void *object, struct slice sealed);

/*
 * Reads the columns of the current row but for the secret, which is given as it is
 * stored; texts live until the next step. ERR_RANGE.
 */
MUST_CHECK int object_row_read(sqlite3_stmt *row, const struct object_columns *columns,
    void *object_r, struct slice *sealed_r);

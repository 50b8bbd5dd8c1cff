// SPDX-License-Identifier: Apache-2.0
/*
 * What the two halves of objects_db share: the objects, and the marks of an
 * edit of many. Nobody else's.
 */
#pragma once

#include "store/object_row.h"
#include "store/objects_db.h"

#include <sqlite3.h>

struct objects_db {
	sqlite3 *db;
	const struct seal_key *key;
	struct object_columns columns;
	sqlite3_stmt *put, *add, *remove, *put_param, *get;
	sqlite3_stmt *mark; /* NULL until marks are first used */
	bool is_image;      /* in memory, to be read */
};

void objects_db_marks_close(struct objects_db *db);

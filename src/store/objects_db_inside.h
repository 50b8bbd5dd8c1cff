// SPDX-License-Identifier: Apache-2.0
/*
 * What the two halves of objects_db share: the objects, and the marks of an
 * edit of many. Nobody else's.
 */
#pragma once

#include "store/object_row.h"
#include "store/objects_db.h"

#include <sqlite3.h>

/* Of one kind of object. */
struct objects_statements {
	struct object_columns columns;
	sqlite3_stmt *put, *add, *remove, *get;
};

struct objects_db {
	struct objects_store store; /* first, so that it is found from there */
	sqlite3 *db;
	const struct seal_key *key;
	struct objects_statements kinds[OBJECT_KINDS];
	sqlite3_stmt *put_param;
	sqlite3_stmt *mark; /* NULL until marks are first used */
	bool is_image;      /* in memory, to be read */
};

static inline struct objects_db *objects_db_of(struct objects_store *store)
{
	return (struct objects_db *)store;
}

/* As struct objects_ops has them. */
int objects_marks_clear(struct objects_store *store, struct store_error *error);
int objects_marks_put(struct objects_store *store, enum object_kind kind, struct slice name,
    enum objects_action action, struct store_error *error);
int objects_marks_prune(struct objects_store *store, struct store_error *error);
int objects_marks_read(
    struct objects_store *store, objects_marks_fn read, void *context, struct store_error *error);

void objects_marks_close(struct objects_db *db);

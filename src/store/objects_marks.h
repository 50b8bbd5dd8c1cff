// SPDX-License-Identifier: Apache-2.0
/*
 * What an edit of many registrations did to each of them, kept beside the
 * database in a temporary table and not in memory: so an apply of any size knows
 * afterwards whom it did not name, and what the core has to be told.
 */
#pragma once

#include "store/objects_db.h"

enum objects_action { OBJECTS_UNCHANGED, OBJECTS_ADDED, OBJECTS_CHANGED, OBJECTS_REMOVED };

/* Forgets all marks; before the first mark, inside or outside a transaction. */
MUST_CHECK int objects_marks_clear(struct objects_db *db, struct store_error *error);

MUST_CHECK int objects_mark(struct objects_db *db, struct slice name, enum objects_action action,
    struct store_error *error);

/* Removes, and marks so, every registration without a mark. */
MUST_CHECK int objects_marks_prune(
    struct objects_db *db, uint32_t *removed_r, struct store_error *error);

/* Anything but 0 ends the reading with that code. The name lives for the call. */
typedef int (*objects_marks_fn)(void *context, struct slice name, enum objects_action action);

/* Those that are not OBJECTS_UNCHANGED, by name. Reading objects meanwhile is allowed. */
MUST_CHECK int objects_marks_read(
    struct objects_db *db, objects_marks_fn read, void *context, struct store_error *error);

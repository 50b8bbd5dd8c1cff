// SPDX-License-Identifier: Apache-2.0
/*
 * Where provisioned objects are kept: parameters that differ from their defaults
 * because somebody set them, and objects of each kind with their secrets sealed.
 * What a database must do for edits and starts stands here as a table of functions;
 * SQLite does it (objects_db.h). Used by one thread at a time: by main before the core
 * starts, by the thread of edit/ afterwards (docs/architecture.md, decision 14).
 */
#pragma once

#include "model/object.h"
#include "param/params.h"
#include "store/store_error.h"

struct objects_store {
	const struct objects_ops *ops;
	const char *where; /* for messages */
};

enum objects_action { OBJECTS_UNCHANGED, OBJECTS_ADDED, OBJECTS_CHANGED, OBJECTS_REMOVED };

/* A place in the order in which objects were put, one for each kind. */
struct objects_place {
	int64_t behind[OBJECT_KINDS];
};

/* Each is given what lives for the call; anything but 0 ends the reading with that code. */
typedef int (*objects_read_fn)(void *context, enum object_kind kind, const void *object);
typedef int (*objects_sealed_fn)(
    void *context, enum object_kind kind, const void *object, struct slice sealed);
typedef int (*objects_marks_fn)(
    void *context, enum object_kind kind, struct slice name, enum objects_action action);

/*
 * Each gives 0, or a code with its words in `error`. STORE_DAMAGED where something stored is
 * not valid.
 */
struct objects_ops {
	/* Sets the stored parameters over their defaults. */
	int (*params)(
	    struct objects_store *store, struct params *params_r, struct store_error *error);

	/* Every object of the kind, in the order in which they were put; `since` leaves out those
	 * that were there when it was taken, NULL none. */
	int (*read)(struct objects_store *store, enum object_kind kind,
	    const struct objects_place *since, objects_read_fn read, void *context,
	    struct store_error *error);

	/* The same without judging: that is left to objects_store_judge(), by another thread. */
	int (*read_unjudged)(struct objects_store *store, enum object_kind kind,
	    objects_read_fn read, void *context, struct store_error *error);

	/* All as they are stored, by name: the secret is given sealed (empty: none). */
	int (*read_sealed)(struct objects_store *store, enum object_kind kind,
	    objects_sealed_fn read, void *context, struct store_error *error);

	/* The one of that name. ERR_NOT_FOUND leaves `error` alone. */
	int (*get)(struct objects_store *store, enum object_kind kind, struct slice name,
	    objects_read_fn read, void *context, struct store_error *error);

	int (*count)(struct objects_store *store, enum object_kind kind, uint32_t *count_r,
	    struct store_error *error);

	/* The place behind all that are there. */
	int (*end)(
	    struct objects_store *store, struct objects_place *place_r, struct store_error *error);

	/*
	 * Changes stand between begin and commit, and are durable when commit gives 0;
	 * after anything else, and after rollback, none of them is.
	 */
	int (*begin)(struct objects_store *store, struct store_error *error);
	int (*commit)(struct objects_store *store, struct store_error *error);
	void (*rollback)(struct objects_store *store);

	/* Adds or replaces the object of that name. */
	int (*put)(struct objects_store *store, enum object_kind kind, const void *object,
	    struct store_error *error);

	/* Adds one. ERR_EXISTS, which leaves `error` alone: there is one of that name, and it
	 * stays. */
	int (*add)(struct objects_store *store, enum object_kind kind, const void *object,
	    struct store_error *error);

	/* ERR_NOT_FOUND leaves `error` alone. */
	int (*remove)(struct objects_store *store, enum object_kind kind, struct slice name,
	    struct store_error *error);

	/* A parameter as text that params_set() has accepted; back to its default. */
	int (*put_param)(struct objects_store *store, const struct param_row *row,
	    struct slice text, struct store_error *error);
	int (*reset_param)(
	    struct objects_store *store, const struct param_row *row, struct store_error *error);

	/*
	 * Marks: what an edit of many objects did to each of them, kept beside the database and not
	 * in memory. So an apply of any size knows afterwards whom it did not name, and what the
	 * core has to be told. The first forgets all marks: before the first mark, inside or
	 * outside a transaction. The third removes, and marks so, every object without a mark. The
	 * last gives those that are not OBJECTS_UNCHANGED, by name; reading objects meanwhile is
	 * allowed.
	 */
	int (*clear_marks)(struct objects_store *store, struct store_error *error);
	int (*mark)(struct objects_store *store, enum object_kind kind, struct slice name,
	    enum objects_action action, struct store_error *error);
	int (*prune)(struct objects_store *store, struct store_error *error);
	int (*read_marks)(struct objects_store *store, objects_marks_fn read, void *context,
	    struct store_error *error);

	/* With nobody waiting, and before an orderly end: puts in order what was committed. */
	void (*settle)(struct objects_store *store);
	void (*close)(struct objects_store *store);
};

/* NULL is nothing. */
void objects_store_close(struct objects_store **store);

/* Judges an object that was read; `known` as object_check() has it. Any thread's. */
MUST_CHECK int objects_store_judge(const struct objects_store *store, enum object_kind kind,
    const void *object, const void *known, struct store_error *error);

/* STORE_DAMAGED: what is wrong with a field of a stored object. */
int objects_store_refuse(const struct objects_store *store, enum object_kind kind,
    const void *object, const char *field, const char *why, struct store_error *error);

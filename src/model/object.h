// SPDX-License-Identifier: Apache-2.0
/*
 * An object is a thing that an operator provisions. It is a struct whose fields
 * stand in the table of its kind; all functions here follow that table. A new kind
 * is one such table and one line in `enum object_kind`.
 *
 * The struct of each kind begins with its texts, of which the first is the name.
 * Texts are slices; an absent text is empty. A copy holds its texts behind the
 * struct, so that it is one allocation.
 */
#pragma once

#include "model/field.h"

enum object_kind {
	OBJECT_REGISTRATION,
	OBJECT_ENDPOINT,
	OBJECT_KINDS,
	/* Edited as objects are, but not an object: it has no object_table. */
	OBJECT_PARAMETER = OBJECT_KINDS,
};

struct object_table {
	const char *name;    /* "registration" */
	const char *plural;  /* in files, database and API paths: "registrations" */
	const char *example; /* of a field, as a map; for error messages */
	const struct field_row *rows;
	size_t count;
	size_t size;  /* bytes of the struct */
	size_t texts; /* number of texts that the struct begins with */
	const void *defaults;
	/* Judges fields together, as object_check() does; NULL: nothing to judge. */
	int (*check)(const void *object, const char **field_r, struct buf *message);
};

/* The table of a kind below OBJECT_KINDS. */
const struct object_table *object_table(enum object_kind kind);

/* "registration", "parameter". */
const char *object_kind_name(enum object_kind kind);

/* Room for an object of any kind, without its texts. */
#define OBJECT_SIZE_MAX 512
union object_room {
	max_align_t align;
	char bytes[OBJECT_SIZE_MAX];
};

void object_defaults(enum object_kind kind, void *object_r);

struct slice object_name(enum object_kind kind, const void *object);

/*
 * Judges an object: lengths, characters, ranges. On errors (ERR_SYNTAX, ERR_RANGE, ERR_LIMIT,
 * ERR_UNSUPPORTED) `field_r` names the field, and `message` says what was found and what would
 * be right. `known` is an object that was found right, or NULL: fields that take long to judge
 * (is_shared) and equal its fields are not judged again.
 */
MUST_CHECK int object_check(enum object_kind kind, const void *object, const void *known,
    const char **field_r, struct buf *message);

/* True if all fields that object_check() need not judge again are equal in `known`. */
bool object_is_known(enum object_kind kind, const void *object, const void *known);

/* True if every field is equal. An edit of such an object sends nothing. */
bool object_equal(enum object_kind kind, const void *a, const void *b);

/* A bit for each field that differs; bit 0 is the first row. */
uint64_t object_differences(enum object_kind kind, const void *a, const void *b);

/* Bytes of the struct and all its texts. */
size_t object_size(enum object_kind kind, const void *object);

/*
 * Copies the object with its texts into `room`, which must be aligned for the struct. Returns
 * the bytes taken, or 0 if `size` bytes are too few.
 */
size_t object_copy_into(enum object_kind kind, const void *object, void *room, size_t size);

/* Returns a copy in one block, for object_free(); NULL if there is no memory. */
void *object_copy(enum object_kind kind, const void *object);

/* Overwrites the secrets and frees a copy; nothing if it is NULL. */
void object_free(enum object_kind kind, void *object);

// SPDX-License-Identifier: Apache-2.0
/*
 * Objects of whatever kind: what an operator provisions, as a struct whose fields
 * stand in the table of its kind. A new kind is one such table and one line in
 * `enum object_kind`; what is done with objects of any kind is done by the table.
 *
 * Texts are slices into one block that lies behind the struct, so that a copy is
 * one allocation. An absent text is empty. The struct of each kind begins with its texts,
 * the first of which is its name.
 */
#pragma once

#include "model/field.h"

enum object_kind {
	OBJECT_REGISTRATION,
	OBJECT_KINDS,
	/* Edited as objects are, but kept in a table of their own (param/params.h). */
	OBJECT_PARAMETER = OBJECT_KINDS,
};

struct object_table {
	const char *name;    /* "registration" */
	const char *plural;  /* of sections of a file, of tables and paths: "registrations" */
	const char *example; /* of a field, as a map */
	const struct field_row *rows;
	size_t count;
	size_t size;  /* of the struct */
	size_t texts; /* that it begins with */
	const void *defaults;
	/* What no field can say alone; NULL: nothing. As object_check(). */
	int (*check)(const void *object, const char **field_r, struct buf *message);
};

/* Of a kind below OBJECT_KINDS. */
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
 * Judges an object made by whatever hand: lengths, characters, ranges. On errors (ERR_SYNTAX,
 * ERR_RANGE, ERR_LIMIT, ERR_UNSUPPORTED) `field_r` names the field and `message` says what
 * was found and what would be right. What is alike in `known`, one that was found right, or NULL,
 * is not judged again where that takes long.
 */
MUST_CHECK int object_check(enum object_kind kind, const void *object, const void *known,
    const char **field_r, struct buf *message);

/* True where the fields are equal that object_check() looks for in `known`. */
bool object_is_known(enum object_kind kind, const void *object, const void *known);

/* True where every field is equal: an edit that changes nothing sends nothing. */
bool object_equal(enum object_kind kind, const void *a, const void *b);

/* A bit for each field in which they differ, by its row. */
uint64_t object_differences(enum object_kind kind, const void *a, const void *b);

/* Bytes of the struct and all its texts. */
size_t object_size(enum object_kind kind, const void *object);

/* Copies it to `room`, which is aligned for any type: gives the bytes taken, 0 where `size` bytes
 * are too few. */
size_t object_copy_into(enum object_kind kind, const void *object, void *room, size_t size);

/* A copy in one block; NULL without memory. The caller frees it. */
void *object_copy(enum object_kind kind, const void *object);

/* Overwrites the secrets and frees; NULL is nothing. */
void object_free(enum object_kind kind, void *object);

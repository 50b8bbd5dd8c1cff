// SPDX-License-Identifier: Apache-2.0
/*
 * YAML read by events, one value at a time: nothing of the document is built
 * in memory. Every scalar is text, whatever it looks like, and the reader of a
 * field says what it may be. Anchors, aliases, second documents and tags other
 * than that of a sealed password are refused: no file of ours needs them. JSON is
 * read as well, since it is YAML.
 */
#pragma once

#include "config/problems.h"

enum yaml_kind {
	YAML_END, /* of the document */
	YAML_MAP,
	YAML_MAP_END,
	YAML_LIST,
	YAML_LIST_END,
	YAML_TEXT,
	YAML_BROKEN, /* the problem was collected; nothing more can be read */
};

struct yaml_item {
	enum yaml_kind kind;
	struct mark mark;
	struct slice text; /* YAML_TEXT; lives until the next item */
	bool is_null;      /* YAML_TEXT: an unquoted null, or ~ */
	bool is_sealed;    /* YAML_TEXT: tagged !sealed */
};

struct yaml;

/*
 * Begins to read a regular file, or a text that outlives the reader. Problems
 * are collected in `problems`. The descriptor is closed, also on failure. ERR_IO
 * where the file cannot be read, ERR_MEMORY.
 */
MUST_CHECK int yaml_open(const char *path, struct problems *problems, struct yaml **yaml_r);
MUST_CHECK int yaml_open_fd(int fd, struct problems *problems, struct yaml **yaml_r);
MUST_CHECK int yaml_open_text(struct slice text, struct problems *problems, struct yaml **yaml_r);
void yaml_close(struct yaml **yaml);

struct problems *yaml_problems(struct yaml *yaml);

/* The next item; after YAML_END and YAML_BROKEN it stays at that. */
struct yaml_item yaml_next(struct yaml *yaml);

/* Nothing more of it is read, as if it had ended here: YAML_END from now on. */
void yaml_stop(struct yaml *yaml);

/* Reads past the value that `first` begins: the whole map or list, or nothing for a text. */
void yaml_skip(struct yaml *yaml, struct yaml_item first);

/* A value that was met in a map: `path` is its name for messages, "log.level". */
struct yaml_field {
	const char *path;
	struct yaml_item item;
	const struct yaml_row *row; /* of its key; NULL outside yaml_read_map() */
};

/* Reads the whole value of a field: of a map or list everything up to its end. */
typedef void (*yaml_read_fn)(struct yaml *yaml, void *context, const struct yaml_field *field);

/* What a key of a map means; `read` NULL: the product has it, this version does not. */
struct yaml_row {
	const char *name;
	yaml_read_fn read;
	bool any;               /* not only text: `read` looks at the kind itself */
	yaml_read_fn read_null; /* instead of `read` for a null, where that differs */
	bool may_be_sealed;     /* `read` looks at is_sealed */
};

/*
 * Reads a map that has begun, up to its end, by a table of at most 64 rows.
 * Unknown keys, keys that are there twice and values that are not text are
 * problems. `prefix` stands before the keys in messages, "registrations[3].".
 */
void yaml_read_map(struct yaml *yaml, const char *prefix, const struct yaml_row *rows, size_t count,
    void *context);

/* The same where the map itself is still to come; a text or list in its place is a problem. */
void yaml_read_document(
    struct yaml *yaml, const struct yaml_row *rows, size_t count, void *context);

/* Adds "path: found" with what would be right, for a text that is not. */
void yaml_refuse(struct yaml *yaml, const struct yaml_field *field, const char *right);

#define YAML_PATH_MAX 160

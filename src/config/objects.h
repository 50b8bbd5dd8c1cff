// SPDX-License-Identifier: Apache-2.0
/*
 * The objects file (docs/interface.md): parameters and objects, read by events
 * and handed over one at a time, so that 100,000 registrations apply in the memory
 * of a few. What is done with them is the sink's.
 */
#pragma once

#include "config/problems.h"
#include "model/object.h"
#include "param/params.h"

/*
 * Each is called once per object, in the order of the file, with one that was
 * checked; its texts live for the call. Anything but 0 ends the reading with
 * that code. After the first problem of the file nothing more is handed over:
 * whoever applies a file does so in one transaction and rolls it back.
 */
struct objects_sink {
	int (*parameter)(void *context, const struct param_row *row, struct slice text);
	int (*object)(void *context, enum object_kind kind, const void *object);
	/*
	 * Opens what stands behind !sealed into at most `cap` bytes; ERR_ACCESS where
	 * another key sealed it. NULL: sealed passwords are not opened, and not judged.
	 */
	int (*unseal)(void *context, struct slice text, char *plain_r, size_t cap, size_t *n_r);
	void *context;
};

/*
 * ERR_IO where the file cannot be read, ERR_SYNTAX where it is wrong (problems
 * are collected), ERR_MEMORY, or what a sink gave.
 */
MUST_CHECK int objects_read(
    const char *path, const struct objects_sink *sink, struct problems *problems);

/* The same for the rest of a file, which is closed; without a directory for relative paths. */
MUST_CHECK int objects_read_fd(int fd, const struct objects_sink *sink, struct problems *problems);

/* The same for a text; relative paths in it are relative to `directory`, an absolute path. */
MUST_CHECK int objects_read_text(struct slice text, const char *directory,
    const struct objects_sink *sink, struct problems *problems);

/*
 * Reads one object, a map of its fields, and hands it over. What the map does not
 * name is as in `base`, or has its default where that is NULL. The name is
 * `name` where that is not empty: another one in the map is a problem.
 */
MUST_CHECK int objects_read_one(struct slice text, enum object_kind kind, const void *base,
    struct slice name, const struct objects_sink *sink, struct problems *problems);

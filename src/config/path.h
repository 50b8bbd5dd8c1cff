// SPDX-License-Identifier: Apache-2.0
/*
 * Paths in configuration files are relative to the file that names them.
 */
#pragma once

#include "base/slice.h"

#define PATH_TEXT_MAX 1024

/* The absolute path of the directory a file lies in; the caller frees it. NULL on failure. */
char *path_directory(const char *file);

/* `text` itself where it is absolute, else DIRECTORY/text; the caller frees it. */
char *path_resolve(const char *directory, struct slice text);

/*
 * Part of `path`: as seen from the working directory where it lies below it, else all of
 * it. For what must be short, in a program that never changes its directory.
 */
const char *path_from_here(const char *path);

/*
 * Reads a secret from the first line of a regular file of at most `cap` bytes;
 * `error_r` (static or strerror's text) says why not. Gives its length, or -1.
 */
ptrdiff_t path_read_line(const char *path, char *line_r, size_t cap, const char **error_r);

// SPDX-License-Identifier: Apache-2.0
/*
 * Why something of the state directory failed: a kind that the daemon turns
 * into an exit code, and one message for the operator that names the file.
 */
#pragma once

#include "base/attr.h"
#include "base/error.h"

#include <stdbool.h>

enum store_failure {
	STORE_FINE,
	STORE_UNWRITABLE, /* the directory or a file in it cannot be made, read or written */
	STORE_FULL,       /* no space, or over the quota */
	STORE_BROKEN,     /* the disk refuses for another reason */
	STORE_LOCKED,     /* another process holds it */
	STORE_DAMAGED,    /* not what it should be */
	STORE_NEWER,      /* written by a newer version of the program */
	STORE_IDENTITY,   /* secret or sealing key missing beside data that need it */
	STORE_MISSING,    /* a database that was in use is not there, or has nothing in it */
	STORE_MEMORY,
};

struct store_error {
	enum store_failure failure;
	char text[512];
};

/* True where the disk refuses, so that what it holds may be readable all the same. */
bool store_is_disk(const struct store_error *error);

/* Sets both and gives the code of base/error.h that fits. */
PRINTF_LIKE(3, 4)
int store_fail(struct store_error *error, enum store_failure failure, const char *format, ...);

/* The same for a system call that failed on a path: "PATH: cannot be VERB: reason". */
int store_fail_errno(struct store_error *error, int number, const char *path, const char *verb);

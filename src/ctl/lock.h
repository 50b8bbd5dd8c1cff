// SPDX-License-Identifier: Apache-2.0
/*
 * The lock of a daemon's state directory, as far as we can see it: it is let go
 * a moment after the socket, and only then may another regentd start.
 */
#pragma once

#include <stdbool.h>

#define LOCK_HOLDER_MAX 24

struct lock {
	int fd;                       /* -1: not to be seen */
	char holder[LOCK_HOLDER_MAX]; /* what the file said when it was opened */
};

/* Of the directory that has the file `path` in it. */
void lock_open(struct lock *lock, const char *path);
void lock_close(struct lock *lock);

/* True while it is held by the same process as when it was opened. */
bool lock_is_held(const struct lock *lock);

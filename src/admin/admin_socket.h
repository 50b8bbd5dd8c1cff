// SPDX-License-Identifier: Apache-2.0
/*
 * The listening Unix socket of the admin API as a file: made with its mode from
 * the first moment, in place of a dead one only, and removed at the end.
 */
#pragma once

#include "base/attr.h"
#include "base/buf.h"

#include <sys/stat.h>

struct admin_socket {
	int fd;
	char *path;
	dev_t device; /* of the file we made, so that another's is never removed */
	ino_t inode;
};

/*
 * Listens on `path`. ERR_LOCKED where somebody answers there, ERR_EXISTS where
 * the path is no socket, ERR_LIMIT where it is too long for one, ERR_ACCESS,
 * ERR_IO, ERR_MEMORY; `message` says it for people.
 */
MUST_CHECK int admin_socket_open(
    const char *path, unsigned mode, struct buf *message, struct admin_socket *socket_r);

/* Removes the file where it is still ours. The descriptor is for whoever listens on it to close. */
void admin_socket_remove(struct admin_socket *socket);

// SPDX-License-Identifier: Apache-2.0
/*
 * The state directory of a node: made where it is missing, held by a lock for
 * as long as the process lives, and the way in which small files of it are
 * read and durably written.
 */
#pragma once

#include "store/store_error.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define STATE_PATH_MAX 1200

/* Whether a database may be made by opening it. */
enum db_need {
	DB_MAY_BE_NEW,
	DB_IN_USE, /* other files of the directory belong to it: without it something is lost */
};

struct state_dir {
	char path[STATE_PATH_MAX - 64];
	int fd;
	int lock_fd;
};

/*
 * Makes the directory (mode 0700; its parent must exist) and takes STATE/lock.
 * STORE_LOCKED names the process that holds it. Nothing to close on failure.
 */
MUST_CHECK int state_dir_open(const char *path, struct state_dir *dir_r, struct store_error *error);
void state_dir_close(struct state_dir *dir);

/* Whoever holds it is a farewell, and gives way to a daemon: state_dir_dismiss(). */
void state_dir_give_way(const struct state_dir *dir);

/* True where a process holds that directory. Not for one that may be its holder itself. */
bool state_dir_is_held(const char *path);

/*
 * Sends SIGTERM to a farewell that holds the directory, and to no other process: the
 * kernel says who it is. The id of who was asked to go; 0 where there was nobody.
 */
pid_t state_dir_dismiss(const char *path);

/* Writes "STATE/name" into `path_r`, of STATE_PATH_MAX bytes; gives it back. */
const char *state_dir_path(const struct state_dir *dir, const char *name, char *path_r);

/* STORE_DAMAGED where something stands there that is no file: a directory, a link, a pipe. */
MUST_CHECK int state_file_check(const char *path, struct store_error *error);

/* True where that file is there and not empty. */
bool state_dir_has(const struct state_dir *dir, const char *name);

/*
 * Replaces a file, mode 0600: after 0 it is on the disk whole, after anything
 * else the former one is, or none.
 */
MUST_CHECK int state_dir_write(const struct state_dir *dir, const char *name, const void *bytes,
    size_t n, struct store_error *error);

/* Reads a whole file of at most `cap` bytes; ERR_NOT_FOUND leaves `error` alone. */
MUST_CHECK int state_dir_read(const struct state_dir *dir, const char *name, void *bytes_r,
    size_t cap, size_t *n_r, struct store_error *error);

/* Removes a file that may not be there; state_dir_sync() makes that durable. */
MUST_CHECK int state_dir_remove(
    const struct state_dir *dir, const char *name, struct store_error *error);

/* Puts a file in the place of another one, durably. */
MUST_CHECK int state_dir_rename(
    const struct state_dir *dir, const char *from, const char *to, struct store_error *error);

/* Makes renames and removals in the directory durable. */
MUST_CHECK int state_dir_sync(const struct state_dir *dir, struct store_error *error);

/*
 * A file of the directory that is read and written by its descriptor only and is
 * gone with it. -1 with errno.
 */
MUST_CHECK int state_dir_spool(const char *path);

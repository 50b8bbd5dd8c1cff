// SPDX-License-Identifier: Apache-2.0
/*
 * A database as one piece of memory, with what its WAL holds: for a disk that can be
 * read and not written, where SQLite opens no database in WAL mode.
 */
#pragma once

#include "store/store_error.h"

#include <stdint.h>

struct db_image {
	uint8_t *bytes; /* sqlite3_malloc() */
	int64_t size;
};

/* Of a file that wal_check() has found whole. To be freed by sqlite3_free(), or by SQLite. */
MUST_CHECK int db_image_read(const char *path, struct db_image *image_r, struct store_error *error);

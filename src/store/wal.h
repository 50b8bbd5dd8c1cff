// SPDX-License-Identifier: Apache-2.0
/*
 * The WAL of a database that nobody has open: whether it is whole, and what it holds
 * where SQLite itself cannot open the file. SQLite takes the first frame that it cannot
 * read for the end, as after a power cut, and forgets what was committed behind
 * it without a word; here that is damage.
 */
#pragma once

#include "store/store_error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Looks at `path`-wal, beside a database that nobody has open. 0 where it is whole, absent, or
 * ends as a power cut may leave it. STORE_DAMAGED, STORE_BROKEN, STORE_MEMORY.
 */
MUST_CHECK int wal_check(const char *path, struct store_error *error);

/*
 * Where `path` is missing or empty and has left its WAL behind: renames that to `path`-wal.lost,
 * so that a new database can be made; SQLite would delete it. STORE_UNWRITABLE where an earlier
 * one is still there under that name.
 */
MUST_CHECK int wal_set_aside(const char *path, bool *renamed_r, struct store_error *error);

/* Called for each page of the last commit and before, in their order. Not 0 ends it with that code.
 */
typedef int (*wal_page_fn)(
    void *context, uint32_t number, const uint8_t *page, uint32_t size, struct store_error *error);

/* Gives what is committed in it, and how many pages the database has then: 0 where nothing is. */
MUST_CHECK int wal_read(const char *path, wal_page_fn page, void *context, uint32_t *pages_r,
    struct store_error *error);

// SPDX-License-Identifier: Apache-2.0
/*
 * Whether a WAL of SQLite is whole. SQLite takes the first frame that it cannot
 * read for the end, as after a power cut, and forgets what was committed behind
 * it without a word; here that is damage.
 */
#pragma once

#include "store/store_error.h"

/*
 * Looks at `path`-wal, beside a database that nobody has open. 0 where it is whole, absent, or
 * ends as a power cut may leave it. STORE_DAMAGED, STORE_BROKEN, STORE_MEMORY.
 */
MUST_CHECK int wal_check(const char *path, struct store_error *error);

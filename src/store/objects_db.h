// SPDX-License-Identifier: Apache-2.0
/*
 * The store of objects as an SQLite file, STATE/regent.db.
 */
#pragma once

#include "store/objects_store.h"
#include "store/seal.h"

/* True where a database that may hold something is in the directory. */
bool objects_db_is_there(const struct state_dir *dir);

/* As db_open() does. `key` must outlive it. */
MUST_CHECK int objects_db_open(const struct state_dir *dir, const struct seal_key *key,
    enum db_need need, struct objects_store **store_r, struct store_error *error);

/* True where the disk takes nothing: it was read, and every change is refused (STORE_UNWRITABLE).
 */
bool objects_db_is_image(const struct objects_store *store);

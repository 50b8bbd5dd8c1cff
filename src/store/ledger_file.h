// SPDX-License-Identifier: Apache-2.0
/*
 * The file of the ledger: SQL, and the replacement of the whole file after the
 * disk has lied. Used by one thread at a time.
 */
#pragma once

#include "store/db.h"
#include "store/ledger_rows.h"

struct ledger_file {
	sqlite3 *db; /* NULL while closed */
	sqlite3_stmt *identity, *binding, *gone, *gone_binding, *epoch, *number;
	sqlite3_stmt *pace, *gone_pace;
};

/* Ends a replacement that was interrupted, opens and checks as db_open() does. */
MUST_CHECK int ledger_file_open(const struct state_dir *dir, enum db_need need,
    struct ledger_file *file_r, struct store_error *error);
void ledger_file_close(struct ledger_file *file);

/*
 * The same to be read only, from a disk that takes no writes; a replacement that was
 * interrupted is read where it stands.
 */
MUST_CHECK int ledger_file_open_image(
    const struct state_dir *dir, struct ledger_file *file_r, struct store_error *error);

/* Reads everything into empty rows. */
MUST_CHECK int ledger_file_load(
    struct ledger_file *file, struct ledger_rows *rows, struct store_error *error);

/*
 * Writes a batch in one transaction: durable on 0, not there on anything else.
 * STORE_FULL may be tried again as it is; after other failures nobody knows what
 * the file holds, and it is to be replaced.
 */
MUST_CHECK int ledger_file_write(
    struct ledger_file *file, const struct ledger_batch *batch, struct store_error *error);

/*
 * Writes every row (ledger_rows_take_all) to a new file, puts it in the place of
 * the old one and opens it. The old one stays as it is until the new is whole and
 * durable; the file is closed on failure.
 */
MUST_CHECK int ledger_file_replace(const struct state_dir *dir, struct ledger_file *file,
    const struct ledger_batch *all, struct store_error *error);

/* Puts an empty one in the place of the file, which nobody may have open. It is one or the other.
 */
MUST_CHECK int ledger_file_renew(const struct state_dir *dir, struct store_error *error);

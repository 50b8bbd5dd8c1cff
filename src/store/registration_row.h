// SPDX-License-Identifier: Apache-2.0
/*
 * A registration as a row of regent.db: which column holds which field stands
 * in one table, from which the statements are written, bound and read. The
 * columns themselves are made by the schema and its migrations (objects_db.c).
 */
#pragma once

#include "base/buf.h"
#include "model/registration_config.h"

#include <sqlite3.h>

/* "name,enabled,…", as SELECT and INSERT want them. */
void registration_row_put_names(struct buf *sql);

/* "?,?,…", as many. */
void registration_row_put_marks(struct buf *sql);

/* Binds all columns from 1 on; what it binds must live until the statement is run. */
void registration_row_bind(
    sqlite3_stmt *statement, const struct registration_config *config, struct slice sealed);

/*
 * Reads the columns of the current row but for the password, which is given as
 * it is stored; texts live until the next step. ERR_RANGE.
 */
MUST_CHECK int registration_row_read(
    sqlite3_stmt *row, struct registration_config *config_r, struct slice *sealed_r);

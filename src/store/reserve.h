// SPDX-License-Identifier: Apache-2.0
/*
 * STATE/reserve: space that is kept while there is some, for what a start and a stop
 * must write when the disk is full: boot number and CSeq, what is still owed, the
 * report. Whoever meets a full disk there gives it up and tries once more.
 */
#pragma once

#include "store/state_dir.h"

/* Where it is not there whole. On failure there is none, which stops nothing else. */
MUST_CHECK int reserve_make(const struct state_dir *dir, struct store_error *error);

/* True where it was there: it has room now. */
bool reserve_release(const struct state_dir *dir);

// SPDX-License-Identifier: Apache-2.0
/*
 * `regentd anew`: where regent.db or ledger.db is lost and the other is in use, a
 * start refuses to take that for a first one. This makes the lost one empty, by the
 * operator's word, and says what follows. It opens no socket and sends nothing.
 */
#pragma once

#include "daemon/exit.h"
#include "daemon/options.h"

/* The code to leave with; 0 also where nothing was missing. */
enum exit_code anew_run(const struct options *options);

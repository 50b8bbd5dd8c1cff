// SPDX-License-Identifier: Apache-2.0
/*
 * A thread of the shell: started, named, joined. All signals are blocked in
 * it, so that they reach the main thread's loop. How it is told to end is its
 * own affair (a closed mailbox, as a rule).
 */
#pragma once

#include "base/attr.h"
#include "base/error.h"

struct worker;

typedef void (*worker_run_fn)(void *context);

/* `name` (at most 15 bytes) shows in ps and debuggers. NULL where no thread can be made. */
MUST_CHECK struct worker *worker_start(const char *name, worker_run_fn run, void *context);

/* Waits for the end of its run and frees it; nothing happens where it is NULL. */
void worker_join(struct worker **worker);

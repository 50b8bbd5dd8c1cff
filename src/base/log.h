// SPDX-License-Identifier: Apache-2.0
/*
 * The log sink of the shell: one line per fact, `key=value`, never a secret.
 * The core does not call it: what it has to tell are records of its outbox.
 */
#pragma once

#include "base/attr.h"

#include <stdbool.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };
enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON, LOG_FORMAT_JOURNAL };

/* Set once at start, before any thread: lines above `level` are dropped. */
void log_setup(enum log_level level, enum log_format format);

/*
 * One line to stderr, written whole. Safe from any thread. Where nobody reads
 * it is lost, and the next one that is read says how many were.
 */
PRINTF_LIKE(2, 3) void log_line(enum log_level level, const char *format, ...);

/*
 * For the thread of a loop, one at a time: from now on its lines wait for
 * log_flush(), which the loop calls before it sleeps, and are written together.
 * A warning or an error is written at once, with all that waits. Off: writes
 * what waits, and each line as it comes.
 */
void log_gather(bool on);
void log_flush(void);

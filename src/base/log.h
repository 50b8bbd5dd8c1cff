// SPDX-License-Identifier: Apache-2.0
/*
 * The log sink of the shell: one line per fact, `key=value`, never a secret.
 * The core does not call it: its lines are records of the outbox (EFFECT_LOG).
 */
#pragma once

#include "base/attr.h"

#include <stdbool.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };
enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON, LOG_FORMAT_JOURNAL };

/* Set once at start, before any thread: lines above `level` are dropped. */
void log_setup(enum log_level level, enum log_format format);

/*
 * Writes one line to stderr, whole. Safe from any thread. If the reader does not keep
 * up, the line is lost, and the next line that can be written says how many were.
 */
PRINTF_LIKE(2, 3) void log_line(enum log_level level, const char *format, ...);

/*
 * On: from now on the lines of this thread wait for log_flush(), which its loop calls
 * before it sleeps, and are written together. A warning or an error is written at once,
 * with all lines that wait. Off: writes the lines that wait, and from then on each line
 * at once. Only one thread at a time may gather.
 */
void log_gather(bool on);
void log_flush(void);

// SPDX-License-Identifier: Apache-2.0
/*
 * How far long work is, on stderr: on a terminal one line with a bar that
 * changes, else a line now and then.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct bar {
	bool is_shown;  /* a line stands there that is to be ended */
	char last[160]; /* the words shown last */
	int64_t last_ms;
};

/* Shows `done` of `total` and the words; not more often than people can read. */
void bar_show(struct bar *progress, uint64_t done, uint64_t total, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Takes the line away from a terminal: what follows is the outcome. */
void bar_end(struct bar *progress);

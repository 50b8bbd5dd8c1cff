// SPDX-License-Identifier: Apache-2.0
/*
 * A stop as somebody at the terminal sees it: one line that lives in place.
 * Where stderr is no terminal, log lines at the beginning and the end take its place.
 */
#pragma once

#include "answer/answer.h"

#include <stdio.h>

struct progress {
	FILE *terminal;   /* NULL: plain log lines */
	bool shown;       /* the line stands on the terminal */
	uint32_t cancels; /* bindings that the stop will cancel */
};

/* Looks whether `file` is a terminal. */
void progress_init(struct progress *progress, FILE *file);

/* Says what the stop will do and how long it should take. */
void progress_begin(struct progress *progress, const struct answer_stop_begin *begin);

/* How many of the cancels are settled. What was never bound is no work and does not count. */
uint32_t progress_settled(const struct progress *progress, const struct answer_status *status);

/* Draws the line anew from the core's answer. */
void progress_draw(struct progress *progress, const struct answer_status *status, int64_t wall_ms);

/* Takes the line away, for a log line or for good. */
void progress_hide(struct progress *progress);

/* Takes the line away for good; the report follows. */
void progress_end(struct progress *progress, const struct answer_stop_end *end);

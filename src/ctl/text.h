// SPDX-License-Identifier: Apache-2.0
/*
 * Text on a terminal: how wide it is, and free of what could steer the terminal.
 * Reasons and names come from peers, and a peer may send escape sequences.
 */
#pragma once

#include <stdio.h>

/* A copy without control characters and bytes that are no UTF-8: '?' each. Aborts without memory.
 */
char *text_clean(const char *text);

/* Columns of a cleaned text. */
unsigned text_width(const char *text);

/* Writes it cut to `width` columns, ".." at its end where cut. Gives the columns written. */
unsigned text_put(FILE *out, const char *text, unsigned width);

/*
 * Writes words from column `at` on, and a newline, in lines of `width` columns that begin
 * at `indent`; 0: in one line.
 */
void text_put_wrapped(FILE *out, unsigned at, unsigned indent, unsigned width, const char *text);

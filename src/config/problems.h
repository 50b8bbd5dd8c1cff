// SPDX-License-Identifier: Apache-2.0
/*
 * What is wrong with a file, collected: an operator mends all of it in one go.
 * Only so many are kept; the rest are counted. Where nothing is collected the
 * file is right.
 */
#pragma once

#include "base/attr.h"
#include "base/buf.h"

#define PROBLEMS_MAX     20
#define PROBLEM_TEXT_MAX 640
#define PROBLEM_LINE_MAX 1024 /* bytes of a line with its file and position, NUL included */

/* Counted from 1; 0 where a problem has no place in the file. */
struct mark {
	unsigned line, column;
};

struct problems {
	const char *file; /* as named by the operator; borrowed */
	unsigned count;   /* all that were found */
	struct problem {
		struct mark mark;
		char text[PROBLEM_TEXT_MAX];
	} kept[PROBLEMS_MAX];
};

void problems_init(struct problems *problems, const char *file);

/* `field: found value; what would be right`, cut where it is too long. */
PRINTF_LIKE(3, 4)
void problems_add(struct problems *problems, struct mark mark, const char *format, ...);

/* True once no more are kept: reading on is of no use. */
bool problems_full(const struct problems *problems);

/* Lines to be shown: one for each that was kept, and one more where others were only counted. */
unsigned problems_lines(const struct problems *problems);

/* Writes line `i` of them, `FILE:LINE:COLUMN: text`. */
void problems_put(struct buf *b, const struct problems *problems, unsigned i);

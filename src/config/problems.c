// SPDX-License-Identifier: Apache-2.0
/*
 * Collecting problems, and writing them as compilers do, so that editors jump
 * to the place.
 */
#include "config/problems.h"

#include <stdarg.h>
#include <stdio.h>

void problems_init(struct problems *problems, const char *file)
{
	problems->file = file;
	problems->count = 0;
}

void problems_add(struct problems *problems, struct mark mark, const char *format, ...)
{
	va_list args;

	if (problems->count < PROBLEMS_MAX) {
		struct problem *problem = &problems->kept[problems->count];

		problem->mark = mark;
		va_start(args, format);
		vsnprintf(problem->text, sizeof(problem->text), format, args);
		va_end(args);
	}
	problems->count++;
}

bool problems_full(const struct problems *problems)
{
	return problems->count >= PROBLEMS_MAX;
}

unsigned problems_lines(const struct problems *problems)
{
	return problems->count > PROBLEMS_MAX ? PROBLEMS_MAX + 1 : problems->count;
}

void problems_put(struct buf *b, const struct problems *problems, unsigned i)
{
	const struct problem *problem = &problems->kept[i];

	buf_puts(b, problems->file);
	if (i >= PROBLEMS_MAX) {
		buf_puts(b, ": and ");
		buf_put_u64(b, problems->count - PROBLEMS_MAX);
		buf_puts(b, " more");
		return;
	}
	if (problem->mark.line > 0) {
		buf_putc(b, ':');
		buf_put_u64(b, problem->mark.line);
		buf_putc(b, ':');
		buf_put_u64(b, problem->mark.column);
	}
	buf_puts(b, ": ");
	buf_puts(b, problem->text);
}

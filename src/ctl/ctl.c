// SPDX-License-Identifier: Apache-2.0
/*
 * How regentctl speaks beside its results: to stderr, a line at a time, with
 * nothing in it that could steer the terminal, because the words may be a peer's.
 */
#include "ctl/ctl.h"

#include "ctl/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

PRINTF_LIKE(2, 0) static void say(const char *prefix, const char *format, va_list args)
{
	char text[1024], *clean;

	vsnprintf(text, sizeof(text), format, args);
	clean = text_clean(text);
	fprintf(stderr, "%s%s\n", prefix, clean);
	free(clean);
}

void ctl_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say("regentctl: ", format, args);
	va_end(args);
}

void ctl_say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say("", format, args);
	va_end(args);
}

void *ctl_must(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

// SPDX-License-Identifier: Apache-2.0
/*
 * How regentctl complains: to stderr, in one line, with nothing in it that
 * could steer the terminal, because the words may be a peer's.
 */
#include "ctl/ctl.h"

#include "ctl/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void ctl_error(const char *format, ...)
{
	char text[1024], *clean;
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	clean = text_clean(text);
	fprintf(stderr, "regentctl: %s\n", clean);
	free(clean);
}

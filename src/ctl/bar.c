// SPDX-License-Identifier: Apache-2.0
/*
 * The bar and its words fit 80 columns; a narrower terminal gets the words alone.
 */
#include "ctl/bar.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define BAR      24
#define OFTEN_MS 1000 /* between two lines, where there is no terminal */

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static unsigned columns(void)
{
	struct winsize size;

	return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) || !size.ws_col ? 80 : size.ws_col;
}

static void draw(uint64_t done, uint64_t total, const char *words)
{
	size_t full = total ? (size_t)(done * BAR / total) : BAR;
	unsigned width = columns();

	fputs("\r\033[K", stderr);
	if (width > BAR + 4 + strlen(words)) {
		fputc('[', stderr);
		for (size_t i = 0; i < BAR; i++)
			fputc(i < full ? '#' : '.', stderr);
		fputs("] ", stderr);
	}
	fprintf(stderr, "%.*s", (int)width - 1, words);
	fflush(stderr);
}

void bar_show(struct bar *progress, uint64_t done, uint64_t total, const char *format, ...)
{
	char words[sizeof(progress->last)];
	int64_t now = now_ms();
	va_list args;

	va_start(args, format);
	vsnprintf(words, sizeof(words), format, args);
	va_end(args);
	if (!strcmp(words, progress->last))
		return;
	if (isatty(STDERR_FILENO)) {
		draw(done < total ? done : total, total, words);
		progress->is_shown = true;
	} else if (!*progress->last || done >= total || now - progress->last_ms >= OFTEN_MS) {
		fprintf(stderr, "%s\n", words);
		progress->last_ms = now;
	} else {
		return;
	}
	memcpy(progress->last, words, sizeof(words));
}

void bar_end(struct bar *progress)
{
	if (progress->is_shown)
		fputs("\r\033[K", stderr);
	progress->is_shown = false;
}

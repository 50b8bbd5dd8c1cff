// SPDX-License-Identifier: Apache-2.0
/*
 * Widths are wcwidth()'s in the locale C.UTF-8, which every glibc has built in:
 * what the API sends is UTF-8, whatever the operator's locale.
 */
#include "ctl/text.h"

#include <locale.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define CUT       ".."
#define CUT_WIDTH 2

static locale_t utf8(void)
{
	static locale_t locale;

	if (!locale)
		locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	return locale;
}

/* Bytes and columns of the next character; 0 columns at least. False where it is not printable. */
static bool next(const char *text, size_t *bytes_r, unsigned *columns_r)
{
	mbstate_t state = {0};
	wchar_t c;
	size_t n = mbrtowc(&c, text, strlen(text), &state);
	int columns;

	*bytes_r = n == 0 || n > 4 ? 1 : n;
	*columns_r = 1;
	if (n == 0 || n > 4)
		return false;
	columns = wcwidth(c);
	*columns_r = columns > 0 ? (unsigned)columns : 0;
	return columns >= 0;
}

char *text_clean(const char *text)
{
	locale_t before = uselocale(utf8());
	char *clean = malloc(strlen(text) + 1);
	char *end = clean;

	if (!clean)
		abort();
	while (*text) {
		size_t n;
		unsigned columns;

		if (next(text, &n, &columns)) {
			memcpy(end, text, n);
			end += n;
		} else {
			*end++ = '?';
		}
		text += n;
	}
	*end = 0;
	uselocale(before);
	return clean;
}

unsigned text_width(const char *text)
{
	locale_t before = uselocale(utf8());
	unsigned width = 0;

	while (*text) {
		size_t n;
		unsigned columns;

		next(text, &n, &columns);
		width += columns;
		text += n;
	}
	uselocale(before);
	return width;
}

unsigned text_put(FILE *out, const char *text, unsigned width)
{
	bool cut = text_width(text) > width;
	unsigned room = cut && width > CUT_WIDTH ? width - CUT_WIDTH : width;
	locale_t before = uselocale(utf8());
	unsigned used = 0;

	while (*text) {
		size_t n;
		unsigned columns;

		next(text, &n, &columns);
		if (used + columns > room)
			break;
		fwrite(text, 1, n, out);
		used += columns;
		text += n;
	}
	uselocale(before);
	if (cut && room < width) {
		fputs(CUT, out);
		used += CUT_WIDTH;
	}
	return used;
}

/* Columns of the word that the text begins with. */
static unsigned word_width(const char *text)
{
	char *word = strndup(text, strcspn(text, " "));
	unsigned width;

	if (!word)
		abort();
	width = text_width(word);
	free(word);
	return width;
}

void text_put_wrapped(FILE *out, unsigned at, unsigned indent, unsigned width, const char *text)
{
	bool first = true;

	while (*text) {
		unsigned n = word_width(text);

		if (!first && width && at + 1 + n > width) {
			fprintf(out, "\n%*s", (int)indent, "");
			at = indent;
		} else if (!first) {
			fputc(' ', out);
			at++;
		}
		fwrite(text, 1, strcspn(text, " "), out);
		at += n;
		first = false;
		text += strcspn(text, " ");
		text += *text == ' ';
	}
	fputc('\n', out);
}

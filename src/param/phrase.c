// SPDX-License-Identifier: Apache-2.0
/*
 * Nearness is the Levenshtein distance. It is computed for at most 64 characters:
 * names are short, and a longer text is not a misspelt name.
 */
#include "param/phrase.h"

#define FOUND_MAX 64
#define NAME_MAX  64

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/*
 * The bytes of the character at the start of `text` (not empty); 0 if it is not UTF-8.
 * The range of the second byte excludes surrogates and overlong forms.
 */
static size_t utf8_length(struct slice text)
{
	const uint8_t *p = (const uint8_t *)text.p;
	uint8_t low = 0x80, high = 0xbf;
	size_t n;

	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		n = 2;
	else if (p[0] >= 0xe0 && p[0] <= 0xef)
		n = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		n = 4;
	else
		return 0;
	if (text.n < n)
		return 0;
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf4)
		high = 0x8f;
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++) {
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	}
	return n;
}

/* C0 and C1 (U+0080 to U+009F): terminals obey both. */
static bool is_control(struct slice character)
{
	const uint8_t *p = (const uint8_t *)character.p;

	if (character.n == 1)
		return p[0] < 0x20 || p[0] == 0x7f;
	return character.n == 2 && p[0] == 0xc2 && p[1] < 0xa0;
}

void phrase_put_found(struct buf *b, struct slice text)
{
	size_t shown = 0;

	if (text.n == 0)
		buf_puts(b, "\"\"");
	while (text.n > 0) {
		size_t n = utf8_length(text);
		struct slice character = {text.p, n > 0 ? n : 1};

		if (shown + character.n > FOUND_MAX) {
			buf_puts(b, "…");
			return;
		}
		if (n == 0 || is_control(character))
			buf_putc(b, '?');
		else
			buf_put(b, character);
		shown += character.n;
		text = slice_skip(text, character.n);
	}
}

void phrase_put_range(struct buf *b, uint32_t minimum, uint32_t maximum, const char *unit)
{
	buf_put_u64(b, minimum);
	buf_puts(b, "–");
	buf_put_u64(b, maximum);
	if (unit && unit[0]) {
		buf_putc(b, ' ');
		buf_puts(b, unit);
	}
}

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	unsigned ab = a < b ? a : b;

	return ab < c ? ab : c;
}

static unsigned distance(struct slice a, struct slice b)
{
	unsigned row[NAME_MAX + 1];

	for (size_t j = 0; j <= b.n; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= a.n; i++) {
		unsigned diagonal = row[0];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b.n; j++) {
			unsigned above = row[j];
			unsigned other = lower(a.p[i - 1]) != lower(b.p[j - 1]);

			row[j] = least(above + 1, row[j - 1] + 1, diagonal + other);
			diagonal = above;
		}
	}
	return row[b.n];
}

const char *phrase_nearest(struct slice name, const char *const *candidates, size_t count)
{
	const char *nearest = NULL;
	unsigned best = (unsigned)name.n / 3 + 1;

	if (name.n == 0 || name.n > NAME_MAX)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		struct slice candidate = slice_of(candidates[i]);
		unsigned d;

		if (candidate.n > NAME_MAX)
			continue;
		d = distance(name, candidate);
		if (d < best) {
			best = d;
			nearest = candidates[i];
		}
	}
	return nearest;
}

bool phrase_is_clean(struct slice text)
{
	for (size_t i = 0, n = 1; i < text.n; i += n) {
		char c = text.p[i];

		n = 1; /* most texts are ASCII */
		if (c >= 0x20 && c < 0x7f)
			continue;
		n = utf8_length(slice_make(text.p + i, text.n - i));
		if (n == 0 || is_control(slice_make(text.p + i, n)))
			return false;
	}
	return true;
}

bool phrase_read_switch(struct slice text, bool *on_r)
{
	static const char *const words[] = {"off", "on", "false", "true", "no", "yes"};

	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (slice_equal_nocase(text, slice_of(words[i]))) {
			*on_r = i & 1;
			return true;
		}
	}
	return false;
}

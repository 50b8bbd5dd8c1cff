// SPDX-License-Identifier: Apache-2.0
/*
 * Nearness is the number of letters inserted, left out, changed or swapped with
 * their neighbour. A word that begins with what was typed counts as one letter
 * away, however much is missing.
 */
#include "ctl/suggest.h"

#include <string.h>
#include <strings.h>

void suggest_init(struct suggest *suggest, const char *typed)
{
	memset(suggest, 0, sizeof(*suggest));
	suggest->typed = typed;
	suggest->distance = ~0u;
}

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

static unsigned distance(const char *a, size_t an, const char *b, size_t bn)
{
	unsigned rows[3][SUGGEST_MAX + 1];
	unsigned *before = rows[0], *last = rows[1], *row = rows[2];

	for (size_t j = 0; j <= bn; j++)
		last[j] = (unsigned)j;
	for (size_t i = 1; i <= an; i++) {
		unsigned *spare = before;

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= bn; j++) {
			row[j] = least(
			    last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    before[j - 2] + 1 < row[j])
				row[j] = before[j - 2] + 1;
		}
		before = last;
		last = row;
		row = spare;
	}
	return last[bn];
}

void suggest_offer(struct suggest *suggest, const char *word)
{
	size_t typed_n = strlen(suggest->typed);
	size_t word_n = strlen(word);
	unsigned d;

	if (!typed_n || typed_n > SUGGEST_MAX || word_n > SUGGEST_MAX)
		return;
	d = strncasecmp(suggest->typed, word, typed_n)
	        ? distance(suggest->typed, typed_n, word, word_n)
	        : 1;
	if (d >= suggest->distance)
		return;
	suggest->distance = d;
	memcpy(suggest->word, word, word_n + 1);
}

const char *suggest_best(const struct suggest *suggest)
{
	unsigned near = (unsigned)strlen(suggest->typed) / 3;

	return suggest->distance <= (near ? near : 1) ? suggest->word : NULL;
}

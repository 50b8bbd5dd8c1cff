// SPDX-License-Identifier: Apache-2.0
/*
 * Looking at slices: comparing, trimming, finding, reading a number. Nothing
 * but slice_copy() allocates, and nothing knows a grammar.
 */
#include "base/slice.h"

#include "base/error.h"

#include <stdlib.h>

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool is_lws(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool slice_equal_nocase(struct slice a, struct slice b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++) {
		if (a.p[i] != b.p[i] && lower(a.p[i]) != lower(b.p[i]))
			return false;
	}
	return true;
}

int slice_compare(struct slice a, struct slice b)
{
	size_t shared = a.n < b.n ? a.n : b.n;
	int order = shared > 0 ? memcmp(a.p, b.p, shared) : 0;

	return order ? order : (a.n > b.n) - (a.n < b.n);
}

bool slice_starts(struct slice s, struct slice prefix)
{
	return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

struct slice slice_trim(struct slice s)
{
	while (s.n > 0 && is_lws(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && is_lws(s.p[s.n - 1]))
		s.n--;
	return s;
}

struct slice slice_skip(struct slice s, size_t n)
{
	if (n > s.n)
		n = s.n;
	if (n == 0)
		return s;
	return (struct slice){s.p + n, s.n - n};
}

char *slice_copy(struct slice s)
{
	char *copy = malloc(s.n + 1);

	if (!copy)
		return NULL;
	if (s.n > 0)
		memcpy(copy, s.p, s.n);
	copy[s.n] = '\0';
	return copy;
}

ptrdiff_t slice_find(struct slice s, char c)
{
	const char *at = s.n > 0 ? memchr(s.p, c, s.n) : NULL;

	return at ? at - s.p : -1;
}

int slice_number(struct slice s, uint64_t max, uint64_t *number_r)
{
	uint64_t number = 0;
	bool above = false;

	if (s.n == 0)
		return ERR_SYNTAX;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return ERR_SYNTAX;
		/* Read on where it is too large: a letter behind it is still a syntax error. */
		above |= __builtin_mul_overflow(number, 10, &number);
		above |= __builtin_add_overflow(number, (unsigned)(s.p[i] - '0'), &number);
	}
	if (above || number > max)
		return ERR_RANGE;
	*number_r = number;
	return 0;
}

static int base32_digit(char c)
{
	if (c >= 'a' && c <= 'z')
		return c - 'a';
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= '2' && c <= '7')
		return c - '2' + 26;
	return -1;
}

int slice_base32(struct slice s, uint8_t *bytes_r, size_t n)
{
	uint32_t bits = 0;
	unsigned held = 0;
	size_t done = 0;

	if (s.n != (n * 8 + 4) / 5)
		return ERR_SYNTAX;
	for (size_t i = 0; i < s.n; i++) {
		int digit = base32_digit(s.p[i]);

		if (digit < 0)
			return ERR_SYNTAX;
		bits = bits << 5 | (uint32_t)digit;
		held += 5;
		if (held >= 8) {
			held -= 8;
			bytes_r[done++] = (uint8_t)(bits >> held);
		}
	}
	return 0;
}

/* Volatile, or the compiler drops stores into memory that is freed next. */
void slice_wipe(struct slice secret)
{
	volatile char *bytes = (volatile char *)(uintptr_t)secret.p;

	for (size_t i = 0; i < secret.n; i++)
		bytes[i] = 0;
}

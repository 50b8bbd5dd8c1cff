// SPDX-License-Identifier: Apache-2.0
/*
 * Appending to a bounded buffer. Numbers are written by hand: the core builds
 * its messages with this and must not pull in stdio or a locale.
 */
#include "base/buf.h"

void buf_put_u64(struct buf *b, uint64_t number)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	buf_put(b, slice_make(digits + at, sizeof(digits) - at));
}

void buf_put_i64(struct buf *b, int64_t number)
{
	uint64_t magnitude = (uint64_t)number;
	size_t before = b->n;

	if (number < 0) {
		buf_putc(b, '-');
		magnitude = 0 - magnitude;
	}
	buf_put_u64(b, magnitude);
	/* All of the number or nothing, like every other append. */
	if (b->full)
		b->n = before;
}

void buf_put_hex(struct buf *b, const uint8_t *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	char *p;

	if (n > SIZE_MAX / 2) {
		b->full = true;
		return;
	}
	p = buf_room(b, n * 2);
	if (!p)
		return;
	for (size_t i = 0; i < n; i++) {
		*p++ = digits[bytes[i] >> 4];
		*p++ = digits[bytes[i] & 15];
	}
}

/* Five bytes, of which those behind the end are 0, make eight digits. */
static void put_group(char *p, const uint8_t *bytes, size_t n, size_t digits)
{
	static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
	uint64_t group = 0;

	for (size_t i = 0; i < 5; i++)
		group = group << 8 | (i < n ? bytes[i] : 0);
	for (size_t i = 0; i < digits; i++)
		p[i] = alphabet[group >> (35 - 5 * i) & 31];
}

void buf_put_base32(struct buf *b, const uint8_t *bytes, size_t n)
{
	char *p;

	if (n > SIZE_MAX / 8 - 1) {
		b->full = true;
		return;
	}
	p = buf_room(b, (n * 8 + 4) / 5);
	if (!p)
		return;
	for (; n >= 5; n -= 5, bytes += 5, p += 8)
		put_group(p, bytes, 5, 8);
	if (n > 0)
		put_group(p, bytes, n, (n * 8 + 4) / 5);
}

const char *buf_text(struct buf *b)
{
	if (b->full || b->n == b->cap) {
		b->full = true;
		return "";
	}
	b->p[b->n] = '\0';
	return b->p;
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Appending to a bounded buffer. Numbers are written by hand: the core builds
 * its messages with this and must not pull in stdio or a locale.
 */
#include "base/buf.h"

/* Room for `n` more bytes, or NULL with the buffer marked full. */
static char *room(struct buf *b, size_t n)
{
	char *p;

	if (b->full || n > b->cap - b->n) {
		b->full = true;
		return NULL;
	}
	p = b->p + b->n;
	b->n += n;
	return p;
}

void buf_put(struct buf *b, struct slice s)
{
	char *p = room(b, s.n);

	if (p && s.n > 0)
		memcpy(p, s.p, s.n);
}

void buf_puts(struct buf *b, const char *text)
{
	buf_put(b, slice_of(text));
}

void buf_putc(struct buf *b, char c)
{
	char *p = room(b, 1);

	if (p)
		*p = c;
}

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
	p = room(b, n * 2);
	if (!p)
		return;
	for (size_t i = 0; i < n; i++) {
		*p++ = digits[bytes[i] >> 4];
		*p++ = digits[bytes[i] & 15];
	}
}

void buf_put_base32(struct buf *b, const uint8_t *bytes, size_t n)
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
	uint32_t window = 0;
	unsigned bits = 0;
	char *p;

	if (n > SIZE_MAX / 8 - 1) {
		b->full = true;
		return;
	}
	p = room(b, (n * 8 + 4) / 5);
	if (!p)
		return;
	for (size_t i = 0; i < n; i++) {
		window = (window << 8 | bytes[i]) & 0xffff;
		for (bits += 8; bits >= 5; bits -= 5)
			*p++ = digits[window >> (bits - 5) & 31];
	}
	if (bits > 0)
		*p = digits[window << (5 - bits) & 31];
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

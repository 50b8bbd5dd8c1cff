// SPDX-License-Identifier: Apache-2.0
/*
 * A bounded buffer over storage that the caller owns. Appending past its end
 * writes nothing and sets `full`, so the code that builds a long message checks
 * once, at the end. It never allocates.
 */
#pragma once

#include "base/slice.h"

struct buf {
	char *p;
	size_t n;
	size_t cap;
	bool full; /* something did not fit; the content must not be used */
};

static inline struct buf buf_over(char *storage, size_t cap)
{
	return (struct buf){storage, 0, cap, false};
}

/* What was written so far; dies with the storage. */
static inline struct slice buf_slice(const struct buf *b)
{
	return (struct slice){b->p, b->n};
}

static inline void buf_reset(struct buf *b)
{
	b->n = 0;
	b->full = false;
}

/* Room for `n` more bytes, or NULL with the buffer marked full. */
static inline char *buf_room(struct buf *b, size_t n)
{
	char *p = b->p + b->n;

	if (b->full || n > b->cap - b->n) {
		b->full = true;
		return NULL;
	}
	b->n += n;
	return p;
}

static inline void buf_put(struct buf *b, struct slice s)
{
	char *p = buf_room(b, s.n);

	if (p && s.n > 0)
		memcpy(p, s.p, s.n);
}

/* Inline, so that the compiler knows the length of a literal. */
static inline void buf_puts(struct buf *b, const char *text)
{
	buf_put(b, slice_of(text));
}

static inline void buf_putc(struct buf *b, char c)
{
	char *p = buf_room(b, 1);

	if (p)
		*p = c;
}

void buf_put_u64(struct buf *b, uint64_t number);
void buf_put_i64(struct buf *b, int64_t number);

/* Lower-case hexadecimal, two digits a byte. */
void buf_put_hex(struct buf *b, const uint8_t *bytes, size_t n);

/* Lower-case base32 (alphabet a-z2-7, no padding), ceil(n * 8 / 5) characters. */
void buf_put_base32(struct buf *b, const uint8_t *bytes, size_t n);

/*
 * Ends the text with a NUL that `n` does not count, for printf and system calls.
 * Returns the text, or "" if the buffer is full.
 */
const char *buf_text(struct buf *b);

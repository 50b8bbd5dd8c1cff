// SPDX-License-Identifier: Apache-2.0
/*
 * A slice is a run of bytes that somebody else owns: usually part of a
 * datagram. It dies with those bytes; to keep one, copy it. Slices are passed by
 * value and are not terminated by NUL.
 */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
	const char *p;
	size_t n;
};

/* A slice over a string literal, without its NUL. */
#define SLICE(lit) ((struct slice){("" lit), sizeof(lit) - 1})

/* For printf: `printf("%.*s", SLICE_ARG(s))`. */
#define SLICE_ARG(s) (int)(s).n, (s).p

/* A slice over a NUL-terminated string; NULL gives the empty slice. */
static inline struct slice slice_of(const char *text)
{
	return (struct slice){text, text ? strlen(text) : 0};
}

static inline struct slice slice_make(const void *p, size_t n)
{
	return (struct slice){p, n};
}

static inline bool slice_is_empty(struct slice s)
{
	return s.n == 0;
}

static inline bool slice_equal(struct slice a, struct slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* Equal without regard to ASCII letter case. */
bool slice_equal_nocase(struct slice a, struct slice b);

/* Byte order: negative if `a` comes before `b`, 0 if they are equal, else positive. */
int slice_compare(struct slice a, struct slice b);

/* True if `s` begins with `prefix`, byte for byte. */
bool slice_starts(struct slice s, struct slice prefix);

/* Without spaces, tabs, CR and LF at both ends (SIP's LWS, RFC 3261 25.1). */
struct slice slice_trim(struct slice s);

/* Without the first `n` bytes; empty if it has fewer. */
struct slice slice_skip(struct slice s, size_t n);

/* Overwrites the bytes of a secret with zeros, also where nothing reads them again. */
void slice_wipe(struct slice secret);

/* A copy that ends in NUL; the caller frees it with free(). NULL without memory. */
char *slice_copy(struct slice s);

/* Where `c` first occurs, or -1. */
ptrdiff_t slice_find(struct slice s, char c);

/*
 * Reads the whole slice as an unsigned decimal number.
 * ERR_SYNTAX unless it is 1 or more digits and nothing else; ERR_RANGE above `max`.
 */
MUST_CHECK int slice_number(struct slice s, uint64_t max, uint64_t *number_r);

/*
 * Reads `n` bytes from what buf_put_base32() writes of them. Letter case is forgiven: some peers
 * change it in what should be opaque to them. ERR_SYNTAX: another length or alphabet.
 */
MUST_CHECK int slice_base32(struct slice s, uint8_t *bytes_r, size_t n);

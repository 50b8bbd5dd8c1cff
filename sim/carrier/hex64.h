// SPDX-License-Identifier: Apache-2.0
/*
 * Sixteen hexadecimal digits, as handles travel in nonces and branches.
 */
#pragma once

#include "base/buf.h"

#define HEX64_LEN 16

static inline void hex64_put(struct buf *b, uint64_t v)
{
	uint8_t bytes[8];

	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(v >> (56 - 8 * i));
	buf_put_hex(b, bytes, sizeof(bytes));
}

/* Reads the first HEX64_LEN characters; false where they are not what hex64_put() writes. */
static inline bool hex64_read(struct slice s, uint64_t *v_r)
{
	uint64_t v = 0;

	if (s.n < HEX64_LEN)
		return false;
	for (size_t i = 0; i < HEX64_LEN; i++) {
		char c = s.p[i];

		if (c >= '0' && c <= '9')
			v = v << 4 | (unsigned)(c - '0');
		else if (c >= 'a' && c <= 'f')
			v = v << 4 | (unsigned)(c - 'a' + 10);
		else
			return false;
	}
	*v_r = v;
	return true;
}

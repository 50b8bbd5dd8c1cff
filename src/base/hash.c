// SPDX-License-Identifier: Apache-2.0
/*
 * SipHash-2-4 (Aumasson and Bernstein, 2012): the keyed hash under every table
 * whose keys a peer may choose. Declared in base/map.h. Not for signatures or
 * identities: those are HMAC-SHA-256.
 */
#include "base/map.h"

struct sip_state {
	uint64_t v0, v1, v2, v3;
};

static uint64_t rotate(uint64_t x, unsigned by)
{
	return x << by | x >> (64 - by);
}

static void sip_rounds(struct sip_state *s, int rounds)
{
	for (; rounds > 0; rounds--) {
		s->v0 += s->v1;
		s->v2 += s->v3;
		s->v1 = rotate(s->v1, 13) ^ s->v0;
		s->v3 = rotate(s->v3, 16) ^ s->v2;
		s->v0 = rotate(s->v0, 32);
		s->v2 += s->v1;
		s->v0 += s->v3;
		s->v1 = rotate(s->v1, 17) ^ s->v2;
		s->v3 = rotate(s->v3, 21) ^ s->v0;
		s->v2 = rotate(s->v2, 32);
	}
}

static void sip_word(struct sip_state *s, uint64_t word)
{
	s->v3 ^= word;
	sip_rounds(s, 2);
	s->v0 ^= word;
}

/* Written out, so that the compiler sees one load in it. */
static uint64_t eight_bytes(const uint8_t *p)
{
	return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 |
	       (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 |
	       (uint64_t)p[7] << 56;
}

/* Fewer than eight bytes, the first one lowest. */
static uint64_t last_bytes(const uint8_t *p, size_t n)
{
	uint64_t word = 0;

	for (size_t i = 0; i < n; i++)
		word |= (uint64_t)p[i] << (8 * i);
	return word;
}

uint64_t hash_bytes(struct hash_key key, struct slice bytes)
{
	const uint8_t *p = (const uint8_t *)bytes.p;
	size_t left = bytes.n;
	struct sip_state s = {
	    key.k0 ^ UINT64_C(0x736f6d6570736575),
	    key.k1 ^ UINT64_C(0x646f72616e646f6d),
	    key.k0 ^ UINT64_C(0x6c7967656e657261),
	    key.k1 ^ UINT64_C(0x7465646279746573),
	};

	for (; left >= 8; left -= 8, p += 8)
		sip_word(&s, eight_bytes(p));
	sip_word(&s, last_bytes(p, left) | (uint64_t)bytes.n << 56);
	s.v2 ^= 0xff;
	sip_rounds(&s, 4);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

// SPDX-License-Identifier: Apache-2.0
/*
 * xoshiro256** (Blackman and Vigna, 2018), its state filled by SplitMix64 so
 * that neighbouring seeds give unrelated lives. Not for secrets.
 */
#include "base/random.h"

static uint64_t rotate(uint64_t x, unsigned by)
{
	return x << by | x >> (64 - by);
}

void random_seed(struct random *random, uint64_t seed)
{
	for (int i = 0; i < 4; i++) {
		uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);

		z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
		z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
		random->s[i] = z ^ z >> 31;
	}
}

uint64_t random_next(struct random *random)
{
	uint64_t *s = random->s;
	uint64_t result = rotate(s[1] * 5, 7) * 9;
	uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate(s[3], 45);
	return result;
}

uint64_t random_below(struct random *random, uint64_t bound)
{
	uint64_t uneven, number;

	if (bound == 0)
		return 0;
	/* 2^64 mod bound: below it the small remainders would come once too often. */
	uneven = (0 - bound) % bound;
	do
		number = random_next(random);
	while (number < uneven);
	return number % bound;
}

uint64_t random_lengthen(struct random *random, uint64_t least)
{
	return least + random_below(random, least / 5 + 1);
}

void random_bytes(struct random *random, uint8_t *bytes, size_t n)
{
	uint64_t word = 0;

	for (size_t i = 0; i < n; i++) {
		if (i % 8 == 0)
			word = random_next(random);
		bytes[i] = (uint8_t)(word >> (8 * (i % 8)));
	}
}

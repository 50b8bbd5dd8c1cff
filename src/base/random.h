// SPDX-License-Identifier: Apache-2.0
/*
 * A seeded generator (xoshiro256**): the same seed gives the same numbers. Good
 * for jitter, cnonces and simulated accidents, not for keys: those come from the
 * system.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct random {
	uint64_t s[4];
};

void random_seed(struct random *random, uint64_t seed);
uint64_t random_next(struct random *random);

/* Uniform in [0, bound); 0 if `bound` is 0. */
uint64_t random_below(struct random *random, uint64_t bound);

/* `least`, lengthened by up to a fifth: what failed together does not come again together. */
uint64_t random_lengthen(struct random *random, uint64_t least);

void random_bytes(struct random *random, uint8_t *bytes, size_t n);

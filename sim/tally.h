// SPDX-License-Identifier: Apache-2.0
/*
 * How many REGISTERs left when, by the millisecond, for cases that judge a pace
 * or how evenly refreshes are spread. Only the beginning of a life is counted,
 * as long as was asked for.
 */
#pragma once

#include <stdint.h>

struct tally;

/* Counts from `begin_us` on, for so many seconds. NULL without memory. */
struct tally *tally_new(uint64_t begin_us, uint32_t seconds);
void tally_free(struct tally **tally);

void tally_add(struct tally *tally, uint64_t now_us);

/* The most in any `span_ms`, begun at any millisecond. */
uint32_t tally_most(const struct tally *tally, uint32_t span_ms);

/* What left from a second on, and before another, both from the beginning on. */
struct tally_wave {
	uint64_t count;
	uint32_t first_s, last_s; /* the first and the last second in which something left */
	uint32_t most;            /* in one of the seconds */
};
struct tally_wave tally_wave(const struct tally *tally, uint32_t from_s, uint32_t to_s);

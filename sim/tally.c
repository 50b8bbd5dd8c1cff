// SPDX-License-Identifier: Apache-2.0
/*
 * An array with a place for each millisecond.
 */
#include "sim/tally.h"

#include "base/now.h"

#include <stdlib.h>

#define MS_PER_S 1000

struct tally {
	uint64_t begin_us;
	uint64_t span_ms;
	uint16_t per_ms[];
};

struct tally *tally_new(uint64_t begin_us, uint32_t seconds)
{
	uint64_t span_ms = (uint64_t)seconds * MS_PER_S;
	struct tally *tally = calloc(1, sizeof(*tally) + span_ms * sizeof(tally->per_ms[0]));

	if (!tally)
		return NULL;
	tally->begin_us = begin_us;
	tally->span_ms = span_ms;
	return tally;
}

void tally_free(struct tally **tally)
{
	free(*tally);
	*tally = NULL;
}

void tally_add(struct tally *tally, uint64_t now_us)
{
	uint64_t ms = (now_us - tally->begin_us) / US_PER_MS;

	if (ms < tally->span_ms && tally->per_ms[ms] < UINT16_MAX)
		tally->per_ms[ms]++;
}

uint32_t tally_most(const struct tally *tally, uint32_t span_ms)
{
	uint32_t sum = 0, most = 0;

	for (uint64_t i = 0; i < tally->span_ms; i++) {
		sum += tally->per_ms[i];
		if (i >= span_ms)
			sum -= tally->per_ms[i - span_ms];
		most = sum > most ? sum : most;
	}
	return most;
}

static uint32_t count_second(const struct tally *tally, uint32_t second)
{
	uint64_t from = (uint64_t)second * MS_PER_S;
	uint32_t sum = 0;

	for (uint64_t i = from; i < from + MS_PER_S && i < tally->span_ms; i++)
		sum += tally->per_ms[i];
	return sum;
}

struct tally_wave tally_wave(const struct tally *tally, uint32_t from_s, uint32_t to_s)
{
	struct tally_wave wave = {0};

	for (uint32_t second = from_s; second < to_s; second++) {
		uint32_t sum = count_second(tally, second);

		if (sum == 0)
			continue;
		if (wave.count == 0)
			wave.first_s = second;
		wave.last_s = second;
		wave.count += sum;
		wave.most = sum > wave.most ? sum : wave.most;
	}
	return wave;
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Requests are counted by the millisecond for three periods of an hour and
 * judged afterwards: 100 ms are looked at from every millisecond on.
 */
#include "bench/schedule.h"

#include "bench/bed.h"

#include <stdio.h>
#include <stdlib.h>

#define PERIOD_S UINT64_C(3600) /* asked and granted */
#define PERIODS  3
#define SPAN_MS  (PERIODS * PERIOD_S * 1000)

static uint32_t busiest_100_ms(const uint16_t *per_ms)
{
	uint32_t sum = 0, most = 0;

	for (uint64_t i = 0; i < SPAN_MS; i++) {
		sum += per_ms[i];
		if (i >= 100)
			sum -= per_ms[i - 100];
		most = sum > most ? sum : most;
	}
	return most;
}

struct wave {
	uint64_t from_s, to_s; /* the seconds in which it left, both included */
	uint32_t most;         /* in one of them */
};

/*
 * The requests from the `first`th on, `count` of them. A wave of refreshes is
 * over long before the next begins, so its seconds are its own.
 */
static struct wave find_wave(const uint16_t *per_ms, uint64_t first, uint64_t count)
{
	struct wave wave = {UINT64_MAX, 0, 0};
	uint64_t before = 0;

	for (uint64_t s = 0; s < SPAN_MS / 1000; s++) {
		uint32_t sum = 0;

		for (uint64_t i = 0; i < 1000; i++)
			sum += per_ms[s * 1000 + i];
		before += sum;
		if (sum == 0 || before <= first || before - sum >= first + count)
			continue;
		wave.from_s = s < wave.from_s ? s : wave.from_s;
		wave.to_s = s;
		wave.most = sum > wave.most ? sum : wave.most;
	}
	return wave;
}

/* Registering takes two requests each, every refresh after it one. */
static void print_waves(const uint16_t *per_ms, uint64_t registrations)
{
	for (uint64_t period = 1; period <= PERIODS; period++) {
		struct wave wave = find_wave(per_ms, (period + 1) * registrations, registrations);
		double own = (double)registrations / (double)(wave.to_s - wave.from_s + 1);
		double hour = (double)registrations / (double)PERIOD_S;

		printf("  period %u: refreshed from %llu s to %llu s, busiest second %u;"
		       " mean of these seconds %.1f (%.2f x + 5), of an hour %.1f (%.2f x + 5)\n",
		    (unsigned)period, (unsigned long long)wave.from_s,
		    (unsigned long long)wave.to_s, wave.most, own, (wave.most - 5) / own, hour,
		    (wave.most - 5) / hour);
	}
}

void schedule_run(uint32_t registrations, uint32_t rate)
{
	struct bed_config config = {.registrations_max = registrations, .upstream_rate = rate};
	struct bed *bed = bed_new(&config);
	uint16_t *per_ms = calloc(SPAN_MS, sizeof(*per_ms));
	uint64_t all_us = 0;

	if (!per_ms)
		abort();
	bed_count_sends(bed, per_ms, SPAN_MS);
	for (uint32_t i = 0; i < registrations; i++)
		bed_put(bed, i);
	bed_start(bed);
	while (bed_now_us(bed) < PERIODS * PERIOD_S * US_PER_S) {
		bed_step(bed, 0);
		if (all_us == 0 && bed_costs(bed).grants >= registrations)
			all_us = bed_now_us(bed);
	}
	printf("%u registrations at %u/s: all registered after %llu s, busiest 100 ms %u requests"
	       " (pace %u)\n",
	    registrations, rate, (unsigned long long)(all_us / US_PER_S), busiest_100_ms(per_ms),
	    rate / 10);
	print_waves(per_ms, registrations);
	free(per_ms);
	bed_free(&bed);
}

/* Steps until so many requests more were sent. */
static void fail_for(struct bed *bed, uint64_t requests)
{
	uint64_t until = bed_costs(bed).requests + requests;

	while (bed_costs(bed).requests < until)
		bed_step(bed, 100 * US_PER_MS);
}

void failing_run(enum canned_kind kind, uint32_t registrations, uint64_t requests)
{
	struct bed_config config = {.registrations_max = registrations, .kind = kind};
	struct bed *bed = bed_new(&config);
	uint64_t after[3];

	for (uint32_t i = 0; i < registrations; i++)
		bed_put(bed, i);
	bed_start(bed);
	for (int i = 0; i < 3; i++) {
		after[i] = bed_resident();
		if (i < 2)
			fail_for(bed, requests);
	}
	printf("%u registrations, %s: resident %llu KiB before, %llu KiB after %llu requests,"
	       " %llu KiB after as many again (%+.2f %%), %llu s\n",
	    registrations, kind == CANNED_SILENT ? "no answer" : "503, 500, 480, no answer",
	    (unsigned long long)(after[0] / 1024), (unsigned long long)(after[1] / 1024),
	    (unsigned long long)requests, (unsigned long long)(after[2] / 1024),
	    100.0 * ((double)after[2] - (double)after[1]) / (double)after[1],
	    (unsigned long long)(bed_now_us(bed) / US_PER_S));
	bed_free(&bed);
}

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

struct seconds {
	uint64_t sum, busy;
	uint32_t most;
};

static struct seconds count_period(const uint16_t *per_ms, uint64_t period)
{
	struct seconds seconds = {0};

	for (uint64_t s = period * PERIOD_S; s < (period + 1) * PERIOD_S; s++) {
		uint32_t sum = 0;

		for (uint64_t i = 0; i < 1000; i++)
			sum += per_ms[s * 1000 + i];
		seconds.sum += sum;
		seconds.busy += sum > 0;
		seconds.most = sum > seconds.most ? sum : seconds.most;
	}
	return seconds;
}

static void print_periods(const uint16_t *per_ms)
{
	for (uint64_t period = 0; period < PERIODS; period++) {
		struct seconds seconds = count_period(per_ms, period);
		double mean = (double)seconds.sum / (double)PERIOD_S;
		double busy = seconds.busy ? (double)seconds.sum / (double)seconds.busy : 0;

		printf("  period %u: %llu requests, mean %.1f/s, busiest second %u = %.2f x mean"
		       " + 5; in %llu busy seconds mean %.1f/s, %.2f x + 5\n",
		    (unsigned)period + 1, (unsigned long long)seconds.sum, mean, seconds.most,
		    (seconds.most - 5) / mean, (unsigned long long)seconds.busy, busy,
		    busy > 0 ? (seconds.most - 5) / busy : 0);
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
	print_periods(per_ms);
	free(per_ms);
	bed_free(&bed);
}

/* Steps until so many requests more were sent. */
static void fail_for(struct bed *bed, uint64_t attempts)
{
	uint64_t until = bed_costs(bed).requests + attempts;

	while (bed_costs(bed).requests < until)
		bed_step(bed, 100 * US_PER_MS);
}

void failing_run(uint32_t registrations, uint64_t attempts)
{
	struct bed_config config = {.registrations_max = registrations, .kind = CANNED_FAILING};
	struct bed *bed = bed_new(&config);
	uint64_t after[3];

	for (uint32_t i = 0; i < registrations; i++)
		bed_put(bed, i);
	bed_start(bed);
	for (int i = 0; i < 3; i++) {
		after[i] = bed_resident();
		if (i < 2)
			fail_for(bed, attempts);
	}
	printf("%u registrations that fail: resident %llu KiB before, %llu KiB after %llu requests,"
	       " %llu KiB after as many again (%+.2f %%), %llu s\n",
	    registrations, (unsigned long long)(after[0] / 1024),
	    (unsigned long long)(after[1] / 1024), (unsigned long long)attempts,
	    (unsigned long long)(after[2] / 1024),
	    100.0 * ((double)after[2] - (double)after[1]) / (double)after[1],
	    (unsigned long long)(bed_now_us(bed) / US_PER_S));
	bed_free(&bed);
}

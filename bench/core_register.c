// SPDX-License-Identifier: Apache-2.0
/*
 * What the core costs without a kernel in the way: processor time for each
 * authenticated REGISTER exchange, refresh and cancel, and resident bytes for
 * each registration and each debt. docs/performance.md tells what comes out.
 *
 *   core_register [N]...             costs at N registrations
 *   core_register --once N           one round of them, for bench/instructions
 *   core_register --schedule [N]     how evenly N of them send, over three hours
 *   core_register --failing [N]      memory while N of them fail, 2 x 500,000 requests;
 *                                    without N 10,000 by refusals, 1,000,000 by silence
 */
#include "bench/bed.h"
#include "bench/schedule.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * Registered before the measured ones: what is there once (outbox, buffers of
 * requests in flight, first tables) is not theirs.
 */
#define WARM 2500

#define LEAST_EXCHANGES UINT64_C(200000) /* a round of fewer is repeated, up to so many */

struct phase {
	uint64_t core_ns, bed_ns, count;
};

struct result {
	struct phase first, refresh, cancel;
	uint64_t registration_bytes, fixed_bytes;
};

static void add(struct phase *phase, const struct bed *bed, uint64_t count)
{
	struct bed_costs costs = bed_costs(bed);

	phase->core_ns += costs.core_ns;
	phase->bed_ns += costs.bed_ns;
	phase->count += count;
}

static void check(bool is_so, const char *what)
{
	if (is_so)
		return;
	fprintf(stderr, "core_register: %s\n", what);
	exit(1);
}

PHASE static void register_all(struct bed *bed, uint32_t from, uint32_t to)
{
	for (uint32_t i = from; i < to; i++)
		bed_put(bed, i);
	bed_clear_costs(bed);
	while (bed_costs(bed).grants < to - from)
		bed_step(bed, 0);
	check(bed_costs(bed).requests == 2 * (uint64_t)(to - from),
	    "an exchange took more than two requests");
}

/* Refreshes of few registrations are rare in time, so the clock takes larger steps. */
static uint64_t step_us(uint32_t registrations)
{
	uint64_t us = 360 * US_PER_S * 1000 / registrations;

	return us > 60 * US_PER_S ? 60 * US_PER_S : us;
}

PHASE static void refresh_all(struct bed *bed, uint32_t registrations)
{
	bed_clear_costs(bed);
	while (bed_costs(bed).grants < registrations)
		bed_step(bed, step_us(registrations));
	check(bed_costs(bed).challenges == 0, "a refresh was challenged");
}

PHASE static void cancel_all(struct bed *bed)
{
	bed_clear_costs(bed);
	bed_stop(bed);
	while (!bed_has_stopped(bed))
		bed_step(bed, 0);
	check(bed_costs(bed).challenges == 0, "a cancel was challenged");
}

static void run_round(uint32_t n, struct result *result)
{
	struct bed_config config = {.registrations_max = n + WARM};
	struct bed *bed = bed_new(&config);
	uint64_t warm, cancels;

	bed_start(bed);
	register_all(bed, 0, WARM);
	warm = bed_resident();
	register_all(bed, WARM, WARM + n);
	add(&result->first, bed, n);
	if (result->registration_bytes == 0) {
		result->registration_bytes = bed_resident() - warm;
		result->fixed_bytes = warm - bed_resident_before(bed);
	}
	check(bed_count(bed, STATE_REGISTERED) == n + WARM, "not all are registered");
	refresh_all(bed, n + WARM);
	add(&result->refresh, bed, bed_costs(bed).grants);
	cancel_all(bed);
	cancels = bed_costs(bed).cancels;
	check(cancels >= n + WARM, "not all were cancelled");
	add(&result->cancel, bed, cancels);
	bed_free(&bed);
}

static void print_phase(const char *name, const struct phase *phase)
{
	printf("  %-9s %8llu ns of the core, %6llu ns of the bed, %llu of them\n", name,
	    (unsigned long long)(phase->core_ns / phase->count),
	    (unsigned long long)(phase->bed_ns / phase->count), (unsigned long long)phase->count);
}

static void print_phases(uint32_t n, const struct result *result)
{
	printf("%u registrations\n", n);
	print_phase("exchange", &result->first);
	print_phase("refresh", &result->refresh);
	print_phase("cancel", &result->cancel);
}

static void run_once(uint32_t n)
{
	struct result result = {0};

	run_round(n, &result);
	print_phases(n, &result);
}

static void run_costs(uint32_t n)
{
	struct result result = {0};

	do
		run_round(n, &result);
	while (result.first.count < LEAST_EXCHANGES);
	print_phases(n, &result);
	printf("  resident  %8llu bytes a registration, %llu KiB once\n",
	    (unsigned long long)(result.registration_bytes / n),
	    (unsigned long long)(result.fixed_bytes / 1024));
}

static void run_debts(uint32_t n)
{
	struct bed_config config = {.registrations_max = n};
	struct bed *bed = bed_new(&config);

	for (uint32_t i = 0; i < n; i++)
		bed_load(bed, i);
	bed_start(bed);
	printf("  resident  %8llu bytes a debt\n",
	    (unsigned long long)((bed_resident() - bed_resident_before(bed)) / n));
	bed_free(&bed);
}

/* In a process of its own, whose memory nobody used before. */
static void apart(void (*run_fn)(uint32_t n), uint32_t n)
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		run_fn(n);
		exit(0);
	}
	check(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0, "a run failed");
}

static void print_sizes(void)
{
	for (const struct core_size *size = core_sizes(); size->name; size++)
		printf("%s%s %zu", size == core_sizes() ? "" : ", ", size->name, size->bytes);
	printf(" bytes\n");
}

static uint32_t number(const char *text, uint32_t otherwise)
{
	unsigned long value = text ? strtoul(text, NULL, 10) : otherwise;

	check(value > 0 && value <= 10000000, "N is from 1 to 10000000");
	return (uint32_t)value;
}

int main(int argc, char **argv)
{
	static const uint32_t sizes[] = {1000, 10000, 100000, 1000000};

	if (argc > 1 && strcmp(argv[1], "--schedule") == 0) {
		schedule_run(number(argv[2], 100000), 200);
		schedule_run(number(argv[2], 100000), 2000);
		return 0;
	}
	if (argc > 1 && strcmp(argv[1], "--failing") == 0) {
		failing_run(CANNED_FAILING, number(argv[2], 10000), 500000);
		failing_run(CANNED_SILENT, number(argv[2], 1000000), 500000);
		return 0;
	}
	if (argc > 1 && strcmp(argv[1], "--once") == 0) {
		run_once(number(argv[2], 1000));
		return 0;
	}
	print_sizes();
	for (int i = 1; i < argc; i++) {
		apart(run_costs, number(argv[i], 0));
		apart(run_debts, number(argv[i], 0));
	}
	for (size_t i = 0; argc == 1 && i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		apart(run_costs, sizes[i]);
		apart(run_debts, sizes[i]);
	}
	return 0;
}

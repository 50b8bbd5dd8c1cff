// SPDX-License-Identifier: Apache-2.0
/*
 * Measures the cost of the ledger: the core runs on its bed, with the real ledger
 * on a disk or without one. With it each turn waits until its rows are durable,
 * without it every row is durable at once. Printed are the processor time of the
 * whole process, the ledger's thread included, and the kernel's count of what it
 * writes.
 *
 *     bench/ledger_cost DIRECTORY|- [N] [M]
 *
 * N (100,000) register for the first time; M (10,000) hold grants of 60 s for
 * an hour. DIRECTORY is where the ledger is made anew each time: on the disk
 * that is asked about; "-" is without one. bench/compare runs both by turns.
 */
#include "bench/bed.h"
#include "store/ledger.h"
#include "thread/mailbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WALL_MS INT64_C(1767225600000)
#define GRANT_S 60
#define HOUR_US (3600 * US_PER_S)
#define WAIT_MS 60000

struct disk {
	struct state_dir dir;
	struct seal_key key;
	struct ledger *ledger;
	struct mailbox *wakes;
	uint64_t durable, records;
};

static void check(bool holds, const char *otherwise)
{
	if (holds)
		return;
	fprintf(stderr, "ledger_cost: %s\n", otherwise);
	exit(1);
}

static void wake(void *context)
{
	char byte = 0;

	/* A full mailbox has woken us already. */
	if (mailbox_post(context, &byte) < 0)
		return;
}

static void disk_open(struct disk *disk, const char *path)
{
	struct store_error error;
	struct ledger_start start;

	*disk = (struct disk){.wakes = mailbox_new(1, 4, NULL, NULL)};
	check(disk->wakes, "out of memory");
	check(state_dir_open(path, &disk->dir, &error) == 0, "the directory cannot be opened");
	check(!ledger_is_there(&disk->dir), "there is a ledger already");
	check(seal_key_load(&disk->dir, false, &disk->key, &error) == 0, "no key");
	check(ledger_open(&disk->dir, &disk->key, DB_MAY_BE_NEW, WALL_MS, &start, &disk->ledger,
	          &error) == 0,
	    "the ledger cannot be opened");
	check(ledger_run(disk->ledger, wake, disk->wakes) == 0, "out of memory");
}

static void disk_close(struct disk *disk)
{
	check(ledger_stop(disk->ledger, WAIT_MS) == 0, "the disk is too slow");
	ledger_close(&disk->ledger);
	state_dir_close(&disk->dir);
	mailbox_free(&disk->wakes);
}

static void post(void *context, const struct effect_ledger *effect)
{
	struct disk *disk = context;

	check(ledger_post(disk->ledger, effect) == 0, "the ledger takes no record");
	disk->records++;
}

static void wait_durable(void *context, uint64_t ticket)
{
	struct disk *disk = context;
	struct event event;
	char byte;

	while (disk->durable < ticket) {
		if (!ledger_poll(disk->ledger, &event)) {
			check(
			    mailbox_wait(disk->wakes, WAIT_MS) && mailbox_take(disk->wakes, &byte),
			    "the disk is too slow");
			continue;
		}
		check(event.kind == EVENT_LEDGER_DURABLE, "the disk fails");
		disk->durable = event.ticket;
	}
}

/* ---- what it costs ---- */

struct cost {
	double cpu_s, wall_s;
	unsigned long long writes, bytes;
};

static double seconds(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static struct cost cost_now(void)
{
	struct cost cost = {seconds(CLOCK_PROCESS_CPUTIME_ID), seconds(CLOCK_MONOTONIC), 0, 0};
	char line[128];
	FILE *file = fopen("/proc/self/io", "r");

	check(file, "no /proc/self/io");
	while (fgets(line, sizeof(line), file)) {
		if (strncmp(line, "syscw: ", 7) == 0)
			cost.writes = strtoull(line + 7, NULL, 10);
		else if (strncmp(line, "write_bytes: ", 13) == 0)
			cost.bytes = strtoull(line + 13, NULL, 10);
	}
	fclose(file);
	return cost;
}

static void print(const char *what, const struct cost *from, const struct disk *disk)
{
	struct cost now = cost_now();

	printf(
	    "  %-22s %7.2f s of CPU, %7.2f s, %7llu writes, %7.1f MiB to the disk, %llu records\n",
	    what, now.cpu_s - from->cpu_s, now.wall_s - from->wall_s, now.writes - from->writes,
	    (double)(now.bytes - from->bytes) / 1048576,
	    disk ? (unsigned long long)disk->records : 0ULL);
}

static struct bed *make_bed(uint32_t n, uint32_t expire_s, struct disk *disk)
{
	struct bed_config config = {.registrations_max = n, .expire_s = expire_s};

	if (disk) {
		config.context = disk;
		config.post = post;
		config.wait_durable = wait_durable;
	}
	return bed_new(&config);
}

static void register_all(struct bed *bed, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		bed_put(bed, i);
	while (bed_costs(bed).grants < n)
		bed_step(bed, 0);
}

static void run_first(uint32_t n, struct disk *disk)
{
	struct bed *bed = make_bed(n, 0, disk);
	struct cost from;

	bed_start(bed);
	from = cost_now();
	register_all(bed, n);
	print("first registrations:", &from, disk);
	bed_free(&bed);
}

static void run_hour(uint32_t n, struct disk *disk)
{
	struct bed *bed = make_bed(n, GRANT_S, disk);
	struct cost from;
	uint64_t end_us;

	bed_start(bed);
	register_all(bed, n);
	if (disk)
		disk->records = 0;
	from = cost_now();
	end_us = bed_now_us(bed) + HOUR_US;
	while (bed_now_us(bed) < end_us)
		bed_step(bed, 100 * US_PER_MS);
	check(bed_costs(bed).grants > 60 * (uint64_t)n, "they do not refresh");
	print("an hour of 60 s grants:", &from, disk);
	bed_free(&bed);
}

static void run(const char *path, uint32_t n, void (*run_fn)(uint32_t n, struct disk *disk))
{
	char own[4096];
	struct disk disk;

	if (strcmp(path, "-") == 0) {
		printf("%u registrations, without a ledger\n", n);
		run_fn(n, NULL);
		return;
	}
	snprintf(own, sizeof(own), "%s/ledger-cost-XXXXXX", path);
	check(mkdtemp(own), "the directory cannot be written");
	disk_open(&disk, own);
	printf("%u registrations, with the ledger in %s\n", n, own);
	run_fn(n, &disk);
	disk_close(&disk);
}

static uint32_t number(const char *text, uint32_t otherwise)
{
	unsigned long value = text ? strtoul(text, NULL, 10) : otherwise;

	check(value > 0 && value <= 1000000, "N is from 1 to 1000000");
	return (uint32_t)value;
}

int main(int argc, char **argv)
{
	check(argc > 1, "DIRECTORY|- [N] [M]");
	run(argv[1], number(argc > 2 ? argv[2] : NULL, 100000), run_first);
	run(argv[1], number(argc > 3 ? argv[3] : NULL, 10000), run_hour);
	return 0;
}

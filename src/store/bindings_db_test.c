// SPDX-License-Identifier: Apache-2.0
/*
 * Bindings of phones that outlive a process: each record that was told durable is there at the next
 * start, wherever the process was killed; after a power cut the file is sound; a damaged one is
 * set aside.
 */
#include "store/bindings_db.h"

#include "store/bindings_file.h"
#include "test/kit/fault_vfs.h"
#include "test/kit/temp_dir.h"
#include "test/kit/unit.h"

#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BINDINGS  64
#define NOW_MS    INT64_C(1700000000000)
#define FLUSH_MS  10000
#define CUT_SEEDS 8

static char path[TEMP_DIR_MAX];
static struct state_dir dir;
static struct bindings_db *db;
static sem_t woken;
static uint64_t ticket;

/* What the start gave. */
static struct {
	uint64_t ids; /* a bit each */
	uint32_t count;
	struct binding_record first;
	char contact[64], agent[64];
	int64_t unsure_ms;
	unsigned failed, lost;
	uint64_t durable;
} seen;

static void wake(void *context)
{
	(void)context;
	sem_post(&woken);
}

static void note(const struct event *event)
{
	const struct binding_record *record = &event->kept.record;

	if (event->kind == EVENT_BINDING_KEPT) {
		assert_true(record->id < 64);
		seen.ids |= UINT64_C(1) << record->id;
		seen.unsure_ms = event->kept.unsure_ms;
		if (seen.count++ > 0)
			return;
		seen.first = *record;
		snprintf(seen.contact, sizeof(seen.contact), "%.*s", SLICE_ARG(record->contact));
		snprintf(seen.agent, sizeof(seen.agent), "%.*s", SLICE_ARG(record->agent));
	}
	seen.failed += event->kind == EVENT_BINDINGS_FAILED;
	seen.lost += event->kind == EVENT_BINDINGS_LOST;
	if (event->kind == EVENT_BINDINGS_DURABLE)
		seen.durable = event->ticket;
}

/* Notes events until one of that kind came. False: none came in time. */
static bool hear(enum event_kind kind)
{
	struct timespec until;
	struct event event;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 10;
	do {
		while (bindings_db_poll(db, &event)) {
			note(&event);
			if (event.kind == kind)
				return true;
		}
	} while (sem_timedwait(&woken, &until) == 0);
	return false;
}

static void start(void)
{
	struct store_error error;

	memset(&seen, 0, sizeof(seen));
	assert_int_equal(state_dir_open(path, &dir, &error), 0);
	db = bindings_db_start(&dir, wake, NULL);
	assert_non_null(db);
	assert_true(hear(EVENT_BINDINGS_LOADED));
}

static int stop(void)
{
	int rc = bindings_db_stop(&db, FLUSH_MS);

	state_dir_close(&dir);
	return rc;
}

static void post(const struct binding_record *record)
{
	const struct effect_binding effect = {++ticket, *record};

	bindings_db_post(db, &effect);
}

static void put(uint64_t id)
{
	char contact[64];
	const struct binding_record record = {
	    .op = BINDING_PUT,
	    .id = id,
	    .terms = {NOW_MS + 600000 + (int64_t)id, 600, 7},
	    .username = SLICE("2001"),
	    .contact = slice_make(
	        contact, (size_t)snprintf(contact, sizeof(contact), "sip:2001@h%d", (int)id)),
	    .call_id = SLICE("call-1"),
	    .instance = SLICE("urn:uuid:1"),
	    .agent = SLICE("Phone/1"),
	    .flow = {.transport = SIP_UDP,
	        .local = {.family = 4, .ip = {192, 0, 2, 100}, .port = 5060},
	        .peer = {.family = 4, .ip = {192, 0, 2, 1}, .port = 5061}},
	    .reg_id = 3,
	    .q_milli = 500,
	};

	post(&record);
}

static void gone(uint64_t id)
{
	const struct binding_record record = {.op = BINDING_GONE, .id = id};

	post(&record);
}

static void refresh(uint64_t id, int64_t expires_ms)
{
	const struct binding_record record = {
	    .op = BINDING_REFRESHED, .id = id, .terms = {expires_ms, 600, 8}};

	post(&record);
}

static bool comes_through(void)
{
	while (seen.durable < ticket)
		if (!hear(EVENT_BINDINGS_DURABLE))
			return false;
	return true;
}

static void what_was_put_comes_back(void **state)
{
	const struct netaddr peer = {.family = 4, .ip = {192, 0, 2, 1}, .port = 5061};

	(void)state;
	start();
	put(1);
	put(2);
	gone(2);
	assert_true(comes_through());
	assert_int_equal(stop(), 0);
	start();
	assert_int_equal(seen.ids, 1 << 1);
	assert_string_equal(seen.contact, "sip:2001@h1");
	assert_string_equal(seen.agent, "Phone/1");
	assert_true(netaddr_equal(&seen.first.flow.peer, &peer));
	assert_int_equal(seen.first.flow.transport, SIP_UDP);
	assert_int_equal(seen.first.reg_id, 3);
	assert_int_equal(seen.first.q_milli, 500);
	assert_int_equal(seen.first.terms.expires_ms, NOW_MS + 600001);
	assert_int_equal(seen.first.terms.granted_s, 600);
	assert_int_equal(seen.first.terms.cseq, 7);
	assert_int_equal(seen.unsure_ms, 0);
	assert_int_equal(stop(), 0);
}

static void an_older_refresh_changes_nothing(void **state)
{
	(void)state;
	start();
	refresh(1, NOW_MS + 500000);
	put(1);
	refresh(1, NOW_MS + 400000);
	assert_int_equal(stop(), 0);
	start();
	assert_int_equal(seen.first.terms.expires_ms, NOW_MS + 600001);
	assert_int_equal(stop(), 0);
}

/* The first is written at once, the others wait; a change does not wait for them. */
static void refreshes_wait_for_one_another(void **state)
{
	(void)state;
	start();
	refresh(1, NOW_MS + 700000);
	put(1);
	assert_true(comes_through());
	for (int i = 0; i < 1000; i++)
		refresh(1, NOW_MS + 800000 + i);
	put(2);
	seen.durable = 0;
	assert_true(hear(EVENT_BINDINGS_DURABLE));
	assert_int_equal(seen.durable, ticket);
	assert_int_equal(stop(), 0);
	start();
	assert_int_equal(seen.first.terms.expires_ms, NOW_MS + 800999);
	assert_int_equal(stop(), 0);
}

static void a_refresh_changes_the_terms(void **state)
{
	const struct binding_record shift = {.op = BINDING_SHIFTED, .step_ms = 250};

	(void)state;
	start();
	put(1);
	refresh(1, NOW_MS + 900000);
	/* Of a binding that is not there it changes nothing. */
	refresh(5, NOW_MS);
	post(&shift);
	assert_int_equal(stop(), 0);
	start();
	assert_int_equal(seen.ids, 1 << 1);
	assert_int_equal(seen.first.terms.expires_ms, NOW_MS + 900250);
	assert_int_equal(seen.first.terms.cseq, 8);
	assert_int_equal(stop(), 0);
}

/* Lives in a process of its own, tells each durable ticket on a pipe, and is killed. */
static void live_and_tell(int to)
{
	struct event event;

	start();
	for (uint64_t id = 1; id < BINDINGS; id++) {
		put(id);
		if (id % 3 == 0)
			gone(id - 1);
	}
	for (;;) {
		sem_wait(&woken);
		while (bindings_db_poll(db, &event))
			if (event.kind == EVENT_BINDINGS_DURABLE &&
			    write(to, &event.ticket, sizeof(event.ticket)) < 0)
				_exit(1);
	}
}

/* Which bindings there are after so many records of live_and_tell(). */
static uint64_t ids_after(uint64_t records)
{
	uint64_t ids = 0, count = 0;

	for (uint64_t id = 1; id < BINDINGS; id++) {
		if (count++ < records)
			ids |= UINT64_C(1) << id;
		if (id % 3 == 0 && count++ < records)
			ids &= ~(UINT64_C(1) << (id - 1));
	}
	return ids;
}

static void kill_after(unsigned wait_us)
{
	uint64_t told = 0, before = 0;
	bool is_one_of_them = false;
	int pipes[2];
	pid_t child;

	temp_dir_remove(path);
	temp_dir_make(path);
	assert_int_equal(pipe(pipes), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		live_and_tell(pipes[1]);
	close(pipes[1]);
	usleep(wait_us);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	while (read(pipes[0], &told, sizeof(told)) == sizeof(told))
		before = told;
	close(pipes[0]);
	start();
	for (uint64_t n = before; n < 2 * BINDINGS && !is_one_of_them; n++)
		is_one_of_them = seen.ids == ids_after(n);
	assert_true(is_one_of_them);
	assert_int_equal(seen.lost, 0);
	if (seen.ids)
		assert_true(seen.unsure_ms > NOW_MS);
	assert_int_equal(stop(), 0);
}

static void a_kill_loses_nothing_that_was_told(void **state)
{
	(void)state;
	for (unsigned wait_us = 1000; wait_us <= 20000; wait_us += 1000)
		kill_after(wait_us);
}

/*
 * Many commits, of which none was synced; the first syncs are those of the end. What is left is
 * what was there after one of the records.
 */
static bool cut_power(unsigned sync, uint64_t seed)
{
	bool is_one_of_them = false, is_dark;

	temp_dir_remove(path);
	temp_dir_make(path);
	start();
	for (uint64_t id = 1; id < BINDINGS; id++) {
		put(id);
		if (id % 3 == 0)
			gone(id - 1);
		assert_true(comes_through());
	}
	fault_vfs_cut_power_at(sync, seed);
	(void)!stop();
	is_dark = fault_vfs_is_dark();
	fault_vfs_power_returns();
	start();
	for (uint64_t n = 0; n < 2 * BINDINGS && !is_one_of_them; n++)
		is_one_of_them = seen.ids == ids_after(n);
	assert_true(is_one_of_them);
	assert_int_equal(seen.lost, 0);
	assert_int_equal(stop(), 0);
	return is_dark;
}

static void a_power_cut_leaves_a_sound_file(void **state)
{
	unsigned cuts = 0;

	(void)state;
	for (uint64_t seed = 0; seed < CUT_SEEDS; seed++)
		for (unsigned sync = 1; cut_power(sync, seed); sync++)
			cuts++;
	assert_true(cuts >= 2 * CUT_SEEDS);
}

static void damage(off_t at)
{
	char name[STATE_PATH_MAX], junk[3000];
	int fd;

	snprintf(name, sizeof(name), "%s/bindings.db", path);
	memset(junk, 0xa5, sizeof(junk));
	fd = open(name, O_WRONLY);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, junk, sizeof(junk), at), sizeof(junk));
	close(fd);
}

static void a_damaged_file_is_set_aside(void **state)
{
	static const off_t places[] = {0, 4096, 8200};

	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		temp_dir_remove(path);
		temp_dir_make(path);
		start();
		put(1);
		assert_int_equal(stop(), 0);
		damage(places[i]);
		start();
		assert_int_equal(seen.lost, 1);
		assert_int_equal(seen.failed, 0);
		put(2);
		assert_true(comes_through());
		assert_true(state_dir_has(&dir, "bindings.db.damaged"));
		assert_int_equal(stop(), 0);
		start();
		assert_int_equal(seen.ids, 1 << 2);
		assert_int_equal(stop(), 0);
	}
}

static void a_full_disk_is_tried_again(void **state)
{
	(void)state;
	start();
	put(1);
	assert_true(comes_through());
	fault_vfs_full(true);
	put(2);
	assert_true(hear(EVENT_BINDINGS_FAILED));
	put(3);
	fault_vfs_full(false);
	assert_true(comes_through());
	assert_int_equal(stop(), 0);
	start();
	assert_int_equal(seen.ids, 1 << 1 | 1 << 2 | 1 << 3);
	assert_int_equal(stop(), 0);
}

static void a_copied_directory_forgets_them(void **state)
{
	struct store_error error;

	(void)state;
	start();
	put(1);
	assert_int_equal(bindings_db_stop(&db, FLUSH_MS), 0);
	assert_int_equal(bindings_db_remove(&dir, &error), 0);
	assert_int_equal(bindings_db_remove(&dir, &error), 0);
	state_dir_close(&dir);
	start();
	assert_int_equal(seen.ids, 0);
	assert_int_equal(stop(), 0);
}

static int set_up(void **state)
{
	(void)state;
	temp_dir_make(path);
	sem_init(&woken, 0, 0);
	ticket = 0;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fault_vfs_full(false);
	fault_vfs_power_returns();
	sem_destroy(&woken);
	temp_dir_remove(path);
	return 0;
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(what_was_put_comes_back),
	    CASE(an_older_refresh_changes_nothing),
	    CASE(refreshes_wait_for_one_another),
	    CASE(a_refresh_changes_the_terms),
	    CASE(a_kill_loses_nothing_that_was_told),
	    CASE(a_power_cut_leaves_a_sound_file),
	    CASE(a_damaged_file_is_set_aside),
	    CASE(a_full_disk_is_tried_again),
	    CASE(a_copied_directory_forgets_them),
	};

	fault_vfs_install();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

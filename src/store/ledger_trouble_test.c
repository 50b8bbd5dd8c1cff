// SPDX-License-Identifier: Apache-2.0
/*
 * The ledger in trouble: killed between any two commits, on a disk that is full,
 * fails to sync or was spoilt, in another's hands. Power cuts are in
 * ledger_power_test.c.
 */
#include "store/ledger.h"

#include "base/error.h"
#include "test/kit/fault_vfs.h"
#include "test/kit/ledger_stage.h"
#include "test/kit/unit.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct ledger_stage s;

static ino_t inode_of(const char *name)
{
	struct stat st;

	assert_int_equal(fstatat(s.dir.fd, name, &st, 0), 0);
	return st.st_ino;
}

static int set_up(void **state)
{
	(void)state;
	ledger_stage_set(&s);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fault_vfs_full(false);
	fault_vfs_sync_fails(false);
	ledger_stage_clear(&s);
	return 0;
}

/* Every ticket that was told durable before the kill is there after it. */
static void test_killed(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 8; round++) {
		uint64_t told = 0, ticket;
		int pipe_fds[2], status;
		pid_t child;

		temp_dir_remove(s.path);
		temp_dir_make(s.path);
		assert_int_equal(pipe(pipe_fds), 0);
		child = fork();
		if (child == 0) {
			ledger_stage_run(&s);
			for (ticket = 1;; ticket++) {
				struct event event;

				ledger_stage_identity(&s, ticket, ticket);
				if (ticket % 50 != 0 && !ledger_poll(s.ledger, &event))
					continue;
				if (ticket % 50 == 0)
					event = ledger_stage_event(&s);
				if (write(pipe_fds[1], &event.ticket, sizeof(event.ticket)) < 0)
					_exit(1);
			}
		}
		close(pipe_fds[1]);
		for (unsigned i = 0; i < 1 + round * 3; i++)
			assert_int_equal(read(pipe_fds[0], &told, sizeof(told)), sizeof(told));
		kill(child, SIGKILL);
		while (read(pipe_fds[0], &ticket, sizeof(ticket)) == sizeof(ticket))
			told = ticket;
		close(pipe_fds[0]);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status));

		ledger_stage_run(&s);
		assert_true(told > 0);
		assert_true(s.seen.identities >= told);
		assert_int_equal(s.start.boot, 2);
		ledger_stage_stop(&s);
	}
}

/* As a start so many seconds after the last one of the stage. */
static void start_after(int64_t seconds)
{
	int64_t wall_ms = LEDGER_STAGE_WALL_MS + seconds * 1000;

	assert_int_equal(state_dir_open(s.path, &s.dir, &s.error), 0);
	assert_int_equal(seal_key_load(&s.dir, true, &s.key, &s.error), 0);
	assert_int_equal(
	    ledger_open(&s.dir, &s.key, DB_IN_USE, wall_ms, &s.start, &s.ledger, &s.error), 0);
}

/* What it names goes on, under numbers that are its own though nobody can note them. */
static void test_a_start_on_a_full_disk(void **state)
{
	uint32_t floor, boot = 0;

	(void)state;
	ledger_stage_run(&s);
	ledger_stage_identity(&s, 1, 1);
	ledger_stage_durable(&s, 1);
	ledger_stage_stop(&s);
	floor = s.start.cseq_ceiling - 1;
	fault_vfs_full(true);
	for (int64_t seconds = 1; seconds < 20000; seconds *= 3) {
		start_after(seconds);
		assert_int_equal(s.start.trouble.failure, STORE_FULL);
		assert_int_equal(s.start.identities, 1);
		assert_true(s.start.cseq_floor > floor);
		assert_int_equal(s.start.cseq_ceiling, s.start.cseq_floor);
		assert_true(s.start.boot >= UINT32_C(0x80000000) && s.start.boot != boot);
		floor = s.start.cseq_floor;
		boot = s.start.boot;
		ledger_stage_close(&s);
	}
	fault_vfs_full(false);
	start_after(20000);
	assert_int_equal(s.start.trouble.failure, STORE_FINE);
	assert_int_equal(s.start.boot, 2);
	assert_true(s.start.cseq_floor > floor);
	ledger_stage_close(&s);
}

/* The row says so until a start is recorded, and starts that are not send all the same. */
static void test_a_kept_stop_counts_once(void **state)
{
	(void)state;
	ledger_stage_run(&s);
	ledger_stage_identity(&s, 1, 1);
	ledger_stage_post(
	    &s, 2, &(struct ledger_record){.op = LEDGER_STOP, .stop = LEDGER_STOP_KEPT});
	ledger_stage_durable(&s, 2);
	ledger_stage_stop(&s);
	fault_vfs_full(true);
	for (int64_t seconds = 1; seconds < 3; seconds++) {
		start_after(seconds);
		assert_int_equal(s.start.trouble.failure, STORE_FULL);
		ledger_stage_begin(&s);
		assert_int_equal(s.seen.identities, 1);
		assert_int_equal(s.seen.stops, 0);
		ledger_stage_stop(&s);
	}
}

static void test_full_disk(void **state)
{
	struct event event;

	(void)state;
	ledger_stage_run(&s);
	ledger_stage_identity(&s, 1, 1);
	ledger_stage_durable(&s, 1);
	fault_vfs_full(true);
	ledger_stage_identity(&s, 2, 2);
	event = ledger_stage_event(&s);
	assert_int_equal(event.kind, EVENT_LEDGER_FAILED);
	assert_non_null(memmem(event.why.p, event.why.n, "the disk is full", 16));
	/* All of these merge into the rows of two identities. */
	for (uint64_t ticket = 3; ticket < 5000; ticket++)
		ledger_stage_binding(&s, ticket, 2, (uint32_t)ticket, false);
	ledger_stage_gone(&s, 5000, 1);
	fault_vfs_full(false);
	do
		event = ledger_stage_event(&s);
	while (event.kind == EVENT_LEDGER_FAILED);
	while (event.ticket < 5000)
		event = ledger_stage_event(&s);
	ledger_stage_stop(&s);

	ledger_stage_run(&s);
	assert_int_equal(s.seen.identities, 1);
	assert_int_equal(s.seen.last_id, 2);
	assert_int_equal(s.seen.binding.expiry_s, 4999);
	ledger_stage_stop(&s);
}

static void test_failed_sync_writes_the_file_anew(void **state)
{
	struct event event;
	ino_t before;

	(void)state;
	ledger_stage_run(&s);
	ledger_stage_identity(&s, 1, 1);
	ledger_stage_binding(&s, 2, 1, 60, false);
	ledger_stage_pace(&s, 3, 5060, 20000);
	ledger_stage_durable(&s, 3);
	before = inode_of("ledger.db");
	fault_vfs_sync_fails(true);
	ledger_stage_identity(&s, 4, 2);
	event = ledger_stage_event(&s);
	assert_int_equal(event.kind, EVENT_LEDGER_FAILED);
	fault_vfs_sync_fails(false);
	ledger_stage_gone(&s, 5, 1);
	do
		event = ledger_stage_event(&s);
	while (event.kind == EVENT_LEDGER_FAILED || event.ticket < 5);
	assert_int_not_equal(inode_of("ledger.db"), before);
	ledger_stage_identity(&s, 6, 3);
	ledger_stage_durable(&s, 6);
	ledger_stage_stop(&s);

	ledger_stage_run(&s);
	assert_int_equal(s.start.boot, 2);
	assert_int_equal(s.seen.identities, 2);
	assert_int_equal(s.seen.bindings, 0);
	assert_int_equal(s.seen.paces, 1);
	assert_int_equal(s.seen.pace.proven_milli, 20000);
	ledger_stage_stop(&s);
}

/* Killed between the two renames of a replacement: the new file counts, the old WAL does not. */
static void test_replacement_is_finished_at_start(void **state)
{
	char from[TEMP_DIR_MAX + 32], to[TEMP_DIR_MAX + 32], command[512];

	(void)state;
	ledger_stage_run(&s);
	ledger_stage_identity(&s, 1, 1);
	ledger_stage_durable(&s, 1);
	ledger_stage_stop(&s);
	snprintf(command, sizeof(command),
	    "cd %s && cp ledger.db other && cp ledger.db-wal other-wal 2>/dev/null; true", s.path);
	assert_int_equal(system(command), 0);
	/* The copy becomes a file without WAL, as a replacement is. */
	snprintf(from, sizeof(from), "%s/other", s.path);
	snprintf(to, sizeof(to), "%s/ledger.new", s.path);
	{
		sqlite3 *db;

		assert_int_equal(sqlite3_open(from, &db), SQLITE_OK);
		assert_int_equal(
		    sqlite3_exec(db, "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=DELETE",
		        NULL, NULL, NULL),
		    SQLITE_OK);
		sqlite3_close(db);
	}
	ledger_stage_run(&s);
	ledger_stage_identity(&s, 1, 2);
	ledger_stage_durable(&s, 1);
	ledger_stage_stop(&s);
	assert_int_equal(rename(from, to), 0);

	ledger_stage_run(&s);
	assert_int_equal(s.seen.identities, 1);
	assert_int_equal(s.seen.last_id, 1);
	assert_int_equal(access(to, F_OK), -1);
	ledger_stage_stop(&s);
}

static void test_stop_is_bounded(void **state)
{
	(void)state;
	ledger_stage_run(&s);
	fault_vfs_full(true);
	ledger_stage_identity(&s, 1, 1);
	assert_int_equal(ledger_stop(s.ledger, 50), ERR_TIMEOUT);
	ledger_stage_close(&s);
	fault_vfs_full(false);
	ledger_stage_run(&s);
	assert_int_equal(s.seen.identities, 0);
	ledger_stage_stop(&s);
}

static void spoil(const char *name, long at)
{
	char file[TEMP_DIR_MAX + 32];
	FILE *stream;

	snprintf(file, sizeof(file), "%s/%s", s.path, name);
	stream = fopen(file, "r+");
	assert_non_null(stream);
	fseek(stream, at, SEEK_SET);
	for (int i = 0; i < 64; i++)
		fputc(0xa5, stream);
	fclose(stream);
}

static void test_damaged(void **state)
{
	(void)state;
	ledger_stage_run(&s);
	ledger_stage_stop(&s);
	spoil("ledger.db", 0);
	assert_int_equal(ledger_stage_open(&s), ERR_DAMAGED);
	assert_int_equal(s.error.failure, STORE_DAMAGED);
	assert_non_null(strstr(s.error.text, "ledger.db: is damaged"));
	ledger_stage_close(&s);
}

/* What SQLite takes for sound. */
static void test_a_row_that_cannot_be_taken_up_is_named(void **state)
{
	static const struct {
		const char *sql, *words;
	} cases[] = {
	    {"DELETE FROM identities",
	        "ledger.db: is damaged: a binding that belongs to no identity"},
	    {"DELETE FROM bindings; INSERT INTO numbers VALUES('what', 1)",
	        "ledger.db: is damaged: a number of a name that Regent does not use"},
	};
	char file[TEMP_DIR_MAX + 32];
	sqlite3 *db;

	(void)state;
	ledger_stage_run(&s);
	ledger_stage_identity(&s, 1, 1);
	ledger_stage_binding(&s, 2, 1, 60, false);
	ledger_stage_durable(&s, 2);
	ledger_stage_stop(&s);
	snprintf(file, sizeof(file), "%s/ledger.db", s.path);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
		assert_int_equal(
		    sqlite3_exec(db, "PRAGMA locking_mode=EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
		assert_int_equal(sqlite3_exec(db, cases[i].sql, NULL, NULL, NULL), SQLITE_OK);
		sqlite3_close(db);
		assert_int_equal(ledger_stage_open(&s), ERR_DAMAGED);
		assert_non_null(strstr(s.error.text, cases[i].words));
		ledger_stage_close(&s);
	}
}

static void test_locked_by_another(void **state)
{
	char file[TEMP_DIR_MAX + 32];
	sqlite3 *db;

	(void)state;
	ledger_stage_run(&s);
	ledger_stage_stop(&s);
	snprintf(file, sizeof(file), "%s/ledger.db", s.path);
	assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
	assert_int_equal(
	    sqlite3_exec(db, "PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE", NULL, NULL, NULL),
	    SQLITE_OK);
	assert_int_equal(ledger_stage_open(&s), ERR_LOCKED);
	assert_int_equal(s.error.failure, STORE_LOCKED);
	ledger_stage_close(&s);
	sqlite3_close(db);
	ledger_stage_run(&s);
	ledger_stage_stop(&s);
}

static void test_full_at_start(void **state)
{
	(void)state;
	fault_vfs_full(true);
	assert_int_equal(ledger_stage_open(&s), ERR_FULL);
	assert_int_equal(s.error.failure, STORE_FULL);
	assert_non_null(strstr(s.error.text, "ledger.db: the disk is full"));
	ledger_stage_close(&s);
}

#define LEDGER_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    LEDGER_TEST(test_killed),
	    LEDGER_TEST(test_a_start_on_a_full_disk),
	    LEDGER_TEST(test_a_kept_stop_counts_once),
	    LEDGER_TEST(test_full_disk),
	    LEDGER_TEST(test_failed_sync_writes_the_file_anew),
	    LEDGER_TEST(test_replacement_is_finished_at_start),
	    LEDGER_TEST(test_stop_is_bounded),
	    LEDGER_TEST(test_damaged),
	    LEDGER_TEST(test_a_row_that_cannot_be_taken_up_is_named),
	    LEDGER_TEST(test_locked_by_another),
	    LEDGER_TEST(test_full_at_start),
	};

	fault_vfs_install();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * The ledger on a real directory: what was told durable is there again, after
 * a stop, after a kill between any two commits, and after a disk that was full
 * or lied.
 */
#include "store/ledger.h"

#include "thread/mailbox.h"

#include <poll.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test/kit/fault_vfs.h"
#include "test/kit/temp_dir.h"
#include "test/kit/unit.h"

#define WALL_MS INT64_C(1800000000000) /* in 2027 */
#define CSEQ_AT INT64_C(222163200)     /* its seconds since 2020 */

static char path[TEMP_DIR_MAX];
static struct state_dir dir;
static struct seal_key key;
static struct store_error error;
static struct ledger *ledger;
static struct ledger_start start;
static struct mailbox *wakes;

/* What was read back. */
static struct seen {
	unsigned identities, bindings, epochs, paces, stops;
	uint64_t last_id;
	char password[64], contact[64], echoed[64];
	struct ledger_binding binding;
	struct ledger_pace pace;
	uint32_t epoch;
} seen;

static void put_text(char *text_r, struct slice text)
{
	snprintf(text_r, 64, "%.*s", SLICE_ARG(text));
}

static int see(void *context, const struct ledger_record *record)
{
	(void)context;
	switch (record->op) {
	case LEDGER_IDENTITY:
		seen.identities++;
		seen.last_id = record->identity.id;
		put_text(seen.password, record->identity.password);
		put_text(seen.contact, record->identity.contact);
		break;
	case LEDGER_BINDING:
		/* Right behind its identity. */
		assert_int_equal(record->binding.identity, seen.last_id);
		seen.bindings++;
		seen.binding = record->binding;
		put_text(seen.echoed, record->binding.echoed);
		break;
	case LEDGER_EPOCH:
		seen.epochs++;
		seen.epoch = record->epoch.epoch;
		break;
	case LEDGER_PACE:
		/* A target is made with its identity, and begins with its pace. */
		assert_int_equal(seen.identities, 0);
		seen.paces++;
		seen.pace = record->pace;
		break;
	case LEDGER_STOP:
		/* What follows is read in its light. */
		assert_int_equal(seen.identities, 0);
		assert_true(record->stopping);
		seen.stops++;
		break;
	default:
		fail();
	}
	return 0;
}

static void wake(void *context)
{
	char byte = 0;

	/* A full mailbox has woken us already. */
	if (mailbox_post(context, &byte) != 0)
		return;
}

static int open_all(void)
{
	int rc = state_dir_open(path, &dir, &error);

	if (rc == 0)
		rc = seal_key_load(&dir, ledger_is_there(&dir), &key, &error);
	if (rc == 0)
		rc = ledger_open(&dir, &key, WALL_MS, &start, &ledger, &error);
	return rc;
}

static void open_and_run(void)
{
	assert_int_equal(open_all(), 0);
	memset(&seen, 0, sizeof(seen));
	assert_int_equal(ledger_read(ledger, see, NULL, &error), 0);
	assert_int_equal(ledger_run(ledger, wake, wakes), 0);
}

static void close_all(void)
{
	ledger_close(&ledger);
	state_dir_close(&dir);
}

static void stop_and_close(void)
{
	assert_int_equal(ledger_stop(ledger, 10000), 0);
	close_all();
}

static void post(uint64_t ticket, const struct ledger_record *record)
{
	struct effect_ledger effect = {.ticket = ticket, .record = *record};

	assert_int_equal(ledger_post(ledger, &effect), 0);
}

static void post_identity(uint64_t ticket, uint64_t id)
{
	struct ledger_record record = {
	    .op = LEDGER_IDENTITY,
	    .identity =
	        {
	            .id = id,
	            .name = SLICE("carrier-a"),
	            .username = SLICE("1001"),
	            .password = SLICE("secret"),
	            .host = SLICE("carrier.example"),
	            .contact = SLICE("sip:x@192.0.2.1:5060"),
	            .epoch = 3,
	        },
	};

	post(ticket, &record);
}

static void post_binding(uint64_t ticket, uint64_t id, uint32_t expiry_s, bool owed)
{
	struct ledger_record record = {
	    .op = LEDGER_BINDING,
	    .binding =
	        {
	            .identity = id,
	            .expiry_s = expiry_s,
	            .owed = owed,
	            .digest_least = 2,
	            .bound_until_ms = WALL_MS + 1,
	            .echoed = SLICE("sip:x@198.51.100.7"),
	        },
	};

	post(ticket, &record);
}

static void post_gone(uint64_t ticket, uint64_t id)
{
	post(ticket, &(struct ledger_record){.op = LEDGER_GONE, .gone = id});
}

static void post_pace(uint64_t ticket, uint16_t port, uint32_t proven_milli)
{
	struct ledger_record record = {
	    .op = LEDGER_PACE,
	    .pace =
	        {
	            .transport = 1,
	            .address =
	                {.family = 6, .ip = {0xfe, 0x80, [15] = 9}, .port = port, .scope = 3},
	            .proven_milli = proven_milli,
	            .ceiling_milli = proven_milli / 2,
	            .ceiling_until_ms = WALL_MS + 7,
	        },
	};

	post(ticket, &record);
}

static void post_alive(uint64_t ticket, int64_t alive_ms)
{
	post(ticket, &(struct ledger_record){.op = LEDGER_ALIVE, .alive_ms = alive_ms});
}

/* The next event, for which the thread has 20 s. */
static struct event next_event(void)
{
	struct event event;
	char byte;

	while (!ledger_poll(ledger, &event)) {
		assert_true(mailbox_wait(wakes, 20000));
		assert_true(mailbox_take(wakes, &byte));
	}
	return event;
}

static void wait_durable(uint64_t ticket)
{
	struct event event;

	do {
		event = next_event();
		assert_int_equal(event.kind, EVENT_LEDGER_DURABLE);
		assert_true(event.ticket <= ticket);
	} while (event.ticket < ticket);
}

static int set_up(void **state)
{
	(void)state;
	temp_dir_make(path);
	wakes = mailbox_new(1, 4, NULL, NULL);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fault_vfs_full(false);
	fault_vfs_sync_fails(false);
	mailbox_free(&wakes);
	temp_dir_remove(path);
	return 0;
}

static unsigned mode_of(const char *name)
{
	struct stat st;

	assert_int_equal(fstatat(dir.fd, name, &st, 0), 0);
	return st.st_mode & 0777;
}

static void test_numbers_of_a_start(void **state)
{
	(void)state;
	open_and_run();
	assert_int_equal(start.boot, 1);
	assert_int_equal(mode_of("ledger.db"), 0600);
	assert_int_equal(mode_of("ledger.db-wal"), 0600);
	assert_int_equal(start.cseq_floor, 0);
	assert_int_equal(start.cseq_ceiling, CSEQ_AT + 256);
	assert_false(start.was_alive);
	post_alive(1, WALL_MS + 5);
	post(2, &(struct ledger_record){.op = LEDGER_CSEQ_FLOOR, .cseq_floor = CSEQ_AT + 1000});
	wait_durable(2);
	stop_and_close();

	open_and_run();
	assert_int_equal(start.boot, 2);
	assert_int_equal(start.cseq_floor, CSEQ_AT + 1000);
	assert_int_equal(start.cseq_ceiling, CSEQ_AT + 1256);
	assert_true(start.was_alive);
	assert_int_equal(start.alive_ms, WALL_MS + 5);
	stop_and_close();

	/* A start that got no further has used its number and its ceiling. */
	assert_int_equal(open_all(), 0);
	close_all();
	assert_int_equal(open_all(), 0);
	assert_int_equal(start.boot, 4);
	assert_int_equal(start.cseq_floor, CSEQ_AT + 1512);
	close_all();
}

static void test_records_come_back(void **state)
{
	(void)state;
	open_and_run();
	assert_int_equal(seen.identities, 0);
	post_identity(1, 7);
	post_binding(2, 7, 3600, false);
	post_binding(3, 7, 300, true);
	post_identity(4, 8);
	post(5, &(struct ledger_record){
	            .op = LEDGER_EPOCH, .epoch = {.name = SLICE("carrier-a"), .epoch = 4}});
	post_gone(6, 8);
	post(7, &(struct ledger_record){.op = LEDGER_STOP, .stopping = true});
	wait_durable(7);
	stop_and_close();

	open_and_run();
	assert_int_equal(seen.stops, 1);
	assert_int_equal(seen.identities, 1);
	assert_int_equal(seen.last_id, 7);
	assert_string_equal(seen.password, "secret");
	assert_string_equal(seen.contact, "sip:x@192.0.2.1:5060");
	assert_int_equal(seen.bindings, 1);
	assert_int_equal(seen.binding.expiry_s, 300);
	assert_true(seen.binding.owed);
	assert_int_equal(seen.binding.bound_until_ms, WALL_MS + 1);
	assert_string_equal(seen.echoed, "sip:x@198.51.100.7");
	assert_int_equal(seen.binding.digest_least, 2);
	assert_int_equal(seen.epochs, 1);
	assert_int_equal(seen.epoch, 4);
	post_gone(1, 7);
	post(2, &(struct ledger_record){.op = LEDGER_STOP, .stopping = false});
	wait_durable(2);
	stop_and_close();

	open_and_run();
	assert_int_equal(seen.stops, 0);
	assert_int_equal(seen.identities, 0);
	assert_int_equal(seen.bindings, 0);
	stop_and_close();
}

static void test_paces_come_back(void **state)
{
	(void)state;
	open_and_run();
	post_identity(1, 7);
	post_pace(2, 5060, 20000);
	post_pace(3, 5062, 30000);
	post_pace(4, 5060, 160000);
	post_pace(5, 5062, 0);
	wait_durable(5);
	stop_and_close();

	open_and_run();
	assert_int_equal(seen.paces, 1);
	assert_int_equal(seen.pace.transport, 1);
	assert_int_equal(seen.pace.address.family, 6);
	assert_int_equal(seen.pace.address.ip[15], 9);
	assert_int_equal(seen.pace.address.port, 5060);
	assert_int_equal(seen.pace.address.scope, 3);
	assert_int_equal(seen.pace.proven_milli, 160000);
	assert_int_equal(seen.pace.ceiling_milli, 80000);
	assert_int_equal(seen.pace.ceiling_until_ms, WALL_MS + 7);
	post_pace(1, 5060, 0);
	wait_durable(1);
	stop_and_close();

	open_and_run();
	assert_int_equal(seen.paces, 0);
	assert_int_equal(seen.identities, 1);
	stop_and_close();
}

/* As version 1 of the schema left it, before paces were kept. */
static const char version_1[] =
    "PRAGMA journal_mode=WAL;"
    "CREATE TABLE identities(id INTEGER PRIMARY KEY, name TEXT NOT NULL, username TEXT NOT NULL,"
    "auth_username TEXT NOT NULL, password BLOB NOT NULL, host TEXT NOT NULL, proxy TEXT NOT NULL,"
    "contact TEXT NOT NULL, display_name TEXT NOT NULL, user_agent TEXT NOT NULL,"
    "epoch INTEGER NOT NULL, preferred BLOB NOT NULL, local BLOB NOT NULL) STRICT;"
    "CREATE TABLE bindings(identity INTEGER PRIMARY KEY, expiry INTEGER NOT NULL,"
    "owed INTEGER NOT NULL, bound_until_ms INTEGER NOT NULL, target BLOB NOT NULL,"
    "echoed TEXT NOT NULL) STRICT;"
    "CREATE TABLE epochs(name TEXT PRIMARY KEY, epoch INTEGER NOT NULL) STRICT;"
    "CREATE TABLE numbers(name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;"
    "INSERT INTO identities VALUES(7,'carrier-a','1001','',X'','carrier.example','',"
    "'sip:x@192.0.2.1:5060','','',3,zeroblob(23),zeroblob(23));"
    "INSERT INTO bindings VALUES(7,300,1,1800000000001,zeroblob(23),'sip:x@198.51.100.7');"
    "INSERT INTO epochs VALUES('carrier-a',4);"
    "INSERT INTO numbers VALUES('boot',41),('cseq_ceiling',300000000),('alive_ms',1799999999999);"
    "PRAGMA application_id=1380404293; PRAGMA user_version=1;";

static void make_version_1(void)
{
	char file[TEMP_DIR_MAX + 32];
	sqlite3 *db;

	open_and_run(); /* the directory and its key */
	stop_and_close();
	snprintf(file, sizeof(file), "%s/ledger.db-wal", path);
	unlink(file);
	snprintf(file, sizeof(file), "%s/ledger.db", path);
	assert_int_equal(unlink(file), 0);
	assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, version_1, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void test_goes_on_with_version_1(void **state)
{
	(void)state;
	make_version_1();
	for (int starts = 1; starts <= 2; starts++) {
		open_and_run();
		assert_int_equal(start.boot, 41 + starts);
		assert_true(start.cseq_floor >= 300000000);
		assert_int_equal(start.alive_ms, WALL_MS - 1);
		assert_int_equal(seen.identities, 1);
		assert_string_equal(seen.contact, "sip:x@192.0.2.1:5060");
		assert_int_equal(seen.bindings, 1);
		assert_int_equal(seen.binding.expiry_s, 300);
		assert_true(seen.binding.owed);
		assert_string_equal(seen.echoed, "sip:x@198.51.100.7");
		assert_int_equal(seen.binding.digest_least, 0);
		assert_int_equal(seen.epoch, 4);
		assert_int_equal(seen.paces, starts - 1);
		post_pace(1, 5060, 20000);
		wait_durable(1);
		stop_and_close();
	}
}

static void test_binding_without_identity(void **state)
{
	struct effect_ledger effect = {
	    .ticket = 1,
	    .record = {.op = LEDGER_BINDING, .binding = {.identity = 99}},
	};

	(void)state;
	open_and_run();
	assert_int_equal(ledger_post(ledger, &effect), ERR_NOT_FOUND);
	post_gone(2, 98);
	wait_durable(2);
	stop_and_close();
}

static void test_password_is_sealed(void **state)
{
	char file[TEMP_DIR_MAX + 32], bytes[65536];
	static const char *const names[] = {"ledger.db", "ledger.db-wal"};
	bool found_name = false;

	(void)state;
	open_and_run();
	post_identity(1, 7);
	wait_durable(1);
	stop_and_close();
	for (unsigned i = 0; i < 2; i++) {
		FILE *stream;
		size_t n;

		snprintf(file, sizeof(file), "%s/%s", path, names[i]);
		stream = fopen(file, "r");
		if (!stream)
			continue;
		n = fread(bytes, 1, sizeof(bytes), stream);
		fclose(stream);
		assert_null(memmem(bytes, n, "secret", 6));
		found_name = found_name || memmem(bytes, n, "carrier-a", 9);
	}
	assert_true(found_name);
}

/* Every ticket that was told durable before the kill is there after it. */
static void test_killed(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 8; round++) {
		uint64_t told = 0, ticket;
		int pipe_fds[2], status;
		pid_t child;

		temp_dir_remove(path);
		temp_dir_make(path);
		assert_int_equal(pipe(pipe_fds), 0);
		child = fork();
		if (child == 0) {
			open_and_run();
			for (ticket = 1;; ticket++) {
				struct event event;

				post_identity(ticket, ticket);
				if (ticket % 50 != 0 && !ledger_poll(ledger, &event))
					continue;
				if (ticket % 50 == 0)
					event = next_event();
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

		open_and_run();
		assert_true(told > 0);
		assert_true(seen.identities >= told);
		assert_int_equal(start.boot, 2);
		stop_and_close();
	}
}

static void test_full_disk(void **state)
{
	struct event event;

	(void)state;
	open_and_run();
	post_identity(1, 1);
	wait_durable(1);
	fault_vfs_full(true);
	post_identity(2, 2);
	event = next_event();
	assert_int_equal(event.kind, EVENT_LEDGER_FAILED);
	put_text(seen.contact, event.why);
	assert_non_null(memmem(event.why.p, event.why.n, "the disk is full", 16));
	/* All of these merge into the rows of two identities. */
	for (uint64_t ticket = 3; ticket < 5000; ticket++)
		post_binding(ticket, 2, (uint32_t)ticket, false);
	post_gone(5000, 1);
	fault_vfs_full(false);
	do
		event = next_event();
	while (event.kind == EVENT_LEDGER_FAILED);
	while (event.ticket < 5000)
		event = next_event();
	stop_and_close();

	open_and_run();
	assert_int_equal(seen.identities, 1);
	assert_int_equal(seen.last_id, 2);
	assert_int_equal(seen.binding.expiry_s, 4999);
	stop_and_close();
}

static ino_t inode_of(const char *name)
{
	struct stat st;

	assert_int_equal(fstatat(dir.fd, name, &st, 0), 0);
	return st.st_ino;
}

static void test_failed_sync_writes_the_file_anew(void **state)
{
	struct event event;
	ino_t before;

	(void)state;
	open_and_run();
	post_identity(1, 1);
	post_binding(2, 1, 60, false);
	post_pace(3, 5060, 20000);
	wait_durable(3);
	before = inode_of("ledger.db");
	fault_vfs_sync_fails(true);
	post_identity(4, 2);
	event = next_event();
	assert_int_equal(event.kind, EVENT_LEDGER_FAILED);
	fault_vfs_sync_fails(false);
	post_gone(5, 1);
	do
		event = next_event();
	while (event.kind == EVENT_LEDGER_FAILED || event.ticket < 5);
	assert_int_not_equal(inode_of("ledger.db"), before);
	post_identity(6, 3);
	wait_durable(6);
	stop_and_close();

	open_and_run();
	assert_int_equal(start.boot, 2);
	assert_int_equal(seen.identities, 2);
	assert_int_equal(seen.bindings, 0);
	assert_int_equal(seen.paces, 1);
	assert_int_equal(seen.pace.proven_milli, 20000);
	stop_and_close();
}

/* Killed between the two renames of a replacement: the new file counts, the old WAL does not. */
static void test_replacement_is_finished_at_start(void **state)
{
	char from[TEMP_DIR_MAX + 32], to[TEMP_DIR_MAX + 32], command[512];

	(void)state;
	open_and_run();
	post_identity(1, 1);
	wait_durable(1);
	stop_and_close();
	snprintf(command, sizeof(command),
	    "cd %s && cp ledger.db other && cp ledger.db-wal other-wal 2>/dev/null; true", path);
	assert_int_equal(system(command), 0);
	/* The copy becomes a file without WAL, as a replacement is. */
	snprintf(from, sizeof(from), "%s/other", path);
	snprintf(to, sizeof(to), "%s/ledger.new", path);
	{
		sqlite3 *db;

		assert_int_equal(sqlite3_open(from, &db), SQLITE_OK);
		assert_int_equal(
		    sqlite3_exec(db, "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=DELETE",
		        NULL, NULL, NULL),
		    SQLITE_OK);
		sqlite3_close(db);
	}
	open_and_run();
	post_identity(1, 2);
	wait_durable(1);
	stop_and_close();
	assert_int_equal(rename(from, to), 0);

	open_and_run();
	assert_int_equal(seen.identities, 1);
	assert_int_equal(seen.last_id, 1);
	assert_int_equal(access(to, F_OK), -1);
	stop_and_close();
}

static void test_stop_is_bounded(void **state)
{
	(void)state;
	open_and_run();
	fault_vfs_full(true);
	post_identity(1, 1);
	assert_int_equal(ledger_stop(ledger, 50), ERR_TIMEOUT);
	close_all();
	fault_vfs_full(false);
	open_and_run();
	assert_int_equal(seen.identities, 0);
	stop_and_close();
}

static void test_stop_flushes(void **state)
{
	(void)state;
	open_and_run();
	for (uint64_t ticket = 1; ticket <= 10000; ticket++)
		post_identity(ticket, ticket);
	stop_and_close();
	open_and_run();
	assert_int_equal(seen.identities, 10000);
	stop_and_close();
}

static void spoil(const char *name, long at)
{
	char file[TEMP_DIR_MAX + 32];
	FILE *stream;

	snprintf(file, sizeof(file), "%s/%s", path, name);
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
	open_and_run();
	stop_and_close();
	spoil("ledger.db", 0);
	assert_int_equal(open_all(), ERR_DAMAGED);
	assert_int_equal(error.failure, STORE_DAMAGED);
	assert_non_null(strstr(error.text, "ledger.db: is damaged"));
	close_all();
}

static void test_locked_by_another(void **state)
{
	char file[TEMP_DIR_MAX + 32];
	sqlite3 *db;

	(void)state;
	open_and_run();
	stop_and_close();
	snprintf(file, sizeof(file), "%s/ledger.db", path);
	assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
	assert_int_equal(
	    sqlite3_exec(db, "PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE", NULL, NULL, NULL),
	    SQLITE_OK);
	assert_int_equal(open_all(), ERR_LOCKED);
	assert_int_equal(error.failure, STORE_LOCKED);
	close_all();
	sqlite3_close(db);
	open_and_run();
	stop_and_close();
}

static void test_full_at_start(void **state)
{
	(void)state;
	fault_vfs_full(true);
	assert_int_equal(open_all(), ERR_FULL);
	assert_int_equal(error.failure, STORE_FULL);
	assert_non_null(strstr(error.text, "ledger.db: the disk is full"));
	close_all();
}

static void test_group_commit(void **state)
{
	unsigned before;

	(void)state;
	open_and_run();
	before = fault_vfs_syncs();
	for (uint64_t ticket = 1; ticket <= 2000; ticket++)
		post_identity(ticket, ticket);
	wait_durable(2000);
	/* A sync for each would be 2,000; how many it is depends on how fast we post. */
	assert_in_range(fault_vfs_syncs() - before, 1, 1000);
	stop_and_close();
}

#define LEDGER_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    LEDGER_TEST(test_numbers_of_a_start),
	    LEDGER_TEST(test_records_come_back),
	    LEDGER_TEST(test_paces_come_back),
	    LEDGER_TEST(test_goes_on_with_version_1),
	    LEDGER_TEST(test_binding_without_identity),
	    LEDGER_TEST(test_password_is_sealed),
	    LEDGER_TEST(test_killed),
	    LEDGER_TEST(test_full_disk),
	    LEDGER_TEST(test_failed_sync_writes_the_file_anew),
	    LEDGER_TEST(test_replacement_is_finished_at_start),
	    LEDGER_TEST(test_stop_is_bounded),
	    LEDGER_TEST(test_stop_flushes),
	    LEDGER_TEST(test_damaged),
	    LEDGER_TEST(test_locked_by_another),
	    LEDGER_TEST(test_full_at_start),
	    LEDGER_TEST(test_group_commit),
	};

	fault_vfs_install();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * The ledger on a real directory: what was posted is there again after a stop,
 * also what an older version wrote. Kills, full and failing disks are in
 * ledger_trouble_test.c.
 */
#include "store/ledger.h"

#include "base/error.h"
#include "test/kit/fault_vfs.h"
#include "test/kit/ledger_stage.h"
#include "test/kit/unit.h"

#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define CSEQ_AT INT64_C(222163200) /* seconds from 2020 to LEDGER_STAGE_WALL_MS */

static struct ledger_stage s;

static void post_alive(uint64_t ticket, int64_t alive_ms)
{
	ledger_stage_post(
	    &s, ticket, &(struct ledger_record){.op = LEDGER_ALIVE, .alive_ms = alive_ms});
}

static unsigned mode_of(const char *name)
{
	struct stat st;

	assert_int_equal(fstatat(s.dir.fd, name, &st, 0), 0);
	return st.st_mode & 0777;
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
	ledger_stage_clear(&s);
	return 0;
}

static void test_numbers_of_a_start(void **state)
{
	(void)state;
	ledger_stage_run(&s);
	assert_int_equal(s.start.boot, 1);
	assert_int_equal(mode_of("ledger.db"), 0600);
	assert_int_equal(mode_of("ledger.db-wal"), 0600);
	assert_int_equal(s.start.cseq_floor, 0);
	assert_int_equal(s.start.cseq_ceiling, CSEQ_AT + 256);
	assert_false(s.start.was_alive);
	post_alive(1, LEDGER_STAGE_WALL_MS + 5);
	ledger_stage_post(
	    &s, 2, &(struct ledger_record){.op = LEDGER_CSEQ_FLOOR, .cseq_floor = CSEQ_AT + 1000});
	ledger_stage_durable(&s, 2);
	ledger_stage_stop(&s);

	ledger_stage_run(&s);
	assert_int_equal(s.start.boot, 2);
	assert_int_equal(s.start.cseq_floor, CSEQ_AT + 1000);
	assert_int_equal(s.start.cseq_ceiling, CSEQ_AT + 1256);
	assert_true(s.start.was_alive);
	assert_int_equal(s.start.alive_ms, LEDGER_STAGE_WALL_MS + 5);
	ledger_stage_stop(&s);

	/* A start that got no further has used its number and its ceiling. */
	assert_int_equal(ledger_stage_open(&s), 0);
	ledger_stage_close(&s);
	assert_int_equal(ledger_stage_open(&s), 0);
	assert_int_equal(s.start.boot, 4);
	assert_int_equal(s.start.cseq_floor, CSEQ_AT + 1512);
	ledger_stage_close(&s);
}

static void test_records_come_back(void **state)
{
	(void)state;
	ledger_stage_run(&s);
	assert_int_equal(s.seen.identities, 0);
	ledger_stage_identity(&s, 1, 7);
	ledger_stage_binding(&s, 2, 7, 3600, false);
	ledger_stage_binding(&s, 3, 7, 300, true);
	ledger_stage_identity(&s, 4, 8);
	ledger_stage_post(&s, 5,
	    &(struct ledger_record){
	        .op = LEDGER_EPOCH, .epoch = {.name = SLICE("carrier-a"), .epoch = 4}});
	ledger_stage_gone(&s, 6, 8);
	ledger_stage_post(
	    &s, 7, &(struct ledger_record){.op = LEDGER_STOP, .stop = LEDGER_STOP_CANCELLED});
	ledger_stage_durable(&s, 7);
	ledger_stage_stop(&s);

	ledger_stage_run(&s);
	assert_int_equal(s.seen.stops, 1);
	assert_int_equal(s.seen.identities, 1);
	assert_int_equal(s.seen.last_id, 7);
	assert_string_equal(s.seen.password, "secret");
	assert_string_equal(s.seen.contact, "sip:x@192.0.2.1:5060");
	assert_int_equal(s.seen.bindings, 1);
	assert_int_equal(s.seen.binding.expiry_s, 300);
	assert_true(s.seen.binding.owed);
	assert_int_equal(s.seen.binding.bound_until_ms, LEDGER_STAGE_WALL_MS + 1);
	assert_string_equal(s.seen.echoed, "sip:x@198.51.100.7");
	assert_int_equal(s.seen.binding.digest_least, 2);
	assert_int_equal(s.seen.binding.granted_s, 40);
	assert_true(s.seen.binding.loose);
	assert_int_equal(s.seen.epochs, 1);
	assert_int_equal(s.seen.epoch, 4);
	ledger_stage_gone(&s, 1, 7);
	ledger_stage_post(
	    &s, 2, &(struct ledger_record){.op = LEDGER_STOP, .stop = LEDGER_STOP_NONE});
	ledger_stage_durable(&s, 2);
	ledger_stage_stop(&s);

	ledger_stage_run(&s);
	assert_int_equal(s.seen.stops, 0);
	assert_int_equal(s.seen.identities, 0);
	assert_int_equal(s.seen.bindings, 0);
	ledger_stage_stop(&s);
}

/* That alone is worth a row, and a row that says it no more is gone. */
static void test_what_a_fetch_does_comes_back(void **state)
{
	struct ledger_record record = {
	    .op = LEDGER_PACE,
	    .pace = {.transport = 1,
	        .address = {.family = 4, .port = 5060},
	        .loses_by_fetch = true},
	};

	(void)state;
	ledger_stage_run(&s);
	ledger_stage_post(&s, 1, &record);
	ledger_stage_durable(&s, 1);
	ledger_stage_stop(&s);

	ledger_stage_run(&s);
	assert_int_equal(s.seen.paces, 1);
	assert_true(s.seen.pace.loses_by_fetch);
	record.pace.loses_by_fetch = false;
	ledger_stage_post(&s, 1, &record);
	ledger_stage_durable(&s, 1);
	ledger_stage_stop(&s);

	ledger_stage_run(&s);
	assert_int_equal(s.seen.paces, 0);
	ledger_stage_stop(&s);
}

static void test_paces_come_back(void **state)
{
	(void)state;
	ledger_stage_run(&s);
	ledger_stage_identity(&s, 1, 7);
	ledger_stage_pace(&s, 2, 5060, 20000);
	ledger_stage_pace(&s, 3, 5062, 30000);
	ledger_stage_pace(&s, 4, 5060, 160000);
	ledger_stage_pace(&s, 5, 5062, 0);
	ledger_stage_durable(&s, 5);
	ledger_stage_stop(&s);

	ledger_stage_run(&s);
	assert_int_equal(s.seen.paces, 1);
	assert_int_equal(s.seen.pace.transport, 1);
	assert_int_equal(s.seen.pace.address.family, 6);
	assert_int_equal(s.seen.pace.address.ip[15], 9);
	assert_int_equal(s.seen.pace.address.port, 5060);
	assert_int_equal(s.seen.pace.address.scope, 3);
	assert_int_equal(s.seen.pace.proven_milli, 160000);
	assert_int_equal(s.seen.pace.ceiling_milli, 80000);
	assert_int_equal(s.seen.pace.ceiling_until_ms, LEDGER_STAGE_WALL_MS + 7);
	ledger_stage_pace(&s, 1, 5060, 0);
	ledger_stage_durable(&s, 1);
	ledger_stage_stop(&s);

	ledger_stage_run(&s);
	assert_int_equal(s.seen.paces, 0);
	assert_int_equal(s.seen.identities, 1);
	ledger_stage_stop(&s);
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

	ledger_stage_run(&s); /* the directory and its key */
	ledger_stage_stop(&s);
	snprintf(file, sizeof(file), "%s/ledger.db-wal", s.path);
	unlink(file);
	snprintf(file, sizeof(file), "%s/ledger.db", s.path);
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
		ledger_stage_run(&s);
		assert_int_equal(s.start.boot, 41 + starts);
		assert_true(s.start.cseq_floor >= 300000000);
		/* A start is a sign of life too. */
		assert_int_equal(s.start.alive_ms, LEDGER_STAGE_WALL_MS - (starts == 1));
		assert_int_equal(s.seen.identities, 1);
		assert_string_equal(s.seen.contact, "sip:x@192.0.2.1:5060");
		assert_int_equal(s.seen.bindings, 1);
		assert_int_equal(s.seen.binding.expiry_s, 300);
		assert_true(s.seen.binding.owed);
		assert_string_equal(s.seen.echoed, "sip:x@198.51.100.7");
		assert_int_equal(s.seen.binding.digest_least, 0);
		assert_int_equal(s.seen.binding.granted_s, 0);
		assert_int_equal(s.seen.epoch, 4);
		assert_int_equal(s.seen.paces, starts - 1);
		ledger_stage_pace(&s, 1, 5060, 20000);
		ledger_stage_durable(&s, 1);
		ledger_stage_stop(&s);
	}
}

static void test_binding_without_identity(void **state)
{
	struct effect_ledger effect = {
	    .ticket = 1,
	    .record = {.op = LEDGER_BINDING, .binding = {.identity = 99}},
	};

	(void)state;
	ledger_stage_run(&s);
	assert_int_equal(ledger_post(s.ledger, &effect), ERR_NOT_FOUND);
	ledger_stage_gone(&s, 2, 98);
	ledger_stage_durable(&s, 2);
	ledger_stage_stop(&s);
}

static void test_password_is_sealed(void **state)
{
	char file[TEMP_DIR_MAX + 32], bytes[65536];
	static const char *const names[] = {"ledger.db", "ledger.db-wal"};
	bool found_name = false;

	(void)state;
	ledger_stage_run(&s);
	ledger_stage_identity(&s, 1, 7);
	ledger_stage_durable(&s, 1);
	ledger_stage_stop(&s);
	for (unsigned i = 0; i < 2; i++) {
		FILE *stream;
		size_t n;

		snprintf(file, sizeof(file), "%s/%s", s.path, names[i]);
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

static void test_stop_flushes(void **state)
{
	(void)state;
	ledger_stage_run(&s);
	for (uint64_t ticket = 1; ticket <= 10000; ticket++)
		ledger_stage_identity(&s, ticket, ticket);
	ledger_stage_stop(&s);
	ledger_stage_run(&s);
	assert_int_equal(s.seen.identities, 10000);
	ledger_stage_stop(&s);
}

static void test_group_commit(void **state)
{
	unsigned before;

	(void)state;
	ledger_stage_run(&s);
	before = fault_vfs_syncs();
	for (uint64_t ticket = 1; ticket <= 2000; ticket++)
		ledger_stage_identity(&s, ticket, ticket);
	ledger_stage_durable(&s, 2000);
	/* A sync for each would be 2,000; how many it is depends on how fast we post. */
	assert_in_range(fault_vfs_syncs() - before, 1, 1000);
	ledger_stage_stop(&s);
}

#define LEDGER_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    LEDGER_TEST(test_numbers_of_a_start),
	    LEDGER_TEST(test_records_come_back),
	    LEDGER_TEST(test_paces_come_back),
	    LEDGER_TEST(test_what_a_fetch_does_comes_back),
	    LEDGER_TEST(test_goes_on_with_version_1),
	    LEDGER_TEST(test_binding_without_identity),
	    LEDGER_TEST(test_password_is_sealed),
	    LEDGER_TEST(test_stop_flushes),
	    LEDGER_TEST(test_group_commit),
	};

	fault_vfs_install();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

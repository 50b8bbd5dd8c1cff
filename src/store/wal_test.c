// SPDX-License-Identifier: Apache-2.0
/*
 * A WAL of some commits, with each of its bytes spoilt in turn: whatever makes SQLite
 * forget a commit that is followed by another one is found, and no cut is.
 */
#include "store/wal.h"

#include "store/db.h"
#include "test/kit/temp_dir.h"
#include "test/kit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADER  32
#define FRAME   (24 + 4096)
#define COMMITS 8

static char dir[TEMP_DIR_MAX], file[TEMP_DIR_MAX + 16], wal[TEMP_DIR_MAX + 24];
static struct store_error error;
static uint8_t *bytes; /* of the WAL */
static size_t size;

static void write_wal(size_t n)
{
	int fd = open(wal, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), n);
	close(fd);
}

static void read_wal(void)
{
	struct stat st;
	int fd = open(wal, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	size = (size_t)st.st_size;
	bytes = malloc(size);
	assert_int_equal(read(fd, bytes, size), size);
	close(fd);
}

/* One frame of each commit: nothing else of the file changes. */
static int set_up(void **state)
{
	static const char *const steps[] = {"CREATE TABLE t(n INTEGER)"};
	static const struct db_schema schema = {1, steps, 1, false};
	sqlite3 *db;

	(void)state;
	temp_dir_make(dir);
	snprintf(file, sizeof(file), "%s/x.db", dir);
	snprintf(wal, sizeof(wal), "%s-wal", file);
	assert_int_equal(db_open(file, &schema, DB_MAY_BE_NEW, &db, &error), 0);
	db_checkpoint(db);
	for (int i = 0; i < COMMITS; i++)
		assert_int_equal(db_exec(db, "INSERT INTO t VALUES(1)", &error), 0);
	db_close(&db);
	read_wal();
	assert_int_equal(size, HEADER + COMMITS * FRAME);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(bytes);
	temp_dir_remove(dir);
	return 0;
}

static int check_with(size_t at)
{
	int rc;

	bytes[at] ^= 0xff;
	write_wal(size);
	bytes[at] ^= 0xff;
	rc = wal_check(file, &error);
	return rc;
}

static void test_whole_or_absent(void **state)
{
	(void)state;
	assert_int_equal(wal_check(file, &error), 0);
	unlink(wal);
	assert_int_equal(wal_check(file, &error), 0);
}

static void test_cut_anywhere_as_by_a_power_cut(void **state)
{
	(void)state;
	for (size_t n = 0; n < size; n += 411) {
		write_wal(n);
		assert_int_equal(wal_check(file, &error), 0);
	}
}

/* The last commit may be torn, and the one before stands behind nothing that cannot be read. */
static void test_spoilt_anywhere(void **state)
{
	size_t steps = 97, torn = HEADER + (COMMITS - 1) * FRAME;

	(void)state;
	for (size_t at = 0; at < HEADER; at++)
		assert_int_equal(check_with(at), ERR_DAMAGED);
	for (size_t at = HEADER; at < torn - FRAME; at += at % FRAME < 100 ? 1 : steps)
		assert_int_equal(check_with(at), ERR_DAMAGED);
	for (size_t at = torn; at < size; at += steps)
		assert_int_equal(check_with(at), 0);
	assert_non_null(strstr(error.text, "x.db-wal: is damaged"));
}

/* What a power cut leaves of the transaction that was being written: its end without its beginning.
 */
static void test_torn_transaction(void **state)
{
	size_t torn = HEADER + (COMMITS - 1) * FRAME;

	(void)state;
	memset(bytes + torn, 0, FRAME / 2);
	write_wal(size);
	assert_int_equal(wal_check(file, &error), 0);
}

/* Beside the frames of now stand those of before the last reset, whole, with another salt. */
static void test_frames_of_before(void **state)
{
	sqlite3 *db;
	static const char *const steps[] = {"CREATE TABLE t(n INTEGER)"};
	static const struct db_schema schema = {1, steps, 1, false};

	(void)state;
	assert_int_equal(db_open(file, &schema, DB_IN_USE, &db, &error), 0);
	assert_int_equal(
	    sqlite3_wal_checkpoint_v2(db, "main", SQLITE_CHECKPOINT_FULL, NULL, NULL), 0);
	assert_int_equal(db_exec(db, "INSERT INTO t VALUES(2)", &error), 0);
	db_close(&db);
	free(bytes);
	read_wal();
	assert_int_equal(size, HEADER + COMMITS * FRAME);
	assert_int_equal(wal_check(file, &error), 0);
}

#define WAL_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WAL_TEST(test_whole_or_absent),
	    WAL_TEST(test_cut_anywhere_as_by_a_power_cut),
	    WAL_TEST(test_spoilt_anywhere),
	    WAL_TEST(test_torn_transaction),
	    WAL_TEST(test_frames_of_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * The versions of a database: an older one is brought up with its rows, once,
 * wholly or not at all, and a newer one is left alone.
 */
#include "store/db.h"

#include <stdio.h>

#include "test/kit/fault_vfs.h"
#include "test/kit/temp_dir.h"
#include "test/kit/unit.h"

#define MARK 0x54455354

static const char *const steps[] = {
    "CREATE TABLE things(name TEXT PRIMARY KEY) STRICT;",
    ("ALTER TABLE things ADD COLUMN colour TEXT NOT NULL DEFAULT 'grey';"
     "CREATE TABLE runs(number INTEGER) STRICT;"),
    "INSERT INTO runs VALUES(3);",
};

static const struct db_schema first = {MARK, steps, 1, false};
static const struct db_schema latest = {MARK, steps, 3, false};

static char path[TEMP_DIR_MAX];
static char file[TEMP_DIR_MAX + 16];
static struct store_error error;
static sqlite3 *db;

static int set_up(void **state)
{
	(void)state;
	temp_dir_make(path);
	snprintf(file, sizeof(file), "%s/test.db", path);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fault_vfs_full(false);
	db_close(&db);
	temp_dir_remove(path);
	return 0;
}

static void reopen(const struct db_schema *schema)
{
	db_close(&db);
	assert_int_equal(db_open(file, schema, DB_MAY_BE_NEW, &db, &error), 0);
}

static void run_sql(const char *sql)
{
	assert_int_equal(db_exec(db, sql, &error), 0);
}

/* The first column of the only row as a number. */
static int64_t ask(const char *sql)
{
	sqlite3_stmt *statement;
	int64_t number;

	assert_int_equal(db_prepare(db, sql, &statement, &error), 0);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return number;
}

static void make_first_with_rows(void)
{
	reopen(&first);
	run_sql("INSERT INTO things VALUES('a'),('b')");
}

static void test_a_new_file_takes_every_step(void **state)
{
	(void)state;
	reopen(&latest);
	assert_int_equal(ask("PRAGMA user_version"), 3);
	assert_int_equal(ask("PRAGMA application_id"), MARK);
	assert_int_equal(ask("SELECT number FROM runs"), 3);
}

static void test_an_older_one_is_brought_up_once(void **state)
{
	(void)state;
	make_first_with_rows();
	assert_int_equal(ask("PRAGMA user_version"), 1);
	for (unsigned start = 0; start < 2; start++) {
		reopen(&latest);
		assert_int_equal(ask("PRAGMA user_version"), 3);
		assert_int_equal(ask("SELECT count(*) FROM things WHERE colour='grey'"), 2);
		assert_int_equal(ask("SELECT count(*) FROM runs"), 1);
	}
}

static void test_wholly_or_not_at_all(void **state)
{
	const char *const wrong[] = {
	    steps[0], "ALTER TABLE things ADD COLUMN colour TEXT", "DROP TABLE nothing"};
	const struct db_schema broken = {MARK, wrong, 3, false};

	(void)state;
	make_first_with_rows();
	db_close(&db);
	assert_int_equal(db_open(file, &broken, DB_MAY_BE_NEW, &db, &error), ERR_DAMAGED);
	reopen(&first);
	assert_int_equal(ask("PRAGMA user_version"), 1);
	assert_int_equal(ask("SELECT count(*) FROM pragma_table_info('things')"), 1);
	reopen(&latest);
	assert_int_equal(ask("SELECT count(*) FROM things WHERE colour='grey'"), 2);
}

static void test_a_full_disk_leaves_the_older_one(void **state)
{
	(void)state;
	make_first_with_rows();
	db_close(&db);
	fault_vfs_full(true);
	assert_int_equal(db_open(file, &latest, DB_MAY_BE_NEW, &db, &error), ERR_FULL);
	fault_vfs_full(false);
	reopen(&first);
	assert_int_equal(ask("SELECT count(*) FROM things"), 2);
}

static void test_a_newer_one_is_left_alone(void **state)
{
	(void)state;
	reopen(&latest);
	run_sql("INSERT INTO things(name) VALUES('a')");
	db_close(&db);
	assert_int_equal(db_open(file, &first, DB_MAY_BE_NEW, &db, &error), ERR_DAMAGED);
	assert_int_equal(error.failure, STORE_NEWER);
	assert_non_null(strstr(error.text, "test.db: has schema version 3, written by a newer"));
	assert_non_null(strstr(error.text, "this one knows versions up to 1"));
	reopen(&latest);
	assert_int_equal(ask("SELECT count(*) FROM things"), 1);
}

/* Ours is what carries our mark and a version that a release can have written. */
static void test_something_else(void **state)
{
	static const struct db_schema other = {MARK + 1, steps, 3, false};

	(void)state;
	make_first_with_rows();
	db_close(&db);
	assert_int_equal(db_open(file, &other, DB_MAY_BE_NEW, &db, &error), ERR_DAMAGED);
	assert_int_equal(error.failure, STORE_DAMAGED);
	assert_non_null(strstr(error.text, "is a database of something else"));
	reopen(&first);
	run_sql("PRAGMA user_version=0");
	db_close(&db);
	assert_int_equal(db_open(file, &first, DB_MAY_BE_NEW, &db, &error), ERR_DAMAGED);
	assert_non_null(strstr(error.text, "is a database of something else"));
}

/* What cannot be written is read from memory, and messages name the file all the same. */
static void test_an_image_bears_the_name_of_its_file(void **state)
{
	(void)state;
	make_first_with_rows();
	db_close(&db);
	assert_int_equal(db_open_image(file, &latest, &db, &error), 0);
	assert_string_equal(db_path(db), file);
	assert_int_equal(ask("SELECT count(*) FROM main.things WHERE colour='grey'"), 2);
	assert_int_equal(db_exec(db, "INSERT INTO things(name) VALUES('c')", &error), ERR_ACCESS);
	assert_memory_equal(error.text, file, strlen(file));
}

#define DB_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    DB_TEST(test_a_new_file_takes_every_step),
	    DB_TEST(test_an_older_one_is_brought_up_once),
	    DB_TEST(test_wholly_or_not_at_all),
	    DB_TEST(test_a_full_disk_leaves_the_older_one),
	    DB_TEST(test_a_newer_one_is_left_alone),
	    DB_TEST(test_something_else),
	    DB_TEST(test_an_image_bears_the_name_of_its_file),
	};

	fault_vfs_install();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Marks decide what a prune takes, and a rollback takes back all of it.
 */
#include "store/objects_db.h"

#include "model/registration_config.h"

#include "test/kit/temp_dir.h"
#include "test/kit/unit.h"

#include <stdio.h>

static char path[TEMP_DIR_MAX];
static struct state_dir dir;
static struct seal_key key;
static struct store_error error;
static struct objects_store *db;
static char seen[256];

static int set_up(void **state)
{
	(void)state;
	temp_dir_make(path);
	assert_int_equal(state_dir_open(path, &dir, &error), 0);
	assert_int_equal(seal_key_load(&dir, false, &key, &error), 0);
	return objects_db_open(&dir, &key, DB_MAY_BE_NEW, &db, &error);
}

static int tear_down(void **state)
{
	(void)state;
	objects_store_close(&db);
	state_dir_close(&dir);
	temp_dir_remove(path);
	return 0;
}

static void put(const char *name)
{
	struct registration_config config;

	registration_config_defaults(&config);
	config.name = slice_of(name);
	config.username = SLICE("u");
	config.password = SLICE("secret");
	config.host = SLICE("sw.example");
	assert_int_equal(db->ops->put(db, OBJECT_REGISTRATION, &config, &error), 0);
}

static int note(void *context, enum object_kind kind, struct slice name, enum objects_action action)
{
	size_t n = strlen(seen);

	assert_int_equal(kind, OBJECT_REGISTRATION);
	(void)context;
	snprintf(seen + n, sizeof(seen) - n, "%.*s=%d ", SLICE_ARG(name), (int)action);
	return 0;
}

static const char *marks(void)
{
	seen[0] = '\0';
	assert_int_equal(db->ops->read_marks(db, note, NULL, &error), 0);
	return seen;
}

static int fill(void *context, enum object_kind kind, const void *object)
{
	const struct registration_config *config = object;

	(void)kind;
	(void)config;
	++*(unsigned *)context;
	return 0;
}

static void test_what_is_not_marked_is_pruned(void **state)
{
	uint32_t count;
	unsigned calls = 0;

	(void)state;
	put("a");
	put("b");
	put("c");
	assert_int_equal(db->ops->clear_marks(db, &error), 0);
	assert_int_equal(
	    db->ops->mark(db, OBJECT_REGISTRATION, SLICE("b"), OBJECTS_UNCHANGED, &error), 0);
	assert_int_equal(
	    db->ops->mark(db, OBJECT_REGISTRATION, SLICE("c"), OBJECTS_CHANGED, &error), 0);
	assert_string_equal(marks(), "c=2 ");
	assert_int_equal(db->ops->prune(db, &error), 0);
	assert_string_equal(marks(), "a=3 c=2 ");
	assert_int_equal(db->ops->count(db, OBJECT_REGISTRATION, &count, &error), 0);
	assert_int_equal(count, 2);
	assert_int_equal(
	    db->ops->get(db, OBJECT_REGISTRATION, SLICE("a"), fill, &calls, &error), ERR_NOT_FOUND);
	assert_int_equal(
	    db->ops->get(db, OBJECT_REGISTRATION, SLICE("c"), fill, &calls, &error), 0);
	assert_int_equal(calls, 1);
}

/* A dry run is an apply that is rolled back: neither rows nor marks of it stay. */
static void test_a_rollback_takes_all_back(void **state)
{
	uint32_t count;

	(void)state;
	put("a");
	assert_int_equal(db->ops->clear_marks(db, &error), 0);
	assert_int_equal(db->ops->begin(db, &error), 0);
	assert_int_equal(
	    db->ops->mark(db, OBJECT_REGISTRATION, SLICE("z"), OBJECTS_ADDED, &error), 0);
	assert_int_equal(db->ops->prune(db, &error), 0);
	db->ops->rollback(db);
	assert_string_equal(marks(), "");
	assert_int_equal(db->ops->count(db, OBJECT_REGISTRATION, &count, &error), 0);
	assert_int_equal(count, 1);
	assert_int_equal(db->ops->clear_marks(db, &error), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_what_is_not_marked_is_pruned, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_a_rollback_takes_all_back, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

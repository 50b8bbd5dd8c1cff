// SPDX-License-Identifier: Apache-2.0
/*
 * An edit that a hanging disk has kept until after the end commits nothing: the
 * sealing key may be wiped by then. One that finds the disk full says so.
 */
#include "edit/context.h"

#include "store/objects_db.h"

#include <stdio.h>

#include "test/kit/fault_vfs.h"
#include "test/kit/temp_dir.h"
#include "test/kit/unit.h"

#define BODY "{\"name\":\"a\",\"username\":\"u\",\"host\":\"h\",\"password\":\"secret\"}"

struct bed {
	char path[TEMP_DIR_MAX];
	struct state_dir dir;
	struct seal_key key;
	struct params params;
	struct edit_context context;
};

static void begin(struct bed *bed)
{
	struct store_error error;

	*bed =
	    (struct bed){.context = {.key = &bed->key, .dir = &bed->dir, .params = &bed->params}};
	temp_dir_make(bed->path);
	params_defaults(&bed->params);
	assert_int_equal(state_dir_open(bed->path, &bed->dir, &error), 0);
	assert_int_equal(seal_key_load(&bed->dir, false, &bed->key, &error), 0);
	assert_int_equal(
	    objects_db_open(&bed->dir, &bed->key, DB_MAY_BE_NEW, &bed->context.store, &error), 0);
	atomic_store(&bed->context.is_ending, true);
}

static void expect_nothing(struct bed *bed, struct edit_job **job)
{
	struct store_error error;
	uint32_t count;

	if ((*job)->problems)
		assert_int_equal((*job)->problems->count, 0);
	assert_int_equal(
	    bed->context.store->ops->count(bed->context.store, OBJECT_REGISTRATION, &count, &error),
	    0);
	assert_int_equal(count, 0);
	edit_job_free(job);
	objects_store_close(&bed->context.store);
	state_dir_close(&bed->dir);
	temp_dir_remove(bed->path);
}

static void expect_ended(const struct edit_job *job)
{
	assert_int_equal(job->error, ERR_STATE);
	assert_string_equal(job->text, "regentd is stopping; nothing was changed");
}

static void expect_full(const struct edit_job *job)
{
	assert_int_equal(job->error, ERR_FULL);
	assert_int_equal(job->store.failure, STORE_FULL);
	assert_non_null(strstr(job->text, "regent.db: the disk is full"));
}

static struct edit_job *run_one(struct bed *bed)
{
	struct edit_job *job = edit_job_new(EDIT_ADD, OBJECT_REGISTRATION);

	job->body = strdup(BODY);
	job->size = strlen(BODY);
	single_run(&bed->context, job);
	return job;
}

static struct edit_job *run_file(struct bed *bed, const char *text)
{
	struct edit_job *job = edit_job_new(EDIT_APPLY, 0);
	char path[TEMP_DIR_MAX + 16];
	FILE *file;

	snprintf(path, sizeof(path), "%s/objects.yaml", bed->path);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	job->path = path;
	apply_run(&bed->context, job);
	assert_int_equal(bed->params.ghosts, PARAM_GHOSTS_REMOVE);
	return job;
}

static void test_one_object(void **state)
{
	struct edit_job *job;
	struct bed bed;

	(void)state;
	begin(&bed);
	job = run_one(&bed);
	expect_ended(job);
	expect_nothing(&bed, &job);
}

static void test_a_file(void **state)
{
	struct edit_job *job;
	struct bed bed;

	(void)state;
	begin(&bed);
	job = run_file(&bed, "parameters: {RG_GHOSTS: off}\n");
	expect_ended(job);
	expect_nothing(&bed, &job);
}

static void test_in_the_middle_of_a_file(void **state)
{
	struct edit_job *job;
	struct bed bed;

	(void)state;
	begin(&bed);
	job = run_file(&bed, "registrations:\n"
	                     "- {name: a, username: u, host: h}\n"
	                     "- {name: b, username: u, host: h}\n");
	expect_ended(job);
	expect_nothing(&bed, &job);
}

static void test_a_full_disk(void **state)
{
	struct edit_job *job;
	struct bed bed;

	(void)state;
	begin(&bed);
	atomic_store(&bed.context.is_ending, false);
	fault_vfs_full(true);
	job = run_one(&bed);
	expect_full(job);
	edit_job_free(&job);
	job = run_file(&bed, "registrations: [{name: a, username: u, host: h}]\n");
	expect_full(job);
	fault_vfs_full(false);
	expect_nothing(&bed, &job);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_one_object),
	    cmocka_unit_test(test_a_file),
	    cmocka_unit_test(test_in_the_middle_of_a_file),
	    cmocka_unit_test(test_a_full_disk),
	};

	fault_vfs_install();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

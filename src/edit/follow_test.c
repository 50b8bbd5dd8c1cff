// SPDX-License-Identifier: Apache-2.0
/*
 * What another node has committed goes to the core as an edit of our own does. The
 * test is that other node: it writes into the store beside the edits.
 */
#include "edit/context.h"

#include "model/registration_config.h"
#include "store/objects_db.h"
#include "thread/worker.h"

#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>

#include "test/kit/temp_dir.h"
#include "test/kit/unit.h"

#define EXPIRE "SS_SIP_USER_AGENT_EXPIRE"

struct bed {
	char path[TEMP_DIR_MAX];
	struct state_dir dir;
	struct seal_key key;
	struct params params;
	struct edit_context context;
	struct edit_job *job;
	sem_t woken;
};

static void wake(void *context)
{
	sem_post(&((struct bed *)context)->woken);
}

static int set_up(void **state)
{
	struct bed *bed = calloc(1, sizeof(*bed));
	struct store_error error;

	temp_dir_make(bed->path);
	params_defaults(&bed->params);
	sem_init(&bed->woken, 0, 0);
	bed->context.key = &bed->key;
	bed->context.dir = &bed->dir;
	bed->context.params = &bed->params;
	bed->context.delivery = delivery_new(wake, bed);
	*state = bed;
	assert_int_equal(state_dir_open(bed->path, &bed->dir, &error), 0);
	assert_int_equal(seal_key_load(&bed->dir, false, &bed->key, &error), 0);
	return objects_db_open(&bed->dir, &bed->key, DB_MAY_BE_NEW, &bed->context.store, &error);
}

static int tear_down(void **state)
{
	struct bed *bed = *state;

	edit_job_free(&bed->job);
	delivery_free(&bed->context.delivery);
	objects_store_close(&bed->context.store);
	state_dir_close(&bed->dir);
	temp_dir_remove(bed->path);
	sem_destroy(&bed->woken);
	free(bed);
	return 0;
}

/* The other node's. */

static void put_elsewhere(struct bed *bed, const char *name)
{
	struct objects_store *store = bed->context.store;
	struct registration_config config;
	struct store_error error;

	registration_config_defaults(&config);
	config.name = slice_of(name);
	config.username = SLICE("u");
	config.password = SLICE("secret");
	config.host = SLICE("sw.example");
	assert_int_equal(store->ops->begin(store, &error), 0);
	assert_int_equal(store->ops->put(store, OBJECT_REGISTRATION, &config, &error), 0);
	assert_int_equal(store->ops->commit(store, &error), 0);
}

static void remove_elsewhere(struct bed *bed, const char *name)
{
	struct objects_store *store = bed->context.store;
	struct store_error error;

	assert_int_equal(store->ops->remove(store, OBJECT_REGISTRATION, slice_of(name), &error), 0);
}

/* Ours. */

static void run(void *context)
{
	struct bed *bed = context;

	if (bed->job->kind == OBJECT_PARAMETER)
		parameter_run(&bed->context, bed->job);
	else
		single_run(&bed->context, bed->job);
}

/* Posts that `name` was committed; the batch that the loop is given stays until loop_done(). */
static struct worker *follow(struct bed *bed, enum object_kind kind, const char *name)
{
	struct worker *worker;

	edit_job_free(&bed->job);
	bed->job = edit_job_new(EDIT_FOLLOW, kind);
	snprintf(bed->job->name, sizeof(bed->job->name), "%s", name);
	worker = worker_start("edit", run, bed);
	assert_non_null(worker);
	return worker;
}

static const struct delivery_batch *take(struct bed *bed)
{
	sem_wait(&bed->woken);
	return delivery_take(bed->context.delivery);
}

static void loop_done(struct bed *bed, struct worker *worker)
{
	delivery_done(bed->context.delivery);
	worker_join(&worker);
	assert_int_equal(bed->job->error, 0);
}

static void test_an_object(void **state)
{
	struct bed *bed = *state;
	const struct registration_config *config;
	const struct delivery_batch *batch;
	struct worker *worker;

	put_elsewhere(bed, "a");
	worker = follow(bed, OBJECT_REGISTRATION, "a");
	batch = take(bed);
	assert_int_equal(batch->count, 1);
	assert_int_equal(batch->objects[0].kind, OBJECT_REGISTRATION);
	config = batch->objects[0].object;
	assert_true(slice_equal(config->name, SLICE("a")));
	assert_true(slice_equal(config->password, SLICE("secret")));
	loop_done(bed, worker);
	assert_int_equal(bed->job->counts[OBJECTS_CHANGED], 1);
}

static void test_a_removal(void **state)
{
	struct bed *bed = *state;
	const struct delivery_batch *batch;
	struct worker *worker;

	put_elsewhere(bed, "a");
	remove_elsewhere(bed, "a");
	worker = follow(bed, OBJECT_REGISTRATION, "a");
	batch = take(bed);
	assert_int_equal(batch->count, 1);
	assert_null(batch->objects[0].object);
	assert_int_equal(batch->objects[0].name_n, 1);
	assert_int_equal(batch->objects[0].name[0], 'a');
	loop_done(bed, worker);
	assert_int_equal(bed->job->counts[OBJECTS_REMOVED], 1);
}

static void test_a_parameter(void **state)
{
	struct bed *bed = *state;
	struct objects_store *store = bed->context.store;
	const struct delivery_batch *batch;
	struct store_error error;
	struct worker *worker;

	assert_int_equal(
	    store->ops->put_param(store, params_find(SLICE(EXPIRE)), SLICE("300"), &error), 0);
	worker = follow(bed, OBJECT_PARAMETER, EXPIRE);
	batch = take(bed);
	assert_true(batch->has_params);
	assert_int_equal(batch->params.expire_s, 300);
	loop_done(bed, worker);
	assert_int_equal(bed->params.expire_s, 300);
}

/* It is committed, so the next start has it. */
static void test_more_than_there_is_room_for(void **state)
{
	struct bed *bed = *state;
	struct worker *worker;

	bed->context.capacity[OBJECT_REGISTRATION] = 1;
	put_elsewhere(bed, "a");
	put_elsewhere(bed, "b");
	worker = follow(bed, OBJECT_REGISTRATION, "b");
	worker_join(&worker);
	assert_int_equal(bed->job->error, ERR_FULL);
	assert_true(bed->job->is_kept);
	assert_null(delivery_take(bed->context.delivery));
}

#define BED_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BED_TEST(test_an_object),
	    BED_TEST(test_a_removal),
	    BED_TEST(test_a_parameter),
	    BED_TEST(test_more_than_there_is_room_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

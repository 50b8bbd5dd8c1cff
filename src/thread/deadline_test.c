// SPDX-License-Identifier: Apache-2.0
/*
 * A wait ends at its deadline, and before it where somebody signals.
 */
#include "thread/deadline.h"

#include "test/kit/unit.h"
#include "thread/worker.h"

struct door {
	pthread_mutex_t lock;
	pthread_cond_t opened;
	bool is_open;
};

static void init(struct door *door)
{
	pthread_mutex_init(&door->lock, NULL);
	deadline_init_condition(&door->opened);
	door->is_open = false;
}

static void destroy(struct door *door)
{
	pthread_cond_destroy(&door->opened);
	pthread_mutex_destroy(&door->lock);
}

/* True where it opened in time. */
static bool wait_open(struct door *door, int64_t deadline_ms)
{
	bool in_time = true, is_open;

	pthread_mutex_lock(&door->lock);
	while (!door->is_open && in_time)
		in_time = deadline_wait(&door->opened, &door->lock, deadline_ms);
	is_open = door->is_open;
	pthread_mutex_unlock(&door->lock);
	return is_open;
}

static void a_wait_ends_at_its_deadline(void **state)
{
	int64_t deadline_ms = deadline_after_ms(30);
	struct door door;

	(void)state;
	init(&door);
	assert_false(deadline_is_past(deadline_ms + 60000));
	assert_false(wait_open(&door, deadline_ms));
	assert_true(deadline_is_past(deadline_ms));
	assert_false(wait_open(&door, deadline_after_ms(-1)));
	destroy(&door);
}

static void open_door(void *context)
{
	struct door *door = context;

	pthread_mutex_lock(&door->lock);
	door->is_open = true;
	pthread_cond_signal(&door->opened);
	pthread_mutex_unlock(&door->lock);
}

static void a_signal_ends_it_before(void **state)
{
	struct worker *worker;
	struct door door;

	(void)state;
	init(&door);
	worker = worker_start("opener", open_door, &door);
	assert_non_null(worker);
	assert_true(wait_open(&door, deadline_after_ms(600000)));
	worker_join(&worker);
	destroy(&door);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_wait_ends_at_its_deadline),
	    cmocka_unit_test(a_signal_ends_it_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

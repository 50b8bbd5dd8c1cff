// SPDX-License-Identifier: Apache-2.0
/*
 * With one thread what is promised, with several that nothing is lost, doubled
 * or reordered per poster. Run under -fsanitize=thread as well.
 */
#include "thread/mailbox.h"

#include "thread/worker.h"

#include <sched.h>
#include <signal.h>

#include "test/kit/unit.h"

#define POSTERS 4
#define POSTS   20000

struct item {
	uint32_t poster;
	uint32_t number;
};

static void count_wake(void *context)
{
	(*(unsigned *)context)++;
}

static void test_order_and_wakes(void **state)
{
	unsigned wakes = 0;
	struct mailbox *box = mailbox_new(sizeof(int), 3, count_wake, &wakes);
	int value;

	(void)state;
	assert_false(mailbox_take(box, &value));
	for (int turn = 0; turn < 5; turn++) {
		for (int i = 0; i < 3; i++)
			assert_int_equal(mailbox_post(box, &i), 0);
		assert_int_equal(mailbox_post(box, &(int){9}), ERR_FULL);
		for (int i = 0; i < 3; i++) {
			assert_true(mailbox_take(box, &value));
			assert_int_equal(value, i);
		}
		assert_false(mailbox_take(box, &value));
	}
	assert_int_equal(wakes, 5);
	mailbox_free(&box);
	assert_null(box);
}

static void test_index_wraps(void **state)
{
	struct mailbox *box = mailbox_new(sizeof(int), 3, NULL, NULL);
	int value;

	(void)state;
	for (int i = 0; i < 100; i++) {
		assert_int_equal(mailbox_post(box, &i), 0);
		assert_int_equal(mailbox_post(box, &(int){-i}), 0);
		assert_true(mailbox_take(box, &value));
		assert_int_equal(value, i);
		assert_true(mailbox_take(box, &value));
		assert_int_equal(value, -i);
	}
	mailbox_free(&box);
}

static void test_close(void **state)
{
	unsigned wakes = 0;
	struct mailbox *box = mailbox_new(sizeof(int), 3, count_wake, &wakes);
	int value = 7;

	(void)state;
	assert_int_equal(mailbox_post(box, &value), 0);
	assert_false(mailbox_is_closed(box));
	mailbox_close(box);
	assert_true(mailbox_is_closed(box));
	assert_int_equal(mailbox_post(box, &value), ERR_STATE);
	assert_int_equal(wakes, 1);
	assert_true(mailbox_wait(box, -1));
	assert_true(mailbox_take(box, &value));
	assert_false(mailbox_wait(box, -1));
	mailbox_free(&box);
}

static void test_wait_times_out(void **state)
{
	struct mailbox *box = mailbox_new(1, 1, NULL, NULL);

	(void)state;
	assert_false(mailbox_wait(box, 0));
	assert_false(mailbox_wait(box, 5));
	mailbox_free(&box);
}

struct poster {
	struct mailbox *box;
	uint32_t number;
};

static void post_all(void *context)
{
	struct poster *poster = context;

	for (uint32_t i = 0; i < POSTS; i++) {
		struct item item = {poster->number, i};

		while (mailbox_post(poster->box, &item) == ERR_FULL)
			sched_yield();
	}
}

static void test_many_posters(void **state)
{
	struct mailbox *box = mailbox_new(sizeof(struct item), 64, NULL, NULL);
	struct worker *workers[POSTERS];
	struct poster posters[POSTERS];
	uint32_t next[POSTERS] = {0};
	struct item item;

	(void)state;
	for (uint32_t i = 0; i < POSTERS; i++) {
		posters[i] = (struct poster){box, i};
		workers[i] = worker_start("poster", post_all, &posters[i]);
		assert_non_null(workers[i]);
	}
	for (uint32_t left = POSTERS * POSTS; left > 0; left--) {
		assert_true(mailbox_wait(box, -1));
		assert_true(mailbox_take(box, &item));
		assert_int_equal(item.number, next[item.poster]);
		next[item.poster]++;
	}
	for (uint32_t i = 0; i < POSTERS; i++)
		worker_join(&workers[i]);
	assert_false(mailbox_take(box, &item));
	mailbox_free(&box);
}

static void read_mask(void *context)
{
	pthread_sigmask(SIG_SETMASK, NULL, context);
}

static void test_worker_blocks_signals(void **state)
{
	sigset_t inside, here;
	struct worker *worker;

	(void)state;
	sigemptyset(&inside);
	worker = worker_start("mask", read_mask, &inside);
	worker_join(&worker);
	assert_null(worker);
	pthread_sigmask(SIG_SETMASK, NULL, &here);
	assert_int_equal(sigismember(&inside, SIGTERM), 1);
	assert_int_equal(sigismember(&inside, SIGINT), 1);
	assert_int_equal(sigismember(&here, SIGTERM), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_order_and_wakes),
	    cmocka_unit_test(test_index_wraps),
	    cmocka_unit_test(test_close),
	    cmocka_unit_test(test_wait_times_out),
	    cmocka_unit_test(test_many_posters),
	    cmocka_unit_test(test_worker_blocks_signals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/* Signals as calls, and that none of them ends the process once nobody listens. */
#include "daemon/signals.h"

#include "test/kit/unit.h"

#include <signal.h>

struct heard {
	unsigned stops, reloads;
	int number;
};

static void stop(void *owner, int number)
{
	struct heard *heard = owner;

	heard->stops++;
	heard->number = number;
}

static void reload(void *owner)
{
	((struct heard *)owner)->reloads++;
}

static void give_up(uv_timer_t *timer)
{
	(void)timer;
	fail_msg("a signal was not heard");
}

static void each_is_a_call_and_afterwards_nothing(void **state)
{
	static const int all[] = {SIGTERM, SIGINT, SIGHUP};
	struct heard heard = {0};
	struct signals_handlers handlers = {stop, reload, &heard};
	struct signals *signals;
	uv_timer_t guard;
	uv_loop_t loop;

	(void)state;
	assert_int_equal(uv_loop_init(&loop), 0);
	signals = signals_new(&loop, &handlers);
	assert_non_null(signals);
	uv_timer_init(&loop, &guard);
	uv_timer_start(&guard, give_up, 5000, 0);
	for (unsigned i = 0; i < 3; i++) {
		raise(all[i]);
		while (heard.stops + heard.reloads == i)
			uv_run(&loop, UV_RUN_ONCE);
	}
	uv_close((uv_handle_t *)&guard, NULL);
	assert_int_equal(heard.stops, 2);
	assert_int_equal(heard.number, SIGINT);
	assert_int_equal(heard.reloads, 1);
	assert_false(signals_is_stop_waiting());
	signals_free(&signals);
	assert_null(signals);
	raise(SIGHUP);
	assert_false(signals_is_stop_waiting());
	for (size_t i = 0; i < 3; i++)
		raise(all[i]);
	assert_true(signals_is_stop_waiting());
	uv_run(&loop, UV_RUN_DEFAULT);
	for (size_t i = 0; i < 3; i++)
		raise(all[i]);
	assert_int_equal(uv_loop_close(&loop), 0);
	assert_int_equal(heard.stops, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_is_a_call_and_afterwards_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

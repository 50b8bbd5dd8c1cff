// SPDX-License-Identifier: Apache-2.0
/* Steps of the wall clock are told from its slewing; the clocks are the system's. */
#include "net/clock.h"

#include "test/kit/unit.h"

#include <time.h>

static struct now at(uint64_t mono_ms, int64_t wall_ms)
{
	return (struct now){.mono_us = mono_ms * US_PER_MS, .wall_ms = wall_ms};
}

static void steps_are_told_once_with_their_size(void **state)
{
	struct clock_compare compare = {0};

	(void)state;
	assert_int_equal(clock_compare(&compare, at(1000, 1700000000000)), 0);
	assert_int_equal(clock_compare(&compare, at(2000, 1700000001000)), 0);
	assert_int_equal(clock_compare(&compare, at(3000, 1700003602000)), 3600000);
	assert_int_equal(clock_compare(&compare, at(4000, 1700003603000)), 0);
	assert_int_equal(clock_compare(&compare, at(5000, 1700000004000)), -3600000);
	assert_int_equal(clock_compare(&compare, at(6000, 1700000005000)), 0);
}

static void slewing_is_no_step(void **state)
{
	struct clock_compare compare = {0};

	(void)state;
	/* Ten days at 500 ppm, looked at each second: 432 s of drift. */
	for (int64_t s = 0; s < 864000; s++)
		assert_int_equal(
		    clock_compare(&compare, at((uint64_t)s * 1000, s * 1000 + s / 2)), 0);
	assert_int_equal(clock_compare(&compare, at(864000000, 864000000 + 431999 + 1500)), 1500);
}

static void the_clocks_are_those_of_the_system(void **state)
{
	struct timespec boot, wall;
	struct now now = clock_now();

	(void)state;
	clock_gettime(CLOCK_BOOTTIME, &boot);
	assert_in_range((uint64_t)boot.tv_sec * US_PER_S + (uint64_t)boot.tv_nsec / 1000,
	    now.mono_us, now.mono_us + 10 * US_PER_S);
	/* Not time(): it reads the clock of the last tick, which may be a second behind this one.
	 */
	clock_gettime(CLOCK_REALTIME, &wall);
	assert_in_range(
	    (uint64_t)wall.tv_sec, (uint64_t)now.wall_ms / 1000, (uint64_t)now.wall_ms / 1000 + 10);
}

static void woken(void *owner)
{
	*(bool *)owner = true;
}

static void the_watch_sleeps_and_ends(void **state)
{
	bool was_woken = false;
	uv_loop_t loop;
	struct clock_watch *watch;

	(void)state;
	assert_int_equal(uv_loop_init(&loop), 0);
	watch = clock_watch_new(&loop, woken, &was_woken);
	assert_non_null(watch);
	uv_run(&loop, UV_RUN_NOWAIT);
	assert_false(was_woken);
	clock_watch_free(&watch);
	assert_null(watch);
	assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
	assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(steps_are_told_once_with_their_size),
	    cmocka_unit_test(slewing_is_no_step),
	    cmocka_unit_test(the_clocks_are_those_of_the_system),
	    cmocka_unit_test(the_watch_sleeps_and_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

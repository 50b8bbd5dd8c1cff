// SPDX-License-Identifier: Apache-2.0
/*
 * The ordinary life of registrations: up, kept, taken back.
 */
#include "sim/script.h"
#include "test/kit/unit.h"

static struct stage s;

static int setup(void **state)
{
	(void)state;
	stage_set(&s, 1, 64);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	stage_clear(&s);
	return 0;
}

static void comes_up(void **state)
{
	(void)state;
	stage_put(&s, "r1");
	stage_start(&s);
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 10));
	assert_int_equal(bound(&s), 1);
	assert_int_equal(rows_of(&s), 1);
	assert_true(stage_is_clean(&s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(comes_up, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

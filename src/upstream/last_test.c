// SPDX-License-Identifier: Apache-2.0
/*
 * Last outcomes: the usual reason, another one, one that is too long.
 */
#include "upstream/last.h"

#include "test/kit/unit.h"

static void test_nothing_yet(void **state)
{
	struct last last = {0};

	(void)state;
	assert_int_equal(last_reason(&last).n, 0);
	last_clear(&last);
}

static void test_the_usual_reason_costs_nothing(void **state)
{
	struct last last = {0};

	(void)state;
	last_set(&last, 200, SLICE("OK"));
	assert_null(last.reason);
	assert_int_equal(last.status, 200);
	assert_true(slice_equal(last_reason(&last), SLICE("OK")));
	last_set(&last, 404, (struct slice){NULL, 0});
	assert_null(last.reason);
	assert_true(slice_equal(last_reason(&last), SLICE("Not Found")));
}

static void test_another_reason(void **state)
{
	struct last last = {0};

	(void)state;
	last_set(&last, 403, SLICE("Pay first"));
	assert_int_equal(last.status, 403);
	assert_true(slice_equal(last_reason(&last), SLICE("Pay first")));
	last_set(&last, 0, SLICE("no answer"));
	assert_int_equal(last.status, 0);
	assert_true(slice_equal(last_reason(&last), SLICE("no answer")));
	last_set(&last, 0, (struct slice){NULL, 0});
	assert_int_equal(last_reason(&last).n, 0);
	last_clear(&last);
}

static void test_a_long_reason_is_cut(void **state)
{
	char text[3 * LAST_REASON_MAX];
	struct last last = {0};

	(void)state;
	memset(text, 'x', sizeof(text));
	last_set(&last, 500, slice_make(text, sizeof(text)));
	assert_true(slice_equal(last_reason(&last), slice_make(text, LAST_REASON_MAX)));
	last_clear(&last);
	assert_int_equal(last.status, 0);
	assert_null(last.reason);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_nothing_yet),
	    cmocka_unit_test(test_the_usual_reason_costs_nothing),
	    cmocka_unit_test(test_another_reason),
	    cmocka_unit_test(test_a_long_reason_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

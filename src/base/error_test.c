// SPDX-License-Identifier: Apache-2.0
/*
 * Every code has its own phrase, and no number can crash the lookup.
 */
#include "base/error.h"

#include "test/kit/unit.h"

#include <limits.h>
#include <string.h>

static void test_every_code(void **state)
{
	(void)state;
	for (int code = 0; code >= ERR_TIMEOUT; code--) {
		assert_non_null(error_text(code));
		assert_string_not_equal(error_text(code), "unknown error");
		for (int other = 0; other > code; other--)
			assert_string_not_equal(error_text(code), error_text(other));
	}
}

static void test_strangers(void **state)
{
	(void)state;
	assert_string_equal(error_text(1), "unknown error");
	assert_string_equal(error_text(ERR_TIMEOUT - 1), "unknown error");
	assert_string_equal(error_text(INT_MIN), "unknown error");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_code),
	    cmocka_unit_test(test_strangers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

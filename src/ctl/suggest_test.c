// SPDX-License-Identifier: Apache-2.0
/*
 * What is near enough to be suggested, and what is not.
 */
#include "ctl/suggest.h"

#include "test/kit/unit.h"

#include <string.h>

static void expect(const char *typed, const char *expected)
{
	static const char *const words[] = {"status", "registration", "stop", "last-stop"};
	struct suggest suggest;

	suggest_init(&suggest, typed);
	for (size_t i = 0; i < 4; i++)
		suggest_offer(&suggest, words[i]);
	if (expected)
		assert_string_equal(suggest_best(&suggest), expected);
	else
		assert_null(suggest_best(&suggest));
}

static void test_near(void **state)
{
	(void)state;
	expect("statsu", "status");
	expect("STATUS", "status");
	expect("reg", "registration");
	expect("registartions", "registration");
	expect("laststop", "last-stop");
	expect("sto", "stop");
	expect("stpo", "stop");
}

static void test_far(void **state)
{
	char longest[SUGGEST_MAX + 2];

	(void)state;
	expect("", NULL);
	expect("call", NULL);
	expect("zzzz", NULL);
	memset(longest, 's', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = 0;
	expect(longest, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_near),
	    cmocka_unit_test(test_far),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

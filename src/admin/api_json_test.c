// SPDX-License-Identifier: Apache-2.0
/*
 * Times at their edges, and texts that are no text.
 */
#include "admin/api_json.h"

#include "test/kit/unit.h"

static void test_times(void **state)
{
	char text[API_JSON_TIME_MAX];

	(void)state;
	api_json_time_text(INT64_C(1709251199007), text);
	assert_string_equal(text, "2024-02-29T23:59:59.007Z");
	api_json_time_text(-1, text);
	assert_string_equal(text, "1969-12-31T23:59:59.999Z");
	api_json_time_text(INT64_MAX, text);
	assert_true(strlen(text) < sizeof(text));
	assert_true(json_is_null(api_json_time(0)));
}

static void expect_text(struct slice text, const char *expected)
{
	json_t *json = api_json_text(text);

	assert_non_null(json);
	assert_string_equal(json_string_value(json), expected);
	json_decref(json);
}

static void test_texts(void **state)
{
	(void)state;
	expect_text(SLICE("plain"), "plain");
	expect_text(SLICE("gr\xc3\xbc\xc3\x9f"), "gr\xc3\xbc\xc3\x9f");
	expect_text(SLICE("a\xffz"), "a\xef\xbf\xbdz");
	expect_text(SLICE("a\0z"), "a\xef\xbf\xbdz");
	expect_text(SLICE("\xc0\xaf"), "\xef\xbf\xbd\xef\xbf\xbd");
	assert_true(json_is_null(api_json_text(SLICE(""))));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_times),
	    cmocka_unit_test(test_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

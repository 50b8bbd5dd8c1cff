// SPDX-License-Identifier: Apache-2.0
/*
 * Times read back, and durations at the edges of their units.
 */
#include "ctl/when.h"

#include "test/kit/unit.h"

static bool parse(const char *text, int64_t *ms_r)
{
	json_t *value = json_string(text);
	bool good = when_parse(value, ms_r);

	json_decref(value);
	return good;
}

static void test_times(void **state)
{
	int64_t ms = 0;

	(void)state;
	assert_true(parse("2024-02-29T23:59:59.007Z", &ms));
	assert_true(ms == INT64_C(1709251199007));
	assert_false(parse("2024-02-29T23:59:59", &ms));
	assert_false(parse("2024-02-29T23:59:59.007", &ms));
	assert_false(parse("2024-02-29T23:59:59.007Zx", &ms));
	assert_false(parse("403 Forbidden", &ms));
	assert_false(when_parse(json_null(), &ms));
	assert_false(when_parse(NULL, &ms));
}

static void expect(int64_t ms, const char *expected)
{
	char text[WHEN_MAX];

	assert_string_equal(when_duration(ms, text), expected);
}

static void test_durations(void **state)
{
	(void)state;
	expect(-5000, "0s");
	expect(59999, "59s");
	expect(60000, "1m00s");
	expect(3599000, "59m59s");
	expect(3600000, "1h00m");
	expect(86399000, "23h59m");
	expect(86400000, "1d00h");
	expect(INT64_C(31536000000000), "365000d00h");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_times),
	    cmocka_unit_test(test_durations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

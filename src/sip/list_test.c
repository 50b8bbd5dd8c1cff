// SPDX-License-Identifier: Apache-2.0
/*
 * Lists with commas where they do not separate, and seconds with what peers
 * write behind them.
 */
#include "sip/list.h"

#include "test/kit/unit.h"

static void assert_members(const char *text, const char *const *wanted)
{
	struct slice rest = slice_of(text);
	struct slice member;

	for (; *wanted; wanted++) {
		assert_true(sip_list_next(&rest, &member));
		assert_true(slice_equal(member, slice_of(*wanted)));
	}
	assert_false(sip_list_next(&rest, &member));
	assert_false(sip_list_next(&rest, &member));
}

static void test_members(void **state)
{
	(void)state;
	assert_members("a", (const char *const[]){"a", NULL});
	assert_members("", (const char *const[]){NULL});
	assert_members(" ,, ,\r\n ", (const char *const[]){NULL});
	assert_members(" a ,b\r\n ,, c,", (const char *const[]){"a", "b", "c", NULL});
	assert_members("\"x,\\\",y\" <sip:a,b@c;d=\"e>;q=1,<f>;x=\",\",g",
	    (const char *const[]){"\"x,\\\",y\" <sip:a,b@c;d=\"e>;q=1", "<f>;x=\",\"", "g", NULL});
	/* A quote or bracket that is not closed reaches to the end. */
	assert_members("a,\"b,c", (const char *const[]){"a", "\"b,c", NULL});
	assert_members("a,<b,c", (const char *const[]){"a", "<b,c", NULL});
	assert_members("\"\\", (const char *const[]){"\"\\", NULL});
}

static void test_delta_seconds(void **state)
{
	static const struct {
		const char *text;
		uint32_t seconds;
	} good[] = {{"0", 0}, {" 3600 ", 3600}, {"120 (in a meeting);duration=60", 120},
	    {"18;q", 18}, {"4294967295", UINT32_MAX}, {"4294967296", UINT32_MAX},
	    {"99999999999999999999999999", UINT32_MAX}, {"007", 7}};
	static const char *const bad[] = {
	    "", " ", "-1", "+1", "x", ";1", "Thu, 01 Dec 1994 16:00:00 GMT"};
	uint32_t seconds;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(sip_delta_seconds(slice_of(good[i].text), &seconds), 0);
		assert_int_equal(seconds, good[i].seconds);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(sip_delta_seconds(slice_of(bad[i]), &seconds), ERR_SYNTAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_members),
	    cmocka_unit_test(test_delta_seconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

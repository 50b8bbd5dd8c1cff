// SPDX-License-Identifier: Apache-2.0
/*
 * Slices at their edges: empty, NULL, the last byte, the largest number.
 */
#include "base/slice.h"

#include "base/buf.h"
#include "base/error.h"
#include "test/kit/unit.h"

#include <stdlib.h>

static void test_equal(void **state)
{
	(void)state;
	assert_true(slice_equal(SLICE("abc"), slice_of("abc")));
	assert_false(slice_equal(SLICE("abc"), SLICE("abC")));
	assert_false(slice_equal(SLICE("abc"), SLICE("ab")));
	assert_true(slice_equal(slice_of(NULL), SLICE("")));
}

static void test_equal_nocase(void **state)
{
	(void)state;
	assert_true(slice_equal_nocase(SLICE("Call-ID"), SLICE("cALL-id")));
	assert_false(slice_equal_nocase(SLICE("Call-ID"), SLICE("Call-I")));
	/* These differ only in the bit that makes letters lower case. */
	assert_false(slice_equal_nocase(SLICE("@["), SLICE("`{")));
	assert_true(slice_equal_nocase(slice_of(NULL), slice_of(NULL)));
}

static void test_starts(void **state)
{
	(void)state;
	assert_true(slice_starts(SLICE("sip:x"), SLICE("sip:")));
	assert_true(slice_starts(SLICE("sip:"), SLICE("sip:")));
	assert_false(slice_starts(SLICE("sip"), SLICE("sip:")));
	assert_false(slice_starts(SLICE("Sip:"), SLICE("sip:")));
	assert_true(slice_starts(slice_of(NULL), SLICE("")));
}

static void test_trim(void **state)
{
	(void)state;
	assert_true(slice_equal(slice_trim(SLICE(" \t\r\n a b \r\n\t")), SLICE("a b")));
	assert_true(slice_equal(slice_trim(SLICE("a")), SLICE("a")));
	assert_true(slice_is_empty(slice_trim(SLICE(" \r\n "))));
	assert_true(slice_is_empty(slice_trim(slice_of(NULL))));
}

static void test_skip_and_find(void **state)
{
	(void)state;
	assert_true(slice_equal(slice_skip(SLICE("abc"), 1), SLICE("bc")));
	assert_true(slice_is_empty(slice_skip(SLICE("abc"), 3)));
	assert_true(slice_is_empty(slice_skip(SLICE("abc"), SIZE_MAX)));
	assert_true(slice_is_empty(slice_skip(slice_of(NULL), 1)));
	assert_int_equal(slice_find(SLICE("abca"), 'a'), 0);
	assert_int_equal(slice_find(SLICE("abc"), 'c'), 2);
	assert_int_equal(slice_find(SLICE("abc"), 'd'), -1);
	assert_int_equal(slice_find((struct slice){"abc", 2}, 'c'), -1);
	assert_int_equal(slice_find(slice_of(NULL), 'a'), -1);
}

static void test_compare(void **state)
{
	static const char *const rising[] = {"", "B", "a", "ab", "b", "\xff"};
	size_t count = sizeof(rising) / sizeof(rising[0]);

	(void)state;
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < count; j++) {
			int order = slice_compare(slice_of(rising[i]), slice_of(rising[j]));

			assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
		}
	assert_int_equal(slice_compare(slice_make(NULL, 0), SLICE("")), 0);
}

static void test_copy(void **state)
{
	char *copy = slice_copy(slice_make("realm", 3)), *nothing = slice_copy(slice_make(NULL, 0));

	(void)state;
	assert_string_equal(copy, "rea");
	assert_string_equal(nothing, "");
	free(copy);
	free(nothing);
}

static void test_number(void **state)
{
	uint64_t number = 7;

	(void)state;
	assert_int_equal(slice_number(SLICE("0"), 0, &number), 0);
	assert_int_equal(number, 0);
	assert_int_equal(slice_number(SLICE("007200"), 7200, &number), 0);
	assert_int_equal(number, 7200);
	assert_int_equal(slice_number(SLICE("18446744073709551615"), UINT64_MAX, &number), 0);
	assert_true(number == UINT64_MAX);
}

static void test_number_refused(void **state)
{
	static const struct {
		const char *text;
		uint64_t max;
		int rc;
	} rows[] = {
	    {"", 10, ERR_SYNTAX},
	    {"-1", 10, ERR_SYNTAX},
	    {"+1", 10, ERR_SYNTAX},
	    {" 1", 10, ERR_SYNTAX},
	    {"1x", 10, ERR_SYNTAX},
	    {"99x", 10, ERR_SYNTAX},
	    {"/", 10, ERR_SYNTAX},
	    {":", 10, ERR_SYNTAX},
	    {"11", 10, ERR_RANGE},
	    {"5", 4, ERR_RANGE},
	    {"1", 0, ERR_RANGE},
	    {"18446744073709551616", UINT64_MAX, ERR_RANGE},
	    {"99999999999999999999999", UINT64_MAX, ERR_RANGE},
	};
	uint64_t number = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(
		    slice_number(slice_of(rows[i].text), rows[i].max, &number), rows[i].rc);
	assert_int_equal(number, 7);
}

static void test_base32(void **state)
{
	static const char text[] = "abcdefghijklmnopqrstuvwxyz234567";
	uint8_t bytes[20];

	(void)state;
	for (size_t n = 0; n <= sizeof(bytes); n++) {
		char storage[33];
		struct buf b = buf_over(storage, sizeof(storage));
		uint8_t copy[sizeof(bytes)] = {0};

		assert_int_equal(slice_base32(slice_of(text), bytes, sizeof(bytes)), 0);
		buf_put_base32(&b, bytes, n);
		assert_int_equal(slice_base32(buf_slice(&b), copy, n), 0);
		assert_memory_equal(copy, bytes, n);
	}
	assert_int_equal(slice_base32(SLICE("MFRGg"), bytes, 3), 0);
	assert_memory_equal(bytes, "abc", 3);
	assert_int_equal(slice_base32(SLICE("mfrg"), bytes, 3), ERR_SYNTAX);
	assert_int_equal(slice_base32(SLICE("mfrgga"), bytes, 3), ERR_SYNTAX);
	assert_int_equal(slice_base32(SLICE("mfrg1"), bytes, 3), ERR_SYNTAX);
	assert_int_equal(slice_base32(SLICE("mfrg8"), bytes, 3), ERR_SYNTAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_equal),
	    cmocka_unit_test(test_equal_nocase),
	    cmocka_unit_test(test_starts),
	    cmocka_unit_test(test_trim),
	    cmocka_unit_test(test_skip_and_find),
	    cmocka_unit_test(test_compare),
	    cmocka_unit_test(test_copy),
	    cmocka_unit_test(test_number),
	    cmocka_unit_test(test_number_refused),
	    cmocka_unit_test(test_base32),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

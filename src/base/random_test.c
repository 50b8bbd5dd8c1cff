// SPDX-License-Identifier: Apache-2.0
/*
 * The generator: the same seed gives the same life, on every machine, and
 * bounds are kept evenly.
 */
#include "base/random.h"

#include "test/kit/unit.h"

#include <stdbool.h>
#include <string.h>

/* With the state 1, 2, 3, 4 xoshiro256** begins with these (its authors' code). */
static void test_vectors(void **state)
{
	static const uint64_t expected[] = {11520, 0, 1509978240, UINT64_C(1215971899390074240)};
	struct random random = {{1, 2, 3, 4}};

	(void)state;
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		assert_true(random_next(&random) == expected[i]);
}

/* SplitMix64 from 0 gives these four (its author's code). */
static void test_seed(void **state)
{
	struct random random;

	(void)state;
	random_seed(&random, 0);
	assert_true(random.s[0] == UINT64_C(0xe220a8397b1dcdaf));
	assert_true(random.s[1] == UINT64_C(0x6e789e6aa1b965f4));
	assert_true(random.s[2] == UINT64_C(0x06c45d188009454f));
	assert_true(random.s[3] == UINT64_C(0xf88bb8a8724c81ec));
}

static void test_below(void **state)
{
	unsigned hits[6] = {0};
	struct random random;

	(void)state;
	random_seed(&random, 5);
	assert_int_equal(random_below(&random, 0), 0);
	assert_int_equal(random_below(&random, 1), 0);
	for (int i = 0; i < 60000; i++) {
		uint64_t n = random_below(&random, 6);

		assert_true(n < 6);
		hits[n]++;
	}
	/* 10,000 each, with a deviation of about 91. */
	for (int i = 0; i < 6; i++)
		assert_in_range(hits[i], 9500, 10500);
}

/* With 3/4 of the range as bound, a plain modulo would give small numbers twice as often. */
static void test_below_is_even(void **state)
{
	uint64_t bound = UINT64_C(3) << 62;
	struct random random;
	unsigned low = 0;

	(void)state;
	random_seed(&random, 6);
	for (int i = 0; i < 30000; i++) {
		uint64_t n = random_below(&random, bound);

		assert_true(n < bound);
		low += n < UINT64_C(1) << 62;
	}
	assert_in_range(low, 9500, 10500);
}

static void test_lengthen(void **state)
{
	uint64_t shortest = UINT64_MAX, longest = 0;
	struct random random;

	(void)state;
	random_seed(&random, 8);
	assert_int_equal(random_lengthen(&random, 0), 0);
	for (int i = 0; i < 3000; i++) {
		uint64_t n = random_lengthen(&random, 100);

		shortest = n < shortest ? n : shortest;
		longest = n > longest ? n : longest;
	}
	assert_int_equal(shortest, 100);
	assert_int_equal(longest, 120);
}

static void test_bytes(void **state)
{
	uint8_t bytes[20], guard[20];
	struct random random;
	uint64_t first;

	(void)state;
	random_seed(&random, 7);
	first = random_next(&random);
	random_seed(&random, 7);
	memset(bytes, 0xa5, sizeof(bytes));
	memset(guard, 0xa5, sizeof(guard));
	random_bytes(&random, bytes, 11);
	for (int i = 0; i < 8; i++)
		assert_int_equal(bytes[i], first >> (8 * i) & 0xff);
	assert_memory_equal(bytes + 11, guard, 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_vectors),
	    cmocka_unit_test(test_seed),
	    cmocka_unit_test(test_below),
	    cmocka_unit_test(test_below_is_even),
	    cmocka_unit_test(test_lengthen),
	    cmocka_unit_test(test_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

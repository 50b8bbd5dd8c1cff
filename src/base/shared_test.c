// SPDX-License-Identifier: Apache-2.0
/*
 * What is equal is kept once and goes with its last holder; and a long random
 * life against a plain array.
 */
#include "base/shared.h"

#include "base/random.h"
#include "test/kit/unit.h"

#define HOLDERS 50
#define VALUES  12

static struct shared *make(void)
{
	struct shared *shared = shared_new(sizeof(uint64_t), (struct hash_key){1, 2});

	assert_non_null(shared);
	return shared;
}

static void set(struct shared *shared, uint64_t number, const void **held)
{
	assert_true(shared_set(shared, &number, held));
	assert_memory_equal(*held, &number, sizeof(number));
}

static void keeps_equals_once(void **state)
{
	struct shared *shared = make();
	const void *a = NULL, *b = NULL;

	(void)state;
	set(shared, 7, &a);
	set(shared, 7, &b);
	assert_ptr_equal(a, b);
	assert_int_equal(shared_count(shared), 1);
	set(shared, 8, &b);
	assert_ptr_not_equal(a, b);
	set(shared, 8, &b);
	assert_int_equal(shared_count(shared), 2);
	shared_drop(shared, &b);
	assert_null(b);
	shared_drop(shared, &b);
	assert_int_equal(shared_count(shared), 1);
	shared_drop(shared, &a);
	assert_int_equal(shared_count(shared), 0);
	shared_free(&shared);
	assert_null(shared);
}

static unsigned count_different(const uint64_t numbers[HOLDERS])
{
	unsigned count = 0;

	for (uint64_t number = 1; number <= VALUES; number++) {
		for (unsigned i = 0; i < HOLDERS; i++) {
			if (numbers[i] == number) {
				count++;
				break;
			}
		}
	}
	return count;
}

static void lives_long(void **state)
{
	struct shared *shared = make();
	const void *held[HOLDERS] = {NULL};
	uint64_t numbers[HOLDERS] = {0}; /* 0: it holds none */
	struct random random;

	(void)state;
	random_seed(&random, 1);
	for (unsigned step = 0; step < 20000; step++) {
		unsigned at = (unsigned)random_below(&random, HOLDERS);

		numbers[at] = random_below(&random, VALUES + 1);
		if (numbers[at] == 0)
			shared_drop(shared, &held[at]);
		else
			set(shared, numbers[at], &held[at]);
		assert_int_equal(shared_count(shared), count_different(numbers));
	}
	for (unsigned i = 0; i < HOLDERS; i++)
		if (held[i])
			assert_memory_equal(held[i], &numbers[i], sizeof(numbers[i]));
	shared_free(&shared);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(keeps_equals_once),
	    cmocka_unit_test(lives_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Maps: several values under one hash, the cap, and a long random life against
 * a plain array. Few different hashes, so that chains are long.
 */
#include "base/map.h"

#include "base/error.h"
#include "base/random.h"
#include "test/kit/unit.h"

static void test_several_values(void **state)
{
	struct map *map = map_new(10);
	uint32_t cursor = 0;
	uint64_t value, sum = 0;

	(void)state;
	assert_false(map_next(map, 5, &cursor, &value));
	map_remove(map, 5, 1);
	assert_int_equal(map_put(map, 5, 1), 0);
	assert_int_equal(map_put(map, 5, 2), 0);
	assert_int_equal(map_put(map, 6, 4), 0);
	assert_int_equal(map_put(map, 5, 0), 0);
	assert_int_equal(map_count(map), 4);
	while (map_next(map, 5, &cursor, &value))
		sum += 10 + value;
	assert_int_equal(sum, 33);

	map_remove(map, 5, 2);
	map_remove(map, 5, 4);
	map_remove(map, 7, 1);
	assert_int_equal(map_count(map), 3);
	cursor = 0;
	sum = 0;
	while (map_next(map, 5, &cursor, &value))
		sum += 10 + value;
	assert_int_equal(sum, 21);
	map_free(&map);
	assert_null(map);
	map_free(&map);
}

static void test_cap(void **state)
{
	struct map *map = map_new(100);

	(void)state;
	for (uint64_t i = 0; i < 100; i++)
		assert_int_equal(map_put(map, i, i), 0);
	assert_int_equal(map_put(map, 100, 100), ERR_FULL);
	map_remove(map, 50, 50);
	assert_int_equal(map_put(map, 100, 100), 0);
	assert_int_equal(map_put(map, 50, 50), ERR_FULL);
	map_free(&map);

	map = map_new(0);
	assert_int_equal(map_put(map, 1, 1), ERR_FULL);
	map_free(&map);
}

#define HASHES 40
#define VALUES 64

/* What the map says of one hash, as a set of bits; each value at most once. */
static uint64_t values_under(const struct map *map, uint64_t hash)
{
	uint32_t cursor = 0;
	uint64_t value, set = 0;

	while (map_next(map, hash, &cursor, &value)) {
		assert_true(value < VALUES);
		assert_false(set >> value & 1);
		set |= UINT64_C(1) << value;
	}
	return set;
}

static uint32_t count_each(const struct map *map)
{
	uint32_t cursor = 0, count = 0;
	uint64_t value;

	while (map_each(map, &cursor, &value))
		count++;
	return count;
}

static void live(struct map *map)
{
	uint64_t model[HASHES] = {0};
	struct random random;
	uint32_t count = 0;

	random_seed(&random, 2);
	for (int step = 0; step < 100000; step++) {
		uint64_t h = random_below(&random, HASHES);
		uint64_t value = random_below(&random, VALUES);
		/* Some hashes differ in their high bits only, as handles do. */
		uint64_t hash = h % 2 ? h << 32 : h;

		if (model[h] >> value & 1) {
			map_remove(map, hash, value);
			model[h] ^= UINT64_C(1) << value;
			count--;
		} else if (random_below(&random, 10) < 8) {
			assert_int_equal(map_put(map, hash, value), 0);
			model[h] ^= UINT64_C(1) << value;
			count++;
		} else {
			map_remove(map, hash, value);
		}
		assert_int_equal(map_count(map), count);
		assert_true(values_under(map, hash) == model[h]);
		if (step % 1000 == 0)
			assert_int_equal(count_each(map), count);
	}
	map_free(&map);
}

static void test_random_life(void **state)
{
	(void)state;
	live(map_new(HASHES * VALUES));
	live(map_new_compared(HASHES * VALUES));
}

static void test_reserving(void **state)
{
	struct map *map = map_new(HASHES * VALUES);
	uint64_t value;
	uint32_t cursor = 0;

	(void)state;
	map_reserve(map, 0);
	assert_int_equal(map_put(map, 5, 1), 0);
	map_reserve(map, 1000);
	map_reserve(map, 10);
	assert_true(map_next(map, 5, &cursor, &value));
	assert_int_equal(value, 1);
	map_remove(map, 5, 1);
	live(map);
}

/* 2^16 hashes of which some agree in any 32 bits: the one kind tells them apart. */
static void test_hashes_are_told_apart(void **state)
{
	struct map *map = map_new(1 << 17);
	uint64_t value;

	(void)state;
	for (uint64_t i = 0; i < 1 << 17; i++)
		assert_int_equal(map_put(map, i * UINT64_C(0x9e3779b97f4a7c15), i), 0);
	for (uint64_t i = 0; i < 1 << 17; i++) {
		uint32_t cursor = 0;

		assert_true(map_next(map, i * UINT64_C(0x9e3779b97f4a7c15), &cursor, &value));
		assert_int_equal(value, i);
		assert_false(map_next(map, i * UINT64_C(0x9e3779b97f4a7c15), &cursor, &value));
	}
	map_free(&map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_several_values),
	    cmocka_unit_test(test_cap),
	    cmocka_unit_test(test_random_life),
	    cmocka_unit_test(test_reserving),
	    cmocka_unit_test(test_hashes_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

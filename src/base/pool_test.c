// SPDX-License-Identifier: Apache-2.0
/*
 * Pools: handles that outlive their object, slots that do not move, the cap,
 * and a long random life against a plain list.
 */
#include "base/pool.h"

#include "base/random.h"
#include "test/kit/unit.h"

#include <stdbool.h>
#include <string.h>

struct item {
	uint64_t mark;
	char filling[40];
};

static void test_stale_handles(void **state)
{
	struct pool *pool = pool_new(sizeof(struct item), 1);
	pool_handle first, second;
	struct item *item;

	(void)state;
	item = pool_take(pool, &first);
	assert_non_null(item);
	assert_int_not_equal(first, 0);
	assert_ptr_equal(pool_get(pool, first), item);
	item->mark = 1;
	pool_give(pool, first);
	assert_null(pool_get(pool, first));

	item = pool_take(pool, &second);
	assert_int_equal(pool_handle_slot(second), pool_handle_slot(first));
	assert_int_equal(pool_handle_generation(second), pool_handle_generation(first) + 1);
	assert_int_equal(item->mark, 0);
	assert_null(pool_get(pool, first));
	assert_ptr_equal(pool_get(pool, second), item);
	pool_free(&pool);
	assert_null(pool);
	pool_free(&pool);
}

static void test_strange_handles(void **state)
{
	struct pool *pool = pool_new(sizeof(struct item), 10);
	pool_handle handle;

	(void)state;
	assert_null(pool_get(pool, 0));
	assert_null(pool_get(pool, pool_handle_make(0, 0)));
	assert_non_null(pool_take(pool, &handle));
	assert_null(pool_get(pool, 0));
	assert_null(pool_get(pool, pool_handle_make(1, 0)));
	assert_null(pool_get(pool, pool_handle_make(0, 1)));
	assert_null(pool_get(pool, UINT64_MAX));
	pool_free(&pool);
}

static void test_cap(void **state)
{
	struct pool *pool = pool_new(sizeof(struct item), 3000);
	struct item *items[3000];
	pool_handle handles[3000], none = 5;

	(void)state;
	for (uint32_t i = 0; i < 3000; i++) {
		items[i] = pool_take(pool, &handles[i]);
		assert_non_null(items[i]);
		items[i]->mark = i;
	}
	assert_null(pool_take(pool, &none));
	assert_int_equal(pool_count(pool), 3000);
	assert_int_equal(pool_cap(pool), 3000);
	for (uint32_t i = 0; i < 3000; i++) {
		assert_ptr_equal(pool_get(pool, handles[i]), items[i]);
		assert_int_equal(items[i]->mark, i);
	}
	pool_give(pool, handles[1234]);
	assert_ptr_equal(pool_take(pool, &none), items[1234]);
	assert_null(pool_take(pool, &handles[1234]));
	pool_free(&pool);

	pool = pool_new(sizeof(struct item), 0);
	assert_null(pool_take(pool, &none));
	pool_free(&pool);
}

static void test_sizes(void **state)
{
	static const size_t sizes[] = {1, 7, 16, 100, 2048, 70000, 200000};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct pool *pool = pool_new(sizes[i], 40);
		pool_handle handle;

		for (int n = 0; n < 40; n++) {
			char *item = pool_take(pool, &handle);

			assert_non_null(item);
			assert_int_equal((uintptr_t)item % _Alignof(uint64_t), 0);
			memset(item, 0xa5, sizes[i]);
		}
		pool_free(&pool);
	}
}

#define MODEL_CAP 300

static void check_walk(const struct pool *pool, pool_handle *held)
{
	uint32_t slot = 0, seen = 0;
	pool_handle handle;

	while (pool_walk(pool, slot, &handle)) {
		assert_true(pool_handle_slot(handle) >= slot);
		assert_int_equal(held[pool_handle_slot(handle)], handle);
		slot = pool_handle_slot(handle) + 1;
		seen++;
	}
	assert_int_equal(seen, pool_count(pool));
}

static void test_random_life(void **state)
{
	struct pool *pool = pool_new(700, MODEL_CAP);
	pool_handle held[MODEL_CAP] = {0}, gone[MODEL_CAP] = {0};
	struct random random;
	uint32_t count = 0;

	(void)state;
	random_seed(&random, 1);
	for (int step = 0; step < 50000; step++) {
		uint32_t slot = (uint32_t)random_below(&random, MODEL_CAP);
		pool_handle handle;

		if (held[slot]) {
			uint64_t *item = pool_get(pool, held[slot]);

			assert_int_equal(*item, held[slot]);
			pool_give(pool, held[slot]);
			gone[slot] = held[slot];
			held[slot] = 0;
			count--;
		} else if (random_below(&random, 100) < 90) {
			uint64_t *item = pool_take(pool, &handle);

			assert_non_null(item);
			assert_int_equal(*item, 0);
			assert_int_equal(held[pool_handle_slot(handle)], 0);
			*item = handle;
			held[pool_handle_slot(handle)] = handle;
			count++;
		}
		assert_null(pool_get(pool, gone[slot]));
		assert_int_equal(pool_count(pool), count);
		if (step % 1000 == 0)
			check_walk(pool, held);
	}
	pool_free(&pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_stale_handles),
	    cmocka_unit_test(test_strange_handles),
	    cmocka_unit_test(test_cap),
	    cmocka_unit_test(test_sizes),
	    cmocka_unit_test(test_random_life),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

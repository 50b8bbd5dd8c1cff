// SPDX-License-Identifier: Apache-2.0
/*
 * The heap against the plainest of models: an array searched for its smallest.
 */
#include "base/heap.h"

#include "base/random.h"
#include "test/kit/unit.h"

static void test_empty(void **state)
{
	struct heap heap = {0};
	struct heap_pair pair = {1, 2};

	(void)state;
	assert_false(heap_peek(&heap, &pair));
	assert_int_equal(pair.key, 1);
	heap_pop(&heap);
	heap_clear(&heap);
	assert_int_equal(heap_push(&heap, 9, 8), 0);
	assert_true(heap_peek(&heap, &pair));
	assert_int_equal(pair.value, 8);
	heap_clear(&heap);
	assert_false(heap_peek(&heap, &pair));
}

#define PAIRS 400

/* Takes the pair out of the model; fails where it is not there or not the smallest. */
static void model_take(struct heap_pair *model, int *count, struct heap_pair pair)
{
	int at = -1;

	for (int i = 0; i < *count; i++) {
		assert_true(model[i].key >= pair.key);
		if (model[i].key == pair.key && model[i].value == pair.value)
			at = i;
	}
	assert_true(at >= 0);
	model[at] = model[--*count];
}

static void test_random_life(void **state)
{
	struct heap heap = {0};
	struct heap_pair model[PAIRS], pair;
	struct random random;
	int count = 0;

	(void)state;
	random_seed(&random, 4);
	for (uint64_t step = 0; step < 50000; step++) {
		/* It fills and empties in waves. */
		bool push = random_below(&random, 100) < (step / 1000 % 2 ? 40 : 60);

		if (push && count < PAIRS) {
			/* Few keys, so that equal ones are common. */
			pair = (struct heap_pair){random_below(&random, 50), step};
			assert_int_equal(heap_push(&heap, pair.key, pair.value), 0);
			model[count++] = pair;
		} else if (heap_peek(&heap, &pair)) {
			model_take(model, &count, pair);
			heap_pop(&heap);
		}
		assert_int_equal(heap.count, count);
	}
	heap_clear(&heap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_empty),
	    cmocka_unit_test(test_random_life),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

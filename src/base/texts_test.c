// SPDX-License-Identifier: Apache-2.0
/*
 * A copy stands alone, and the original is as it was.
 */
#include "base/texts.h"

#include "test/kit/unit.h"

#include <stdlib.h>

struct pair {
	int number;
	struct slice first, second;
};

static void list(struct texts *texts, void *record)
{
	struct pair *pair = record;

	texts_add(texts, &pair->first);
	texts_add(texts, &pair->second);
}

static void a_copy_outlives_its_texts(void **state)
{
	char first[] = "one", second[] = "two";
	const struct pair pair = {7, slice_of(first), slice_of(second)};
	struct pair *copy = texts_copy(&pair, sizeof(pair), list);

	(void)state;
	assert_non_null(copy);
	assert_ptr_equal(pair.first.p, first);
	first[0] = second[0] = 'X';
	assert_int_equal(copy->number, 7);
	assert_true(slice_equal(copy->first, SLICE("one")));
	assert_true(slice_equal(copy->second, SLICE("two")));
	free(copy);
}

static void empty_texts_take_no_room(void **state)
{
	const struct pair pair = {1, {NULL, 0}, SLICE("two")};
	struct pair *copy = texts_copy(&pair, sizeof(pair), list);

	(void)state;
	assert_int_equal(copy->first.n, 0);
	assert_true(slice_equal(copy->second, SLICE("two")));
	free(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_copy_outlives_its_texts),
	    cmocka_unit_test(empty_texts_take_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

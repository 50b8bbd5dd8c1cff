// SPDX-License-Identifier: Apache-2.0
/*
 * The order of names against the plainest of models: an array that is searched whole.
 */
#include "base/names.h"

#include "base/random.h"
#include "test/kit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#define SLOTS 3000 /* several blocks, which split and join */

static char texts[SLOTS][8];
static bool is_there[SLOTS];

static struct slice text_of(const void *context, uint32_t slot)
{
	(void)context;
	return slice_of(texts[slot]);
}

static int order(struct slice a, struct slice b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int first = memcmp(a.p, b.p, n);

	return first ? first : (int)a.n - (int)b.n;
}

/* The slot of the first behind that name; SLOTS at the end. */
static uint32_t model_after(struct slice name)
{
	uint32_t best = SLOTS;

	for (uint32_t i = 0; i < SLOTS; i++)
		if (is_there[i] && order(slice_of(texts[i]), name) > 0 &&
		    (best == SLOTS || order(slice_of(texts[i]), slice_of(texts[best])) < 0))
			best = i;
	return best;
}

static void check_after(const struct names *names, struct slice name)
{
	uint32_t slot = SLOTS;
	bool is_any = names_after(names, name, &slot);

	assert_int_equal(slot, model_after(name));
	assert_int_equal(is_any, slot != SLOTS);
}

static void check_walk(const struct names *names)
{
	struct slice after = SLICE("");
	uint32_t slot, seen = 0, there = 0;

	for (uint32_t i = 0; i < SLOTS; i++)
		there += is_there[i];
	while (names_after(names, after, &slot)) {
		assert_true(is_there[slot]);
		assert_true(order(text_of(NULL, slot), after) > 0);
		after = text_of(NULL, slot);
		seen++;
	}
	assert_int_equal(seen, there);
}

static void toggle(struct names *names, uint32_t slot)
{
	if (is_there[slot])
		names_remove(names, slot);
	else
		assert_int_equal(names_add(names, slot), 0);
	is_there[slot] = !is_there[slot];
}

static void comes_and_goes(void **state)
{
	struct names *names = names_new(text_of, NULL);
	struct random random;

	(void)state;
	random_seed(&random, 1);
	for (uint32_t i = 0; i < SLOTS; i++)
		snprintf(texts[i], sizeof(texts[i]), "%u", i * 7919 % SLOTS);
	check_walk(names);
	for (uint32_t i = 0; i < 4 * SLOTS; i++) {
		toggle(names, (uint32_t)random_below(&random, SLOTS));
		if (i % 100 == 0)
			check_after(names, slice_of(texts[random_below(&random, SLOTS)]));
	}
	check_walk(names);
	for (uint32_t i = 0; i < SLOTS; i++)
		if (is_there[i])
			toggle(names, i);
	check_walk(names);
	names_free(&names);
	assert_null(names);
}

/* As a start brings them, and as an operator who goes on with a list takes them away. */
static void one_behind_the_other(void **state)
{
	struct names *names = names_new(text_of, NULL);

	(void)state;
	for (uint32_t i = 0; i < SLOTS; i++)
		snprintf(texts[i], sizeof(texts[i]), "%06u", i);
	for (uint32_t i = 0; i < SLOTS; i++) {
		assert_true(names_is_behind_all(names, slice_of(texts[i])));
		toggle(names, i);
		assert_false(names_is_behind_all(names, slice_of(texts[i])));
	}
	assert_false(names_is_behind_all(names, slice_of(texts[SLOTS / 2])));
	check_walk(names);
	for (uint32_t i = 0; i < SLOTS; i++)
		toggle(names, i);
	check_walk(names);
	names_free(&names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(comes_and_goes),
	    cmocka_unit_test(one_behind_the_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

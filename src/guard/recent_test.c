// SPDX-License-Identifier: Apache-2.0
/*
 * Two generations of notes: what is remembered, for how long, and what is known to be forgotten.
 */
#include "guard/recent.h"

#include "base/now.h"
#include "base/random.h"
#include "test/kit/unit.h"

#define CAP    100
#define AGE_US (10 * US_PER_S)

static struct recent recent;
static struct random numbers;

static int setup(void **state)
{
	(void)state;
	random_seed(&numbers, 1);
	return recent_init(&recent, CAP, AGE_US);
}

static int teardown(void **state)
{
	(void)state;
	recent_close(&recent);
	return 0;
}

static bool has(uint64_t id, uint64_t value)
{
	uint64_t found;

	return recent_find(&recent, id, &found) && found == value;
}

static bool has_any(uint64_t id)
{
	uint64_t found;

	return recent_find(&recent, id, &found);
}

static void remembers_the_last_value(void **state)
{
	(void)state;
	assert_false(has_any(5));
	recent_put(&recent, 5, UINT64_MAX - 1, 1);
	assert_true(has(5, UINT64_MAX - 1));
	recent_put(&recent, 5, 7, 2);
	assert_true(has(5, 7));
	assert_int_equal(recent.young.count, 1);
}

/* They all want the last slot, and one wants 0 for its tag. */
static void finds_room_for_what_collides(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < CAP; i++)
		recent_put(&recent, i << 32 | UINT32_MAX, i, 1);
	for (uint64_t i = 2; i < CAP; i++)
		assert_true(has(i << 32 | UINT32_MAX, i));
	assert_true(has(UINT32_MAX, 1)); /* shares the tag of the next one */
	assert_false(has_any((uint64_t)CAP << 32 | UINT32_MAX));
}

static void remembers_at_least_one_generation(void **state)
{
	uint64_t ids[3 * CAP];

	(void)state;
	for (uint64_t i = 0; i < 3 * CAP; i++) {
		ids[i] = random_next(&numbers);
		recent_put(&recent, ids[i], i, i + 1);
		for (uint64_t k = i < CAP ? 0 : i - CAP + 1; k <= i; k++)
			assert_true(has(ids[k], k));
	}
	assert_false(has_any(ids[0]));
	assert_int_equal(recent.forgotten_us, CAP + 1);
}

static void a_note_that_is_renewed_stays(void **state)
{
	(void)state;
	for (uint64_t i = 1; i < 10 * CAP; i++) {
		recent_put(&recent, 5, i, i);
		recent_put(&recent, random_next(&numbers), i, i);
		assert_true(has(5, i));
	}
}

#define ID(number) ((uint64_t)(number) << 32)

static void turns_with_time(void **state)
{
	(void)state;
	recent_put(&recent, ID(1), 1, 1);
	recent_put(&recent, ID(2), 2, AGE_US);
	assert_int_equal(recent.old.count, 0);
	recent_put(&recent, ID(3), 3, AGE_US + 1);
	assert_int_equal(recent.old.count, 2);
	assert_int_equal(recent.forgotten_us, 0);
	recent_put(&recent, ID(4), 4, 2 * AGE_US + 1);
	assert_false(has_any(ID(1)) || has_any(ID(2)));
	assert_true(has(ID(3), 3) && has(ID(4), 4));
	assert_int_equal(recent.forgotten_us, AGE_US + 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(remembers_the_last_value),
	    CASE(finds_room_for_what_collides),
	    CASE(remembers_at_least_one_generation),
	    CASE(a_note_that_is_renewed_stays),
	    CASE(turns_with_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

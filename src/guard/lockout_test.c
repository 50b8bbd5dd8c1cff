// SPDX-License-Identifier: Apache-2.0
/*
 * How many pairs there are. What they do is told by guard_test.c.
 */
#include "guard/lockout.h"

#include "test/kit/unit.h"

#include <stdio.h>

#define PAIRS 100

static struct params params;
static struct core_context core;
static struct lockout lockout;

static const struct source here = {4, {192, 0, 2, 1}};

static int setup(void **state)
{
	(void)state;
	params_defaults(&params);
	core = (struct core_context){.params = &params};
	return lockout_init(&lockout, &core, (struct hash_key){1, 2}, PAIRS);
}

static int teardown(void **state)
{
	(void)state;
	lockout_close(&lockout);
	return 0;
}

static void count_names(unsigned from, unsigned count)
{
	char name[16];

	for (unsigned i = 0; i < count; i++) {
		(void)snprintf(name, sizeof(name), "%u", from + i);
		lockout_count(&lockout, slice_of(name), &here);
	}
}

static void a_source_has_few(void **state)
{
	(void)state;
	count_names(0, LOCKOUT_NAMES_MAX);
	assert_int_equal(pool_count(lockout.pairs), LOCKOUT_NAMES_MAX);
	count_names(0, 1000);
	assert_int_equal(pool_count(lockout.pairs), LOCKOUT_NAMES_MAX + 1);
}

/* What is over goes when the source fails again. */
static void a_source_leaves_nothing_behind(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++) {
		count_names(0, 20);
		assert_int_equal(pool_count(lockout.pairs), 20);
		core.now.mono_us += LOCKOUT_FORGET_US;
	}
	lockout_count(&lockout, SLICE("joe"), &here);
	assert_int_equal(pool_count(lockout.pairs), 1);
	lockout_forgive(&lockout, SLICE("joe"), &here);
	assert_int_equal(pool_count(lockout.pairs), 0);
}

static void all_of_them_have_a_cap(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 10 * PAIRS; i++) {
		const struct source source = {4, {10, 0, (uint8_t)(i >> 8), (uint8_t)i}};

		lockout_count(&lockout, SLICE("joe"), &source);
		assert_true(pool_count(lockout.pairs) <= PAIRS);
	}
	assert_int_equal(pool_count(lockout.pairs), PAIRS);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(a_source_has_few),
	    CASE(a_source_leaves_nothing_behind),
	    CASE(all_of_them_have_a_cap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

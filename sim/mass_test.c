// SPDX-License-Identifier: Apache-2.0
/*
 * The cases of sim/mass.h, at a size that every build can run.
 */
#include "sim/mass.h"

#include "test/kit/unit.h"

#define SMALL 2000

static void play(const char *name)
{
	const struct mass_case *which = mass_find(name);

	assert_non_null(which);
	assert_true(mass_run(which, SMALL, 1, stdout));
}

static void f18_every_answer_lost(void **state)
{
	(void)state;
	play("F18");
}

static void f19_all_fail(void **state)
{
	(void)state;
	play("F19");
}

static void f21_all_at_start(void **state)
{
	(void)state;
	play("F21");
}

static void f22_an_outage_ends(void **state)
{
	(void)state;
	play("F22");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(f18_every_answer_lost),
	    cmocka_unit_test(f19_all_fail),
	    cmocka_unit_test(f21_all_at_start),
	    cmocka_unit_test(f22_an_outage_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * The cases of sim/stale.h, small: each is as stale as it says and no more, and
 * without a ledger as much worse as it says.
 */
#include "sim/stale.h"

#include "test/kit/unit.h"

#define SMALL 10

static void every_case_is_as_stale_as_it_says(void **state)
{
	const struct stale_case *stale;
	double simulated_s = 0;

	(void)state;
	for (unsigned i = 0; (stale = stale_at(i)); i++)
		assert_true(stale_measure(stale, SMALL, 1, 1, &simulated_s, stdout));
}

static void without_a_ledger_a_farewell_has_nothing_to_say(void **state)
{
	const struct stale_case *farewell = stale_find("kill-farewell");
	struct stale_figure with, without;

	(void)state;
	stale_play(farewell, SMALL, 3, true, &with, stdout);
	stale_play(farewell, SMALL, 3, false, &without, stdout);
	assert_true(with.stale_s >= 10 && with.stale_s < 20);
	assert_true(without.stale_s > 100 * with.stale_s);
	assert_int_equal(with.left + without.left, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_case_is_as_stale_as_it_says),
	    cmocka_unit_test(without_a_ledger_a_farewell_has_nothing_to_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

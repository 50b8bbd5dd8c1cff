// SPDX-License-Identifier: Apache-2.0
/*
 * When a grant of so many seconds is refreshed.
 */
#include "registrant/grant.h"

#include "base/spread.h"
#include "test/kit/unit.h"

static void windows(void **state)
{
	static const uint32_t table[][3] = {{30, 13, 16}, {60, 27, 33}, {119, 53, 65},
	    {120, 60, 90}, {600, 300, 450}, {1199, 599, 899}, {1200, 960, 1080}, {3600, 2880, 3240},
	    {7200, 5760, 6480}, {86400, 5760, 6480}};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		uint32_t from, to;

		grant_window(table[i][0], &from, &to);
		assert_int_equal(from, table[i][1]);
		assert_int_equal(to, table[i][2]);
	}
}

static void is_refreshed_within_its_window(void **state)
{
	struct random random;
	struct core_context core = {.now = {5000 * US_PER_S, 0}, .random = &random};
	struct registrant r = {.core = &core, .refreshes = spread_new()};

	(void)state;
	random_seed(&random, 1);
	r.registrations = pool_new(1, 1);
	assert_non_null(r.refreshes);
	assert_non_null(r.registrations);
	for (uint32_t grant = 1; grant < 9000; grant++) {
		uint32_t slot, from, to;
		uint64_t after_us;

		/* At any moment of a second. */
		core.now.mono_us += 999983;
		after_us = grant_book_refresh(&r, grant, true, &slot) - core.now.mono_us;
		grant_window(grant, &from, &to);
		if (to > 2 && to > from)
			assert_in_range(after_us, from * US_PER_S, to * US_PER_S);
		else
			assert_true(after_us < grant * US_PER_S);
		spread_cancel(r.refreshes, &slot);
		assert_int_equal(slot, 0);
	}
	spread_free(&r.refreshes);
	pool_free(&r.registrations);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(windows),
	    cmocka_unit_test(is_refreshed_within_its_window),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * When a refresh is due: the windows, and how evenly many of them spread.
 */
#include "registrant/refresh.h"

#include "test/kit/unit.h"

#include <string.h>

static struct registrant *make(void)
{
	static struct registrant r;
	static struct random random;

	memset(&r, 0, sizeof(r));
	random_seed(&random, 1);
	r.random = &random;
	r.now.mono_us = 5000 * US_PER_S;
	r.refresh_plan = refresh_plan_new();
	assert_non_null(r.refresh_plan);
	return &r;
}

static void windows(void **state)
{
	static const uint32_t table[][3] = {{30, 13, 16}, {60, 27, 33}, {119, 53, 65},
	    {120, 60, 90}, {600, 300, 450}, {1199, 599, 899}, {1200, 960, 1080}, {3600, 2880, 3240},
	    {7200, 5760, 6480}, {86400, 5760, 6480}};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		uint32_t from, to;

		refresh_window(table[i][0], &from, &to);
		assert_int_equal(from, table[i][1]);
		assert_int_equal(to, table[i][2]);
	}
}

static void stays_in_its_window(void **state)
{
	struct registrant *r = make();

	(void)state;
	for (uint32_t grant = 1; grant < 9000; grant += 7) {
		uint32_t slot, from, to;
		uint64_t when_us = refresh_book(r, grant, &slot),
		         after_us = when_us - r->now.mono_us;

		refresh_window(grant, &from, &to);
		if (to > 2)
			assert_in_range(after_us, from * US_PER_S, to * US_PER_S);
		else
			assert_true(after_us < grant * US_PER_S);
		refresh_cancel(r, &slot);
		assert_int_equal(slot, 0);
	}
	refresh_plan_free(&r->refresh_plan);
}

/* What came up together does not come back together. */
static void spreads_evenly(void **state)
{
	enum { COUNT = 10800, FROM = 2880, WIDTH = 360 };
	struct registrant *r = make();
	uint32_t booked[WIDTH] = {0}, slot;

	(void)state;
	for (int i = 0; i < COUNT; i++) {
		uint64_t when_us = refresh_book(r, 3600, &slot);

		booked[(when_us - r->now.mono_us) / US_PER_S - FROM]++;
	}
	for (int i = 0; i < WIDTH; i++)
		assert_int_equal(booked[i], COUNT / WIDTH);
	refresh_plan_free(&r->refresh_plan);
}

static void a_cancelled_place_is_free_again(void **state)
{
	struct registrant *r = make();
	uint32_t first[36], slot;

	(void)state;
	/* A window of 6 s, filled six times over, then one second emptied. */
	for (int i = 0; i < 36; i++)
		refresh_book(r, 60, &first[i]);
	slot = first[0];
	refresh_cancel(r, &first[0]);
	refresh_book(r, 60, &first[0]);
	assert_int_equal(first[0], slot);
	refresh_plan_free(&r->refresh_plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(windows),
	    cmocka_unit_test(stays_in_its_window),
	    cmocka_unit_test(spreads_evenly),
	    cmocka_unit_test(a_cancelled_place_is_free_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * When a refresh is due: the windows, and how evenly many of them spread.
 */
#include "registrant/refresh.h"

#include "test/kit/unit.h"

#include <string.h>

#define CROWD 20000

static struct registrant *make(void)
{
	static struct registrant r;
	static struct core_context core;
	static struct random random;

	memset(&r, 0, sizeof(r));
	random_seed(&random, 1);
	core = (struct core_context){.now = {5000 * US_PER_S, 0}, .random = &random};
	r.core = &core;
	r.refresh_plan = refresh_plan_new();
	r.registrations = pool_new(1, CROWD);
	assert_non_null(r.refresh_plan);
	assert_non_null(r.registrations);
	return &r;
}

static void clear(struct registrant *r)
{
	refresh_plan_free(&r->refresh_plan);
	pool_free(&r->registrations);
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
	for (uint32_t grant = 1; grant < 9000; grant++) {
		uint32_t slot, from, to;
		uint64_t after_us;

		/* At any moment of a second. */
		r->core->now.mono_us += 999983;
		after_us = refresh_book(r, grant, true, &slot) - r->core->now.mono_us;
		refresh_window(grant, &from, &to);
		if (to > 2 && to > from)
			assert_in_range(after_us, from * US_PER_S, to * US_PER_S);
		else
			assert_true(after_us < grant * US_PER_S);
		refresh_cancel(r, &slot);
		assert_int_equal(slot, 0);
	}
	clear(r);
}

/* What came up together does not come back together. */
static void spreads_evenly(void **state)
{
	enum { COUNT = 10800, FROM = 2880, WIDTH = 360 };
	struct registrant *r = make();
	uint32_t booked[WIDTH] = {0}, slot;

	(void)state;
	for (int i = 0; i < COUNT; i++) {
		uint64_t when_us = refresh_book(r, 3600, true, &slot);

		booked[(when_us - r->core->now.mono_us) / US_PER_S - FROM]++;
	}
	for (int i = 0; i < WIDTH; i++)
		assert_int_equal(booked[i], COUNT / WIDTH);
	clear(r);
}

/* A crowd that came up at 50/s and refreshes whenever it is due. */
struct crowd {
	struct registrant *r;
	uint64_t begun_s;
	uint32_t slots[CROWD];
	uint32_t next[CROWD], first[4 * 3600]; /* those due in a second, by number + 1 */
};

static void book(struct crowd *crowd, uint32_t who, bool is_newcomer)
{
	uint64_t due_us = refresh_book(crowd->r, 3600, is_newcomer, &crowd->slots[who]);
	uint64_t second = due_us / US_PER_S - crowd->begun_s;

	assert_in_range(second, 0, 4 * 3600 - 1);
	crowd->next[who] = crowd->first[second];
	crowd->first[second] = who + 1;
}

static uint32_t refresh_those_due(struct crowd *crowd, uint32_t second)
{
	uint32_t count = 0, who;

	for (uint32_t due = crowd->first[second]; due > 0; count++) {
		who = due - 1;
		due = crowd->next[who];
		refresh_cancel(crowd->r, &crowd->slots[who]);
		if (second < 3 * 3600)
			book(crowd, who, false);
	}
	return count;
}

static void counts_on_those_to_come(void **state)
{
	static struct crowd crowd;
	uint32_t most = 0, seconds = 0, all = 0, count;
	pool_handle handle;

	(void)state;
	crowd.r = make();
	crowd.begun_s = crowd.r->core->now.mono_us / US_PER_S;
	for (uint32_t i = 0; i < CROWD; i++)
		assert_non_null(pool_take(crowd.r->registrations, &handle));
	for (uint32_t second = 0; second < 3 * 3600; second++) {
		crowd.r->core->now.mono_us = (crowd.begun_s + second) * US_PER_S;
		for (uint32_t i = 0; second < CROWD / 50 && i < 50; i++)
			book(&crowd, second * 50 + i, true);
		count = refresh_those_due(&crowd, second);
		/* From 80 % of the third period on all that comes is the third round. */
		if (second < 3 * 2880 || count == 0)
			continue;
		most = count > most ? count : most;
		all += count;
		seconds++;
	}
	assert_int_equal(all, CROWD);
	assert_in_range(most * seconds, CROWD, CROWD * 12 / 10);
	/* Spread as far as the windows allow. */
	assert_in_range(seconds, 400 + 3 * 355, 400 + 3 * 360);
	clear(crowd.r);
}

static void a_cancelled_place_is_free_again(void **state)
{
	struct registrant *r = make();
	uint32_t first[36], slot;

	(void)state;
	/* A window of 6 s, filled six times over, then one second emptied. */
	for (int i = 0; i < 36; i++)
		refresh_book(r, 60, true, &first[i]);
	slot = first[0];
	refresh_cancel(r, &first[0]);
	refresh_book(r, 60, true, &first[0]);
	assert_int_equal(first[0], slot);
	clear(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(windows),
	    cmocka_unit_test(stays_in_its_window),
	    cmocka_unit_test(spreads_evenly),
	    cmocka_unit_test(counts_on_those_to_come),
	    cmocka_unit_test(a_cancelled_place_is_free_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

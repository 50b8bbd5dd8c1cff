// SPDX-License-Identifier: Apache-2.0
/*
 * How evenly what many do spreads over their windows, at once and when they come
 * again and again.
 */
#include "base/spread.h"

#include "base/now.h"
#include "test/kit/unit.h"

#define CROWD 20000

/* The window of those who come again after an hour at most. */
#define FROM_S 2880
#define TO_S   3240

/* A spread, and the time that it is asked at. */
struct calendar {
	struct spread *spread;
	struct random random;
	uint64_t now_us;
	uint32_t population;
};

static void setup(struct calendar *calendar, uint32_t population)
{
	*calendar = (struct calendar){
	    .spread = spread_new(), .now_us = 5000 * US_PER_S, .population = population};
	random_seed(&calendar->random, 1);
	assert_non_null(calendar->spread);
}

static uint64_t book(
    struct calendar *calendar, uint32_t from_s, uint32_t to_s, bool is_newcomer, uint32_t *place_r)
{
	struct spread_wish wish = {
	    .now_us = calendar->now_us,
	    .from_s = from_s,
	    .to_s = to_s,
	    .population = calendar->population,
	    .is_newcomer = is_newcomer,
	};

	return spread_book(calendar->spread, &calendar->random, &wish, place_r);
}

static void stays_in_its_window(void **state)
{
	struct calendar calendar;

	(void)state;
	setup(&calendar, 0);
	for (uint32_t to_s = 1; to_s <= SPREAD_MAX_S; to_s++) {
		uint32_t place, from_s = to_s * 4 / 5;
		uint64_t after_us;

		/* At any moment of a second. */
		calendar.now_us += 999983;
		after_us = book(&calendar, from_s, to_s, true, &place) - calendar.now_us;
		assert_in_range(after_us, from_s * US_PER_S, to_s * US_PER_S);
		assert_int_not_equal(place, 0);
		spread_cancel(calendar.spread, &place);
		assert_int_equal(place, 0);
		spread_cancel(calendar.spread, &place);
	}
	spread_free(&calendar.spread);
}

/* What came up together does not come back together. */
static void spreads_evenly(void **state)
{
	enum { COUNT = 10800, WIDTH = TO_S - FROM_S };
	uint32_t booked[WIDTH] = {0}, place;
	struct calendar calendar;

	(void)state;
	setup(&calendar, 0);
	for (int i = 0; i < COUNT; i++) {
		uint64_t when_us = book(&calendar, FROM_S, TO_S, true, &place);

		booked[(when_us - calendar.now_us) / US_PER_S - FROM_S]++;
	}
	for (int i = 0; i < WIDTH; i++)
		assert_int_equal(booked[i], COUNT / WIDTH);
	spread_free(&calendar.spread);
}

/* A crowd that came up at 50/s and comes again whenever it is due. */
struct crowd {
	struct calendar calendar;
	uint64_t begun_s;
	uint32_t places[CROWD];
	uint32_t next[CROWD], first[4 * 3600]; /* those due in a second, by number + 1 */
};

static void come(struct crowd *crowd, uint32_t who, bool is_newcomer)
{
	uint64_t due_us = book(&crowd->calendar, FROM_S, TO_S, is_newcomer, &crowd->places[who]);
	uint64_t second = due_us / US_PER_S - crowd->begun_s;

	assert_in_range(second, 0, 4 * 3600 - 1);
	crowd->next[who] = crowd->first[second];
	crowd->first[second] = who + 1;
}

static uint32_t let_those_due_come(struct crowd *crowd, uint32_t second)
{
	uint32_t count = 0, who;

	for (uint32_t due = crowd->first[second]; due > 0; count++) {
		who = due - 1;
		due = crowd->next[who];
		spread_cancel(crowd->calendar.spread, &crowd->places[who]);
		if (second < 3 * 3600)
			come(crowd, who, false);
	}
	return count;
}

static void counts_on_those_to_come(void **state)
{
	static struct crowd crowd;
	uint32_t most = 0, seconds = 0, all = 0, count;

	(void)state;
	setup(&crowd.calendar, CROWD);
	crowd.begun_s = crowd.calendar.now_us / US_PER_S;
	for (uint32_t second = 0; second < 3 * 3600; second++) {
		crowd.calendar.now_us = (crowd.begun_s + second) * US_PER_S;
		for (uint32_t i = 0; second < CROWD / 50 && i < 50; i++)
			come(&crowd, second * 50 + i, true);
		count = let_those_due_come(&crowd, second);
		/* From 80 % of the third period on all that comes is the third round. */
		if (second < 3 * FROM_S || count == 0)
			continue;
		most = count > most ? count : most;
		all += count;
		seconds++;
	}
	assert_int_equal(all, CROWD);
	assert_in_range(most * seconds, CROWD, CROWD * 12 / 10);
	/* Spread as far as the windows allow. */
	assert_in_range(seconds, 400 + 3 * 355, 400 + 3 * 360);
	spread_free(&crowd.calendar.spread);
}

static void a_cancelled_place_is_free_again(void **state)
{
	struct calendar calendar;
	uint32_t first[36], place;

	(void)state;
	setup(&calendar, 0);
	/* A window of 6 s, filled six times over, then one second emptied. */
	for (int i = 0; i < 36; i++)
		book(&calendar, 27, 33, true, &first[i]);
	place = first[0];
	spread_cancel(calendar.spread, &first[0]);
	book(&calendar, 27, 33, true, &first[0]);
	assert_int_equal(first[0], place);
	spread_free(&calendar.spread);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(stays_in_its_window),
	    cmocka_unit_test(spreads_evenly),
	    cmocka_unit_test(counts_on_those_to_come),
	    cmocka_unit_test(a_cancelled_place_is_free_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

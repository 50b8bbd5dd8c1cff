// SPDX-License-Identifier: Apache-2.0
/*
 * What an upstream has borne is known to the next start: it begins there, it
 * is not banned for what its predecessor was banned for, and its stop knows how
 * long it takes.
 */
#include "sim/due.h"
#include "sim/script.h"
#include "sim/watch.h"
#include "test/kit/unit.h"

#define MANY    1500
#define HIGHEST 200 /* requests per second of a pace that is left to Regent */

static struct stage s;

static int setup(void **state)
{
	(void)state;
	stage_set(&s, 30, MANY);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	stage_clear(&s);
	return 0;
}

/* They come up, and what they have proven has stood for long enough to be written. */
static uint64_t bring_up(uint32_t count)
{
	uint64_t since_us = now_us_of(&s);
	uint64_t took_us;

	stage_put_many(&s, count);
	stage_start(&s);
	assert_true(stage_until_bound(&s, count, HOUR_S));
	took_us = now_us_of(&s) - since_us;
	world_run_s(s.world, 15);
	return took_us;
}

static struct ledger_pace remembered(void)
{
	struct ledger_pace pace, none;
	uint32_t cursor = 0;

	assert_true(disk_pace_next(process_disk(s.process), &cursor, &pace));
	assert_false(disk_pace_next(process_disk(s.process), &cursor, &none));
	return pace;
}

/* Answers to all of them: the bindings are there already. */
static uint64_t start_again(uint32_t count)
{
	uint64_t since_us = now_us_of(&s);

	stage_start(&s);
	assert_true(stage_until_counter(&s, CARRIER_OK, counted(&s, CARRIER_OK) + count, HOUR_S));
	return now_us_of(&s) - since_us;
}

static void a_start_begins_with_the_proven_pace(void **state)
{
	uint64_t first_us = bring_up(MANY), second_us;

	(void)state;
	assert_in_range(remembered().proven_milli, 980 * HIGHEST, 1000 * HIGHEST);
	assert_int_equal(remembered().ceiling_milli, 0);
	assert_in_range(first_us, 30 * US_PER_S, 45 * US_PER_S);
	process_power_cut(s.process);
	s.config->rate_limit = HIGHEST + 1;
	second_us = start_again(MANY);
	/* Two requests each, and not one above the pace in any second. */
	assert_in_range(second_us, 2 * MANY * US_PER_S / (HIGHEST + 1),
	    2 * MANY * US_PER_S / HIGHEST + 2 * US_PER_S);
	assert_true(stage_is_clean(&s));
}

/* Where half of that is lost now, the usual rules take it down, and that is known too. */
static void it_falls_by_the_usual_rules(void **state)
{
	(void)state;
	bring_up(MANY);
	process_kill(s.process);
	s.config->loss = 40;
	stage_start(&s);
	world_run_s(s.world, 60);
	assert_in_range(remembered().proven_milli, 1000, 500 * HIGHEST);
	s.config->loss = 0;
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 600));
	assert_true(stage_is_clean(&s));
}

/* A pace that was never used for a whole period proves nothing and costs no row. */
static void few_leave_no_row(void **state)
{
	struct ledger_pace pace;
	uint32_t cursor = 0;

	(void)state;
	bring_up(5);
	world_run_s(s.world, DAY_S);
	assert_false(disk_pace_next(process_disk(s.process), &cursor, &pace));
	assert_true(stage_is_clean(&s));
}

/* F44, a second time: without a memory every start runs into the ban anew. */
static void f44_a_ban_is_known_to_the_next_start(void **state)
{
	int64_t until_ms;

	(void)state;
	stage_tell(&s, "antiflood", "16/2/300");
	bring_up(100);
	assert_in_range(counted(&s, CARRIER_BANS), 1, 3);
	assert_true(remembered().ceiling_milli > 0);
	until_ms = remembered().ceiling_until_ms;
	for (int cut = 0; cut < 2; cut++) {
		uint64_t bans = counted(&s, CARRIER_BANS);

		if (cut)
			process_power_cut(s.process);
		else
			process_kill(s.process);
		start_again(100);
		world_run_s(s.world, HOUR_S);
		assert_int_equal(bound(&s), 100);
		assert_int_equal(counted(&s, CARRIER_BANS), bans);
		assert_int_equal(remembered().ceiling_until_ms, until_ms);
	}
	assert_true(stage_stop(&s));
	assert_int_equal(bound(&s), 0);
	assert_true(stage_is_clean(&s));
}

/* A power cut a moment after the ban loses nothing of it, nor does a battery that ran empty. */
static void a_ceiling_outlives_a_power_cut_and_the_clock(void **state)
{
	(void)state;
	stage_tell(&s, "antiflood", "16/2/300");
	stage_put_many(&s, 100);
	stage_start(&s);
	assert_true(stage_until_counter(&s, CARRIER_BANS, 1, 60));
	world_run_s(s.world, 10);
	process_power_cut(s.process);
	assert_true(remembered().ceiling_milli > 0);
	world_step_clock(s.world, -30 * DAY_S * INT64_C(1000));
	stage_start(&s);
	assert_true(stage_until_bound(&s, 100, HOUR_S));
	assert_int_equal(counted(&s, CARRIER_BANS), 1);
	assert_true(stage_is_clean(&s));
}

/* The power goes before the ledger has learnt of the ban: what was borne before it is all that is
 * known. */
static void a_ban_that_no_disk_took_is_forgotten(void **state)
{
	char name[16];

	(void)state;
	bring_up(MANY);
	disk_config(process_disk(s.process))->unsynced = true;
	stage_rule(&s, NETWORK_TO_UPSTREAM, NETWORK_REGISTER, 0, NETWORK_DROP);
	for (uint32_t i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "r%u", i);
		assert_int_equal(process_refresh(s.process, slice_of(name)), 0);
	}
	world_run_s(s.world, 15);
	process_power_cut(s.process);
	network_clear_rules(s.world->network);
	disk_config(process_disk(s.process))->unsynced = false;
	assert_int_equal(remembered().ceiling_milli, 0);
	assert_in_range(start_again(MANY), 2 * MANY * US_PER_S / (HIGHEST + 1),
	    2 * MANY * US_PER_S / HIGHEST + 2 * US_PER_S);
	assert_true(stage_is_clean(&s));
}

/* Each request is repeated thrice, and nothing is lost or silent. */
static void its_slow_answers_are_no_loss(void)
{
	enum { COUNT = 500 };

	s.config->delay_ms = 4000;
	assert_in_range(bring_up(COUNT), 20 * US_PER_S, 90 * US_PER_S);
	assert_true(remembered().proven_milli > 20 * 1000);
	assert_int_equal(remembered().ceiling_milli, 0);
	world_run_s(s.world, HOUR_S);
	assert_int_equal(bound(&s), COUNT);
	assert_true(stage_stop(&s));
	assert_int_equal(report_of(&s)->counts[OUTCOME_CLEAN], COUNT);
	assert_true(stage_is_clean(&s));
}

static void a_slow_upstream_is_no_lossy_one(void **state)
{
	(void)state;
	its_slow_answers_are_no_loss();
}

/* It has to look into its table for all but challenges: those tell nothing of its usual time. */
static void prompt_challenges_hide_no_slow_upstream(void **state)
{
	(void)state;
	s.config->prompt_challenges = true;
	its_slow_answers_are_no_loss();
}

/* It widens by a repetition, when no answer comes to wake who waits. */
static void a_wider_window_opens_at_once(void **state)
{
	enum { COUNT = 500, ANSWERING_MS = 16500, SILENT_S = 20 };

	(void)state;
	s.net->jitter_us = 4900 * US_PER_MS;
	stage_put_many(&s, COUNT);
	stage_start(&s);
	world_run_for(s.world, ANSWERING_MS * US_PER_MS);
	s.config->silent = true;
	for (uint32_t i = 0; i < SILENT_S * 100; i++) {
		world_run_for(s.world, 10 * US_PER_MS);
		due_look(s.world);
	}
	assert_int_equal(watch_faults(s.world), 0);
}

/* Not by a pace that it has grown to and nobody has borne yet. */
static void a_stop_expects_the_proven_pace(void **state)
{
	uint32_t proven_milli;

	(void)state;
	bring_up(1000);
	proven_milli = remembered().proven_milli;
	assert_in_range(proven_milli, 100 * 1000, 165 * 1000);
	assert_true(stage_stop(&s));
	assert_int_equal(
	    report_of(&s)->expected_s, (1000 * 1000 + proven_milli - 1) / proven_milli);
	assert_int_equal(bound(&s), 0);
	assert_true(stage_is_clean(&s));
}

static void a_stop_after_a_restart_knows_how_long_it_takes(void **state)
{
	uint32_t expected;

	(void)state;
	bring_up(MANY);
	process_kill(s.process);
	stage_start(&s);
	world_run_s(s.world, 1);
	assert_true(stage_stop(&s));
	/* Hardly a nonce is known yet: two requests for nearly all. */
	expected = report_of(&s)->expected_s;
	assert_in_range(expected, 2 * MANY / HIGHEST - 2, 2 * MANY / HIGHEST + 1);
	assert_int_equal(report_of(&s)->deadline_s, expected * 3 / 2 + 8);
	assert_int_equal(bound(&s), 0);
	assert_true(stage_is_clean(&s));
}

/* Nonces that are good once: a cancel takes two requests, as refreshes have shown. */
static void a_stop_knows_that_nonces_do_not_last(void **state)
{
	enum { COUNT = 100, RATE = 5 };

	(void)state;
	s.config->fresh_nonce = true;
	process_params(s.process)->upstream_rate = RATE;
	stage_put_many(&s, COUNT);
	stage_start(&s);
	world_run_s(s.world, 2 * 3600);
	assert_int_equal(bound(&s), COUNT);
	assert_true(stage_stop(&s));
	assert_int_equal(report_of(&s)->deadline_s, 2 * COUNT / RATE * 3 / 2 + 8);
	assert_int_equal(report_of(&s)->counts[OUTCOME_CLEAN], COUNT);
	assert_true(stage_is_clean(&s));
}

/* A third of them void, as probes meet them: whenever it begins, a stop takes that into account. */
static void a_stop_knows_that_some_nonces_are_void(void **state)
{
	enum { COUNT = 100, RATE = 5 };

	(void)state;
	s.config->nonce_life_s = 200;
	process_params(s.process)->upstream_rate = RATE;
	process_params(s.process)->probe_s = 60;
	stage_put_many(&s, COUNT);
	for (uint32_t i = 0; i < 3; i++) {
		stage_start(&s);
		assert_true(stage_until_bound(&s, COUNT, HOUR_S));
		world_run_s(s.world, 4 * HOUR_S + 7 * i);
		assert_true(stage_stop(&s));
		assert_in_range(report_of(&s)->expected_s, COUNT * 4 / 3 / RATE, 2 * COUNT / RATE);
		assert_true(stage_is_clean(&s));
	}
}

/* One request each fits into 80 % of its time: a faster pace would only bring a ban on. */
static void a_stop_goes_no_faster_than_it_must(void **state)
{
	enum { COUNT = 100, RATE = 7 };

	(void)state;
	stage_tell(&s, "antiflood", "16/2/300");
	process_params(s.process)->upstream_rate = RATE;
	process_params(s.process)->stop_deadline_s = 20;
	bring_up(COUNT);
	assert_true(stage_stop(&s));
	assert_int_equal(counted(&s, CARRIER_BANS), 0);
	assert_int_equal(report_of(&s)->counts[OUTCOME_CLEAN], COUNT);
	assert_true(stage_is_clean(&s));
}

/* Where a cancel takes two requests it must go faster than one alone would have to. */
static void a_stop_makes_haste_for_the_answers_to_challenges(void **state)
{
	enum { COUNT = 100, RATE = 7 };

	(void)state;
	s.config->fresh_nonce = true;
	process_params(s.process)->upstream_rate = RATE;
	process_params(s.process)->stop_deadline_s = 20;
	bring_up(COUNT);
	process_stop(s.process);
	world_run_s(s.world, 16);
	assert_in_range(bound(&s), 0, 2);
	world_run_s(s.world, 4);
	assert_int_equal(report_of(&s)->counts[OUTCOME_CLEAN], COUNT);
	assert_true(stage_is_clean(&s));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(a_start_begins_with_the_proven_pace),
	    CASE(it_falls_by_the_usual_rules),
	    CASE(few_leave_no_row),
	    CASE(f44_a_ban_is_known_to_the_next_start),
	    CASE(a_ceiling_outlives_a_power_cut_and_the_clock),
	    CASE(a_ban_that_no_disk_took_is_forgotten),
	    CASE(a_slow_upstream_is_no_lossy_one),
	    CASE(prompt_challenges_hide_no_slow_upstream),
	    CASE(a_wider_window_opens_at_once),
	    CASE(a_stop_expects_the_proven_pace),
	    CASE(a_stop_after_a_restart_knows_how_long_it_takes),
	    CASE(a_stop_knows_that_nonces_do_not_last),
	    CASE(a_stop_knows_that_some_nonces_are_void),
	    CASE(a_stop_goes_no_faster_than_it_must),
	    CASE(a_stop_makes_haste_for_the_answers_to_challenges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * RG_PROBE: an upstream that forgot is found long before the refresh, and none
 * that lies about it is answered with a storm.
 */
#include "sim/field.h"

#define MANY  40
#define EVERY 60

static void set_probe(uint32_t probe_s)
{
	process_params(s.process)->probe_s = probe_s;
	process_params_changed(s.process);
}

static void bring_up_probed(uint32_t probe_s)
{
	process_params(s.process)->upstream_rate = 50;
	set_probe(probe_s);
	bring_up_many(MANY);
}

static void forget(void)
{
	carrier_restart(s.upstream, now_us_of(&s), false);
	assert_int_equal(bound(&s), 0);
}

static void what_was_forgotten_is_bound_within_an_interval(void **state)
{
	(void)state;
	bring_up_probed(EVERY);
	world_run_s(s.world, 2 * EVERY);
	assert_true(counted(&s, CARRIER_FETCHES) >= 2 * MANY);
	forget();
	assert_true(stage_until_bound(&s, MANY, EVERY + 2));
	assert_int_equal(process_logged(s.process, "event=binding-lost"), 0);
	forget();
	assert_true(stage_until_bound(&s, MANY, EVERY + 2));
	assert_int_equal(process_logged(s.process, "event=binding-lost"), MANY);
	world_run_s(s.world, 1);
	stop_must_be_clean(MANY);
}

/* Each nonce is good once: a fetch brings the next one like any other 200. */
static void a_fetch_brings_the_next_nonce(void **state)
{
	(void)state;
	s.config->fresh_nonce = s.config->next_nonce = true;
	s.config->nonce_life_s = 0;
	set_probe(EVERY);
	bring_up("r1");
	world_run_s(s.world, HOUR_S);
	assert_true(counted(&s, CARRIER_FETCHES) >= 50);
	assert_int_equal(counted(&s, CARRIER_CHALLENGES), 1);
	stop_must_be_clean(1);
}

/* An upstream that has echoed our Contact gives it no other name: what stands there is a twin's. */
static void a_twin_in_our_place_is_no_rewriting(void **state)
{
	(void)state;
	watch_excuse(s.world)->tables = true;
	set_probe(EVERY);
	bring_up("r1");
	world_run_s(s.world, 2 * EVERY);
	process_logged(s.process, "event=binding-lost");
	forget();
	assert_int_equal(carrier_plant(s.upstream, now_us_of(&s), "sip:r1@" HOST,
	                     "sip:r1@203.0.113.9:5060", 7200),
	    0);
	assert_true(stage_until_bound(&s, 2, EVERY + 2));
	assert_int_equal(process_logged(s.process, "event=binding-lost"), 1);
}

/* The counter-check: the grant is an hour, and nobody looks. */
static void without_it_the_refresh_finds_out(void **state)
{
	(void)state;
	bring_up_probed(0);
	world_run_s(s.world, 2 * EVERY);
	forget();
	world_run_s(s.world, 20 * EVERY);
	assert_int_equal(bound(&s), 0);
	assert_int_equal(counted(&s, CARRIER_FETCHES), 0);
	assert_true(stage_until_bound(&s, MANY, HOUR_S));
}

static void a_command_turns_it_on_and_off(void **state)
{
	uint64_t fetches;

	(void)state;
	bring_up_probed(0);
	set_probe(EVERY);
	world_run_s(s.world, 2 * EVERY);
	fetches = counted(&s, CARRIER_FETCHES);
	assert_true(fetches >= MANY);
	set_probe(0);
	world_run_s(s.world, 10 * EVERY);
	assert_int_equal(counted(&s, CARRIER_FETCHES), fetches);
	assert_int_equal(bound(&s), MANY);
	stop_must_be_clean(MANY);
}

/* A tenth of an hour, but at most five minutes. */
static void auto_follows_the_grant(void **state)
{
	uint64_t fetches;

	(void)state;
	bring_up_probed(PARAM_AUTO);
	world_run_s(s.world, 600);
	fetches = counted(&s, CARRIER_FETCHES);
	assert_in_range(fetches, 2 * MANY, 5 * MANY);
	forget();
	assert_true(stage_until_bound(&s, MANY, 302));
}

static void they_are_spread(void **state)
{
	uint64_t before, most = 0;

	(void)state;
	bring_up_probed(EVERY);
	world_run_s(s.world, 2 * EVERY);
	for (int i = 0; i < EVERY; i++) {
		before = counted(&s, CARRIER_FETCHES);
		world_run_s(s.world, 1);
		before = counted(&s, CARRIER_FETCHES) - before;
		most = before > most ? before : most;
	}
	assert_true(most <= 6);
}

/* It does not list what it holds: at most one REGISTER for each probe, and soon none. */
static void one_that_never_lists_us_makes_no_storm(void **state)
{
	uint64_t registers, fetches;

	(void)state;
	bring_up_probed(EVERY);
	registers = counted(&s, CARRIER_REGISTERS);
	fetches = counted(&s, CARRIER_FETCHES);
	stage_tell(&s, "fetch-hides", "on");
	world_run_s(s.world, 10 * EVERY);
	registers = counted(&s, CARRIER_REGISTERS) - registers;
	fetches = counted(&s, CARRIER_FETCHES) - fetches;
	assert_true(registers <= 2 * fetches);
	assert_true(registers < 4 * 2 * MANY);
	registers = counted(&s, CARRIER_REGISTERS);
	world_run_s(s.world, 10 * EVERY);
	assert_int_equal(counted(&s, CARRIER_REGISTERS), registers);
	assert_int_equal(bound(&s), MANY);
	stop_must_be_clean(MANY);
}

/* Net::SIP's: each fetch takes the account's bindings away, and finds none. */
static void one_that_a_fetch_empties(void **state)
{
	uint64_t fetches;

	(void)state;
	s.config->replaces = true;
	process_logged(s.process, "bindings are missing after each fetch");
	bring_up_probed(EVERY);
	world_run_s(s.world, 5 * EVERY);
	assert_int_equal(process_logged(s.process, "bindings are missing after each fetch"), 1);
	fetches = counted(&s, CARRIER_FETCHES);
	assert_in_range(fetches, 3, 3 * MANY);
	world_run_s(s.world, 5 * EVERY);
	assert_int_equal(bound(&s), MANY);
	assert_int_equal(counted(&s, CARRIER_FETCHES), fetches);
	/* No start has to find it out anew. */
	stage_restart(&s);
	world_run_s(s.world, 5 * EVERY);
	assert_int_equal(bound(&s), MANY);
	assert_int_equal(counted(&s, CARRIER_FETCHES), fetches);
	/* There is another registrar now, and the operator says so by switching it off and on. */
	s.config->replaces = false;
	set_probe(0);
	world_run_s(s.world, 1);
	set_probe(EVERY);
	world_run_s(s.world, 2 * EVERY);
	assert_true(counted(&s, CARRIER_FETCHES) > fetches);
	stop_must_be_clean(MANY);
}

/* It lists what it does not hold: nobody finds out, and nobody does anything. */
static void one_that_lists_what_it_forgot(void **state)
{
	uint64_t registers;

	(void)state;
	bring_up_probed(EVERY);
	stage_tell(&s, "extra", "foreign");
	world_run_s(s.world, 5 * EVERY);
	registers = counted(&s, CARRIER_REGISTERS);
	world_run_s(s.world, 5 * EVERY);
	assert_int_equal(counted(&s, CARRIER_REGISTERS), registers);
	assert_int_equal(bound(&s), MANY);
}

/* One that refuses fetches is not asked for ever; one that swallows them is no dead one. */
static void one_that_knows_no_fetch(void **state)
{
	uint64_t fetches;

	(void)state;
	s.config->fetch = false;
	bring_up_probed(EVERY);
	world_run_s(s.world, 3 * EVERY);
	fetches = counted(&s, CARRIER_FETCHES);
	assert_in_range(fetches, 1, 2 * MANY);
	world_run_s(s.world, 10 * EVERY);
	assert_int_equal(counted(&s, CARRIER_FETCHES), fetches);
	assert_int_equal(bound(&s), MANY);
	stop_must_be_clean(MANY);
}

static void silence_ends_nothing(void **state)
{
	(void)state;
	bring_up_probed(EVERY);
	s.config->silent = true;
	world_run_s(s.world, 10 * EVERY);
	assert_int_equal(stage_state(&s, "r1"), STATE_REGISTERED);
	assert_int_equal(process_logged(s.process, "event=silent"), 0);
	s.config->silent = false;
	assert_int_equal(process_logged(s.process, "event=silent"), 0);
	world_run_s(s.world, EVERY);
	assert_int_equal(bound(&s), MANY);
	stop_must_be_clean(MANY);
}

/* A refresh, an edit and a stop come while a look is out: none of them waits for it. */
static void whatever_comes_goes_first(void **state)
{
	(void)state;
	bring_up_probed(10);
	s.net->delay_us = 4 * US_PER_S;
	world_run_s(s.world, 30);
	for (uint32_t i = 0; i < MANY; i++) {
		char name[16];

		snprintf(name, sizeof(name), "r%u", i);
		if (i % 2)
			assert_int_equal(process_refresh(s.process, slice_of(name)), 0);
		else
			stage_remove(&s, name);
	}
	world_run_s(s.world, 30);
	s.net->delay_us = 10 * US_PER_MS;
	world_run_s(s.world, 60);
	assert_int_equal(bound(&s), MANY / 2);
	stop_must_be_clean(MANY / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(what_was_forgotten_is_bound_within_an_interval),
	    CASE(a_fetch_brings_the_next_nonce),
	    CASE(a_twin_in_our_place_is_no_rewriting),
	    CASE(without_it_the_refresh_finds_out),
	    CASE(a_command_turns_it_on_and_off),
	    CASE(auto_follows_the_grant),
	    CASE(they_are_spread),
	    CASE(one_that_never_lists_us_makes_no_storm),
	    CASE(one_that_a_fetch_empties),
	    CASE(one_that_lists_what_it_forgot),
	    CASE(one_that_knows_no_fetch),
	    CASE(silence_ends_nothing),
	    CASE(whatever_comes_goes_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

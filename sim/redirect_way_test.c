// SPDX-License-Identifier: Apache-2.0
/*
 * Redirects as a way: followed, forgotten, to nowhere, in a circle.
 */
#include "sim/field.h"

static void a_redirect_is_followed(void **state)
{
	(void)state;
	stage_add_second(&s);
	world_set_name(s.world, HOST, UPSTREAM, NULL);
	bring_up_many(1);
	stage_tell(&s, "answer", "302:contact=sip:192.0.2.2:5060,only=register");
	assert_int_equal(process_refresh(s.process, SLICE("r0")), 0);
	world_run_s(s.world, 5);
	assert_int_equal(stage_state(&s, "r0"), STATE_REGISTERED);
	assert_int_equal(carrier_bindings(s.second), 1);
	assert_true(stage_stop(&s));
	assert_int_equal(bound(&s), 0);
	assert_int_equal(carrier_bindings(s.second), 0);
	assert_int_equal(report_of(&s)->counts[OUTCOME_CLEAN], 2);
	assert_true(stage_is_clean(&s));
}

/* Redirected once and at home again when the process dies: the cancel goes home, too. */
static void a_redirect_that_is_over_is_forgotten(void **state)
{
	(void)state;
	stage_add_second(&s);
	world_set_name(s.world, HOST, UPSTREAM, NULL);
	bring_up_many(1);
	stage_tell(&s, "answer", "302:contact=sip:192.0.2.2:5060,only=register");
	assert_int_equal(process_refresh(s.process, SLICE("r0")), 0);
	world_run_s(s.world, 5);
	assert_int_equal(carrier_bindings(s.second), 1);
	stage_tell(&s, "answer", "none");
	s.config2->silent = true;
	carrier_restart(s.second, now_us_of(&s), false);
	world_run_s(s.world, HOUR_S);
	assert_int_equal(stage_state(&s, "r0"), STATE_REGISTERED);
	assert_int_equal(bound(&s), 1);
	s.config2->silent = false;
	process_kill(s.process);
	stage_remove(&s, "r0");
	stage_start(&s);
	assert_true(stage_until_rows(&s, 0, 120));
	assert_int_equal(bound(&s), 0);
	assert_true(stage_is_clean(&s));
}

/* They do not wait their turn there, one probe at a time, while home would take them. */
static void a_redirect_to_nowhere_keeps_nobody(void **state)
{
	enum { COUNT = 60 };

	(void)state;
	stage_put_many(&s, COUNT);
	stage_tell(&s, "answer", "302:contact=sip:192.0.2.9:5060");
	stage_start(&s);
	world_run_s(s.world, 120);
	assert_int_equal(bound(&s), 0);
	stage_tell(&s, "answer", "none");
	assert_true(stage_until_bound(&s, COUNT, 180));
	assert_true(stage_is_clean(&s));
}

/* More than what has room at once: they leave the closed address step by step. */
static void a_redirect_to_nowhere_lets_go_of_a_crowd(void **state)
{
	enum { COUNT = 2500 };

	(void)state;
	stage_set(&s, 1, COUNT);
	process_logged(s.process, "event=failed");
	stage_put_many(&s, COUNT);
	stage_tell(&s, "answer", "302:contact=sip:192.0.2.9:5060");
	stage_start(&s);
	world_run_s(s.world, 120);
	/* All but those whose silence has closed it. */
	assert_in_range(process_logged(s.process, "event=failed"), COUNT - 10, COUNT);
	stage_tell(&s, "answer", "none");
	assert_true(stage_until_bound(&s, COUNT, 180));
	assert_true(stage_is_clean(&s));
}

/* With a binding at stake that was granted at home: it is asked for there again before it lapses.
 */
static void a_redirect_to_nowhere_ends_at_home(void **state)
{
	(void)state;
	bring_up_many(2);
	stage_tell(&s, "answer", "302:contact=sip:192.0.2.9:5060");
	assert_int_equal(process_refresh(s.process, SLICE("r0")), 0);
	assert_int_equal(process_refresh(s.process, SLICE("r1")), 0);
	world_run_s(s.world, 10);
	assert_int_equal(stage_state(&s, "r0"), STATE_REFRESHING);
	stage_tell(&s, "answer", "none");
	assert_true(stage_until_state(&s, "r0", STATE_REGISTERED, 120));
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 120));
	assert_true(stage_is_clean(&s));
}

/* Where a redirect has led, another realm asks now, and gets no credentials: home takes it back. */
static void a_redirect_to_an_unknown_realm_ends_at_home(void **state)
{
	(void)state;
	stage_add_second(&s);
	world_set_name(s.world, HOST, UPSTREAM, NULL);
	process_params(s.process)->expire_s = 300;
	bring_up_many(1);
	stage_tell(&s, "answer", "302:only=register,contact=sip:192.0.2.2:5060");
	assert_int_equal(process_refresh(s.process, SLICE("r0")), 0);
	world_run_s(s.world, 5);
	assert_int_equal(carrier_bindings(s.second), 1);
	stage_tell(&s, "answer", "none");
	snprintf(s.config2->realm, sizeof(s.config2->realm), "elsewhere");
	assert_int_equal(process_refresh(s.process, SLICE("r0")), 0);
	world_run_s(s.world, 5);
	assert_int_equal(stage_show(&s, "r0").last_status, 401);
	assert_true(stage_until_state(&s, "r0", STATE_REGISTERED, 120));
	assert_int_equal(bound(&s), 1);
	assert_true(stage_is_clean(&s));
}

/* Of two addresses behind a redirect the first is dead: the second is tried, not home again. */
static void a_redirect_has_a_second_address(void **state)
{
	(void)state;
	stage_add_second(&s);
	world_set_name(s.world, HOST, UPSTREAM, NULL);
	world_set_name(s.world, "edge.example", "192.0.2.9:5060", SECOND);
	process_params(s.process)->expire_s = 600;
	bring_up_many(5);
	stage_tell(&s, "answer", "302:user=r0,contact=sip:edge.example");
	assert_int_equal(process_refresh(s.process, SLICE("r0")), 0);
	world_run_s(s.world, 90);
	assert_int_equal(carrier_bindings(s.second), 1);
	assert_int_equal(stage_state(&s, "r0"), STATE_REGISTERED);
	assert_true(stage_is_clean(&s));
}

static void a_circle_of_redirects_ends(void **state)
{
	(void)state;
	stage_tell(&s, "answer", "302:contact=sip:192.0.2.1:5060");
	stage_put(&s, "r1");
	stage_start(&s);
	world_run_s(s.world, 30);
	assert_int_equal(stage_state(&s, "r1"), STATE_WAITING);
	assert_true(stage_asked(&s, "r1").registers <= 6);
	assert_true(stage_is_clean(&s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(a_redirect_is_followed),
	    CASE(a_redirect_that_is_over_is_forgotten),
	    CASE(a_redirect_to_nowhere_keeps_nobody),
	    BARE(a_redirect_to_nowhere_lets_go_of_a_crowd),
	    CASE(a_redirect_to_nowhere_ends_at_home),
	    CASE(a_redirect_to_an_unknown_realm_ends_at_home),
	    CASE(a_redirect_has_a_second_address),
	    CASE(a_circle_of_redirects_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

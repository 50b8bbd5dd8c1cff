// SPDX-License-Identifier: Apache-2.0
/*
 * What a stop writes into the ledger, and what a start makes of it that comes
 * in its midst: after a kill, beside cancels that are still on their way.
 */
#include "sim/field.h"

#define LATE_US (4900 * US_PER_MS)

static void marks_no_row(void **state)
{
	uint32_t marked = 0, steps = 0;

	(void)state;
	bring_up_many(50);
	process_stop(s.process);
	while (process_is_running(s.process) && steps++ < 10000) {
		world_run_for(s.world, US_PER_MS);
		marked += debts_of(&s);
	}
	assert_true(steps > 10);
	assert_int_equal(marked, 0);
	assert_int_equal(rows_of(&s), 0);
	assert_int_equal(report_of(&s)->counts[OUTCOME_CLEAN], 50);
	assert_true(stage_is_clean(&s));
}

static void writes_what_is_left(void **state)
{
	(void)state;
	process_params(s.process)->stop_deadline_s = 20;
	bring_up_many(5);
	stage_rule(&s, NETWORK_TO_UPSTREAM, NETWORK_CANCEL, 0, NETWORK_DROP);
	assert_true(stage_stop(&s));
	assert_int_equal(report_of(&s)->counts[OUTCOME_UNCONFIRMED], 5);
	assert_int_equal(rows_of(&s), 5);
	assert_int_equal(debts_of(&s), 5);
	network_clear_rules(s.world->network);
	stage_start(&s);
	world_run_s(s.world, 60);
	assert_int_equal(debts_of(&s), 0);
	assert_int_equal(bound(&s), 5);
	stop_must_be_clean(5);
}

static void leaves_what_is_kept(void **state)
{
	(void)state;
	process_params(s.process)->send_unregister = false;
	bring_up_many(5);
	assert_true(stage_stop(&s));
	assert_int_equal(report_of(&s)->counts[OUTCOME_KEPT], 5);
	assert_int_equal(rows_of(&s), 5);
	assert_int_equal(debts_of(&s), 0);
	stage_start(&s);
	world_run_s(s.world, 60);
	assert_int_equal(counted(&s, CARRIER_BOUND), 5);
	assert_int_equal(counted(&s, CARRIER_CANCELS), 0);
	assert_true(stage_is_clean(&s));
}

/* Killed with a cancel on its way, at a registrar that takes whatever comes last. */
static void kill_with_a_late_cancel(void)
{
	struct network_rule *late;

	s.config->cseq_order = false;
	bring_up("r0");
	late = stage_rule(&s, NETWORK_TO_UPSTREAM, NETWORK_CANCEL, 0, NETWORK_HOLD);
	late->hold_us = LATE_US;
	process_stop(s.process);
	assert_true(stage_until_seen(&s, late, 1, 5));
	world_run_for(s.world, 100 * US_PER_MS);
	process_kill(s.process);
	assert_int_equal(rows_of(&s), 1);
}

static void started_again_it_stands(void **state)
{
	(void)state;
	kill_with_a_late_cancel();
	stage_start(&s);
	assert_true(stage_until_state(&s, "r0", STATE_REGISTERED, 4));
	world_run_s(s.world, 40);
	assert_int_equal(bound(&s), 1);
	stop_must_be_clean(1);
}

/* The start between them came to nothing, and the cancel is still on its way. */
static void started_twice_it_stands(void **state)
{
	(void)state;
	kill_with_a_late_cancel();
	for (int i = 0; i < 2; i++) {
		stage_start(&s);
		world_run_for(s.world, 500 * US_PER_MS);
		process_kill(s.process);
	}
	stage_start(&s);
	world_run_s(s.world, 40);
	assert_int_equal(bound(&s), 1);
	stop_must_be_clean(1);
}

/* Nobody wants it any more: the row says all that its cancel needs. */
static void removed_meanwhile_it_is_owed(void **state)
{
	(void)state;
	kill_with_a_late_cancel();
	network_clear_rules(s.world->network);
	stage_remove(&s, "r0");
	stage_start(&s);
	assert_true(stage_until_rows(&s, 0, 60));
	assert_int_equal(bound(&s), 0);
	assert_true(stage_is_clean(&s));
}

static void changed_meanwhile_the_old_one_is_owed(void **state)
{
	struct registration_config config = stage_registration("r0");

	(void)state;
	kill_with_a_late_cancel();
	config.username = SLICE("other");
	assert_int_equal(process_put(s.process, &config), 0);
	stage_start(&s);
	world_run_s(s.world, 60);
	assert_int_equal(carrier_bindings_of(s.upstream, "r0"), 0);
	assert_int_equal(carrier_bindings_of(s.upstream, "other"), 1);
	assert_int_equal(rows_of(&s), 1);
	assert_true(stage_is_clean(&s));
}

/* Long after a stop nothing is asked once more for its sake. */
static void an_old_stop_is_forgotten(void **state)
{
	uint64_t bound_before;

	(void)state;
	bring_up("r0");
	stop_must_be_clean(1);
	stage_start(&s);
	world_run_s(s.world, 30);
	process_kill(s.process);
	bound_before = counted(&s, CARRIER_REFRESHED);
	stage_start(&s);
	world_run_s(s.world, 40);
	assert_int_equal(counted(&s, CARRIER_REFRESHED), bound_before + 1);
	assert_true(stage_is_clean(&s));
}

/* ---- what withholds no cancel ---- */

/* Every second of its life all would have to wait: the address rests, or is silent, or is full. */
static void no_rest_withholds_a_cancel(void **state)
{
	(void)state;
	bring_up_many(5);
	stage_tell(&s, "answer", "503:only=refresh,retry-after=600");
	for (uint32_t i = 0; i < 5; i++) {
		char name[8];

		snprintf(name, sizeof(name), "r%u", i);
		assert_int_equal(process_refresh(s.process, slice_of(name)), 0);
	}
	world_run_s(s.world, 10);
	stop_must_be_clean(5);
}

static void no_breaker_withholds_a_cancel(void **state)
{
	(void)state;
	bring_up_many(5);
	s.config->silent = true;
	for (uint32_t i = 0; i < 5; i++) {
		char name[8];

		snprintf(name, sizeof(name), "r%u", i);
		assert_int_equal(process_refresh(s.process, slice_of(name)), 0);
	}
	world_run_s(s.world, 120);
	s.config->silent = false;
	process_stop(s.process);
	/* Two requests each: the silence may have been about the nonces. */
	world_run_s(s.world, 12);
	assert_int_equal(bound(&s), 0);
	assert_true(stage_until_left(&s));
	assert_int_equal(report_of(&s)->counts[OUTCOME_CLEAN], 5);
	assert_true(stage_is_clean(&s));
}

static void no_window_withholds_a_cancel(void **state)
{
	(void)state;
	bring_up_many(20);
	process_params(s.process)->upstream_window = 1;
	process_params(s.process)->upstream_rate = 100;
	process_params_changed(s.process);
	s.config->delay_ms = 3000;
	process_stop(s.process);
	assert_true(stage_until_counter(&s, CARRIER_CANCELS, 20, 2));
	assert_true(stage_until_left(&s));
	assert_int_equal(report_of(&s)->counts[OUTCOME_CLEAN], 20);
	assert_true(stage_is_clean(&s));
}

/* But for one, which has left before the others have come. */
static void the_longest_bound_goes_first(void **state)
{
	static const uint32_t periods_s[] = {7000, 3600, 1200, 7200, 1800};
	static const char *const order[] = {"r3", "r0", "r1", "r4", "r2"};
	struct registration_config config;
	char name[8];

	(void)state;
	for (uint32_t i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), "r%u", i);
		config = stage_registration(name);
		config.settings.period_s = periods_s[i];
		assert_int_equal(process_put(s.process, &config), 0);
	}
	s.config->expires_max_s = 7200;
	s.config->nonce_life_s = 0;
	stage_start(&s);
	assert_true(stage_until_bound(&s, 5, 60));
	world_run_s(s.world, 1);
	process_params(s.process)->upstream_rate = 1;
	process_params(s.process)->stop_deadline_s = 60;
	process_params_changed(s.process);
	process_stop(s.process);
	for (uint32_t i = 0; i < 4; i++) {
		assert_true(stage_until_counter(&s, CARRIER_UNBOUND, i + 2, 5));
		for (uint32_t k = 0; k <= i; k++)
			assert_int_equal(carrier_bindings_of(s.upstream, order[k]), 0);
	}
	assert_true(stage_until_left(&s));
	assert_true(stage_is_clean(&s));
}

/* The answer to a REGISTER is not waited for beyond 4 s. */
static void a_cancel_waits_4_s_for_an_answer(void **state)
{
	(void)state;
	bring_up("r0");
	stage_rule(&s, NETWORK_TO_UPSTREAM, NETWORK_REGISTER, 0, NETWORK_DROP);
	assert_int_equal(process_refresh(s.process, SLICE("r0")), 0);
	world_run_for(s.world, 100 * US_PER_MS);
	process_stop(s.process);
	world_run_for(s.world, 3800 * US_PER_MS);
	assert_int_equal(stage_asked(&s, "r0").cancels, 0);
	world_run_for(s.world, 400 * US_PER_MS);
	assert_int_equal(stage_asked(&s, "r0").cancels, 1);
	assert_int_equal(bound(&s), 0);
	assert_true(stage_until_left(&s));
	/* And once more when nothing of it can arrive. */
	assert_int_equal(stage_asked(&s, "r0").cancels, 2);
	assert_int_equal(report_of(&s)->counts[OUTCOME_CLEAN], 1);
	assert_true(stage_is_clean(&s));
}

/* ---- new work ---- */

#define CALLER "203.0.113.66:5060"

static void ask_of_it(const char *method)
{
	struct netaddr from = world_address(CALLER), to = world_address(REGENT);
	char text[512];
	int n = snprintf(text, sizeof(text),
	    "%s sip:r0@10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP " CALLER ";branch=z9hG4bK-%s\r\n"
	    "Max-Forwards: 70\r\nFrom: <sip:a@203.0.113.66>;tag=1\r\nTo: <sip:r0@10.0.0.1>\r\n"
	    "Call-ID: %s\r\nCSeq: 1 %s\r\nContact: <sip:a@203.0.113.66>\r\n"
	    "Content-Length: 0\r\n\r\n",
	    method, method, method, method);

	network_inject(s.world->network, now_us_of(&s), &from, &to, slice_make(text, (size_t)n));
	world_run_for(s.world, 100 * US_PER_MS);
}

/* How many of that status went to the caller. */
static struct network_rule *answers(unsigned status)
{
	struct network_rule rule = {.status = status, .peer = world_address(CALLER)};

	return network_add_rule(s.world->network, &rule);
}

static void new_work_is_refused_while_it_stops(void **state)
{
	struct network_rule *ok, *no_route, *stopping;

	(void)state;
	bring_up("r0");
	ok = answers(200);
	no_route = answers(480);
	stopping = answers(503);
	ask_of_it("OPTIONS");
	assert_int_equal(ok->seen, 1);
	ask_of_it("INVITE");
	assert_int_equal(no_route->seen, 1);
	stage_tell(&s, "answer", "drop:only=cancel");
	process_stop(s.process);
	ask_of_it("OPTIONS");
	assert_int_equal(stopping->seen, 1);
	ask_of_it("INVITE");
	assert_int_equal(stopping->seen, 2);
	assert_int_equal(ok->seen + no_route->seen, 2);
	stage_tell(&s, "answer", "none");
	assert_true(stage_until_left(&s));
	assert_int_equal(report_of(&s)->counts[OUTCOME_CLEAN], 1);
	assert_true(stage_is_clean(&s));
}

/* ---- outcomes ---- */

/* Nobody knows where the upstream is: not one cancel has left. */
static void what_never_left_is_unsent(void **state)
{
	(void)state;
	bring_up_many(3);
	process_kill(s.process);
	s.world->name_delay_us = HOUR_S * US_PER_S;
	stage_start(&s);
	world_run_s(s.world, 8);
	assert_true(stage_stop(&s));
	assert_int_equal(report_of(&s)->counts[OUTCOME_UNSENT], 3);
	assert_int_equal(counted(&s, CARRIER_CANCELS), 0);
	assert_int_equal(rows_of(&s), 3);
	assert_true(stage_is_clean(&s));
}

static void a_503_in_a_stop_is_asked_again(void **state)
{
	(void)state;
	bring_up_many(3);
	stage_tell(&s, "answer", "503:only=cancel,retry-after=600,count=3");
	stop_must_be_clean(3);
}

/* Also where the cancel was on its way to it when the stop began. */
static void a_dead_address_leaves_time_for_the_other(void **state)
{
	(void)state;
	for (int is_asked_before = 0; is_asked_before < 2; is_asked_before++) {
		struct netaddr first = world_address(UPSTREAM);

		stage_set(&s, 1, 8);
		stage_add_address(&s);
		bring_up("r0");
		network_cut(s.world->network, &first, true, true);
		if (is_asked_before) {
			stage_disable(&s, "r0");
			world_run_for(s.world, US_PER_S);
		}
		stop_must_be_clean(1);
		stage_clear(&s);
	}
	stage_set(&s, 1, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(marks_no_row),
	    CASE(writes_what_is_left),
	    CASE(leaves_what_is_kept),
	    CASE(started_again_it_stands),
	    CASE(started_twice_it_stands),
	    CASE(removed_meanwhile_it_is_owed),
	    CASE(changed_meanwhile_the_old_one_is_owed),
	    CASE(an_old_stop_is_forgotten),
	    CASE(no_rest_withholds_a_cancel),
	    CASE(no_breaker_withholds_a_cancel),
	    CASE(no_window_withholds_a_cancel),
	    CASE(the_longest_bound_goes_first),
	    CASE(a_cancel_waits_4_s_for_an_answer),
	    CASE(new_work_is_refused_while_it_stops),
	    CASE(what_never_left_is_unsent),
	    CASE(a_503_in_a_stop_is_asked_again),
	    BARE(a_dead_address_leaves_time_for_the_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

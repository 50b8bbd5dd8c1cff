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
	assert_int_equal(counted(&s, UPSTREAM_BOUND), 5);
	assert_int_equal(counted(&s, UPSTREAM_CANCELS), 0);
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
	assert_int_equal(upstream_bindings_of(s.upstream, "r0"), 0);
	assert_int_equal(upstream_bindings_of(s.upstream, "other"), 1);
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
	bound_before = counted(&s, UPSTREAM_REFRESHED);
	stage_start(&s);
	world_run_s(s.world, 40);
	assert_int_equal(counted(&s, UPSTREAM_REFRESHED), bound_before + 1);
	assert_true(stage_is_clean(&s));
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * A restart that keeps: nothing is cancelled, and the next start goes on with
 * every binding as if nothing had been.
 */
#include "sim/field.h"

#define MANY 40

static void restart_keeping(uint32_t kept)
{
	process_stop_keeping(s.process);
	assert_true(stage_until_left(&s));
	assert_int_equal(report_of(&s)->counts[OUTCOME_KEPT], kept);
	assert_int_equal(report_of(&s)->counts[OUTCOME_CLEAN], 0);
	stage_start(&s);
}

static void every_binding_goes_on(void **state)
{
	uint64_t refreshed;

	(void)state;
	process_params(s.process)->upstream_rate = 10;
	bring_up_many(MANY);
	refreshed = counted(&s, CARRIER_REFRESHED);
	for (int i = 0; i < 3; i++) {
		struct calls_asked before = stage_asked(&s, "r7"), after;

		restart_keeping(MANY);
		assert_int_equal(bound(&s), MANY);
		assert_int_equal(rows_of(&s), MANY);
		/* At the pace, not all at once. */
		world_run_s(s.world, 1);
		assert_true(counted(&s, CARRIER_REFRESHED) - refreshed <= 11);
		world_run_s(s.world, 2 * MANY / 10 + 2);
		refreshed = counted(&s, CARRIER_REFRESHED);
		after = stage_asked(&s, "r7");
		assert_string_equal(after.last_call_id, before.last_call_id);
		assert_true(after.last_cseq > before.last_cseq);
		assert_int_equal(stage_state(&s, "r7"), STATE_REGISTERED);
	}
	assert_int_equal(refreshed, 3 * MANY);
	assert_int_equal(counted(&s, CARRIER_CANCELS), 0);
	assert_int_equal(counted(&s, CARRIER_BOUND), MANY);
	/* The counter-check: an ordinary one takes them all back. */
	stop_must_be_clean(MANY);
	assert_true(counted(&s, CARRIER_CANCELS) >= MANY);
}

static uint32_t bound_s(const char *name)
{
	int64_t until_ms = stage_show(&s, name).bound_until_ms;

	return (uint32_t)((until_ms - process_now(s.process).wall_ms) / 1000);
}

/* What was granted bounds it, to the second: no REGISTER of before can arrive any more. */
static void nothing_is_loose(void **state)
{
	(void)state;
	s.config->grant = 300;
	bring_up_many(MANY);
	world_run_s(s.world, 10);
	for (int i = 0; i < 2; i++) {
		process_stop_keeping(s.process);
		assert_true(stage_until_left(&s));
		s.world->name_delay_us = MINUTE_S * US_PER_S;
		stage_start(&s);
		world_run_for(s.world, 100 * US_PER_MS);
		assert_in_range(bound_s("r7"), 299, 300);
		assert_true(stage_show(&s, "r7").is_bound_at_most);
	}
	/* That holds for one start only: what is known after a kill is less. */
	process_kill(s.process);
	stage_start(&s);
	world_run_for(s.world, 100 * US_PER_MS);
	assert_in_range(bound_s("r7"), 330, 332);
}

static uint64_t stop_us(void)
{
	return report_of(&s)->ended_us - report_of(&s)->begun_us;
}

/* What was out is told apart, and a cancel of it is proven as after a kill. */
static void what_was_out_is_loose(void **state)
{
	(void)state;
	s.config->grant = 300;
	bring_up_many(2);
	world_run_s(s.world, 10);
	s.net->delay_us = 2 * US_PER_S;
	assert_int_equal(process_refresh(s.process, SLICE("r0")), 0);
	world_run_for(s.world, 300 * US_PER_MS);
	process_stop_keeping(s.process);
	assert_true(stage_until_left(&s));
	s.world->name_delay_us = 100 * US_PER_MS;
	stage_start(&s);
	world_run_for(s.world, 50 * US_PER_MS);
	assert_in_range(bound_s("r0"), 330, 332);
	assert_in_range(bound_s("r1"), 299, 300);
	s.net->delay_us = 10 * US_PER_MS;
	stop_must_be_clean(2);
	assert_true(stop_us() >= 4 * US_PER_S);
	/* Where none was, a stop right after the start need not wait for any. */
	bring_up_many(2);
	world_run_s(s.world, 10);
	process_stop_keeping(s.process);
	assert_true(stage_until_left(&s));
	stage_start(&s);
	world_run_s(s.world, 1);
	stop_must_be_clean(2);
	assert_true(stop_us() < US_PER_S);
}

/* Requests are out, and debts are owed: nothing of that is lost, nothing is said to be done. */
static void whatever_is_under_way_is_settled_by_the_next(void **state)
{
	(void)state;
	process_params(s.process)->upstream_rate = 50;
	bring_up_many(MANY);
	s.net->delay_us = 2 * US_PER_S;
	for (uint32_t i = 0; i < MANY; i++) {
		char name[16];

		snprintf(name, sizeof(name), "r%u", i);
		if (i < 5)
			stage_remove(&s, name);
		else
			assert_int_equal(process_refresh(s.process, slice_of(name)), 0);
	}
	world_run_for(s.world, 300 * US_PER_MS);
	restart_keeping(MANY);
	s.net->delay_us = 10 * US_PER_MS;
	world_run_s(s.world, 30);
	assert_int_equal(bound(&s), MANY - 5);
	assert_int_equal(rows_of(&s), MANY - 5);
	stop_must_be_clean(MANY - 5);
}

/* Whatever is owed of a name is no clean for it. */
static void what_is_owed_is_not_clean(void **state)
{
	(void)state;
	bring_up_many(2);
	stage_rule(&s, NETWORK_TO_UPSTREAM, NETWORK_CANCEL, 0, NETWORK_DROP);
	stage_disable(&s, "r1");
	world_run_s(s.world, 60);
	restart_keeping(2);
	network_clear_rules(s.world->network);
	assert_true(stage_until_bound(&s, 1, 30));
	stop_must_be_clean(2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(every_binding_goes_on),
	    CASE(nothing_is_loose),
	    CASE(what_was_out_is_loose),
	    CASE(whatever_is_under_way_is_settled_by_the_next),
	    CASE(what_is_owed_is_not_clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Parameters and switches that an operator changes at a bad moment. What
 * SEND_UNREGISTER Off means while nothing is under way is in life_test.c.
 */
#include "sim/field.h"

static void send_unregister(bool is_on)
{
	process_params(s.process)->send_unregister = is_on;
	process_params_changed(s.process);
}

/* A cancel that upstream never answers, so that it is repeated. */
static struct network_rule *cancel_in_vain(const char *name)
{
	struct network_rule *cancels =
	    stage_rule(&s, NETWORK_TO_UPSTREAM, NETWORK_CANCEL, 0, NETWORK_DROP);

	bring_up(name);
	stage_remove(&s, name);
	world_run_s(s.world, 2);
	assert_in_range(cancels->seen, 2, 4);
	return cancels;
}

static void a_cancel_is_not_repeated_once_it_is_off(void **state)
{
	struct network_rule *cancels = cancel_in_vain("r0");
	uint32_t seen = cancels->seen;

	(void)state;
	send_unregister(false);
	world_run_s(s.world, 600);
	assert_int_equal(cancels->seen, seen);
	assert_int_equal(bound(&s), 1);
	/* Withheld, not forgotten. */
	network_clear_rules(s.world->network);
	send_unregister(true);
	assert_true(stage_until_bound(&s, 0, 10));
	assert_true(stage_until_rows(&s, 0, 60));
	assert_true(stage_is_clean(&s));
}

static void nor_once_it_is_off_for_that_registration(void **state)
{
	struct registration_config config = stage_registration("r0");
	struct network_rule *cancels;
	uint32_t seen;

	(void)state;
	bring_up("r0");
	cancels = stage_rule(&s, NETWORK_TO_UPSTREAM, NETWORK_CANCEL, 0, NETWORK_DROP);
	config.contact_user = SLICE("moved");
	assert_int_equal(process_put(s.process, &config), 0);
	world_run_s(s.world, 2);
	seen = cancels->seen;
	assert_in_range(seen, 2, 4);
	config.settings.send_unregister = SWITCH_OFF;
	assert_int_equal(process_put(s.process, &config), 0);
	world_run_s(s.world, 600);
	assert_int_equal(cancels->seen, seen);
	assert_int_equal(bound(&s), 2);
	assert_true(stage_is_clean(&s));
}

/* The REGISTER of a new Contact that carries the end of the old one: the end is left out. */
static void nor_is_a_register_that_carries_one(void **state)
{
	struct registration_config config = stage_registration("r0");
	struct network_rule *held;

	(void)state;
	config.settings.multi_contact = true;
	assert_int_equal(process_put(s.process, &config), 0);
	stage_start(&s);
	assert_true(stage_until_state(&s, "r0", STATE_REGISTERED, 60));
	held = stage_rule(&s, NETWORK_TO_UPSTREAM, NETWORK_REGISTER, 0, NETWORK_DROP);
	config.contact_user = SLICE("moved");
	assert_int_equal(process_put(s.process, &config), 0);
	world_run_s(s.world, 2);
	assert_in_range(held->seen, 2, 4);
	send_unregister(false);
	world_run_s(s.world, 2);
	network_clear_rules(s.world->network);
	assert_true(stage_until_state(&s, "r0", STATE_REGISTERED, 60));
	/* Any repetition that still carried it would be a violation. */
	assert_int_equal(bound(&s), 2);
	assert_int_equal(counted(&s, CARRIER_UNBOUND), 0);
	assert_true(stage_is_clean(&s));
	send_unregister(true);
	assert_true(stage_until_bound(&s, 1, 10));
	assert_true(stage_is_clean(&s));
}

/* In the middle of a stop: what was not cancelled yet is kept, and reported so. */
static void a_stop_keeps_what_it_may_no_longer_cancel(void **state)
{
	struct network_rule *cancels =
	    stage_rule(&s, NETWORK_TO_UPSTREAM, NETWORK_CANCEL, 0, NETWORK_DROP);
	uint32_t seen;

	(void)state;
	bring_up_many(3);
	process_stop(s.process);
	world_run_s(s.world, 2);
	send_unregister(false);
	seen = cancels->seen;
	assert_true(stage_until_left(&s));
	assert_int_equal(cancels->seen, seen);
	assert_int_equal(report_of(&s)->counts[OUTCOME_KEPT], 3);
	assert_true(now_us_of(&s) < report_of(&s)->begun_us + 5 * US_PER_S);
	assert_int_equal(rows_of(&s), 3);
	assert_true(stage_is_clean(&s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(a_cancel_is_not_repeated_once_it_is_off),
	    CASE(nor_once_it_is_off_for_that_registration),
	    CASE(nor_is_a_register_that_carries_one),
	    CASE(a_stop_keeps_what_it_may_no_longer_cancel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

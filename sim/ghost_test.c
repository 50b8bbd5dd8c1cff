// SPDX-License-Identifier: Apache-2.0
/*
 * Ghosts: bindings of ours that an attempt did not remove, seen again in a 200.
 */
#include "sim/script.h"
#include "test/kit/unit.h"

static struct stage s;

static int setup(void **state)
{
	(void)state;
	stage_set(&s, 3, 8);
	/* Long enough for the debt to stand when the next 200 comes, by its own slow pace. */
	process_params(s.process)->retry_delay_s = 600;
	process_params(s.process)->expire_s = 600;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	stage_clear(&s);
	return 0;
}

static void move_contact(const char *user)
{
	struct registration_config config = *process_object(s.process, SLICE("r1"));

	config.contact_user = slice_of(user);
	assert_int_equal(process_put(s.process, &config), 0);
}

/* The old Contact stays at upstream: no cancel of it was let through. */
static void leave_a_ghost(void)
{
	stage_put(&s, "r1");
	stage_start(&s);
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 60));
	stage_rule(&s, NETWORK_TO_UPSTREAM, NETWORK_CANCEL, 0, NETWORK_DROP);
	move_contact("moved");
	world_run_s(s.world, 70);
	network_clear_rules(s.world->network);
	assert_int_equal(bound(&s), 2);
	assert_int_equal(debts_of(&s), 1);
}

static void a_ghost_is_removed_when_it_is_seen(void **state)
{
	(void)state;
	leave_a_ghost();
	/* The next refresh comes at 300 to 450 s, the debt's own attempt after 600 s. */
	world_run_s(s.world, 460);
	assert_int_equal(bound(&s), 1);
	assert_int_equal(debts_of(&s), 0);
	assert_int_equal(stage_show(&s, "r1").ghosts_removed, 1);
	assert_int_equal(stage_show(&s, "r1").foreign, 0);
	assert_int_equal(stage_state(&s, "r1"), STATE_REGISTERED);
	assert_true(stage_is_clean(&s));
}

static void a_foreign_binding_is_left_alone(void **state)
{
	(void)state;
	stage_put(&s, "r1");
	stage_start(&s);
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 60));
	assert_int_equal(upstream_plant(s.upstream, now_us_of(&s), "sip:r1@" HOST,
	                     "sip:r1@203.0.113.9:5060", 7200),
	    0);
	world_run_s(s.world, 460);
	assert_int_equal(bound(&s), 2);
	assert_int_equal(stage_show(&s, "r1").ghosts_removed, 0);
	assert_int_equal(stage_show(&s, "r1").foreign, 1);
	assert_true(stage_is_clean(&s));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(a_ghost_is_removed_when_it_is_seen),
	    CASE(a_foreign_binding_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

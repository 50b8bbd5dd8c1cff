// SPDX-License-Identifier: Apache-2.0
/*
 * Edits beyond the single Contact of F41: another name for the same binding, two names of one AOR,
 * credentials corrected later, and every field by turns, faster than upstream answers.
 */
#include "sim/field.h"

static void put_as(
    const char *name, const char *contact_user, uint16_t port, enum inherit_switch send_unregister)
{
	struct registration_config config = stage_registration(name);

	config.username = SLICE("trunk");
	config.contact_user = slice_of(contact_user);
	config.settings.local.port = port;
	config.settings.send_unregister = send_unregister;
	assert_int_equal(process_put(s.process, &config), 0);
}

/* Where upstream heard of no end: the binding is the new name's in all that comes of it. */
static void renamed_with_the_same_contact(void **state)
{
	static const enum inherit_switch switches[] = {SWITCH_INHERIT, SWITCH_OFF};
	struct shown_debts debts;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		stage_set(&s, i, 8);
		put_as("old", "username", 0, SWITCH_OFF);
		stage_start(&s);
		assert_true(stage_until_state(&s, "old", STATE_REGISTERED, 60));
		stage_remove(&s, "old");
		put_as("new", "username", 0, switches[i]);
		assert_true(stage_until_state(&s, "new", STATE_REGISTERED, 60));
		process_kill(s.process);
		stage_start(&s);
		assert_true(stage_until_state(&s, "new", STATE_REGISTERED, 60));
		world_run_s(s.world, 60);
		assert_int_equal(counted(&s, CARRIER_CANCELS), 0);
		assert_int_equal(bound(&s), 1);
		assert_int_equal(rows_of(&s), 1);
		stage_rule(&s, NETWORK_TO_UPSTREAM, NETWORK_CANCEL, 0, NETWORK_DROP);
		stage_disable(&s, "new");
		process_show_debts(s.process, &debts);
		assert_int_equal(debts.count, 1);
		assert_string_equal(debts.debts[0].name, "new");
		assert_true(debts.debts[0].has_registration);
		stage_clear(&s);
	}
	stage_set(&s, 1, 8);
}

/* The new name is put first, and waits for its turn; the retry delay is none of its business. */
static void renamed_new_name_first(void **state)
{
	uint64_t registers;

	(void)state;
	process_params(s.process)->retry_delay_s = 600;
	put_as("old", "username", 0, SWITCH_INHERIT);
	stage_start(&s);
	assert_true(stage_until_state(&s, "old", STATE_REGISTERED, 60));
	put_as("new", "username", 0, SWITCH_INHERIT);
	registers = counted(&s, CARRIER_REGISTERS);
	world_run_s(s.world, 600);
	assert_int_equal(stage_state(&s, "new"), STATE_WAITING);
	assert_int_equal(counted(&s, CARRIER_REGISTERS), registers);
	stage_remove(&s, "old");
	assert_true(stage_until_state(&s, "new", STATE_REGISTERED, 7));
	world_run_s(s.world, 60);
	assert_int_equal(bound(&s), 1);
	assert_int_equal(rows_of(&s), 1);
}

/* What the other one has bound is no proof that the end of this one was in vain. */
static void two_of_an_aor_at_two_ports(void **state)
{
	(void)state;
	put_as("one", "mine", 0, SWITCH_INHERIT);
	put_as("two", "mine", 5070, SWITCH_INHERIT);
	stage_start(&s);
	assert_true(stage_until_bound(&s, 2, 60));
	world_run_s(s.world, 10);
	stage_remove(&s, "two");
	world_run_s(s.world, 5);
	assert_int_equal(bound(&s), 1);
	assert_int_equal(rows_of(&s), 1);
	assert_int_equal(counted(&s, CARRIER_CANCELS), 1);
	assert_int_equal(stage_state(&s, "one"), STATE_REGISTERED);
}

/* An end that upstream refused waits longer each time, but not when it can be proven at last. */
static void f41_a_corrected_password_takes_the_old_one_away(void **state)
{
	struct registration_config config = stage_registration("r1");

	(void)state;
	bring_up("r1");
	s.config->fresh_nonce = true;
	snprintf(s.config->any_password, sizeof(s.config->any_password), "right");
	config.contact_user = SLICE("moved");
	config.password = SLICE("wrong");
	assert_int_equal(process_put(s.process, &config), 0);
	world_run_s(s.world, 300);
	assert_int_equal(bound(&s), 1);
	assert_int_equal(debts_of(&s), 1);
	config.password = SLICE("right");
	assert_int_equal(process_put(s.process, &config), 0);
	world_run_s(s.world, 5);
	assert_int_equal(stage_state(&s, "r1"), STATE_REGISTERED);
	assert_int_equal(bound(&s), 1);
	assert_int_equal(rows_of(&s), 1);
	assert_int_equal(counted(&s, CARRIER_UNBOUND), 1);
	assert_true(stage_is_clean(&s));
}

/* The name that a redirect leads to is nobody's any more with the edit. */
static void edited_while_a_redirect_is_looked_up(void **state)
{
	struct registration_config config = stage_registration("r1");

	(void)state;
	world_set_name(s.world, "third.example", UPSTREAM, NULL);
	stage_tell(&s, "answer", "302:contact=sip:third.example,count=1");
	stage_put(&s, "r1");
	stage_start(&s);
	world_run_for(s.world, 20 * US_PER_MS);
	s.world->name_delay_us = 5 * US_PER_S;
	world_run_s(s.world, 2);
	assert_int_equal(stage_state(&s, "r1"), STATE_RESOLVING);
	config.settings.period_s = 600;
	assert_int_equal(process_put(s.process, &config), 0);
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 1));
	world_run_s(s.world, 10);
	assert_int_equal(bound(&s), 1);
	assert_true(stage_is_clean(&s));
}

static void edit_something(struct random *random, struct registration_config *config)
{
	struct registration_settings *settings = &config->settings;

	switch (random_below(random, 9)) {
	case 0:
		config->contact_user = SLICE("moved");
		break;
	case 1:
		config->contact_user = SLICE("derived");
		break;
	case 2:
		config->contact_user = SLICE("username");
		break;
	case 3:
		settings->local.port = settings->local.port ? 0 : 5070;
		break;
	case 4:
		settings->outbound = (uint8_t)random_below(random, 3);
		break;
	case 5:
		settings->bulk = !settings->bulk;
		break;
	case 6:
		settings->multi_contact = !settings->multi_contact;
		break;
	case 7:
		settings->send_unregister = (uint8_t)random_below(random, 3);
		break;
	case 8:
		settings->enabled = !settings->enabled;
		break;
	}
}

/* Twelve edits, some within one round trip, some with a kill between them; the last one stands. */
static void every_field_by_turns(void **state)
{
	struct random random;

	(void)state;
	for (uint64_t seed = 0; seed < 600; seed++) {
		struct registration_config config = stage_registration("r1");

		stage_set(&s, seed, 16);
		random_seed(&random, seed);
		s.config->cseq_order = seed % 3 != 0;
		s.config->fresh_nonce = seed % 2;
		s.net->jitter_us = (seed % 5 ? 30 : 600) * US_PER_MS;
		s.net->loss = seed % 4 ? 0 : 150;
		process_params(s.process)->expire_s = 120;
		stage_start(&s);
		for (int i = 0; i < 12; i++) {
			edit_something(&random, &config);
			config.settings.enabled |= i == 11;
			if (i == 11)
				config.settings.send_unregister = SWITCH_ON;
			assert_int_equal(process_put(s.process, &config), 0);
			world_run_for(
			    s.world, random_below(&random, i % 3 ? 1500 : 8000) * US_PER_MS);
			if (random_below(&random, 20) == 0) {
				process_kill(s.process);
				stage_start(&s);
			}
		}
		s.net->loss = 0;
		world_run_s(s.world, 400);
		assert_int_equal(bound(&s), 1);
		assert_int_equal(rows_of(&s), 1);
		assert_int_equal(debts_of(&s), 0);
		if (seed % 4)
			assert_int_equal(counted(&s, CARRIER_EXPIRED), 0);
		watch_quiet(s.world);
		assert_true(stage_is_clean(&s));
		stage_clear(&s);
	}
	stage_set(&s, 1, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BARE(renamed_with_the_same_contact),
	    CASE(renamed_new_name_first),
	    CASE(two_of_an_aor_at_two_ports),
	    CASE(f41_a_corrected_password_takes_the_old_one_away),
	    CASE(edited_while_a_redirect_is_looked_up),
	    BARE(every_field_by_turns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

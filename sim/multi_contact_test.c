// SPDX-License-Identifier: Apache-2.0
/*
 * `multi_contact`: a changed Contact and the end of the old one in one REGISTER.
 * Whatever is lost, late or killed on the way, what is left is the new binding
 * alone, as it would be with a cancel of its own.
 */
#include "sim/script.h"
#include "test/kit/unit.h"

static struct stage s;

static int setup(void **state)
{
	(void)state;
	stage_set(&s, 1, 64);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	stage_clear(&s);
	return 0;
}

static void put(void)
{
	struct registration_config config = stage_registration("r1");

	config.settings.multi_contact = true;
	assert_int_equal(process_put(s.process, &config), 0);
	stage_start(&s);
}

static void bring_up(void)
{
	put();
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 60));
	assert_int_equal(bound(&s), 1);
}

static void move(const char *user, uint16_t port)
{
	struct registration_config config = *process_object(s.process, SLICE("r1"));

	config.contact_user = slice_of(user);
	config.settings.local.port = port;
	assert_int_equal(process_put(s.process, &config), 0);
}

/* Then nothing is left but the binding of that user and port. */
static void check_left(const char *user, uint16_t port)
{
	struct carrier_binding binding;
	char wanted[64];

	assert_int_equal(bound(&s), 1);
	assert_int_equal(rows_of(&s), 1);
	assert_int_equal(debts_of(&s), 0);
	/* A short expiry is being refreshed often. */
	if (stage_state(&s, "r1") != STATE_REFRESHING)
		assert_int_equal(stage_state(&s, "r1"), STATE_REGISTERED);
	assert_true(stage_binding(s.upstream, "r1", &binding));
	snprintf(wanted, sizeof(wanted), "sip:%s@10.0.0.1:%u", user, port);
	assert_true(slice_equal(binding.contact, slice_of(wanted)));
	watch_quiet(s.world);
	assert_true(stage_is_clean(&s));
}

static void one_request_does_both(void **state)
{
	uint64_t registers, challenges;

	(void)state;
	bring_up();
	registers = counted(&s, CARRIER_REGISTERS);
	challenges = counted(&s, CARRIER_CHALLENGES);
	move("moved", 5060);
	world_run_s(s.world, 5);
	assert_int_equal(counted(&s, CARRIER_REGISTERS) - registers,
	    1 + counted(&s, CARRIER_CHALLENGES) - challenges);
	assert_int_equal(counted(&s, CARRIER_CANCELS), 0);
	assert_int_equal(counted(&s, CARRIER_UNBOUND), 1);
	check_left("moved", 5060);
}

/* The same user at another port is like the old one in all but that. */
static void the_port_alone_changes(void **state)
{
	struct registration_config config;

	(void)state;
	bring_up();
	config = *process_object(s.process, SLICE("r1"));
	config.settings.local.port = 5061;
	assert_int_equal(process_put(s.process, &config), 0);
	world_run_s(s.world, 5);
	assert_int_equal(counted(&s, CARRIER_CANCELS), 0);
	assert_int_equal(counted(&s, CARRIER_UNBOUND), 1);
	assert_int_equal(bound(&s), 1);
	assert_int_equal(rows_of(&s), 1);
	watch_quiet(s.world);
	assert_true(stage_is_clean(&s));
}

static void without_it_there_is_a_cancel(void **state)
{
	(void)state;
	stage_put(&s, "r1");
	stage_start(&s);
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 60));
	move("moved", 5060);
	world_run_s(s.world, 5);
	assert_int_equal(counted(&s, CARRIER_CANCELS), 1);
	check_left("moved", 5060);
}

static void slow_it_down(void)
{
	s.config->fresh_nonce = true;
	s.config->delay_ms = 300;
	s.world->name_delay_us = 200 * US_PER_MS;
	s.world->flow_delay_us = 100 * US_PER_MS;
	disk_config(process_disk(s.process))->sync_us = 150 * US_PER_MS;
	process_params(s.process)->expire_s = 20;
}

/* Edited in every state of a life of 20 s expiries, once or there and back. */
static void edited_in_every_state(void **state)
{
	(void)state;
	for (int edits = 1; edits <= 3; edits++) {
		for (uint64_t k = 0; k < 340; k += edits) {
			stage_set(&s, k, 8);
			slow_it_down();
			put();
			world_run_for(s.world, k * 37 * US_PER_MS);
			move("moved", 5060);
			for (int i = 1; i < edits; i++) {
				world_run_for(s.world, (k * 13 % 41) * 37 * US_PER_MS);
				move(i == 1 ? "again" : "moved", i == 1 ? 5061 : 5060);
			}
			world_run_s(s.world, 60);
			assert_int_equal(counted(&s, CARRIER_EXPIRED), 0);
			check_left(edits == 2 ? "again" : "moved", edits == 2 ? 5061 : 5060);
			stage_clear(&s);
		}
	}
	stage_set(&s, 1, 8);
}

/* Any datagram of the exchange is lost, held back for nearly a packet's life, or doubled. */
static void in_all_orders(void **state)
{
	static const enum network_act acts[] = {NETWORK_DROP, NETWORK_HOLD, NETWORK_TWICE};

	(void)state;
	for (uint32_t order = 0; order < 2 * 3 * 3 * 6; order++) {
		struct network_rule *rule;

		stage_set(&s, order, 8);
		s.config->fresh_nonce = true;
		s.config->cseq_order = order % 2;
		bring_up();
		rule = stage_rule(&s, (enum network_way)(order / 2 % 3), NETWORK_REGISTER, 0,
		    acts[order / 6 % 3]);
		rule->skip = order / 18;
		rule->count = 1;
		rule->hold_us = 4900 * US_PER_MS;
		move("moved", 5060);
		world_run_for(s.world, (order * 7 % 31) * 100 * US_PER_MS);
		move("again", 5060);
		world_run_s(s.world, 60);
		check_left("again", 5060);
		stage_clear(&s);
	}
	stage_set(&s, 1, 8);
}

/*
 * Edited back while the REGISTER that cancels the first Contact is out: a registrar that does not
 * mind CSeq may take it behind the one that binds this Contact again. When it cannot arrive any
 * more, upstream is asked once more.
 */
static void edited_back_while_it_is_out(void **state)
{
	struct registration_config *before;
	struct network_rule *rule;
	uint64_t registers;

	(void)state;
	s.config->cseq_order = false;
	s.config->challenge = CARRIER_CHALLENGE_NONE;
	bring_up();
	before = registration_config_copy(process_object(s.process, SLICE("r1")));
	world_run_s(s.world, 10);
	rule = stage_rule(&s, NETWORK_TO_UPSTREAM, NETWORK_REGISTER, 0, NETWORK_HOLD);
	rule->hold_us = 4900 * US_PER_MS;
	rule->count = 4;
	move("moved", 5060);
	world_run_for(s.world, 600 * US_PER_MS);
	assert_int_equal(process_put(s.process, before), 0);
	registration_config_free(&before);
	world_run_s(s.world, 8);
	registers = counted(&s, CARRIER_REGISTERS);
	world_run_s(s.world, 10);
	assert_int_equal(counted(&s, CARRIER_REGISTERS), registers + 1);
	assert_int_equal(bound(&s), 1);
	assert_int_equal(rows_of(&s), 1);
	watch_quiet(s.world);
	assert_true(stage_is_clean(&s));
}

/* Upstream is away, refuses, or does as if it removed: the cancels of their own go on. */
static void falls_back_to_a_cancel(void **state)
{
	static const char *const answers[] = {"503", "403", "500", "403:only=register"};
	struct netaddr upstream = world_address(UPSTREAM);

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		stage_set(&s, i, 8);
		process_params(s.process)->expire_s = 600;
		bring_up();
		network_cut(s.world->network, &upstream, i == 0, i == 0);
		if (i == 1)
			s.config->cancel = CARRIER_CANCEL_IGNORED;
		else if (i > 1)
			stage_tell(&s, "answer", answers[i - 2]);
		move("moved", 5060);
		world_run_s(s.world, 40);
		network_cut(s.world->network, &upstream, false, false);
		s.config->cancel = CARRIER_CANCEL_REMOVES;
		stage_tell(&s, "answer", "none");
		world_run_s(s.world, 900);
		assert_true(counted(&s, CARRIER_CANCELS) > 0);
		check_left("moved", 5060);
		stage_clear(&s);
	}
	stage_set(&s, 1, 8);
}

/* An upstream that allows one Contact takes the change as one. */
static void where_one_contact_is_allowed(void **state)
{
	(void)state;
	s.config->max_contacts = 1;
	bring_up();
	move("moved", 5060);
	world_run_s(s.world, 2);
	assert_int_equal(counted(&s, CARRIER_CANCELS), 0);
	assert_int_equal(counted(&s, CARRIER_REFUSED), 0);
	check_left("moved", 5060);
}

/* An upstream that takes the two only one after the other gets them so, at once. */
static void refused_together_they_go_apart(void **state)
{
	static const char *const answers[] = {"503:count=1", "403:count=1", "500:count=1",
	    "400:count=1", "503:count=1,retry-after=600"};

	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		stage_set(&s, i, 8);
		bring_up();
		world_run_s(s.world, 10);
		stage_tell(&s, "answer", answers[i]);
		move("moved", 5060);
		world_run_s(s.world, 3);
		assert_int_equal(counted(&s, CARRIER_REFUSED), 1);
		assert_int_equal(counted(&s, CARRIER_CANCELS), 1);
		check_left("moved", 5060);
		stage_clear(&s);
	}
	stage_set(&s, 1, 8);
}

static void edited_and_removed_or_stopped(void **state)
{
	(void)state;
	for (uint64_t k = 0; k < 60; k++) {
		stage_set(&s, k, 8);
		slow_it_down();
		bring_up();
		move("moved", 5060);
		world_run_for(s.world, k * 37 * US_PER_MS);
		if (k % 2) {
			stage_remove(&s, "r1");
			world_run_s(s.world, 30);
		} else {
			assert_true(stage_stop(&s));
			assert_int_equal(report_of(&s)->counts[OUTCOME_UNCONFIRMED], 0);
		}
		assert_int_equal(bound(&s), 0);
		assert_int_equal(rows_of(&s), 0);
		assert_int_equal(counted(&s, CARRIER_EXPIRED), 0);
		assert_true(stage_is_clean(&s));
		stage_clear(&s);
	}
	stage_set(&s, 1, 8);
}

static void killed_between_any_two_steps(void **state)
{
	(void)state;
	for (uint64_t k = 0; k < 60; k++) {
		stage_set(&s, k, 8);
		slow_it_down();
		bring_up();
		move("moved", 5060);
		world_run_for(s.world, k * 37 * US_PER_MS);
		process_kill(s.process);
		watch_tables(s.world);
		stage_start(&s);
		world_run_s(s.world, 60);
		assert_int_equal(counted(&s, CARRIER_EXPIRED), 0);
		check_left("moved", 5060);
		stage_clear(&s);
	}
	stage_set(&s, 1, 8);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define BARE(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(one_request_does_both),
	    CASE(the_port_alone_changes),
	    CASE(without_it_there_is_a_cancel),
	    CASE(where_one_contact_is_allowed),
	    CASE(edited_back_while_it_is_out),
	    BARE(edited_in_every_state),
	    BARE(in_all_orders),
	    BARE(falls_back_to_a_cancel),
	    BARE(refused_together_they_go_apart),
	    BARE(edited_and_removed_or_stopped),
	    BARE(killed_between_any_two_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Redirects: which Contact is tried, and when home is asked again; by what name
 * a redirect is called that is not followed.
 */
#include "sim/field.h"

#define DEAD  "sip:192.0.2.9:5060"
#define OTHER "sip:192.0.2.2:5060"

/* carrier.example is at the first upstream alone; the second is where redirects lead. */
static void set_places(void)
{
	stage_add_second(&s);
	world_set_name(s.world, HOST, UPSTREAM, NULL);
	/* Home asks for no credentials before it redirects: its host is the only realm known. */
	snprintf(s.config2->realm, sizeof(s.config2->realm), "%s", HOST);
}

static uint32_t asked_at_second(void)
{
	return (uint32_t)carrier_counter(s.second, CARRIER_REGISTERS);
}

/* ---- several Contacts ---- */

static void the_highest_q_goes_first(void **state)
{
	static const char *const answers[] = {
	    "302:contact=" DEAD ";q=0.1+" OTHER ";q=0.9",
	    "301:contact=" DEAD ";q=0.55+" OTHER,
	    "302:contact=" OTHER "+" DEAD,
	    "302:contact=" OTHER ";q=0.5+" DEAD ";q=0.5",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		stage_set(&s, 1, 8);
		set_places();
		stage_tell(&s, "answer", answers[i]);
		stage_put(&s, "r1");
		stage_start(&s);
		assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 5));
		assert_int_equal(carrier_bindings(s.second), 1);
		assert_true(stage_is_clean(&s));
		stage_clear(&s);
	}
	stage_set(&s, 1, 8);
}

/* Silent, resting, without an address, or with a refusal: in each case the next one. */
static void the_next_one_where_one_is_dead(void **state)
{
	static const struct {
		const char *answer;
		uint32_t within_s;
	} dead[] = {
	    {"302:contact=" DEAD "+" OTHER, 40},
	    {"302:contact=sip:nowhere.example+" DEAD ";q=0.3+" OTHER ";q=0.2", 45},
	    {"302:contact=" OTHER ";q=0.2+sip:192.0.2.3:5060;q=0.7", 10},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(dead) / sizeof(dead[0]); i++) {
		struct carrier_config third;

		stage_set(&s, 1, 8);
		set_places();
		world_carrier_config(&third);
		assert_int_equal(carrier_config_set(&third, "answer", "480", NULL), 0);
		assert_true(world_add_upstream(s.world, "192.0.2.3:5060", &third));
		stage_tell(&s, "answer", dead[i].answer);
		stage_put(&s, "r1");
		stage_start(&s);
		assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, dead[i].within_s));
		assert_int_equal(carrier_bindings(s.second), 1);
		/* Home was asked once: it is not asked again before the last of them. */
		assert_int_equal(counted(&s, CARRIER_REGISTERS), 1);
		assert_true(stage_is_clean(&s));
		stage_clear(&s);
	}
	stage_set(&s, 1, 8);
}

static void home_again_behind_the_last(void **state)
{
	(void)state;
	set_places();
	stage_tell(&s, "answer", "302:count=1,contact=" DEAD "+sip:192.0.2.8:5060");
	stage_put(&s, "r1");
	stage_start(&s);
	world_run_s(s.world, 66);
	assert_int_equal(stage_state(&s, "r1"), STATE_WAITING);
	assert_string_equal(
	    stage_show(&s, "r1").reason, "redirected to sip:192.0.2.8:5060: no answer");
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 80));
	assert_int_equal(bound(&s), 1);
	assert_true(stage_is_clean(&s));
}

/* A cancel is led on as well; that another place says yes to it proves nothing of home. */
static void a_cancel_tries_the_next_one(void **state)
{
	(void)state;
	set_places();
	bring_up("r1");
	stage_tell(&s, "answer", "302:only=cancel,count=1,contact=" DEAD "+" OTHER);
	stage_remove(&s, "r1");
	world_run_s(s.world, 40);
	assert_int_equal(carrier_counter(s.second, CARRIER_CANCELS), 2);
	assert_int_equal(rows_of(&s), 1);
	assert_int_equal(bound(&s), 1);
	assert_true(stage_until_rows(&s, 0, 90));
	assert_int_equal(bound(&s), 0);
	assert_true(stage_is_clean(&s));
}

/* ---- home and target both hold it ---- */

/* Granted at home, then led to the second upstream and granted there as well. */
static void bring_up_at_both(void)
{
	set_places();
	bring_up("r1");
	stage_tell(&s, "answer", "302:only=register,contact=" OTHER);
	assert_int_equal(process_refresh(s.process, SLICE("r1")), 0);
	world_run_s(s.world, 5);
	assert_int_equal(stage_state(&s, "r1"), STATE_REGISTERED);
	assert_int_equal(bound(&s), 1);
	assert_int_equal(carrier_bindings(s.second), 1);
	assert_int_equal(rows_of(&s), 2);
	assert_int_equal(debts_of(&s), 1);
}

static void nothing_is_left(void)
{
	assert_int_equal(bound(&s), 0);
	assert_int_equal(carrier_bindings(s.second), 0);
	assert_int_equal(rows_of(&s), 0);
	assert_true(stage_is_clean(&s));
}

static void a_stop_cancels_at_both(void **state)
{
	(void)state;
	bring_up_at_both();
	/* Meanwhile home is left alone: it might share its table with where it led. */
	world_run_s(s.world, MINUTE_S);
	assert_int_equal(counted(&s, CARRIER_CANCELS), 0);
	assert_true(stage_stop(&s));
	assert_int_equal(report_of(&s)->counts[OUTCOME_CLEAN], 2);
	nothing_is_left();
}

/* The target says yes, home says no: that is not clean. */
static void home_must_confirm_too(void **state)
{
	static const char *const answers[] = {"403:only=cancel", "302:only=cancel,contact=" OTHER};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		stage_set(&s, 1, 8);
		bring_up_at_both();
		stage_tell(&s, "answer", answers[i]);
		assert_true(stage_stop(&s));
		assert_int_equal(report_of(&s)->counts[OUTCOME_CLEAN], 1);
		assert_int_equal(report_of(&s)->counts[OUTCOME_REFUSED], 1);
		assert_int_equal(bound(&s), 1);
		assert_int_equal(carrier_bindings(s.second), 0);
		assert_int_equal(rows_of(&s), 1);
		/* The next start pays. */
		stage_tell(&s, "answer", "none");
		stage_remove(&s, "r1");
		stage_start(&s);
		assert_true(stage_until_rows(&s, 0, 60));
		nothing_is_left();
		stage_clear(&s);
	}
	stage_set(&s, 1, 8);
}

static void a_removal_and_an_edit_cancel_at_both(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct registration_config config = stage_registration("r1");

		stage_set(&s, 1, 8);
		bring_up_at_both();
		stage_tell(&s, "answer", "none");
		if (i == 0) {
			stage_remove(&s, "r1");
			assert_true(stage_until_rows(&s, 0, 10));
			nothing_is_left();
		} else {
			/* The same Contact at another upstream: what it leaves behind does not
			 * wait. */
			config.proxy = SLICE("sip:192.0.2.2");
			assert_int_equal(process_put(s.process, &config), 0);
			world_run_s(s.world, 10);
			assert_int_equal(stage_state(&s, "r1"), STATE_REGISTERED);
			assert_int_equal(bound(&s), 0);
			assert_int_equal(carrier_bindings(s.second), 1);
			assert_int_equal(rows_of(&s), 1);
			assert_true(stage_is_clean(&s));
		}
		stage_clear(&s);
	}
	stage_set(&s, 1, 8);
}

/* Switched off while the target is away, and on again at home: its cancel waits again. */
static void what_is_wanted_again_is_held_back_again(void **state)
{
	struct netaddr second = world_address(SECOND);

	(void)state;
	bring_up_at_both();
	stage_tell(&s, "answer", "none");
	network_cut(s.world->network, &second, true, true);
	stage_disable(&s, "r1");
	world_run_s(s.world, MINUTE_S);
	assert_int_equal(bound(&s), 0);
	stage_put(&s, "r1");
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 60));
	network_cut(s.world->network, &second, false, false);
	world_run_s(s.world, 5 * MINUTE_S);
	assert_int_equal(carrier_bindings(s.second), 1);
	assert_true(stage_is_clean(&s));
	assert_true(stage_stop(&s));
	nothing_is_left();
}

/* The end of an old Contact goes with the new one, and is led away with it: home is asked itself.
 */
static void a_carried_end_pays_only_where_it_went(void **state)
{
	struct registration_config config = stage_registration("r1");

	(void)state;
	set_places();
	config.settings.multi_contact = true;
	assert_int_equal(process_put(s.process, &config), 0);
	stage_start(&s);
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 60));
	stage_tell(&s, "answer", "302:only=register,contact=" OTHER);
	config.contact_user = SLICE("moved");
	assert_int_equal(process_put(s.process, &config), 0);
	world_run_s(s.world, 30);
	assert_int_equal(stage_state(&s, "r1"), STATE_REGISTERED);
	assert_int_equal(carrier_bindings(s.second), 1);
	assert_int_equal(bound(&s), 0);
	assert_int_equal(counted(&s, CARRIER_UNBOUND), 1);
	assert_true(stage_is_clean(&s));
}

/* What home granted runs out while the registration goes on at the target. */
static void what_home_granted_runs_out(void **state)
{
	(void)state;
	bring_up_at_both();
	world_run_s(s.world, HOUR_S + MINUTE_S);
	assert_int_equal(stage_state(&s, "r1"), STATE_REGISTERED);
	assert_int_equal(counted(&s, CARRIER_CANCELS), 0);
	assert_int_equal(rows_of(&s), 1);
	assert_int_equal(carrier_bindings(s.second), 1);
	assert_true(stage_stop(&s));
	nothing_is_left();
}

/* Killed: the binding at the target goes on, by way of home, and both are known. */
static void both_survive_a_kill(void **state)
{
	(void)state;
	bring_up_at_both();
	process_kill(s.process);
	stage_start(&s);
	world_run_s(s.world, 20);
	assert_int_equal(stage_state(&s, "r1"), STATE_REGISTERED);
	assert_int_equal(carrier_bindings(s.second), 1);
	assert_int_equal(carrier_counter(s.second, CARRIER_CANCELS), 0);
	assert_int_equal(counted(&s, CARRIER_CANCELS), 0);
	assert_int_equal(rows_of(&s), 2);
	assert_true(stage_stop(&s));
	assert_int_equal(report_of(&s)->counts[OUTCOME_CLEAN], 2);
	nothing_is_left();
}

/* Killed, and taken out of the configuration meanwhile: both are cancelled. */
static void both_are_owed_after_a_kill(void **state)
{
	(void)state;
	bring_up_at_both();
	process_kill(s.process);
	stage_remove(&s, "r1");
	stage_start(&s);
	assert_true(stage_until_rows(&s, 0, 30));
	nothing_is_left();
}

/* The target falls silent and home takes it back: the target is owed what it granted. */
static void home_again_owes_the_target(void **state)
{
	(void)state;
	bring_up_at_both();
	stage_tell(&s, "answer", "none");
	s.config2->silent = true;
	assert_int_equal(process_refresh(s.process, SLICE("r1")), 0);
	world_run_s(s.world, 2 * MINUTE_S);
	assert_int_equal(stage_state(&s, "r1"), STATE_REGISTERED);
	assert_string_equal(stage_show(&s, "r1").target, UPSTREAM);
	assert_int_equal(rows_of(&s), 2);
	s.config2->silent = false;
	assert_true(stage_stop(&s));
	assert_int_equal(report_of(&s)->counts[OUTCOME_CLEAN], 2);
	nothing_is_left();
}

/* Cancelled by hand, and wanted again before the target has answered: the cancel there ends. */
static void wanted_again_amid_a_cancel(void **state)
{
	uint64_t cancels;

	(void)state;
	bring_up_at_both();
	stage_tell(&s, "answer", "none");
	stage_rule(&s, NETWORK_TO_UPSTREAM, NETWORK_CANCEL, 0, NETWORK_DROP)->peer =
	    world_address(SECOND);
	assert_int_equal(process_cancel(s.process, SLICE("r1")), 0);
	assert_true(stage_until_bound(&s, 0, 5));
	assert_int_equal(process_refresh(s.process, SLICE("r1")), 0);
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 10));
	network_clear_rules(s.world->network);
	cancels = carrier_counter(s.second, CARRIER_CANCELS);
	world_run_s(s.world, 5 * MINUTE_S);
	assert_int_equal(carrier_counter(s.second, CARRIER_CANCELS), cancels);
	assert_int_equal(bound(&s), 1);
	assert_true(stage_stop(&s));
	nothing_is_left();
}

/* Both are doors to one table: what is refreshed at one of them is not cancelled at the other. */
static void one_table_with_two_doors(void **state)
{
	(void)state;
	stage_add_address(&s);
	world_set_name(s.world, HOST, UPSTREAM, NULL);
	bring_up("r1");
	stage_tell(&s, "answer", "302:only=register,count=1,contact=" OTHER);
	assert_int_equal(process_refresh(s.process, SLICE("r1")), 0);
	for (int minute = 0; minute < 90; minute++) {
		world_run_s(s.world, MINUTE_S);
		assert_int_equal(bound(&s), 1);
	}
	assert_int_equal(counted(&s, CARRIER_CANCELS), 0);
	assert_true(stage_stop(&s));
	assert_int_equal(bound(&s), 0);
	assert_int_equal(rows_of(&s), 0);
	assert_true(stage_is_clean(&s));
}

/* A redirect alone binds nothing: home that never granted is owed nothing. */
static void a_home_that_only_redirects_is_owed_nothing(void **state)
{
	(void)state;
	set_places();
	stage_tell(&s, "answer", "302:contact=" OTHER);
	stage_put(&s, "r1");
	stage_start(&s);
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 10));
	assert_int_equal(rows_of(&s), 1);
	process_kill(s.process);
	stage_start(&s);
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 20));
	assert_int_equal(carrier_counter(s.second, CARRIER_CANCELS), 0);
	assert_true(stage_stop(&s));
	assert_int_equal(report_of(&s)->counts[OUTCOME_CLEAN], 1);
	assert_int_equal(counted(&s, CARRIER_CANCELS), 0);
	nothing_is_left();
}

/* ---- what is not followed ---- */

static void every_reason_has_its_name(void **state)
{
	static const struct {
		const char *answer, *reason;
	} reasons[] = {
	    {"302", "redirected without a Contact"},
	    {"302:contact=sips:192.0.2.2", "redirected to sips, which is not spoken yet"},
	    {"302:contact=" OTHER ";transport=tcp", "redirected to TCP, which is not spoken yet"},
	    {"302:contact=" OTHER ";transport=tls", "redirected to TLS, which is not spoken yet"},
	    {"302:contact=" OTHER ";transport=sctp", "redirected to a transport that is not known"},
	    {"302:contact=tel:4930123", "redirected to what is no SIP address"},
	    {"302:contact=sip:192.0.2.2:port", "redirected to a Contact that cannot be read"},
	    {"302:contact=sip:192.0.2.1:5060", "redirected more than 5 times"},
	    {"302:contact=sip:nowhere.example",
	        "redirected to sip:nowhere.example: name not found"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		stage_set(&s, 1, 8);
		set_places();
		stage_tell(&s, "answer", reasons[i].answer);
		stage_put(&s, "r1");
		stage_start(&s);
		world_run_s(s.world, 30);
		assert_int_equal(stage_state(&s, "r1"), STATE_WAITING);
		assert_string_equal(stage_show(&s, "r1").reason, reasons[i].reason);
		assert_int_equal(asked_at_second(), 0);
		/* Nothing is wrong any more, and home takes it. */
		stage_tell(&s, "answer", "none");
		assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 90));
		assert_true(stage_is_clean(&s));
		stage_clear(&s);
	}
	stage_set(&s, 1, 8);
}

/* One that cannot be used does not keep from one that can. */
static void an_unusable_one_is_passed_over(void **state)
{
	(void)state;
	set_places();
	stage_tell(&s, "answer", "302:contact=sips:192.0.2.2;q=1+" OTHER ";q=0.1");
	stage_put(&s, "r1");
	stage_start(&s);
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 5));
	assert_int_equal(carrier_bindings(s.second), 1);
	assert_true(stage_is_clean(&s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BARE(the_highest_q_goes_first),
	    BARE(the_next_one_where_one_is_dead),
	    CASE(home_again_behind_the_last),
	    CASE(a_cancel_tries_the_next_one),
	    CASE(a_stop_cancels_at_both),
	    BARE(home_must_confirm_too),
	    BARE(a_removal_and_an_edit_cancel_at_both),
	    CASE(what_is_wanted_again_is_held_back_again),
	    CASE(a_carried_end_pays_only_where_it_went),
	    CASE(what_home_granted_runs_out),
	    CASE(both_survive_a_kill),
	    CASE(both_are_owed_after_a_kill),
	    CASE(home_again_owes_the_target),
	    CASE(wanted_again_amid_a_cancel),
	    CASE(one_table_with_two_doors),
	    CASE(a_home_that_only_redirects_is_owed_nothing),
	    BARE(every_reason_has_its_name),
	    CASE(an_unusable_one_is_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

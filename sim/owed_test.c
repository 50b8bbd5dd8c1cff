// SPDX-License-Identifier: Apache-2.0
/*
 * What is owed stands until it is paid or over: where nothing has room for more,
 * where upstream has forgotten what it did, where a redirect leads a cancel astray.
 */
#include "sim/field.h"

/*
 * As many Contacts as the pools have room for are bound and none is given back: a kill finds them
 * all again, and a stop takes all of them back.
 */
static void full_pools_forget_nothing(void **state)
{
	enum { ROOM = 2, EDITS = 20 };
	struct registration_config config;
	struct network_rule *rule;
	char user[16];
	uint32_t held;

	(void)state;
	stage_set(&s, 1, ROOM);
	s.config->max_contacts = 0;
	bring_up("r1");
	rule = stage_rule(&s, NETWORK_TO_UPSTREAM, NETWORK_CANCEL, 0, NETWORK_DROP);
	config = stage_registration("r1");
	for (int i = 0; i < EDITS; i++) {
		snprintf(user, sizeof(user), "moved%d", i);
		config.contact_user = slice_of(user);
		(void)!process_put(s.process, &config);
		world_run_s(s.world, 30);
	}
	held = bound(&s);
	assert_true(held > 2 * ROOM);
	process_kill(s.process);
	stage_start(&s);
	world_run_s(s.world, 30);
	assert_true(bound(&s) >= held);
	assert_true(rows_of(&s) >= held);
	rule->act = NETWORK_PASS;
	assert_true(stage_stop(&s));
	assert_int_equal(report_of(&s)->counts[OUTCOME_UNSENT], 0);
	assert_int_equal(bound(&s), 0);
	assert_int_equal(rows_of(&s), 0);
}

/* Upstream bound by the first copy, lost its 200 and its memory, and refuses the second. */
static void a_refused_repetition_proves_nothing(void **state)
{
	struct network_rule *rule =
	    stage_rule(&s, NETWORK_TO_REGENT, NETWORK_REGISTER, 200, NETWORK_DROP);

	(void)state;
	rule->count = 1;
	stage_put(&s, "r1");
	stage_start(&s);
	assert_true(stage_until_bound(&s, 1, 5));
	carrier_restart(s.upstream, now_us_of(&s), true);
	stage_tell(&s, "answer", "403:only=refresh");
	assert_true(stage_until_state(&s, "r1", STATE_REJECTED, 5));
	stage_tell(&s, "answer", "none");
	stage_remove(&s, "r1");
	assert_true(stage_until_bound(&s, 0, 30));
	assert_true(stage_is_clean(&s));
}

/* The same, but what it refuses is the answer to the challenge that the second copy got. */
static void a_challenged_repetition_proves_nothing(void **state)
{
	struct network_rule *rule;

	(void)state;
	bring_up("r1");
	world_run_s(s.world, 1000);
	rule = stage_rule(&s, NETWORK_TO_REGENT, NETWORK_REGISTER, 200, NETWORK_DROP);
	rule->count = 1;
	assert_int_equal(process_refresh(s.process, SLICE("r1")), 0);
	assert_true(stage_until_counter(&s, CARRIER_REFRESHED, 1, 5));
	carrier_restart(s.upstream, now_us_of(&s), true);
	stage_tell(&s, "answer", "403:only=refresh,authenticated");
	assert_true(stage_until_state(&s, "r1", STATE_REJECTED, 5));
	assert_true(stage_show(&s, "r1").stale_window_s >= 3600 - 5);
	s.config->silent = true;
	stage_disable(&s, "r1");
	/* The grant of before has ended by now; the debt must not. */
	world_run_s(s.world, 2650);
	assert_int_equal(bound(&s), 1);
	assert_int_equal(rows_of(&s), 1);
	assert_true(stage_until_rows(&s, 0, 1040));
	assert_true(stage_is_clean(&s));
}

/* A cancel was led to where nobody answers, or to a realm that nobody knows: home again. */
static void a_cancel_led_astray_comes_home(void **state)
{
	static const char *const answers[] = {"302:only=cancel,count=1,contact=sip:192.0.2.9",
	    "302:only=cancel,count=1,contact=sip:192.0.2.2"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		stage_set(&s, 1, 8);
		if (i == 1) {
			stage_add_second(&s);
			world_set_name(s.world, HOST, UPSTREAM, NULL);
			snprintf(s.config2->realm, sizeof(s.config2->realm), "unknown");
		}
		bring_up("r1");
		stage_tell(&s, "answer", answers[i]);
		stage_remove(&s, "r1");
		assert_true(stage_until_rows(&s, 0, 300));
		assert_int_equal(bound(&s), 0);
		assert_int_equal(counted(&s, CARRIER_UNBOUND), 1);
		assert_true(stage_is_clean(&s));
		stage_clear(&s);
	}
	stage_set(&s, 1, 8);
}

enum { OWED = 100 };

static void with_each(void (*act)(struct stage *stage, const char *name))
{
	char name[16];

	for (int i = 0; i < OWED; i++) {
		snprintf(name, sizeof(name), "r%d", i);
		act(&s, name);
	}
}

/* A hundred cancels that are refused again and again hold up nobody who wants to register. */
static void refused_cancels_leave_last(void **state)
{
	(void)state;
	stage_set(&s, 1, OWED + 1);
	process_params(s.process)->upstream_rate = 0;
	with_each(stage_put);
	stage_start(&s);
	assert_true(stage_until_bound(&s, OWED, 60));
	process_kill(s.process);
	stage_tell(&s, "answer", "403:only=cancel");
	process_params(s.process)->upstream_rate = 1;
	process_params(s.process)->retry_delay_s = 10;
	with_each(stage_disable);
	stage_start(&s);
	/* Each has been refused, and more are due again than may leave. */
	world_run_s(s.world, 3 * OWED);
	stage_put(&s, "wanted");
	assert_true(stage_until_state(&s, "wanted", STATE_REGISTERED, 20));
	assert_int_equal(debts_of(&s), OWED);
	stage_clear(&s);
	stage_set(&s, 1, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BARE(full_pools_forget_nothing),
	    CASE(a_refused_repetition_proves_nothing),
	    CASE(a_challenged_repetition_proves_nothing),
	    BARE(a_cancel_led_astray_comes_home),
	    BARE(refused_cancels_leave_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

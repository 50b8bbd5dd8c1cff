// SPDX-License-Identifier: Apache-2.0
/*
 * The numbers of PRODUCT 1.4, each from both sides.
 */
#include "sim/field.h"

#define OTHERS 5 /* beside them the time-outs of one or two close nothing */

/* ---- 423 ---- */

static enum registration_state state_with_min_expires(uint32_t seconds)
{
	enum registration_state state;

	stage_set(&s, 1, 8);
	process_params(s.process)->expire_s = 600;
	s.config->min_expires_s = seconds;
	s.config->expires_max_s = 2 * DAY_S;
	stage_put(&s, "r1");
	stage_start(&s);
	world_run_s(s.world, 5);
	state = stage_state(&s, "r1");
	stage_clear(&s);
	return state;
}

static void a_423_asks_for_a_day_at_most(void **state)
{
	(void)state;
	assert_int_equal(state_with_min_expires(DAY_S), STATE_REGISTERED);
	assert_int_equal(state_with_min_expires(DAY_S + 1), STATE_WAITING);
	stage_set(&s, 1, 8);
}

static void a_423_without_header_doubles_once(void **state)
{
	(void)state;
	process_params(s.process)->expire_s = 1000;
	s.config->challenge = CARRIER_CHALLENGE_NONE;
	s.config->min_expires_s = 5000;
	s.config->brief = CARRIER_BRIEF_NO_HEADER;
	stage_put(&s, "r1");
	stage_start(&s);
	world_run_s(s.world, 5);
	assert_int_equal(stage_state(&s, "r1"), STATE_WAITING);
	assert_int_equal(stage_asked(&s, "r1").registers, 2);
	assert_int_equal(stage_asked(&s, "r1").most_s, 2000);
	assert_true(stage_is_clean(&s));
}

/* ---- attempts ---- */

static void bring_up_beside_others(uint32_t period_s)
{
	struct registration_config config = stage_registration("short");

	bring_up_many(OTHERS);
	config.settings.period_s = period_s;
	assert_int_equal(process_put(s.process, &config), 0);
	assert_true(stage_until_state(&s, "short", STATE_REGISTERED, 5));
}

static void attempts_are_5_s_apart(void **state)
{
	(void)state;
	bring_up_beside_others(20);
	stage_tell(&s, "answer", "drop:user=short");
	/* From about 10 s on until it lapses. */
	world_run_s(s.world, 19);
	assert_in_range(stage_show(&s, "short").attempts, 1, 2);
	stage_tell(&s, "answer", "none");
	assert_true(stage_until_state(&s, "short", STATE_REGISTERED, 100));
	assert_true(stage_is_clean(&s));
}

static void a_retry_after_counts_for_an_hour_at_most(void **state)
{
	(void)state;
	stage_tell(&s, "answer", "480:count=1,retry-after=36000");
	stage_put(&s, "r1");
	stage_start(&s);
	world_run_s(s.world, HOUR_S - 1);
	assert_int_equal(stage_state(&s, "r1"), STATE_WAITING);
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, HOUR_S / 5 + 2));
	assert_true(stage_is_clean(&s));
}

/* ---- bound_until ---- */

static uint32_t bound_s(const char *name)
{
	int64_t until_ms = stage_show(&s, name).bound_until_ms;

	return (uint32_t)((until_ms - process_now(s.process).wall_ms) / 1000);
}

static void what_was_asked_in_vain_may_be_bound(void **state)
{
	(void)state;
	process_params(s.process)->expire_s = 600;
	s.config->silent = true;
	stage_put(&s, "r1");
	stage_start(&s);
	world_run_for(s.world, 400 * US_PER_MS);
	assert_in_range(bound_s("r1"), 600 + 31, 600 + 32);
	/* From the last transmission on. */
	world_run_s(s.world, 31);
	assert_in_range(bound_s("r1"), 600 + 27, 600 + 32);
}

static void and_for_as_long_as_was_granted_last(void **state)
{
	(void)state;
	process_params(s.process)->expire_s = 600;
	s.config->grant = 3000;
	bring_up("r1");
	assert_in_range(bound_s("r1"), 2990, 3000);
	s.config->silent = true;
	assert_int_equal(process_refresh(s.process, SLICE("r1")), 0);
	world_run_for(s.world, 400 * US_PER_MS);
	assert_in_range(bound_s("r1"), 3000 + 31, 3000 + 32);
}

static void is_refreshed(const char *name)
{
	assert_int_equal(process_refresh(s.process, slice_of(name)), 0);
	world_run_s(s.world, 5);
	assert_int_equal(stage_state(&s, name), STATE_REGISTERED);
}

/* The process before may have been refreshed until its end: what was granted counts, not what is
 * asked. */
static void after_a_kill_for_as_long_as_was_granted_last(void **state)
{
	(void)state;
	s.config->grant = 300;
	bring_up("r1");
	world_run_s(s.world, 20);
	process_kill(s.process);
	s.world->name_delay_us = HOUR_S * US_PER_S;
	stage_start(&s);
	world_run_s(s.world, 1);
	assert_in_range(bound_s("r1"), 300 + 29, 300 + 32);
	assert_true(stage_show(&s, "r1").is_bound_at_most);
	assert_int_equal(stage_show(&s, "r1").granted_s, 300);
	assert_int_equal(stage_show(&s, "r1").stale_window_s, bound_s("r1"));
	/* A stop reports it. */
	assert_true(stage_stop(&s));
	assert_int_equal(report_of(&s)->counts[OUTCOME_UNSENT], 1);
	assert_in_range(process_report_line(s.process, "r1")->until_us,
	    now_us_of(&s) + 270 * US_PER_S, now_us_of(&s) + 332 * US_PER_S);
	/* What is owed is kept for longer: a REGISTER that was out may have been granted all it
	 * asked. */
	stage_disable(&s, "r1");
	stage_start(&s);
	world_run_s(s.world, 1000);
	assert_int_equal(rows_of(&s), 1);
}

/* And with the first answer all is as it was, also while what the process before sent may still
 * come. */
static void until_the_first_answer(void **state)
{
	(void)state;
	s.config->grant = 300;
	bring_up("r1");
	world_run_s(s.world, 20);
	process_kill(s.process);
	stage_start(&s);
	world_run_s(s.world, 1);
	assert_int_equal(stage_state(&s, "r1"), STATE_REGISTERED);
	assert_in_range(bound_s("r1"), 298, 300 + 32);
	assert_int_equal(process_refresh(s.process, SLICE("r1")), 0);
	world_run_s(s.world, 6);
	assert_int_equal(process_refresh(s.process, SLICE("r1")), 0);
	world_run_s(s.world, 1);
	assert_in_range(bound_s("r1"), 298, 300);
	assert_false(stage_show(&s, "r1").is_bound_at_most);
}

/* Once when it is known, and when it changes for more than the range that it is drawn from. */
static void a_grant_is_written_when_it_changes(void **state)
{
	static const int32_t grants[] = {300, 290, 280, 300, 270};
	uint64_t written;

	(void)state;
	s.config->grant = grants[0];
	bring_up("r1");
	world_run_s(s.world, 6);
	written = disk_rewrites(process_disk(s.process));
	for (size_t i = 0; i < sizeof(grants) / sizeof(grants[0]); i++) {
		s.config->grant = grants[i];
		is_refreshed("r1");
	}
	assert_int_equal(disk_rewrites(process_disk(s.process)), written);
	s.config->grant = 200;
	is_refreshed("r1");
	is_refreshed("r1");
	assert_int_equal(disk_rewrites(process_disk(s.process)), written + 1);
}

/*
 * The ledger has a grant of 600 s under an expiry of 3600 s. As long as the disk takes nothing, no
 * more is asked than that grant, or after a kill people would be told too little.
 */
static void what_the_disk_does_not_know_is_not_asked(void **state)
{
	static const uint32_t expire_s[] = {600, 5000};

	(void)state;
	bring_up("r1");
	for (size_t i = 0; i < 2; i++) {
		world_run_s(s.world, 10);
		process_kill(s.process);
		process_params(s.process)->expire_s = expire_s[i];
		disk_config(process_disk(s.process))->fails = i == 1;
		stage_start(&s);
		assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 10));
		world_run_s(s.world, 10);
		is_refreshed("r1");
		assert_int_equal(stage_asked(&s, "r1").last_s, 600);
	}
	process_kill(s.process);
	s.world->name_delay_us = HOUR_S * US_PER_S;
	stage_start(&s);
	world_run_s(s.world, 1);
	assert_in_range(bound_s("r1"), 600, 600 + 32);
}

static void times_out(const char *name, const char *answer)
{
	stage_tell(&s, "answer", answer);
	assert_int_equal(process_refresh(s.process, slice_of(name)), 0);
	world_run_s(s.world, 33);
	stage_tell(&s, "answer", "none");
}

static void a_grant_bounds_it_from_above(void **state)
{
	(void)state;
	process_params(s.process)->expire_s = 600;
	bring_up("r1");
	assert_in_range(bound_s("r1"), 590, 600);
	s.config->grant = 300;
	is_refreshed("r1");
	assert_in_range(bound_s("r1"), 290, 300);
	assert_true(stage_is_clean(&s));
}

/* A REGISTER given up at 32 s may arrive for 5 s more; by then the next one is granted less. */
static void but_not_beside_one_that_may_still_arrive(void **state)
{
	(void)state;
	process_params(s.process)->expire_s = 600;
	bring_up_many(OTHERS);
	s.config->grant = 300;
	times_out("r0", "drop:user=r0");
	world_run_s(s.world, 2);
	assert_int_equal(stage_show(&s, "r0").granted_s, 300);
	assert_in_range(bound_s("r0"), 600 + 26, 600 + 32);
	world_run_s(s.world, 5);
	is_refreshed("r0");
	assert_in_range(bound_s("r0"), 290, 300);
	assert_true(stage_is_clean(&s));
}

/* With the credentials of before, and without them. */
static void is_refused_after_100_s(const char *answer)
{
	process_params(s.process)->expire_s = 600;
	bring_up("r1");
	world_run_s(s.world, 100);
	stage_tell(&s, "answer", answer);
	stage_tell(&s, "answer", "480:count=2");
	assert_int_equal(process_refresh(s.process, SLICE("r1")), 0);
	world_run_s(s.world, 5);
	assert_int_equal(stage_show(&s, "r1").last_status, 480);
}

static void what_a_4xx_refused_is_not_bound(void **state)
{
	(void)state;
	is_refused_after_100_s("none");
	assert_in_range(bound_s("r1"), 485, 500);
	assert_true(stage_is_clean(&s));
}

/* The first of two may have been bound, and its answer lost and forgotten. */
static void unless_it_was_sent_twice(void **state)
{
	(void)state;
	is_refused_after_100_s("drop:count=1");
	assert_in_range(bound_s("r1"), 600 + 22, 600 + 32);
	assert_true(stage_is_clean(&s));
}

/*
 * Given up after 8 s, a third of what is left, and granted 3000 s then: the fifth answer, that to
 * 7.5 s, comes while the next REGISTER waits for a 480.
 */
static void grant_late(void)
{
	struct network_rule *lost, *late;

	process_params(s.process)->expire_s = 600;
	bring_up_many(OTHERS);
	s.config->grant = 30;
	stage_put(&s, "late");
	assert_true(stage_until_state(&s, "late", STATE_REGISTERED, 5));
	world_run_s(s.world, 6);
	s.config->grant = 3000;
	lost = stage_rule(&s, NETWORK_TO_REGENT, NETWORK_REGISTER, 200, NETWORK_DROP);
	lost->count = 4;
	late = stage_rule(&s, NETWORK_TO_REGENT, NETWORK_REGISTER, 200, NETWORK_HOLD);
	late->hold_us = 700 * US_PER_MS;
	assert_int_equal(process_refresh(s.process, SLICE("late")), 0);
	assert_true(stage_until_seen(&s, late, 1, 9));
	s.config->delay_ms = 350;
	stage_tell(&s, "answer", "480:count=1");
	world_run_for(s.world, 750 * US_PER_MS);
	assert_int_equal(stage_show(&s, "late").granted_s, 30);
	assert_int_equal(stage_state(&s, "late"), STATE_REFRESHING);
	assert_in_range(bound_s("late"), 2995, 3000);
}

static void a_late_200_binds_and_no_later_4xx_undoes_it(void **state)
{
	(void)state;
	grant_late();
	world_run_for(s.world, 200 * US_PER_MS);
	assert_int_equal(stage_show(&s, "late").last_status, 480);
	assert_in_range(bound_s("late"), 2995, 3000);
	assert_true(stage_is_clean(&s));
}

/* What stands for longer than was asked is named in the ledger for as long. */
static void a_late_200_is_remembered_by_the_ledger(void **state)
{
	(void)state;
	grant_late();
	process_power_cut(s.process);
	stage_remove(&s, "late");
	stage_tell(&s, "answer", "none");
	stage_tell(&s, "answer", "drop:only=cancel");
	stage_start(&s);
	world_run_s(s.world, 2900);
	assert_int_equal(debts_of(&s), 1);
	assert_int_equal(carrier_bindings_of(s.upstream, "late"), 1);
	assert_true(stage_is_clean(&s));
}

/* Of one that was removed meanwhile, and is granted while its debt awaits the answer. */
static void so_is_the_grant_of_one_removed_meanwhile(void **state)
{
	(void)state;
	process_params(s.process)->expire_s = 600;
	bring_up("r1");
	s.config->grant = 3000;
	s.config->delay_ms = 1000;
	assert_int_equal(process_refresh(s.process, SLICE("r1")), 0);
	world_run_for(s.world, 500 * US_PER_MS);
	stage_tell(&s, "answer", "drop:only=cancel");
	stage_remove(&s, "r1");
	world_run_s(s.world, 2);
	assert_int_equal(counted(&s, CARRIER_REFRESHED), 1);
	process_power_cut(s.process);
	stage_start(&s);
	world_run_s(s.world, 2900);
	assert_int_equal(debts_of(&s), 1);
	assert_int_equal(bound(&s), 1);
	assert_true(stage_is_clean(&s));
}

/* The ledger's stamp is up to 10 s old, and upstream may add 32 s. */
static void what_an_earlier_start_left_is_bound_for_longer(void **state)
{
	(void)state;
	process_params(s.process)->expire_s = 600;
	bring_up("r1");
	process_kill(s.process);
	s.world->name_delay_us = HOUR_S * US_PER_S;
	stage_start(&s);
	world_run_for(s.world, 400 * US_PER_MS);
	assert_in_range(bound_s("r1"), 600 + 41, 600 + 42);
	assert_true(stage_is_clean(&s));
}

/* What the last 200 granted before the kill has run out, and refusals have bound it since. */
static void what_a_refusal_binds_after_a_kill_is_shown(void **state)
{
	struct carrier_binding binding;

	(void)state;
	s.config->expires_max_s = 600;
	process_params(s.process)->retry_delay_s = MINUTE_S;
	bring_up("r1");
	world_run_s(s.world, MINUTE_S); /* the ledger learns what was granted */
	process_kill(s.process);
	stage_tell(&s, "answer", "503:done");
	stage_start(&s);
	for (int i = 0; i < 10; i++) {
		world_run_s(s.world, MINUTE_S);
		assert_true(stage_binding(s.upstream, "r1", &binding));
		assert_in_range(bound_s("r1"), (binding.expires_us - now_us_of(&s)) / US_PER_S - 1,
		    HOUR_S + 42);
	}
	assert_true(stage_is_clean(&s));
}

/* ---- rejections ---- */

/* How many of 20 newcomers are bound 15 s after so many accounts were rejected. */
static uint32_t bound_behind_rejections(uint32_t rejected)
{
	struct registration_config config;
	uint32_t count;
	char name[16];

	stage_set(&s, 1, 64);
	stage_start(&s);
	for (uint32_t i = 0; i < rejected; i++) {
		snprintf(name, sizeof(name), "wrong%u", i);
		config = stage_registration(name);
		config.password = SLICE("wrong");
		assert_int_equal(process_put(s.process, &config), 0);
	}
	world_run_s(s.world, 10);
	stage_put_many(&s, 20);
	world_run_s(s.world, 15);
	count = (uint32_t)bound(&s);
	stage_clear(&s);
	return count;
}

static void five_rejected_accounts_slow_strangers_down(void **state)
{
	(void)state;
	assert_int_equal(bound_behind_rejections(4), 20);
	assert_int_equal(bound_behind_rejections(5), 1);
	stage_set(&s, 1, 8);
}

/* ---- addresses ---- */

/* Three that time out close the address; with an answer in between they do not. */
static void an_answer_in_between_keeps_it_open(void **state)
{
	(void)state;
	process_logged(s.process, "event=silent");
	bring_up_many(OTHERS);
	times_out("r0", "drop:user=r0");
	is_refreshed("r3");
	times_out("r1", "drop:user=r1");
	is_refreshed("r3");
	times_out("r2", "drop:user=r2");
	is_refreshed("r3");
	assert_int_equal(process_logged(s.process, "event=silent"), 0);
	assert_true(stage_is_clean(&s));
}

/* ---- redirects ---- */

/*
 * Of the buffers for long requests there are few: what finds none free waits for one, not for the
 * next try, and a stop cancels all of them.
 */
static void long_requests_wait_for_a_buffer(void **state)
{
	enum { COUNT = 200 };
	static char agent[1800];
	struct registration_config config;
	char name[16];

	(void)state;
	memset(agent, 'x', sizeof(agent));
	process_params(s.process)->upstream_rate = 0;
	s.config->delay_ms = 1500;
	for (unsigned i = 0; i < COUNT; i++) {
		snprintf(name, sizeof(name), "r%u", i);
		config = stage_registration(name);
		config.user_agent = slice_make(agent, sizeof(agent));
		assert_int_equal(process_put(s.process, &config), 0);
	}
	stage_start(&s);
	assert_true(stage_until_bound(&s, COUNT, 30));
	assert_int_equal(process_logged(s.process, "event=failed"), 0);
	stop_must_be_clean(COUNT);
}

static void behind_a_redirect_no_new_realm_is_answered(void **state)
{
	(void)state;
	stage_add_second(&s);
	world_set_name(s.world, HOST, UPSTREAM, NULL);
	snprintf(s.config2->realm, sizeof(s.config2->realm), "elsewhere");
	bring_up_many(1);
	stage_tell(&s, "answer", "302:contact=sip:192.0.2.2:5060,only=register,count=1");
	assert_int_equal(process_refresh(s.process, SLICE("r0")), 0);
	world_run_s(s.world, 5);
	assert_int_equal(stage_state(&s, "r0"), STATE_REJECTED);
	assert_int_equal(carrier_bindings(s.second), 0);
	assert_int_equal(carrier_counter(s.second, CARRIER_CHALLENGES), 1);
	assert_true(stage_is_clean(&s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BARE(a_423_asks_for_a_day_at_most),
	    CASE(a_423_without_header_doubles_once),
	    CASE(attempts_are_5_s_apart),
	    CASE(a_retry_after_counts_for_an_hour_at_most),
	    CASE(what_was_asked_in_vain_may_be_bound),
	    CASE(and_for_as_long_as_was_granted_last),
	    CASE(after_a_kill_for_as_long_as_was_granted_last),
	    CASE(until_the_first_answer),
	    CASE(a_grant_is_written_when_it_changes),
	    CASE(what_the_disk_does_not_know_is_not_asked),
	    CASE(a_grant_bounds_it_from_above),
	    CASE(but_not_beside_one_that_may_still_arrive),
	    CASE(what_a_4xx_refused_is_not_bound),
	    CASE(unless_it_was_sent_twice),
	    CASE(a_late_200_binds_and_no_later_4xx_undoes_it),
	    CASE(a_late_200_is_remembered_by_the_ledger),
	    CASE(so_is_the_grant_of_one_removed_meanwhile),
	    CASE(what_an_earlier_start_left_is_bound_for_longer),
	    CASE(what_a_refusal_binds_after_a_kill_is_shown),
	    BARE(five_rejected_accounts_slow_strangers_down),
	    CASE(an_answer_in_between_keeps_it_open),
	    CASE(long_requests_wait_for_a_buffer),
	    CASE(behind_a_redirect_no_new_realm_is_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

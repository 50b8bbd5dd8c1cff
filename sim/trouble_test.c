// SPDX-License-Identifier: Apache-2.0
/*
 * Upstreams in trouble: outages, refusals, bans, answers that come
 * too late or from nowhere. F18, F39, F44.
 */
#include "sim/field.h"

/* ---- F18 ---- */

static void f18_a_day_without_answers(void **state)
{
	struct netaddr first = world_address(UPSTREAM);

	(void)state;
	for (uint32_t rate = 5; rate <= 50; rate *= 10) {
		stage_set(&s, rate, 64);
		process_params(s.process)->upstream_rate = rate;
		s.config->rate_limit = rate + 2;
		bring_up_many(40);
		network_cut(s.world->network, &first, false, true);
		world_run_s(s.world, DAY_S);
		assert_int_equal(bound(&s), 0);
		network_cut(s.world->network, &first, false, false);
		/* 1.1 x RETRY_DELAY + N / pace + 32 s. */
		assert_true(stage_until_bound(&s, 40, 66 + 40 / rate + 32));
		watch_quiet(s.world);
		assert_true(stage_is_clean(&s));
		stage_clear(&s);
	}
	stage_set(&s, 1, 8);
}

/* ---- F39 ---- */

static void f39_a_late_200_of_the_process_before(void **state)
{
	struct network_rule *late;

	(void)state;
	stage_put(&s, "r1");
	late = stage_rule(&s, NETWORK_TO_REGENT, NETWORK_REGISTER, 200, NETWORK_HOLD);
	late->hold_us = 4900 * US_PER_MS;
	late->count = 1;
	stage_start(&s);
	assert_true(stage_until_seen(&s, late, 1, 10));
	process_kill(s.process);
	world_run_s(s.world, 2);
	stage_rule(&s, NETWORK_TO_UPSTREAM, NETWORK_REGISTER, 0, NETWORK_DROP);
	stage_start(&s);
	world_run_s(s.world, 8);
	assert_int_equal(stage_state(&s, "r1"), STATE_REGISTERING);
	assert_int_equal(stage_show(&s, "r1").granted_s, 0);
	network_clear_rules(s.world->network);
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 100));
	watch_quiet(s.world);
	assert_true(stage_is_clean(&s));
}

static void inject(const struct network_capture *capture, const char *from)
{
	struct netaddr source = world_address(from);

	network_inject(s.world->network, now_us_of(&s), &source, &capture->to,
	    slice_make(capture->bytes, capture->n));
	world_run_for(s.world, 50 * US_PER_MS);
}

static void f39_forged_answers(void **state)
{
	struct network_capture real, guessed;
	struct network_rule *late;
	char *branch;

	(void)state;
	s.config->challenge = CARRIER_CHALLENGE_NONE;
	stage_put(&s, "r1");
	late = stage_rule(&s, NETWORK_TO_REGENT, NETWORK_REGISTER, 200, NETWORK_DROP);
	late->capture = &real;
	stage_start(&s);
	assert_true(stage_until_seen(&s, late, 1, 10));
	assert_int_equal(stage_state(&s, "r1"), STATE_REGISTERING);
	inject(&real, "203.0.113.66:5060");
	assert_int_equal(stage_state(&s, "r1"), STATE_REGISTERING);
	guessed = real;
	branch = strstr(guessed.bytes, "branch=z9hG4bK");
	assert_non_null(branch);
	branch[20] = branch[20] == 'a' ? 'b' : 'a';
	inject(&guessed, UPSTREAM);
	assert_int_equal(stage_state(&s, "r1"), STATE_REGISTERING);
	/* The same bytes from where they belong count. */
	inject(&real, UPSTREAM);
	assert_int_equal(stage_state(&s, "r1"), STATE_REGISTERED);
	/* And once only. */
	inject(&real, UPSTREAM);
	assert_int_equal(stage_state(&s, "r1"), STATE_REGISTERED);
	network_clear_rules(s.world->network);
	assert_true(stage_is_clean(&s));
}

/* ---- F44 ---- */

static void f44_a_ban_above_16_in_2_seconds(void **state)
{
	(void)state;
	stage_tell(&s, "antiflood", "16/2/300");
	stage_put_many(&s, 100);
	stage_start(&s);
	assert_true(stage_until_bound(&s, 100, HOUR_S));
	world_run_s(s.world, DAY_S / 4);
	assert_int_equal(bound(&s), 100);
	assert_true(stage_stop(&s));
	assert_int_equal(bound(&s), 0);
	assert_int_equal(report_of(&s)->counts[OUTCOME_CLEAN], 100);
	assert_true(stage_is_clean(&s));
}

/* Each has an upstream of its own, and all of these are at one address: that is a crowd. */
static void f44_a_ban_is_seen_across_upstreams(void **state)
{
	enum { COUNT = 100 };
	struct registration_config config;
	char name[16], proxy[40];

	(void)state;
	stage_tell(&s, "antiflood", "16/2/300");
	process_logged(s.process, "event=taken-for-banned");
	for (int i = 0; i < COUNT; i++) {
		snprintf(name, sizeof(name), "r%d", i);
		snprintf(proxy, sizeof(proxy), "sip:192.0.2.1:5060;customer=%d", i);
		config = stage_registration(name);
		config.proxy = slice_of(proxy);
		assert_int_equal(process_put(s.process, &config), 0);
	}
	stage_start(&s);
	world_run_s(s.world, 290);
	assert_int_equal(counted(&s, CARRIER_BANS), 1);
	assert_int_equal(process_logged(s.process, "event=taken-for-banned"), 1);
	/* What was under way, and a probe each 30 s. */
	assert_in_range(counted(&s, CARRIER_BANNED), 1, 40);
	assert_true(stage_until_bound(&s, COUNT, HOUR_S));
	assert_true(stage_is_clean(&s));
}

/* Those that came up before any ban: the pace has grown since, and nothing has borne it. */
static void f44_a_stop_trusts_no_pace_that_was_never_used(void **state)
{
	(void)state;
	for (uint32_t count = 10; count <= 40; count += 5) {
		stage_set(&s, count, 64);
		stage_tell(&s, "antiflood", "16/2/300");
		stage_put_many(&s, count);
		stage_start(&s);
		assert_true(stage_until_bound(&s, count, HOUR_S));
		world_run_s(s.world, 600);
		assert_true(stage_stop(&s));
		assert_int_equal(bound(&s), 0);
		assert_int_equal(report_of(&s)->counts[OUTCOME_CLEAN], count);
		assert_true(stage_is_clean(&s));
		stage_clear(&s);
	}
	stage_set(&s, 1, 8);
}

/* ---- refusals ---- */

static void a_503_for_one_rests_nobody_else(void **state)
{
	(void)state;
	stage_tell(&s, "answer", "503:user=r3,retry-after=600");
	stage_put_many(&s, 20);
	stage_start(&s);
	assert_true(stage_until_bound(&s, 19, 60));
	assert_int_equal(stage_state(&s, "r3"), STATE_WAITING);
	stage_put(&s, "late");
	assert_true(stage_until_state(&s, "late", STATE_REGISTERED, 5));
	assert_true(stage_is_clean(&s));
}

/* Eleven transmissions in 32 s are silence, but that of one account: no ban. */
static void one_that_is_swallowed_rests_nobody_else(void **state)
{
	struct ledger_pace pace;
	uint32_t cursor = 0;

	(void)state;
	bring_up_many(20);
	process_logged(s.process, "event=taken-for-banned");
	stage_tell(&s, "answer", "drop:user=r3");
	assert_int_equal(process_refresh(s.process, SLICE("r3")), 0);
	world_run_s(s.world, 33);
	stage_put(&s, "late");
	assert_true(stage_until_state(&s, "late", STATE_REGISTERED, 2));
	world_run_s(s.world, 600);
	assert_int_equal(process_logged(s.process, "event=taken-for-banned"), 0);
	assert_true(
	    !disk_pace_next(process_disk(s.process), &cursor, &pace) || pace.ceiling_milli == 0);
	assert_true(stage_is_clean(&s));
}

static void a_503_for_all_rests_the_address(void **state)
{
	uint64_t received;

	(void)state;
	process_params(s.process)->expire_s = 300;
	bring_up_many(20);
	stage_tell(&s, "answer", "503:retry-after=120");
	world_run_s(s.world, 280);
	received = counted(&s, CARRIER_RECEIVED);
	assert_true(received < 20 * 2 + 40);
	stage_tell(&s, "answer", "none");
	assert_true(stage_until_bound(&s, 20, 300));
	world_run_s(s.world, 30);
	watch_quiet(s.world);
	assert_true(stage_is_clean(&s));
}

/* Its silence is that of cancels alone: refreshes wait behind none of them for long. */
static void swallowed_cancels_starve_no_refresh(void **state)
{
	enum { COUNT = 20, REMOVED = 8 };
	char name[16];

	(void)state;
	process_params(s.process)->upstream_rate = 50;
	process_params(s.process)->expire_s = 600;
	bring_up_many(COUNT);
	stage_tell(&s, "answer", "drop:only=cancel");
	for (int i = 0; i < REMOVED; i++) {
		snprintf(name, sizeof(name), "r%d", i);
		stage_remove(&s, name);
	}
	world_run_s(s.world, 1000);
	assert_int_equal(counted(&s, CARRIER_EXPIRED), REMOVED);
	assert_int_equal(bound(&s), COUNT - REMOVED);
	assert_true(stage_is_clean(&s));
}

static void a_503_of_the_first_moves_to_the_second(void **state)
{
	(void)state;
	stage_add_second(&s);
	stage_tell(&s, "answer", "503:retry-after=600");
	stage_put(&s, "r1");
	stage_start(&s);
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 2));
	assert_int_equal(carrier_bindings(s.second), 1);
	assert_true(stage_is_clean(&s));
}

static void waits_the_retry_delay_with_jitter(void **state)
{
	uint64_t shortest = UINT64_MAX, longest = 0;

	(void)state;
	for (uint64_t seed = 0; seed < 40; seed++) {
		uint64_t begun_us, took_us;

		stage_set(&s, seed, 8);
		process_params(s.process)->retry_delay_s = 100;
		stage_tell(&s, "answer", "480:count=1");
		stage_put(&s, "r1");
		stage_start(&s);
		assert_true(stage_until_state(&s, "r1", STATE_WAITING, 5));
		begun_us = now_us_of(&s);
		assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 130));
		took_us = now_us_of(&s) - begun_us;
		if (took_us < shortest)
			shortest = took_us;
		if (took_us > longest)
			longest = took_us;
		assert_true(stage_is_clean(&s));
		stage_clear(&s);
	}
	stage_set(&s, 1, 8);
	assert_in_range(shortest, 100 * US_PER_S, 106 * US_PER_S);
	assert_in_range(longest, 114 * US_PER_S, 121 * US_PER_S);
}

static void waits_out(
    const char *answer, uint64_t asked_s, enum registration_state meanwhile, uint64_t spread_s)
{
	stage_tell(&s, "answer", answer);
	stage_put(&s, "r1");
	stage_start(&s);
	world_run_s(s.world, asked_s - 1);
	assert_int_equal(stage_state(&s, "r1"), meanwhile);
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, spread_s));
	assert_true(stage_is_clean(&s));
}

static void a_longer_retry_after_wins(void **state)
{
	(void)state;
	waits_out("480:count=1,retry-after=400", 400, STATE_WAITING, 90);
}

static void a_longer_retry_after_wins_after_a_403(void **state)
{
	(void)state;
	waits_out("403:count=1,retry-after=1800", 1800, STATE_REJECTED, 400);
}

static uint32_t cancels_in_900_s(const char *answer)
{
	uint32_t cancels;

	stage_set(&s, 1, 8);
	bring_up("r1");
	stage_tell(&s, "answer", answer);
	stage_disable(&s, "r1");
	world_run_s(s.world, 900);
	cancels = stage_asked(&s, "r1").cancels;
	stage_tell(&s, "answer", "none");
	assert_true(stage_until_rows(&s, 0, HOUR_S));
	assert_true(stage_is_clean(&s));
	stage_clear(&s);
	return cancels;
}

/* Nor has a short one the cancels follow each other faster than other failed attempts. */
static void a_cancel_waits_for_the_longer_of_both(void **state)
{
	(void)state;
	assert_in_range(cancels_in_900_s("503:only=cancel,retry-after=1"), 12, 16);
	assert_int_equal(cancels_in_900_s("503:only=cancel,retry-after=1800"), 1);
	assert_int_equal(cancels_in_900_s("480:only=cancel,retry-after=1800"), 1);
	stage_set(&s, 1, 8);
}

/* One Contact is allowed, and the cancel of the old one refused: the new one is let in with it. */
static void the_place_of_an_old_contact_is_taken_at_once(void **state)
{
	struct registration_config config = stage_registration("r1");
	uint64_t unbound;

	(void)state;
	s.config->max_contacts = 1;
	bring_up("r1");
	stage_tell(&s, "answer", "403:only=cancel");
	config.contact_user = SLICE("moved");
	assert_int_equal(process_put(s.process, &config), 0);
	world_run_s(s.world, 300);
	assert_int_equal(stage_state(&s, "r1"), STATE_REJECTED);
	stage_tell(&s, "answer", "none");
	unbound = counted(&s, CARRIER_UNBOUND);
	assert_true(stage_until_counter(&s, CARRIER_UNBOUND, unbound + 1, HOUR_S));
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 5));
	assert_int_equal(bound(&s), 1);
	assert_true(stage_is_clean(&s));
}

/* ---- answers that come late ---- */

/* The 200 of a first REGISTER comes when the attempt was long given up. */
static void a_40_s_late_200_changes_no_outcome(void **state)
{
	(void)state;
	s.config->delay_ms = 40000;
	s.config->challenge = CARRIER_CHALLENGE_NONE;
	process_params(s.process)->stop_deadline_s = 60;
	stage_put(&s, "r1");
	stage_start(&s);
	world_run_s(s.world, 45);
	stage_remove(&s, "r1");
	s.config->delay_ms = 0;
	assert_true(stage_until_rows(&s, 0, 120));
	assert_int_equal(bound(&s), 0);
	assert_true(stage_is_clean(&s));
}

/* It grants more than was asked, of a Contact that it has rewritten whole. */
static void a_late_200_of_a_rewritten_contact_raises_the_bound(void **state)
{
	int64_t bound_ms;

	(void)state;
	s.config->delay_ms = 40000;
	s.config->challenge = CARRIER_CHALLENGE_NONE;
	s.config->rewrite = CARRIER_REWRITE_WHOLE;
	s.config->grant = 7200;
	process_params(s.process)->expire_s = 600;
	stage_put(&s, "r1");
	stage_start(&s);
	world_run_s(s.world, 45);
	bound_ms = stage_show(&s, "r1").bound_until_ms - WORLD_WALL_MS;
	assert_in_range(bound_ms / 1000, 7200 + 40, 7200 + 45);
	assert_true(stage_is_clean(&s));
}

static void a_name_that_is_not_found_is_tried_again(void **state)
{
	(void)state;
	world_set_name(s.world, HOST, NULL, NULL);
	stage_put(&s, "r1");
	stage_start(&s);
	world_run_s(s.world, 10);
	assert_int_equal(stage_state(&s, "r1"), STATE_WAITING);
	world_set_name(s.world, HOST, UPSTREAM, NULL);
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 80));
	assert_true(stage_is_clean(&s));
}

static void a_name_server_that_never_answers_holds_nobody(void **state)
{
	struct registration_config config = stage_registration("r2");

	(void)state;
	world_set_name(s.world, HOST, UPSTREAM, NULL)->is_silent = true;
	stage_put(&s, "r1");
	config.proxy = SLICE("sip:192.0.2.1:5060");
	assert_int_equal(process_put(s.process, &config), 0);
	stage_start(&s);
	assert_true(stage_until_state(&s, "r2", STATE_REGISTERED, 2));
	assert_true(stage_until_state(&s, "r1", STATE_WAITING, 40));
	world_set_name(s.world, HOST, UPSTREAM, NULL);
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 120));
	assert_true(stage_is_clean(&s));
}

/* Its table is gone, and nobody tells: the next refresh finds out. */
static void an_upstream_that_forgets_is_registered_at_again(void **state)
{
	(void)state;
	process_params(s.process)->expire_s = 300;
	bring_up_many(10);
	carrier_restart(s.upstream, now_us_of(&s), false);
	assert_int_equal(bound(&s), 0);
	assert_true(stage_until_bound(&s, 10, 240));
	world_run_s(s.world, 300);
	assert_int_equal(bound(&s), 10);
	watch_quiet(s.world);
	assert_true(stage_is_clean(&s));
}

/* Another route to upstream is another Contact: the old one goes. */
static void a_new_local_address_moves_the_binding(void **state)
{
	struct netaddr moved = world_address("10.0.0.99");

	(void)state;
	process_params(s.process)->expire_s = 300;
	bring_up_many(5);
	process_move(s.process, &moved);
	world_run_s(s.world, 900);
	assert_int_equal(bound(&s), 5);
	watch_quiet(s.world);
	/* The upstream minds that the old one is cancelled from elsewhere: there is no other way.
	 */
	assert_int_equal(watch_violations(s.world), 0);
}

/* What was to be repeated has its places taken; a stop begins its pace anew, but not twice. */
static void a_stop_keeps_the_pace_beside_repetitions(void **state)
{
	(void)state;
	process_params(s.process)->upstream_rate = 6;
	process_params(s.process)->stop_deadline_s = 60;
	bring_up_many(20);
	s.config->silent = true;
	for (uint32_t i = 0; i < 20; i++) {
		char name[16];

		snprintf(name, sizeof(name), "r%u", i);
		assert_int_equal(process_refresh(s.process, slice_of(name)), 0);
	}
	world_run_s(s.world, 4);
	process_stop(s.process);
	world_run_s(s.world, 10);
	s.config->silent = false;
	assert_true(stage_until_left(&s));
	assert_int_equal(report_of(&s)->counts[OUTCOME_CLEAN], 20);
	assert_true(stage_is_clean(&s));
}

/* A lost cancel is sent again in its own time, not only when the stop gets into a hurry. */
static void a_stop_repeats_what_was_lost(void **state)
{
	struct network_rule *cancels;

	(void)state;
	process_params(s.process)->upstream_rate = 1;
	process_params(s.process)->stop_deadline_s = 120;
	bring_up_many(8);
	cancels = stage_rule(&s, NETWORK_TO_UPSTREAM, NETWORK_CANCEL, 0, NETWORK_DROP);
	cancels->count = 8;
	assert_true(stage_stop(&s));
	assert_int_equal(report_of(&s)->counts[OUTCOME_CLEAN], 8);
	assert_true(report_of(&s)->ended_us < report_of(&s)->begun_us + 25 * US_PER_S);
	assert_true(stage_is_clean(&s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BARE(f18_a_day_without_answers),
	    CASE(f39_a_late_200_of_the_process_before),
	    CASE(f39_forged_answers),
	    CASE(f44_a_ban_above_16_in_2_seconds),
	    CASE(f44_a_ban_is_seen_across_upstreams),
	    BARE(f44_a_stop_trusts_no_pace_that_was_never_used),
	    CASE(a_503_for_one_rests_nobody_else),
	    CASE(one_that_is_swallowed_rests_nobody_else),
	    CASE(a_503_for_all_rests_the_address),
	    CASE(swallowed_cancels_starve_no_refresh),
	    CASE(a_503_of_the_first_moves_to_the_second),
	    BARE(waits_the_retry_delay_with_jitter),
	    CASE(a_longer_retry_after_wins),
	    CASE(a_longer_retry_after_wins_after_a_403),
	    BARE(a_cancel_waits_for_the_longer_of_both),
	    CASE(the_place_of_an_old_contact_is_taken_at_once),
	    CASE(a_40_s_late_200_changes_no_outcome),
	    CASE(a_late_200_of_a_rewritten_contact_raises_the_bound),
	    CASE(a_name_that_is_not_found_is_tried_again),
	    CASE(a_name_server_that_never_answers_holds_nobody),
	    CASE(an_upstream_that_forgets_is_registered_at_again),
	    CASE(a_new_local_address_moves_the_binding),
	    CASE(a_stop_keeps_the_pace_beside_repetitions),
	    CASE(a_stop_repeats_what_was_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

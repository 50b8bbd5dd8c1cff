// SPDX-License-Identifier: Apache-2.0
/*
 * What a refusal says, and of whom: accounts that are full beside others that
 * are not, rests that must let nothing lapse, refreshes that are refused once.
 */
#include "sim/field.h"

#define COUNT   200
#define HEALTHY 140
#define HOLDER  "sip:f1@198.51.100.9:5060"

/* As Kamailio and OpenSIPS answer, or with nothing that says whom the 503 speaks of. */
#define FULL      "503:user=f*,only=register,authenticated,full"
#define BARE_FULL "503:user=f*,only=register,authenticated"

/* Three of ten accounts are held by another switch. */
static void put_accounts(void)
{
	char name[16];

	for (uint32_t i = 0; i < COUNT; i++) {
		snprintf(name, sizeof(name), "%c%u", i % 10 >= 1 && i % 10 <= 3 ? 'f' : 'r', i);
		stage_put(&s, name);
	}
}

struct life_times {
	uint64_t up_us, stop_us;
};

/* How long it takes until all that can be are bound, and how long the stop takes an hour later. */
static struct life_times live(const char *rule)
{
	uint32_t count = rule ? HEALTHY : COUNT;
	struct life_times times;
	uint64_t begun_us;

	stage_set(&s, 1, COUNT);
	if (rule)
		stage_tell(&s, "answer", rule);
	begun_us = now_us_of(&s);
	process_logged(s.process, "event=rests");
	put_accounts();
	stage_start(&s);
	assert_true(stage_until_bound(&s, count, 600));
	times.up_us = now_us_of(&s) - begun_us;
	world_run_s(s.world, HOUR_S);
	assert_int_equal(counted(&s, CARRIER_EXPIRED), 0);
	assert_int_equal(bound(&s), count);
	assert_int_equal(process_logged(s.process, "event=rests"), 0);
	assert_true(stage_stop(&s));
	times.stop_us = report_of(&s)->ended_us - report_of(&s)->begun_us;
	assert_int_equal(bound(&s), 0);
	assert_true(stage_is_clean(&s));
	return times;
}

/* No healthy one comes up later than where none is full, and the stop is as short. */
static void full_accounts_hold_up_nobody(void **state)
{
	static const char *const rules[] = {FULL, BARE_FULL};
	struct life_times usual = live(NULL), times;

	(void)state;
	for (int i = 0; i < 2; i++) {
		stage_clear(&s);
		times = live(rules[i]);
		assert_true(times.up_us <= usual.up_us);
		assert_true(times.stop_us <= usual.stop_us + US_PER_S);
	}
}

static void the_holder_is_shown(void **state)
{
	struct shown_listing listing;
	struct shown shown;

	(void)state;
	stage_tell(&s, "answer", FULL);
	process_logged(s.process, "event=account-full");
	stage_put(&s, "f1");
	stage_start(&s);
	world_run_s(s.world, 5);
	shown = stage_show(&s, "f1");
	assert_int_equal(shown.state, STATE_WAITING);
	assert_int_equal(shown.last_status, 503);
	assert_string_equal(shown.reason, "account held by " HOLDER);
	assert_int_equal(shown.foreign, 1);
	process_show_listing(s.process, SLICE("f1"), &listing);
	assert_int_equal(listing.count, 1);
	assert_int_equal(listing.listed[0].kind, LISTED_FOREIGN);
	assert_string_equal(listing.listed[0].contact, HOLDER);
	assert_int_equal(process_logged(s.process, "event=account-full"), 1);
	/* The holder leaves, and the place is taken at the usual pace. */
	stage_tell(&s, "answer", "none");
	assert_true(stage_until_state(&s, "f1", STATE_REGISTERED, 75));
	assert_int_equal(stage_show(&s, "f1").foreign, 0);
	stop_must_be_clean(1);
}

static void put_full(uint32_t count)
{
	char name[16];

	for (uint32_t i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "f%u", i);
		stage_put(&s, name);
	}
}

/* It waits as long as it was told to, and nobody else does. */
static void a_full_account_keeps_its_own_retry_after(void **state)
{
	(void)state;
	stage_tell(&s, "answer", FULL ",retry-after=600");
	put_full(3);
	stage_put_many(&s, 7);
	stage_start(&s);
	world_run_s(s.world, 590);
	assert_int_equal(stage_asked(&s, "f1").registers, 2); /* the second is the challenge's */
	assert_int_equal(bound(&s), 7);
	world_run_s(s.world, 150);
	assert_true(stage_asked(&s, "f1").registers > 2);
	assert_true(stage_is_clean(&s));
}

/* Nothing says that these 503s are of three accounts only: the address rests, and nothing lapses.
 */
static void no_rest_outlasts_a_live_binding(void **state)
{
	(void)state;
	process_params(s.process)->expire_s = 600;
	process_logged(s.process, "event=rests");
	bring_up_many(5);
	world_run_s(s.world, 120);
	stage_tell(&s, "answer", "503:user=f*,retry-after=3600");
	put_full(3);
	world_run_s(s.world, 2 * HOUR_S);
	assert_true(process_logged(s.process, "event=rests") >= 1);
	assert_int_equal(counted(&s, CARRIER_EXPIRED), 0);
	assert_int_equal(bound(&s), 5);
	assert_true(stage_is_clean(&s));
}

/*
 * The answer to a challenge goes on with the one that was let through. One that would lapse sooner
 * and comes meanwhile does not take its place: it waits for a second of its own.
 */
static void a_challenge_in_a_rest_lets_nobody_else_through(void **state)
{
	uint64_t challenges, refreshed, let_us;

	(void)state;
	process_params(s.process)->expire_s = 600;
	process_params(s.process)->upstream_rate = 50;
	process_logged(s.process, "event=rests");
	stage_put(&s, "first");
	stage_start(&s);
	assert_true(stage_until_bound(&s, 1, 60));
	stage_put_many(&s, 20);
	assert_true(stage_until_bound(&s, 21, 60));
	stage_tell(&s, "answer", "480:user=first");
	stage_tell(&s, "answer", "503:retry-after=3600");
	world_run_s(s.world, 575);
	assert_true(process_logged(s.process, "event=rests") >= 1);
	stage_tell(&s, "answer", "none");
	s.config->fresh_nonce = true;
	s.config->delay_ms = 300;
	refreshed = counted(&s, CARRIER_REFRESHED);
	challenges = counted(&s, CARRIER_CHALLENGES);
	assert_true(stage_until_counter(&s, CARRIER_CHALLENGES, challenges + 1, 10));
	let_us = now_us_of(&s);
	assert_true(stage_asked(&s, "first").last_us < let_us - US_PER_S);
	assert_int_equal(process_refresh(s.process, SLICE("first")), 0);
	assert_true(stage_until_counter(&s, CARRIER_REFRESHED, refreshed + 1, 5));
	assert_true(stage_asked(&s, "first").last_us < let_us);
	assert_true(stage_until_state(&s, "first", STATE_REGISTERED, 10));
	assert_true(stage_is_clean(&s));
}

static void refresh_many(uint32_t count)
{
	char name[16];

	for (uint32_t i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "r%u", i);
		assert_int_equal(process_refresh(s.process, slice_of(name)), 0);
	}
}

/*
 * The answers to three of twenty bring on a rest. The others left before it and are challenged in
 * it within a moment: their answers leave one a second.
 */
static void a_rest_lets_no_crowd_of_answers_through(void **state)
{
	struct network_rule *late;
	uint64_t received;

	(void)state;
	process_params(s.process)->expire_s = 600;
	process_params(s.process)->upstream_rate = 0;
	s.config->fresh_nonce = true;
	s.net->jitter_us = 90 * US_PER_MS;
	bring_up_many(20);
	stage_tell(&s, "answer", "480");
	world_run_s(s.world, 570);
	stage_tell(&s, "answer", "none");
	stage_tell(&s, "answer", "503:authenticated,retry-after=3600");
	process_logged(s.process, "event=rests");
	late = stage_rule(&s, NETWORK_TO_REGENT, NETWORK_REGISTER, 401, NETWORK_HOLD);
	late->skip = 3;
	late->hold_us = US_PER_S;
	refresh_many(20);
	assert_true(stage_until_seen(&s, late, 20, 1));
	world_run_for(s.world, 400 * US_PER_MS);
	assert_int_equal(process_logged(s.process, "event=rests"), 1);
	received = counted(&s, CARRIER_RECEIVED);
	world_run_s(s.world, 5);
	assert_in_range(counted(&s, CARRIER_RECEIVED) - received, 4, 6);
	assert_true(stage_is_clean(&s));
}

/* Overloaded for all: each asks once more before its binding ends, one a second. */
static void a_rest_lets_one_a_second_through(void **state)
{
	uint64_t received;

	(void)state;
	process_params(s.process)->expire_s = 600;
	process_logged(s.process, "event=rests");
	bring_up_many(20);
	stage_tell(&s, "answer", "503:retry-after=3600");
	world_run_s(s.world, 420);
	received = counted(&s, CARRIER_RECEIVED);
	assert_true(process_logged(s.process, "event=rests") >= 1);
	world_run_s(s.world, 160);
	assert_in_range(counted(&s, CARRIER_RECEIVED) - received, 1, 60);
	stage_tell(&s, "answer", "none");
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, HOUR_S + 1000));
	assert_true(stage_is_clean(&s));
}

/* What a rest lets through is no flood: where it meets silence nobody is banned, and no rest grows.
 */
static void silence_in_a_rest_is_no_ban(void **state)
{
	(void)state;
	process_params(s.process)->expire_s = 600;
	bring_up_many(20);
	process_logged(s.process, "event=taken-for-banned");
	process_logged(s.process, "event=rests");
	stage_tell(&s, "answer", "503:retry-after=3600");
	world_run_s(s.world, 460);
	assert_int_equal(process_logged(s.process, "event=rests"), 1);
	s.config->silent = true;
	world_run_s(s.world, 120);
	assert_int_equal(process_logged(s.process, "event=taken-for-banned"), 0);
	assert_true(stage_is_clean(&s));
}

/* Three that nobody knows bring on a rest: after it a fourth goes first, and shows what they are.
 */
static void after_a_rest_another_one_goes_first(void **state)
{
	(void)state;
	stage_tell(&s, "answer", "503:user=f*,retry-after=100");
	put_full(3);
	process_logged(s.process, "event=rests");
	stage_start(&s);
	world_run_s(s.world, 10);
	assert_int_equal(process_logged(s.process, "event=rests"), 1);
	stage_put(&s, "h");
	for (int i = 0; i < 3; i++) {
		char name[16];

		snprintf(name, sizeof(name), "f%d", i);
		assert_int_equal(process_refresh(s.process, slice_of(name)), 0);
	}
	assert_int_equal(stage_asked(&s, "h").registers, 0);
	assert_true(stage_until_state(&s, "h", STATE_REGISTERED, 100));
	assert_true(stage_asked(&s, "h").last_us < stage_asked(&s, "f0").last_us ||
	            stage_asked(&s, "f0").registers == 1);
	world_run_s(s.world, 600);
	assert_int_equal(process_logged(s.process, "event=rests"), 1);
	assert_true(stage_is_clean(&s));
}

/* It was granted 600 s before the kill, and a refusal has bound it for 3600 since. */
static void a_report_knows_what_a_refusal_has_bound(void **state)
{
	(void)state;
	s.config->grant = 600;
	bring_up("r1");
	world_run_s(s.world, 2);
	s.config->grant = -1;
	stage_tell(&s, "answer", "503:only=register,done");
	stage_restart(&s);
	world_run_s(s.world, 5);
	process_params(s.process)->send_unregister = false;
	process_params_changed(s.process);
	assert_true(stage_stop(&s));
	assert_int_equal(report_of(&s)->counts[OUTCOME_KEPT], 1);
	assert_true(stage_is_clean(&s));
}

/* The same where the kill comes behind the refusal: the row no longer says 600 s. */
static void the_ledger_knows_what_a_refusal_has_bound(void **state)
{
	(void)state;
	s.config->grant = 600;
	bring_up("r1");
	world_run_s(s.world, 2);
	s.config->grant = -1;
	stage_tell(&s, "answer", "503:only=register,done");
	assert_int_equal(process_refresh(s.process, SLICE("r1")), 0);
	world_run_s(s.world, 5);
	process_params(s.process)->send_unregister = false;
	stage_restart(&s);
	assert_true(stage_stop(&s));
	assert_int_equal(report_of(&s)->counts[OUTCOME_KEPT], 1);
	assert_true(stage_is_clean(&s));
}

/* ---- a refresh that is refused ---- */

static void one_refusal_lapses_nothing(void **state)
{
	static const unsigned statuses[] = {403, 404, 408, 480, 500, 503, 504};
	char rule[64];

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(statuses) / sizeof(statuses[0]); i++) {
		stage_set(&s, i, 8);
		process_params(s.process)->expire_s = i % 2 ? 60 : 600;
		bring_up("r1");
		snprintf(rule, sizeof(rule), "%u:only=refresh,count=1,retry-after=%u",
		    statuses[i / 2], i % 3 ? 3000 : 0);
		stage_tell(&s, "answer", rule);
		world_run_s(s.world, 2 * HOUR_S);
		assert_int_equal(counted(&s, CARRIER_EXPIRED), 0);
		assert_int_equal(bound(&s), 1);
		stop_must_be_clean(1);
		stage_clear(&s);
	}
	stage_set(&s, 1, 8);
}

/* Refused to the end: tried before that, never more than once in 5 s, and slowly behind it. */
static void a_refresh_refused_to_the_end(void **state)
{
	static const unsigned statuses[] = {403, 404, 480, 500, 503};
	uint32_t registers;
	char rule[64];

	(void)state;
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		stage_set(&s, i, 8);
		process_params(s.process)->expire_s = 300;
		bring_up("r1");
		registers = stage_asked(&s, "r1").registers;
		snprintf(rule, sizeof(rule), "%u:retry-after=3600", statuses[i]);
		stage_tell(&s, "answer", rule);
		world_run_s(s.world, 300);
		assert_int_equal(bound(&s), 0);
		registers = stage_asked(&s, "r1").registers - registers;
		assert_in_range(registers, 2, 6);
		world_run_s(s.world, HOUR_S);
		assert_in_range(stage_asked(&s, "r1").registers, registers, registers + 4);
		stage_tell(&s, "answer", "none");
		assert_true(stage_is_clean(&s));
		stage_clear(&s);
	}
	stage_set(&s, 1, 8);
}

/* Times at which it asks during a grant, whatever the requests of one attempt. */
static unsigned attempts_in(uint32_t seconds)
{
	uint32_t before = stage_asked(&s, "r1").registers, now;
	uint32_t last_s = 0;
	unsigned count = 0;

	for (uint32_t i = 1; i <= seconds; i++) {
		world_run_s(s.world, 1);
		now = stage_asked(&s, "r1").registers;
		if (now != before && (count == 0 || i - last_s > 1))
			count++;
		if (now != before)
			last_s = i;
		before = now;
	}
	return count;
}

/* Where the long wait would let it lapse there is one more attempt, not one after the other. */
static void a_grant_has_one_chance(void **state)
{
	static const char *const rules[] = {
	    "403:only=refresh,retry-after=3000", "480:only=refresh,retry-after=3000"};

	(void)state;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		stage_set(&s, i, 8);
		process_params(s.process)->expire_s = 600;
		bring_up("r1");
		for (int k = 0; k < 2; k++) {
			stage_tell(&s, "answer", rules[i]);
			assert_int_equal(attempts_in(599), 2);
			stage_tell(&s, "answer", "none");
			assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 2 * HOUR_S));
		}
		stage_clear(&s);
	}
	stage_set(&s, 1, 8);
}

/* F20: the chance costs no third wrong digest, whether the nonce is still good or not. */
static void a_chance_is_no_third_wrong_digest(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 2; i++) {
		stage_set(&s, i, 8);
		process_params(s.process)->expire_s = 100;
		s.config->wrong_status = 403;
		s.config->nonce_life_s = i ? 5 : 0;
		bring_up("r1");
		snprintf(s.config->any_password, sizeof(s.config->any_password), "other");
		world_run_s(s.world, 99);
		assert_int_equal(counted(&s, CARRIER_WRONG), 2);
		stage_clear(&s);
	}
	stage_set(&s, 1, 8);
}

/* Nor does it come behind wrong digests at the usual pace: those are never closer than a minute. */
static void a_chance_is_not_behind_wrong_digests(void **state)
{
	(void)state;
	process_params(s.process)->expire_s = 600;
	s.config->wrong_status = 403;
	bring_up("r1");
	snprintf(s.config->any_password, sizeof(s.config->any_password), "other");
	assert_in_range(attempts_in(599), 1, 3);
}

/* The other address is asked before anybody waits. */
static void a_refused_refresh_goes_to_the_next_address(void **state)
{
	static const char *const rules[] = {"403", "404", "408", "480", "500"};

	(void)state;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		stage_set(&s, i, 8);
		stage_add_second(&s);
		bring_up("r1");
		stage_tell(&s, "answer", rules[i]);
		assert_int_equal(process_refresh(s.process, SLICE("r1")), 0);
		world_run_s(s.world, 7);
		assert_int_equal(stage_state(&s, "r1"), STATE_REGISTERED);
		assert_int_equal(carrier_bindings(s.second), 1);
		stage_clear(&s);
	}
	stage_set(&s, 1, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BARE(full_accounts_hold_up_nobody),
	    CASE(the_holder_is_shown),
	    CASE(a_full_account_keeps_its_own_retry_after),
	    CASE(no_rest_outlasts_a_live_binding),
	    CASE(a_rest_lets_one_a_second_through),
	    CASE(a_challenge_in_a_rest_lets_nobody_else_through),
	    CASE(a_rest_lets_no_crowd_of_answers_through),
	    CASE(silence_in_a_rest_is_no_ban),
	    CASE(after_a_rest_another_one_goes_first),
	    CASE(a_report_knows_what_a_refusal_has_bound),
	    CASE(the_ledger_knows_what_a_refusal_has_bound),
	    BARE(one_refusal_lapses_nothing),
	    BARE(a_refresh_refused_to_the_end),
	    BARE(a_grant_has_one_chance),
	    BARE(a_chance_is_no_third_wrong_digest),
	    CASE(a_chance_is_not_behind_wrong_digests),
	    BARE(a_refused_refresh_goes_to_the_next_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

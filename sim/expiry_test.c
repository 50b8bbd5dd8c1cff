// SPDX-License-Identifier: Apache-2.0
/*
 * What was asked, what was granted, and whose grant it is: F9 to F12 and F43.
 */
#include "sim/field.h"

/* ---- F9 ---- */

static void grants_less_fifty_times(uint32_t less, uint32_t expire_s)
{
	struct calls_asked asked;

	s.config->grant_less = less;
	process_params(s.process)->expire_s = expire_s;
	bring_up("r1");
	assert_true(stage_until_counter(&s, CARRIER_REFRESHED, 50, 51 * (uint64_t)HOUR_S));
	asked = stage_asked(&s, "r1");
	assert_int_equal(asked.least_s, 3600);
	assert_int_equal(asked.most_s, 3600);
	world_run_s(s.world, 1);
	assert_int_equal(stage_show(&s, "r1").asked_s, 3600);
	assert_int_equal(stage_show(&s, "r1").granted_s, 3600 - less);
	stop_must_be_clean(1);
}

static void f9_ten_less_fifty_times(void **state)
{
	(void)state;
	grants_less_fifty_times(10, 3600);
}

static void f9_expires_minus_one(void **state)
{
	(void)state;
	grants_less_fifty_times(1, PARAM_AUTO);
}

/* ---- F10 ---- */

static void f10_with_min_expires(void **state)
{
	(void)state;
	process_params(s.process)->expire_s = 600;
	s.config->min_expires_s = 3000;
	bring_up("r1");
	assert_int_equal(stage_asked(&s, "r1").last_s, 3000);
	assert_int_equal(stage_show(&s, "r1").granted_s, 3000);
	/* What is wanted is asked for first at each refresh: the upstream may take it by then. */
	world_run_s(s.world, 2 * HOUR_S);
	assert_int_equal(stage_asked(&s, "r1").last_s, 3000);
	assert_int_equal(counted(&s, CARRIER_REFUSED), 1 + counted(&s, CARRIER_REFRESHED));
	assert_int_equal(counted(&s, CARRIER_EXPIRED), 0);
	s.config->min_expires_s = 0;
	world_run_s(s.world, HOUR_S);
	assert_int_equal(stage_asked(&s, "r1").last_s, 600);
	assert_int_equal(stage_show(&s, "r1").granted_s, 600);
	stop_must_be_clean(1);
}

/* However often it is refused: `most_s` is what a round comes to, and each begins anew. */
static void asks_at_most(enum carrier_brief brief, uint32_t wanted_s, uint32_t most_s)
{
	stage_set(&s, 1, 8);
	process_params(s.process)->expire_s = wanted_s;
	s.config->challenge = CARRIER_CHALLENGE_NONE;
	s.config->min_expires_s = 80000;
	s.config->brief = brief;
	stage_put(&s, "r1");
	stage_start(&s);
	world_run_s(s.world, 2 * HOUR_S);
	assert_int_equal(bound(&s), 0);
	assert_int_equal(stage_asked(&s, "r1").least_s, wanted_s);
	assert_int_equal(stage_asked(&s, "r1").most_s, most_s);
	s.config->brief = CARRIER_BRIEF_NO_HEADER;
	s.config->min_expires_s = 2 * wanted_s;
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 80));
	assert_int_equal(stage_show(&s, "r1").granted_s, 2 * wanted_s);
	s.config->min_expires_s = 0;
	world_run_s(s.world, 2 * wanted_s);
	assert_int_equal(stage_asked(&s, "r1").last_s, wanted_s);
	stop_must_be_clean(1);
	stage_clear(&s);
}

static void f10_the_ask_does_not_grow(void **state)
{
	(void)state;
	asks_at_most(CARRIER_BRIEF_NO_HEADER, 60, 120);
	asks_at_most(CARRIER_BRIEF_NO_HEADER, 1700, 3400);
	asks_at_most(CARRIER_BRIEF_RISING, 60, 240);
	asks_at_most(CARRIER_BRIEF_FOREVER, 60, 180);
	stage_set(&s, 1, 8);
}

static void f10_without_min_expires(void **state)
{
	(void)state;
	process_params(s.process)->expire_s = 1000;
	s.config->min_expires_s = 1500;
	s.config->brief = CARRIER_BRIEF_NO_HEADER;
	bring_up("r1");
	assert_int_equal(stage_asked(&s, "r1").last_s, 2000);
	stop_must_be_clean(1);
}

static void f10_repeated_for_ever(void **state)
{
	struct calls_asked asked;

	(void)state;
	s.config->min_expires_s = 60;
	s.config->challenge = CARRIER_CHALLENGE_NONE;
	s.config->brief = CARRIER_BRIEF_FOREVER;
	stage_put(&s, "r1");
	stage_start(&s);
	world_run_s(s.world, 30);
	asked = stage_asked(&s, "r1");
	assert_int_equal(asked.registers, 3);
	assert_true(asked.most_s <= 86400);
	assert_int_equal(stage_state(&s, "r1"), STATE_WAITING);
	assert_int_equal(stage_show(&s, "r1").last_status, 423);
	world_run_s(s.world, HOUR_S);
	assert_true(stage_asked(&s, "r1").registers <= 3 * 61);
	s.config->brief = CARRIER_BRIEF_CORRECT;
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 80));
	assert_true(stage_asked(&s, "r1").most_s <= 86400);
	assert_true(stage_is_clean(&s));
}

static void is_not_obeyed(enum carrier_brief brief)
{
	process_params(s.process)->expire_s = 1800;
	s.config->min_expires_s = 3000;
	s.config->challenge = CARRIER_CHALLENGE_NONE;
	s.config->brief = brief;
	stage_put(&s, "r1");
	stage_start(&s);
	world_run_s(s.world, 30);
	assert_int_equal(stage_asked(&s, "r1").registers, 1);
	assert_int_equal(stage_state(&s, "r1"), STATE_WAITING);
	assert_true(stage_is_clean(&s));
}

static void f10_smaller_than_asked(void **state)
{
	(void)state;
	is_not_obeyed(CARRIER_BRIEF_LOW);
}

static void f10_just_what_was_asked(void **state)
{
	(void)state;
	is_not_obeyed(CARRIER_BRIEF_EQUAL);
}

static void f10_in_answer_to_a_cancel(void **state)
{
	(void)state;
	process_params(s.process)->expire_s = 300;
	bring_up("r1");
	s.config->min_expires_s = 60;
	s.config->brief = CARRIER_BRIEF_CANCEL;
	stage_disable(&s, "r1");
	world_run_s(s.world, 5);
	/* Not obeyed: nothing with an expiry leaves. */
	assert_int_equal(stage_asked(&s, "r1").registers, 2);
	assert_int_equal(stage_state(&s, "r1"), STATE_REFUSED);
	assert_int_equal(stage_show(&s, "r1").last_status, 423);
	assert_int_equal(debts_of(&s), 1);
	assert_true(stage_until_rows(&s, 0, 400));
	assert_int_equal(bound(&s), 0);
	assert_int_equal(stage_state(&s, "r1"), STATE_DISABLED);
	assert_true(stage_is_clean(&s));
}

/* ---- F11 ---- */

static void check_grant(uint32_t granted_s)
{
	bring_up("r1");
	assert_int_equal(stage_show(&s, "r1").granted_s, granted_s);
	world_run_s(s.world, HOUR_S);
	assert_int_equal(bound(&s), 1);
	assert_int_equal(counted(&s, CARRIER_EXPIRED), 0);
	assert_int_equal(counted(&s, CARRIER_BOUND), 1);
	assert_true(counted(&s, CARRIER_REFRESHED) >= 1);
	assert_int_equal(stage_state(&s, "r1"), STATE_REGISTERED);
	stop_must_be_clean(1);
}

static void f11_rewritten(void **state)
{
	static const enum carrier_rewrite rewrites[] = {
	    CARRIER_REWRITE_HOST, CARRIER_REWRITE_PORT, CARRIER_REWRITE_WHOLE};

	(void)state;
	for (int i = 0; i < 3; i++) {
		stage_set(&s, 1, 8);
		s.config->rewrite = rewrites[i];
		s.config->grant = 1800;
		check_grant(1800);
		stage_clear(&s);
	}
	stage_set(&s, 1, 8);
}

static void f11_an_extra_stale_one(void **state)
{
	(void)state;
	s.config->extra = CARRIER_EXTRA_STALE;
	s.config->grant = 1200;
	check_grant(1200);
}

static void f11_an_extra_foreign_one(void **state)
{
	(void)state;
	s.config->extra = CARRIER_EXTRA_FOREIGN;
	s.config->grant = 600;
	check_grant(600);
}

static void f11_only_foreign_ones(void **state)
{
	(void)state;
	/* An upstream that lists two is none that rewrites the only one. */
	s.config->extra = CARRIER_EXTRA_FOREIGN;
	bring_up("r1");
	watch_excuse(s.world)->tables = true;
	s.config->extra = CARRIER_EXTRA_ONLY;
	assert_int_equal(process_refresh(s.process, SLICE("r1")), 0);
	assert_true(stage_until_state(&s, "r1", STATE_DISPLACED, 5));
	world_run_s(s.world, 1);
	assert_int_equal(counted(&s, CARRIER_CANCELS), 0);
	assert_int_equal(debts_of(&s), 0);
	/* Ours may be held all the same, by a name that we do not know. */
	assert_int_equal(rows_of(&s), 1);
	s.config->extra = CARRIER_EXTRA_NONE;
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 80));
	assert_true(stage_is_clean(&s));
}

/* It is called displaced, and bound nevertheless: the stop takes it back, and says no word more. */
static void displaced_is_cancelled_like_any_other(void **state)
{
	(void)state;
	s.config->extra = CARRIER_EXTRA_FOREIGN;
	bring_up("r1");
	watch_excuse(s.world)->tables = true;
	s.config->extra = CARRIER_EXTRA_ONLY;
	assert_int_equal(process_refresh(s.process, SLICE("r1")), 0);
	assert_true(stage_until_state(&s, "r1", STATE_DISPLACED, 5));
	assert_int_equal(bound(&s), 1);
	s.config->extra = CARRIER_EXTRA_NONE;
	assert_true(stage_stop(&s));
	assert_int_equal(counted(&s, CARRIER_CANCELS), 1);
	assert_int_equal(bound(&s), 0);
	assert_int_equal(report_of(&s)->counts[OUTCOME_CLEAN], 1);
	assert_true(stage_is_clean(&s));
}

/* One given up at 32 s may bind for 5 s more: the ledger names it until that is over. */
static void f11_only_foreign_ones_beside_a_register_given_up(void **state)
{
	(void)state;
	s.config->extra = CARRIER_EXTRA_FOREIGN;
	bring_up_many(5);
	watch_excuse(s.world)->tables = true;
	s.config->extra = CARRIER_EXTRA_ONLY;
	stage_tell(&s, "answer", "drop:user=r0");
	assert_int_equal(process_refresh(s.process, SLICE("r0")), 0);
	world_run_s(s.world, 33);
	stage_tell(&s, "answer", "none");
	assert_true(stage_until_state(&s, "r0", STATE_DISPLACED, 2));
	world_run_s(s.world, 1);
	assert_int_equal(rows_of(&s), 5);
	assert_int_equal(debts_of(&s), 0);
	s.config->extra = CARRIER_EXTRA_NONE;
	assert_true(stage_until_state(&s, "r0", STATE_REGISTERED, 80));
	assert_true(stage_is_clean(&s));
}

static void f11_header_expires_only(void **state)
{
	(void)state;
	s.config->report = CARRIER_REPORT_EXPIRES;
	s.config->grant = 900;
	check_grant(900);
}

static void f11_contacts_without_parameter(void **state)
{
	(void)state;
	s.config->report = CARRIER_REPORT_BARE;
	s.config->grant = 900;
	check_grant(900);
}

static void f11_nothing_at_all(void **state)
{
	(void)state;
	s.config->report = CARRIER_REPORT_NOTHING;
	check_grant(3600);
}

static void f11_a_grant_of_nothing(void **state)
{
	(void)state;
	s.config->grant = 0;
	stage_put(&s, "r1");
	stage_start(&s);
	world_run_s(s.world, 10);
	assert_int_equal(stage_state(&s, "r1"), STATE_WAITING);
	assert_string_equal(stage_show(&s, "r1").reason, "granted 0 s");
	assert_true(stage_asked(&s, "r1").registers <= 2);
	s.config->grant = -1;
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 80));
	stop_must_be_clean(1);
}

/* Of a refresh: what stood is gone by it. */
static void f11_a_grant_of_nothing_owes_nothing(void **state)
{
	(void)state;
	bring_up("r1");
	s.config->grant = 0;
	assert_int_equal(process_refresh(s.process, SLICE("r1")), 0);
	assert_true(stage_until_state(&s, "r1", STATE_WAITING, 5));
	assert_int_equal(bound(&s), 0);
	stop_must_be_clean(1);
	assert_int_equal(counted(&s, CARRIER_CANCELS), 0);
}

/* The 200 to a cancel: gone is gone however it is listed, listed is not gone. */
static void f11_the_200_to_a_cancel(void **state)
{
	static const struct {
		enum carrier_cancel cancel;
		enum carrier_rewrite rewrite;
		enum carrier_extra extra;
		enum carrier_report report;
		bool is_clean;
	} cases[] = {
	    {CARRIER_CANCEL_REMOVES, CARRIER_REWRITE_NONE, CARRIER_EXTRA_FOREIGN, 0, true},
	    {CARRIER_CANCEL_REMOVES, CARRIER_REWRITE_NONE, CARRIER_EXTRA_STALE, 0, true},
	    {CARRIER_CANCEL_ZERO, CARRIER_REWRITE_NONE, CARRIER_EXTRA_NONE, 0, true},
	    {CARRIER_CANCEL_ZERO, CARRIER_REWRITE_WHOLE, CARRIER_EXTRA_FOREIGN, 0, true},
	    {CARRIER_CANCEL_REMOVES, 0, 0, CARRIER_REPORT_EXPIRES, true},
	    {CARRIER_CANCEL_REMOVES, 0, 0, CARRIER_REPORT_NOTHING, true},
	    {CARRIER_CANCEL_REMOVES, CARRIER_REWRITE_NONE, CARRIER_EXTRA_ONLY, 0, true},
	    {CARRIER_CANCEL_REMOVES, CARRIER_REWRITE_WHOLE, CARRIER_EXTRA_ONLY, 0, true},
	    {CARRIER_CANCEL_REMOVES, 0, 0, CARRIER_REPORT_BARE, true},
	    {CARRIER_CANCEL_REMOVES, 0, CARRIER_EXTRA_FOREIGN, CARRIER_REPORT_BARE, true},
	    {CARRIER_CANCEL_REMOVES, 0, CARRIER_EXTRA_ONLY, CARRIER_REPORT_BARE, true},
	    {CARRIER_CANCEL_IGNORED, CARRIER_REWRITE_NONE, CARRIER_EXTRA_NONE, 0, false},
	    {CARRIER_CANCEL_IGNORED, CARRIER_REWRITE_HOST, CARRIER_EXTRA_FOREIGN, 0, false},
	    {CARRIER_CANCEL_IGNORED, CARRIER_REWRITE_PORT, CARRIER_EXTRA_NONE, 0, false},
	    {CARRIER_CANCEL_IGNORED, CARRIER_REWRITE_WHOLE, CARRIER_EXTRA_NONE, 0, false},
	    {CARRIER_CANCEL_IGNORED, 0, 0, CARRIER_REPORT_BARE, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		stage_set(&s, i, 8);
		s.config->cancel = cases[i].cancel;
		s.config->rewrite = cases[i].rewrite;
		s.config->report = cases[i].report;
		bring_up("r1");
		s.config->extra = cases[i].extra;
		assert_true(stage_stop(&s));
		assert_int_equal(report_of(&s)->counts[OUTCOME_CLEAN], cases[i].is_clean);
		assert_int_equal(rows_of(&s), !cases[i].is_clean);
		assert_int_equal(bound(&s), !cases[i].is_clean);
		assert_true(stage_is_clean(&s));
		stage_clear(&s);
	}
	stage_set(&s, 1, 8);
}

/* ---- F12 ---- */

static void f12_forced_twice_in_a_row(void **state)
{
	struct calls_asked before, after;

	(void)state;
	bring_up("r1");
	before = stage_asked(&s, "r1");
	assert_int_equal(process_refresh(s.process, SLICE("r1")), 0);
	world_run_s(s.world, 1);
	assert_int_equal(process_refresh(s.process, SLICE("r1")), 0);
	world_run_s(s.world, 1);
	after = stage_asked(&s, "r1");
	assert_int_equal(after.registers, before.registers + 2);
	assert_int_equal(after.least_s, 3600);
	assert_int_equal(counted(&s, CARRIER_REFRESHED), 2);
	/* Two at once are one. */
	assert_int_equal(process_refresh(s.process, SLICE("r1")), 0);
	assert_int_equal(process_refresh(s.process, SLICE("r1")), 0);
	world_run_s(s.world, 1);
	assert_int_equal(stage_asked(&s, "r1").least_s, 3600);
	assert_int_equal(bound(&s), 1);
	stop_must_be_clean(1);
}

/* ---- F43 ---- */

static void f43_thirty_seconds_over_a_bad_link(void **state)
{
	uint64_t gone_us = 0, longest_us = 0;

	(void)state;
	for (uint64_t seed = 0; seed < 10; seed++) {
		stage_set(&s, seed, 8);
		s.config->grant = 30;
		bring_up("r1");
		s.net->lose_each = 3;
		for (int i = 0; i < 36000; i++) {
			world_run_for(s.world, 100 * US_PER_MS);
			gone_us = bound(&s) == 0 ? gone_us + 100 * US_PER_MS : 0;
			if (gone_us > longest_us)
				longest_us = gone_us;
		}
		s.net->lose_each = 0;
		assert_true(stage_is_clean(&s));
		stage_clear(&s);
	}
	stage_set(&s, 1, 8);
	/* One retransmission is at most T2 after the one before. */
	assert_true(longest_us <= 4 * US_PER_S);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(f9_ten_less_fifty_times),
	    CASE(f9_expires_minus_one),
	    CASE(f10_with_min_expires),
	    CASE(f10_without_min_expires),
	    BARE(f10_the_ask_does_not_grow),
	    CASE(f10_repeated_for_ever),
	    CASE(f10_smaller_than_asked),
	    CASE(f10_just_what_was_asked),
	    CASE(f10_in_answer_to_a_cancel),
	    BARE(f11_rewritten),
	    CASE(f11_an_extra_stale_one),
	    CASE(f11_an_extra_foreign_one),
	    CASE(f11_only_foreign_ones),
	    CASE(displaced_is_cancelled_like_any_other),
	    CASE(f11_only_foreign_ones_beside_a_register_given_up),
	    CASE(f11_header_expires_only),
	    CASE(f11_contacts_without_parameter),
	    CASE(f11_nothing_at_all),
	    CASE(f11_a_grant_of_nothing),
	    CASE(f11_a_grant_of_nothing_owes_nothing),
	    BARE(f11_the_200_to_a_cancel),
	    CASE(f12_forced_twice_in_a_row),
	    BARE(f43_thirty_seconds_over_a_bad_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

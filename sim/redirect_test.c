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
	return (uint32_t)upstream_counter(s.second, UPSTREAM_REGISTERS);
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
		assert_int_equal(upstream_bindings(s.second), 1);
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
		struct upstream_config third;

		stage_set(&s, 1, 8);
		set_places();
		world_upstream_config(&third);
		assert_int_equal(upstream_config_set(&third, "answer", "480", NULL), 0);
		assert_true(world_add_upstream(s.world, "192.0.2.3:5060", &third));
		stage_tell(&s, "answer", dead[i].answer);
		stage_put(&s, "r1");
		stage_start(&s);
		assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, dead[i].within_s));
		assert_int_equal(upstream_bindings(s.second), 1);
		/* Home was asked once: it is not asked again before the last of them. */
		assert_int_equal(counted(&s, UPSTREAM_REGISTERS), 1);
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

/* A cancel is led on as well. */
static void a_cancel_tries_the_next_one(void **state)
{
	(void)state;
	set_places();
	stage_put(&s, "r1");
	stage_tell(&s, "answer", "302:contact=" DEAD "+" OTHER);
	stage_start(&s);
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 60));
	stage_remove(&s, "r1");
	assert_true(stage_until_rows(&s, 0, 120));
	assert_int_equal(upstream_bindings(s.second), 0);
	assert_true(stage_is_clean(&s));
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
	assert_int_equal(upstream_bindings(s.second), 1);
	assert_true(stage_is_clean(&s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BARE(the_highest_q_goes_first),
	    BARE(the_next_one_where_one_is_dead),
	    CASE(home_again_behind_the_last),
	    CASE(a_cancel_tries_the_next_one),
	    BARE(every_reason_has_its_name),
	    CASE(an_unusable_one_is_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Answers that come and are not taken: whoever looks for the fault must not be
 * told that nothing came.
 */
#include "sim/field.h"

#define ELSEWHERE "203.0.113.66:5060"

/* The 200 to the first REGISTER is lost, but for what the test does with it. */
static struct network_capture lose_the_answer(void)
{
	struct network_capture real;
	struct network_rule *lost;

	s.config->challenge = CARRIER_CHALLENGE_NONE;
	stage_put(&s, "r1");
	lost = stage_rule(&s, NETWORK_TO_REGENT, NETWORK_REGISTER, 200, NETWORK_DROP);
	lost->capture = &real;
	stage_start(&s);
	assert_true(stage_until_seen(&s, lost, 1, 10));
	lost->capture = NULL;
	return real;
}

static void inject(const struct network_capture *capture, const char *from)
{
	struct netaddr source = world_address(from);

	network_inject(s.world->network, now_us_of(&s), &source, &capture->to,
	    slice_make(capture->bytes, capture->n));
	world_run_for(s.world, 50 * US_PER_MS);
}

static void change(struct network_capture *capture, const char *from, const char *to)
{
	char *place = strstr(capture->bytes, from);

	assert_non_null(place);
	memcpy(place, to, strlen(to));
}

static struct traffic_counters traffic(void)
{
	struct answer_status status;

	process_brief_status(s.process, &status);
	return status.traffic;
}

static void is_shown(const char *reason)
{
	assert_int_equal(stage_state(&s, "r1"), STATE_REGISTERING);
	assert_string_equal(stage_show(&s, "r1").reason, reason);
	assert_int_equal(process_logged(s.process, "event=answers-not-taken"), 1);
	/* And when the attempt is given up. */
	world_run_s(s.world, 33);
	assert_int_equal(stage_state(&s, "r1"), STATE_WAITING);
	assert_string_equal(stage_show(&s, "r1").reason, reason);
	/* The next attempt is another matter. */
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERING, 90));
	world_run_s(s.world, 33);
	assert_string_equal(stage_show(&s, "r1").reason, "no answer");
	network_clear_rules(s.world->network);
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 90));
	assert_true(stage_is_clean(&s));
}

static void from_another_address(void **state)
{
	struct network_capture answer = lose_the_answer();

	(void)state;
	process_logged(s.process, "event=answers-not-taken");
	inject(&answer, ELSEWHERE);
	assert_int_equal(traffic().elsewhere, 1);
	assert_int_equal(traffic().forged, 0);
	is_shown("answers come from " ELSEWHERE ", not from " UPSTREAM);
}

static void unreadable(void **state)
{
	struct network_capture answer = lose_the_answer();

	(void)state;
	process_logged(s.process, "event=answers-not-taken");
	change(&answer, "Call-ID", "Call ID");
	inject(&answer, UPSTREAM);
	assert_int_equal(traffic().unreadable, 1);
	is_shown("answers cannot be read: Call-ID is missing");
}

static void with_another_method(void **state)
{
	struct network_capture answer = lose_the_answer();

	(void)state;
	process_logged(s.process, "event=answers-not-taken");
	change(&answer, " REGISTER\r\n", " REGISTRY\r\n");
	inject(&answer, UPSTREAM);
	assert_int_equal(traffic().mismatched, 1);
	is_shown("answers name another CSeq or method");
}

/* Behind 32 s the request is given up: not silence, but slowness. */
static void too_late(void **state)
{
	struct network_rule *slow;

	(void)state;
	s.config->challenge = CARRIER_CHALLENGE_NONE;
	stage_tell(&s, "answer", "480:only=register");
	slow = stage_rule(&s, NETWORK_TO_REGENT, NETWORK_REGISTER, 480, NETWORK_HOLD);
	slow->hold_us = 34 * US_PER_S;
	stage_put(&s, "r1");
	stage_start(&s);
	world_run_s(s.world, 33);
	assert_string_equal(stage_show(&s, "r1").reason, "no answer");
	world_run_s(s.world, 3);
	assert_string_equal(stage_show(&s, "r1").reason, "answers come too late: 480 after 34.0 s");
	network_clear_rules(s.world->network);
	stage_tell(&s, "answer", "none");
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 90));
	assert_true(stage_is_clean(&s));
}

/* One line in ten minutes, however many come. */
static void a_flood_is_told_once(void **state)
{
	struct network_capture answer = lose_the_answer();

	(void)state;
	process_logged(s.process, "event=answers-not-taken");
	for (int i = 0; i < 1000; i++)
		inject(&answer, ELSEWHERE);
	/* Behind 10 s the transaction is forgotten, and the rest of them are stray. */
	assert_in_range(traffic().elsewhere, 500, 1000);
	assert_int_equal(process_logged(s.process, "event=answers-not-taken"), 1);
	network_clear_rules(s.world->network);
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 200));
	assert_true(stage_is_clean(&s));
}

/* Nobody off the path can make anything be said of a registration. */
static void guessed(void **state)
{
	struct network_capture answer = lose_the_answer();
	char *branch = strstr(answer.bytes, "branch=z9hG4bK");

	(void)state;
	process_logged(s.process, "event=answers-not-taken");
	assert_non_null(branch);
	branch[20] = branch[20] == 'a' ? 'b' : 'a';
	for (int i = 0; i < 10; i++)
		inject(&answer, ELSEWHERE);
	assert_int_equal(traffic().forged, 10);
	assert_int_equal(process_logged(s.process, "event=answers-not-taken"), 0);
	world_run_s(s.world, 33);
	assert_string_equal(stage_show(&s, "r1").reason, "no answer");
	network_clear_rules(s.world->network);
	assert_true(stage_is_clean(&s));
}

/* A cancel's answers are looked for just so. */
static void to_a_cancel(void **state)
{
	struct network_capture answer;
	struct network_rule *lost;

	(void)state;
	s.config->challenge = CARRIER_CHALLENGE_NONE;
	bring_up("r1");
	lost = stage_rule(&s, NETWORK_TO_REGENT, NETWORK_CANCEL, 200, NETWORK_DROP);
	lost->capture = &answer;
	stage_disable(&s, "r1");
	assert_true(stage_until_seen(&s, lost, 1, 10));
	lost->capture = NULL;
	inject(&answer, ELSEWHERE);
	world_run_s(s.world, 33);
	assert_string_equal(
	    stage_show(&s, "r1").reason, "answers come from " ELSEWHERE ", not from " UPSTREAM);
	network_clear_rules(s.world->network);
	assert_true(stage_until_rows(&s, 0, 200));
	assert_true(stage_is_clean(&s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(from_another_address),
	    CASE(unreadable),
	    CASE(with_another_method),
	    CASE(too_late),
	    CASE(a_flood_is_told_once),
	    CASE(guessed),
	    CASE(to_a_cancel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

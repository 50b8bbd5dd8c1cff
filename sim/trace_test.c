// SPDX-License-Identifier: Apache-2.0
/*
 * What somebody sees who looks on at a registration: every message with its
 * repetitions, each state, and no secret.
 */
#include "base/buf.h"
#include "sim/script.h"
#include "test/kit/unit.h"
#include "trace/drawing.h"
#include "trace/ring.h"

static struct stage s;
static struct ring *ring;
static char seen[65536];

static int setup(void **state)
{
	(void)state;
	stage_set(&s, 1, 64);
	ring = ring_new(1024 * 1024);
	assert_non_null(ring);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	stage_clear(&s);
	ring_free(&ring);
	return 0;
}

static int look_on(const char *name)
{
	return process_trace(s.process, slice_of(name), ring);
}

static void put_address(struct buf *b, const struct netaddr *address)
{
	if (address->family)
		netaddr_put(b, address);
}

/* The ladder of all that was traced, without times; also checks that no secret is in it. */
static const char *ladder(void)
{
	static struct ring_copy copy;
	struct buf b = buf_over(seen, sizeof(seen) - 1);
	struct drawing drawing = {0};

	while (ring_take(ring, &copy)) {
		char local_text[NETADDR_TEXT_MAX], peer_text[NETADDR_TEXT_MAX];
		struct buf local = buf_over(local_text, sizeof(local_text));
		struct buf peer = buf_over(peer_text, sizeof(peer_text));
		struct drawing_line line = {
		    .kind = slice_of(trace_kind_name(copy.trace.kind)),
		    .direction = slice_of(copy.trace.is_sent ? "out" : "in"),
		    .summary = copy.trace.summary,
		    .retransmission = copy.trace.retransmission,
		};

		put_address(&local, &copy.trace.local);
		put_address(&peer, &copy.trace.peer);
		line.local = buf_slice(&local);
		line.peer = buf_slice(&peer);
		drawing_put(&drawing, &b, &line);
		assert_int_equal(copy.trace.lost, 0);
		if (memmem(copy.trace.text.p, copy.trace.text.n, "response=", 9))
			assert_non_null(
			    memmem(copy.trace.text.p, copy.trace.text.n, "response=***", 12));
	}
	assert_false(b.full);
	seen[b.n] = '\0';
	return seen;
}

/* The words come one after the other. */
static void expect_in_order(const char *text, const char *const words[])
{
	for (const char *at = text; *words; words++) {
		at = strstr(at, *words);
		if (!at)
			fail_msg("'%s' is not, or not there, in\n%s", *words, text);
		at += strlen(*words);
	}
}

static void shows_a_life(void **state)
{
	static const char *const up[] = {"* resolving", "* recording", "* registering",
	    "us 10.0.0.1:5060", "192.0.2.1:5060\n", "---- REGISTER -", ">|", "Expires 3600", "|<-",
	    "- 401 ", "---- REGISTER -", "|<-", "- 200 OK ----|", "Expires 3600",
	    "* registered, granted 3600 s: refresh in ", NULL};
	static const char *const down[] = {
	    "* cancelling", "---- REGISTER -", "Expires 0", "200 OK", "unregistered", NULL};

	(void)state;
	stage_start(&s);
	stage_put(&s, "r0");
	stage_put(&s, "r1");
	assert_int_equal(look_on("r0"), 0);
	assert_true(stage_until_bound(&s, 2, 60));
	world_run_s(s.world, 1);
	expect_in_order(ladder(), up);
	assert_true(stage_stop(&s));
	expect_in_order(ladder(), down);
}

static void repetitions_are_counted(void **state)
{
	static const char *const words[] = {"REGISTER", "CSeq", "REGISTER", "(again, 2nd)",
	    "REGISTER", "(again, 3rd)", "401", "200 OK", "* registered", NULL};

	(void)state;
	stage_start(&s);
	stage_put(&s, "r0");
	assert_int_equal(look_on("r0"), 0);
	stage_tell(&s, "answer", "drop:count=2");
	assert_true(stage_until_state(&s, "r0", STATE_REGISTERED, 60));
	expect_in_order(ladder(), words);
}

static void silence_is_told(void **state)
{
	static const char *const words[] = {"(again, 7th)", "* event=timeout", "no answer",
	    "* waiting, no answer: retry in ", NULL};

	(void)state;
	stage_start(&s);
	stage_put(&s, "r0");
	assert_int_equal(look_on("r0"), 0);
	stage_tell(&s, "answer", "drop:count=1000");
	world_run_s(s.world, 40);
	expect_in_order(ladder(), words);
}

/* A removed registration lives on as its debt, and then not at all. */
static void follows_to_the_end(void **state)
{
	static const char *const words[] = {"* registered", "* cancelling", "Expires 0", "200 OK",
	    "event=unregistered", "* gone", NULL};

	(void)state;
	stage_start(&s);
	stage_put(&s, "r0");
	assert_true(stage_until_state(&s, "r0", STATE_REGISTERED, 60));
	assert_int_equal(look_on("r0"), 0);
	stage_remove(&s, "r0");
	world_run_s(s.world, 10);
	expect_in_order(ladder(), words);
}

static void shows_one_and_no_longer_than_wanted(void **state)
{
	(void)state;
	stage_start(&s);
	stage_put_many(&s, 3);
	assert_int_equal(look_on("r9"), ERR_NOT_FOUND);
	assert_int_equal(look_on("r1"), 0);
	assert_int_equal(look_on("r1"), 0);
	assert_true(stage_until_bound(&s, 3, 60));
	world_run_s(s.world, 1);
	assert_null(strstr(ladder(), "r0"));
	/* Two looked on; the ring is for as long as the second does. */
	process_trace(s.process, SLICE("r1"), NULL);
	assert_int_equal(look_on("r1"), 0);
	process_trace(s.process, SLICE("r1"), NULL);
	process_trace(s.process, SLICE("r1"), NULL);
	process_trace(s.process, SLICE("r1"), NULL);
	assert_int_equal(look_on("r2"), 0);
	ladder();
	assert_int_equal(process_refresh(s.process, SLICE("r1")), 0);
	world_run_s(s.world, 5);
	assert_true(ring_is_empty(ring));
}

static void only_so_many_and_only_where_allowed(void **state)
{
	char name[8];

	(void)state;
	stage_start(&s);
	stage_put_many(&s, TRACED_MAX + 1);
	for (int i = 0; i < TRACED_MAX; i++) {
		snprintf(name, sizeof(name), "r%d", i);
		assert_int_equal(look_on(name), 0);
	}
	assert_int_equal(look_on("r16"), ERR_FULL);
	process_trace(s.process, SLICE("r3"), NULL);
	assert_int_equal(look_on("r16"), 0);
	process_params(s.process)->trace_bytes = 0;
	process_params_changed(s.process);
	assert_int_equal(look_on("r1"), ERR_STATE);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
	    T(shows_a_life),
	    T(repetitions_are_counted),
	    T(silence_is_told),
	    T(follows_to_the_end),
	    T(shows_one_and_no_longer_than_wanted),
	    T(only_so_many_and_only_where_allowed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Who looks on at what, and what is left out for want of room.
 */
#include "trace/tracing.h"

#include "test/kit/unit.h"

#include <stdio.h>

#define MESSAGE                                                                                    \
	"OPTIONS sip:b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n" \
	"To: <sip:a@b>\r\nCall-ID: x\r\nCSeq: 7 OPTIONS\r\n\r\n"

static struct core_context core;
static struct params params;
static struct tracing tracing;

static int setup(void **state)
{
	(void)state;
	tracing = (struct tracing){0};
	params = (struct params){.trace_bytes = 5000};
	core = (struct core_context){
	    .outbox = outbox_new(64, 65536), .params = &params, .tracing = &tracing};
	return core.outbox ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	outbox_free(&core.outbox);
	return 0;
}

/* The answers that are in the outbox, and empties it. */
static unsigned answers(struct answer list_r[], unsigned most)
{
	uint32_t count = outbox_count(core.outbox);

	assert_true(count <= most);
	for (uint32_t i = 0; i < count; i++) {
		const struct effect *effect = outbox_at(core.outbox, i);

		assert_int_equal(effect->kind, EFFECT_ANSWER);
		list_r[i] = *effect->answer;
	}
	outbox_reset(core.outbox);
	return count;
}

static struct answer begin(const char *name)
{
	struct command command = {.kind = COMMAND_TRACE, .request = 5, .name = slice_of(name)};
	struct answer answer;

	tracing_begin(&core, &command);
	assert_int_equal(answers(&answer, 1), 1);
	assert_int_equal(answer.request, 5);
	return answer;
}

static void end(const char *name)
{
	struct command command = {.kind = COMMAND_UNTRACE, .name = slice_of(name)};
	struct answer answer;

	tracing_end(&core, &command);
	assert_int_equal(answers(&answer, 1), 1);
	assert_int_equal(answer.kind, ANSWER_REPLY);
	assert_int_equal(answer.reply.error, 0);
}

static void each_begin_has_an_end(void **state)
{
	struct answer answer;

	(void)state;
	assert_false(tracing_is_on(&core));
	answer = begin("a");
	assert_int_equal(answer.kind, ANSWER_TRACE_BEGIN);
	assert_int_equal(answer.trace_begin.bytes, 5000);
	begin("a");
	begin("b");
	assert_int_equal(tracing.count, 2);
	end("a");
	end("strange");
	assert_int_equal(tracing.count, 2);
	end("a");
	assert_int_equal(tracing.count, 1);
	end("b");
	assert_false(tracing_is_on(&core));
}

static void no_more_than_there_is_room_for(void **state)
{
	struct answer answer;
	char name[8];

	(void)state;
	params.trace_bytes = 0;
	answer = begin("a");
	assert_int_equal(answer.kind, ANSWER_REPLY);
	assert_int_equal(answer.reply.error, ERR_STATE);
	params.trace_bytes = 5000;
	for (int i = 0; i < TRACED_MAX; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		assert_int_equal(begin(name).kind, ANSWER_TRACE_BEGIN);
	}
	assert_int_equal(begin("a").reply.error, ERR_FULL);
	/* One more at a name that is there already. */
	assert_int_equal(begin("n3").kind, ANSWER_TRACE_BEGIN);
}

static void only_what_is_under_trace_is_told(void **state)
{
	struct flow flow = {0};
	struct sip_message message;
	struct answer list[4];

	(void)state;
	begin("a");
	assert_int_equal(sip_message_parse(SLICE(MESSAGE), &message, NULL), 0);
	tracing_put_note(&core, SLICE("b"), SLICE("x"));
	tracing_put_received(&core, SLICE("b"), &message, &flow);
	tracing_put_sent(&core, SLICE("b"), SLICE(MESSAGE), &flow, 0);
	assert_int_equal(answers(list, 4), 0);
	tracing_put_note(&core, SLICE("a"), SLICE("x"));
	tracing_put_received(&core, SLICE("a"), &message, &flow);
	tracing_put_sent(&core, SLICE("a"), SLICE(MESSAGE), &flow, 2);
	assert_int_equal(answers(list, 4), 3);
	assert_int_equal(list[0].trace.kind, TRACE_NOTE);
	assert_int_equal(list[1].trace.kind, TRACE_MESSAGE);
	assert_false(list[1].trace.is_sent);
	assert_true(list[2].trace.is_sent);
	assert_int_equal(list[2].trace.retransmission, 2);
}

static void a_state_is_told_when_it_changes(void **state)
{
	struct traced *traced = &tracing.items[0];
	struct answer list[2];

	(void)state;
	begin("a");
	tracing_put_state(&core, traced, 0, "up", SLICE("up, well"));
	tracing_put_state(&core, traced, 0, "up", SLICE("up, still"));
	assert_int_equal(answers(list, 2), 1);
	assert_int_equal(list[0].trace.kind, TRACE_STATE);
	assert_true(slice_equal(list[0].trace.text, SLICE("up")));
	tracing_put_state(&core, traced, 1, "down", SLICE("down"));
	assert_int_equal(answers(list, 2), 1);
	/* Who comes later is told the state that there is. */
	begin("a");
	tracing_put_state(&core, traced, 1, "down", SLICE("down"));
	assert_int_equal(answers(list, 2), 1);
}

static void what_has_no_room_is_counted(void **state)
{
	static const char filling[1024];
	struct answer answer;

	(void)state;
	begin("a");
	while (answer_can_spare(core.outbox, 1024))
		outbox_log(core.outbox, LOG_LEVEL_INFO, slice_make(filling, sizeof(filling)));
	for (int i = 0; i < 8; i++)
		tracing_put_note(&core, SLICE("a"), slice_make(filling, sizeof(filling)));
	tracing_put_state(&core, &tracing.items[0], 1, "up", SLICE("up"));
	assert_true(tracing.items[0].lost > 0);
	outbox_reset(core.outbox);
	tracing_put_state(&core, &tracing.items[0], 1, "up", SLICE("up"));
	assert_int_equal(answers(&answer, 1), 1);
	assert_true(answer.trace.lost > 0);
	assert_int_equal(tracing.items[0].lost, 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    T(each_begin_has_an_end),
	    T(no_more_than_there_is_room_for),
	    T(only_what_is_under_trace_is_told),
	    T(a_state_is_told_when_it_changes),
	    T(what_has_no_room_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

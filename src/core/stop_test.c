// SPDX-License-Identifier: Apache-2.0
/*
 * The stop with two parts that only note what they are told: its order, its times and
 * its end.
 */
#include "core/stop.h"

#include "answer/answer.h"
#include "core/inside.h"
#include "test/kit/unit.h"

#define REQUEST 7
#define NOW_US  (1000 * US_PER_S)

/* What the two parts were told, one letter each; capitals are the second part's. */
static char told[64];

struct fake {
	char shift; /* of its letters */
	struct part_stop_share share;
	uint64_t takes_s;
	unsigned steps; /* that each walk takes */
	unsigned taken;
};

static struct core core;
static struct fake first, second;

static void note(const struct fake *fake, char letter)
{
	size_t n = strlen(told);

	assert_true(n + 1 < sizeof(told));
	told[n] = (char)(letter - fake->shift);
	told[n + 1] = '\0';
}

static void count(void *part, struct part_stop_share *share)
{
	struct fake *fake = part;

	note(fake, 'c');
	assert_false(core_is_stopping(&core.context));
	share->cancels += fake->share.cancels;
	share->kept += fake->share.kept;
	share->rows += fake->share.rows;
}

static uint64_t takes_s(void *part)
{
	struct fake *fake = part;

	note(fake, 't');
	assert_int_equal(core.context.stop.mode, CORE_STOPS);
	return fake->takes_s;
}

static void begin(void *part)
{
	note(part, 'b');
	assert_true(core.context.stop.end_us > NOW_US);
}

static void hurry(void *part)
{
	note(part, 'h');
}

static bool step(struct fake *fake, char letter)
{
	note(fake, letter);
	fake->taken = (fake->taken + 1) % fake->steps;
	return fake->taken == 0;
}

static bool walk(void *part)
{
	return step(part, 'w');
}

static bool give_up(void *part)
{
	return step(part, 'g');
}

static void end(void *part)
{
	note(part, 'e');
}

static const struct part_stop_ops whole_share = {count, takes_s, begin, hurry, walk, give_up, end};
static const struct part_stop_ops small_share = {.takes_s = takes_s, .hurry = hurry};
static const struct part_ops whole = {.stop = &whole_share}, small = {.stop = &small_share};
static const struct part_ops none = {0};

static int setup(void **state)
{
	static struct params params;

	(void)state;
	params = (struct params){.stop_deadline_s = PARAM_AUTO};
	memset(told, 0, sizeof(told));
	first = (struct fake){.steps = 1};
	second = (struct fake){.shift = 'a' - 'A', .steps = 2};
	core = (struct core){.context = {.now = {NOW_US, 0},
	                         .wheel = &core.wheel,
	                         .params = &params,
	                         .stop = {.report = &core.stop.report},
	                         .outbox = outbox_new(64, 65536)}};
	wheel_init(&core.wheel, NOW_US);
	core.parts[PART_UPSTREAMS] = (struct core_part){&whole, &first};
	core.parts[PART_REGISTRANT] = (struct core_part){&whole, &second};
	return core.context.outbox ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	outbox_free(&core.context.outbox);
	return 0;
}

static void command(bool keeps)
{
	struct command command = {.kind = COMMAND_STOP, .request = REQUEST, .keeps = keeps};

	stop_command(&core, &command);
}

/* Runs the stop's timer as often as it is due by then. */
static void run_until(uint64_t until_us)
{
	struct wheel_node *node;
	uint64_t next_us;

	while ((next_us = wheel_next(&core.wheel)) <= until_us) {
		core.context.now.mono_us = max_u64(core.context.now.mono_us, next_us);
		node = wheel_pop(&core.wheel, core.context.now.mono_us);
		if (node)
			stop_timer(&core);
	}
	core.context.now.mono_us = until_us;
}

static const struct answer *answer_of(enum answer_kind kind)
{
	const struct answer *found = NULL;

	for (uint32_t i = 0; i < outbox_count(core.context.outbox); i++) {
		const struct effect *effect = outbox_at(core.context.outbox, i);

		assert_int_equal(effect->kind, EFFECT_ANSWER);
		if (effect->answer->kind == kind)
			found = effect->answer;
	}
	if (found)
		assert_int_equal(found->request, REQUEST);
	return found;
}

static void add_row(enum stop_outcome outcome)
{
	stop_report_add(&core.context, outcome, SLICE("a"), 0, SLICE(""), 0);
}

static void test_a_stop_with_nothing_to_do(void **state)
{
	(void)state;
	command(false);
	assert_int_equal(answer_of(ANSWER_STOP_BEGIN)->stop_begin.deadline_s, 20);
	run_until(NOW_US + US_PER_MS);
	assert_string_equal(told, "cCtTbBhHwWWeE");
	assert_non_null(answer_of(ANSWER_STOP_END));
	assert_true(wheel_next(&core.wheel) == TIME_NEVER);
	stop_timer(&core);
	assert_string_equal(told, "cCtTbBhHwWWeE");
}

static void test_the_shares_add_up(void **state)
{
	const struct answer_stop_begin *begin;

	(void)state;
	first.share = (struct part_stop_share){.cancels = 3, .kept = 1, .rows = 5};
	second.share = (struct part_stop_share){.cancels = 2, .kept = 2, .rows = 4};
	first.takes_s = 100;
	second.takes_s = 40;
	command(false);
	begin = &answer_of(ANSWER_STOP_BEGIN)->stop_begin;
	assert_int_equal(begin->cancels, 5);
	assert_int_equal(begin->kept, 3);
	assert_int_equal(begin->expected_s, 100);
	assert_int_equal(begin->deadline_s, 158);
	assert_int_equal(core.stop.report.total, 9);
	assert_true(core.context.stop.half_us == NOW_US + 79 * US_PER_S);
	assert_true(core.context.stop.end_us == NOW_US + 158 * US_PER_S);
}

static void test_the_last_row_ends_it(void **state)
{
	(void)state;
	first.share.rows = 2;
	command(false);
	run_until(NOW_US + US_PER_S);
	add_row(OUTCOME_CLEAN);
	run_until(NOW_US + 2 * US_PER_S);
	assert_null(answer_of(ANSWER_STOP_END));
	add_row(OUTCOME_REFUSED);
	run_until(NOW_US + 2 * US_PER_S + US_PER_MS);
	assert_string_equal(told, "cCtTbBhHwWWeE");
	assert_int_equal(answer_of(ANSWER_STOP_END)->stop_end.counts[OUTCOME_CLEAN], 1);
	assert_int_equal(answer_of(ANSWER_STOP_END)->stop_end.counts[OUTCOME_REFUSED], 1);
}

static void test_the_deadline_ends_it(void **state)
{
	(void)state;
	first.share.rows = 1;
	core.parts[PART_REGISTRANT].ops = &none;
	command(false);
	run_until(NOW_US + 9 * US_PER_S);
	assert_string_equal(told, "ctbhw");
	run_until(NOW_US + 11 * US_PER_S);
	assert_string_equal(told, "ctbhwh");
	run_until(NOW_US + 19 * US_PER_S);
	assert_null(answer_of(ANSWER_STOP_END));
	run_until(NOW_US + 21 * US_PER_S);
	assert_string_equal(told, "ctbhwhge");
	assert_non_null(answer_of(ANSWER_STOP_END));
}

static void test_a_stop_that_keeps(void **state)
{
	const struct answer_stop_begin *begin;

	(void)state;
	first.share = (struct part_stop_share){.cancels = 3, .kept = 1};
	command(true);
	begin = &answer_of(ANSWER_STOP_BEGIN)->stop_begin;
	assert_int_equal(begin->cancels, 0);
	assert_int_equal(begin->kept, 4);
	assert_int_equal(begin->expected_s, 0);
	run_until(NOW_US + US_PER_MS);
	assert_string_equal(told, "cCbBwWWeE");
	assert_int_equal(core.context.stop.mode, CORE_KEEPS);
}

/* A part may leave functions out, and one without a share is not asked. */
static void test_a_part_with_a_small_share(void **state)
{
	(void)state;
	core.parts[PART_UPSTREAMS].ops = &small;
	core.parts[PART_REGISTRANT].ops = &none;
	command(false);
	run_until(NOW_US + US_PER_MS);
	assert_string_equal(told, "th");
	assert_non_null(answer_of(ANSWER_STOP_END));
}

static void test_the_deadline_that_is_asked_for(void **state)
{
	(void)state;
	core.params = (struct params){.stop_deadline_s = 5};
	core.context.params = &core.params;
	first.takes_s = 9000;
	command(false);
	assert_int_equal(answer_of(ANSWER_STOP_BEGIN)->stop_begin.expected_s, 3600);
	assert_int_equal(answer_of(ANSWER_STOP_BEGIN)->stop_begin.deadline_s, 5);
}

static void test_a_second_stop_is_refused(void **state)
{
	(void)state;
	command(false);
	command(true);
	assert_int_equal(answer_of(ANSWER_REPLY)->reply.error, ERR_STATE);
	assert_true(slice_equal(answer_of(ANSWER_REPLY)->reply.text, SLICE("stopping already")));
	assert_int_equal(core.context.stop.mode, CORE_STOPS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_a_stop_with_nothing_to_do),
	    TEST(test_the_shares_add_up),
	    TEST(test_the_last_row_ends_it),
	    TEST(test_the_deadline_ends_it),
	    TEST(test_a_stop_that_keeps),
	    TEST(test_a_part_with_a_small_share),
	    TEST(test_the_deadline_that_is_asked_for),
	    TEST(test_a_second_stop_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

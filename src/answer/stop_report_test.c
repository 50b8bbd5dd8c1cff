// SPDX-License-Identifier: Apache-2.0
/*
 * Rows of a stop's report: what they say, how they are counted, and that the last
 * one wakes the stop.
 */
#include "answer/stop_report.h"

#include "answer/answer.h"
#include "test/kit/unit.h"

#define REQUEST 77
#define NOW_US  (1000 * US_PER_S)
#define NOW_MS  500000

static struct wheel wheel;
static struct stop_report report;
static struct core_context core;

static int setup(void **state)
{
	(void)state;
	wheel_init(&wheel, NOW_US);
	report = (struct stop_report){.request = REQUEST, .total = 3};
	core = (struct core_context){
	    .now = {NOW_US, NOW_MS},
	    .wheel = &wheel,
	    .outbox = outbox_new(64, 65536),
	    .stop = {.mode = CORE_STOPS, .report = &report},
	};
	return core.outbox ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	outbox_free(&core.outbox);
	return 0;
}

static const struct stop_row *last_row(void)
{
	const struct effect *effect = outbox_at(core.outbox, outbox_count(core.outbox) - 1);

	assert_int_equal(effect->kind, EFFECT_ANSWER);
	assert_int_equal(effect->answer->kind, ANSWER_STOP_ROW);
	assert_int_equal(effect->answer->request, REQUEST);
	return &effect->answer->stop_row;
}

static void test_a_row(void **state)
{
	const struct stop_row *row;
	char name[] = "line-1", reason[] = "Pay first";

	(void)state;
	stop_report_add(
	    &core, OUTCOME_REFUSED, slice_of(name), 403, slice_of(reason), NOW_US + 60 * US_PER_S);
	name[0] = reason[0] = '?';
	row = last_row();
	assert_int_equal(row->outcome, OUTCOME_REFUSED);
	assert_int_equal(row->status, 403);
	assert_true(slice_equal(row->name, SLICE("line-1")));
	assert_true(slice_equal(row->reason, SLICE("Pay first")));
	assert_int_equal(row->bound_until_ms, NOW_MS + 60000);
}

static void test_what_is_over_is_not_bound(void **state)
{
	struct slice none = {NULL, 0};

	(void)state;
	stop_report_add(&core, OUTCOME_CLEAN, SLICE("a"), 200, none, NOW_US + 60 * US_PER_S);
	assert_int_equal(last_row()->bound_until_ms, 0);
	stop_report_add(&core, OUTCOME_UNCONFIRMED, SLICE("b"), 0, none, NOW_US);
	assert_int_equal(last_row()->bound_until_ms, 0);
}

static void test_the_last_row_wakes_the_stop(void **state)
{
	struct slice none = {NULL, 0};

	(void)state;
	stop_report_add(&core, OUTCOME_CLEAN, SLICE("a"), 200, none, 0);
	assert_true(wheel_next(&wheel) == TIME_NEVER);
	stop_report_omit(&core);
	stop_report_add(&core, OUTCOME_KEPT, SLICE("b"), 0, none, 0);
	assert_ptr_equal(wheel_pop(&wheel, NOW_US), &report.timer);
	assert_int_equal(report.settled, 2);
	assert_int_equal(report.total, 2);
	assert_int_equal(report.counts[OUTCOME_CLEAN], 1);
	assert_int_equal(report.counts[OUTCOME_KEPT], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_a_row, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_what_is_over_is_not_bound, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_the_last_row_wakes_the_stop, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

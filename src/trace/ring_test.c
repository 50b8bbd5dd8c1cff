// SPDX-License-Identifier: Apache-2.0
/*
 * Records come out as they went in and in order; the oldest ones that were
 * dropped are counted.
 */
#include "trace/ring.h"

#include "base/random.h"
#include "test/kit/unit.h"

static struct ring_copy copy;
static char text[TRACE_TEXT_MAX + 100];

static void put(struct ring *ring, uint32_t number, size_t size)
{
	struct answer_trace trace = {
	    .kind = TRACE_MESSAGE, .at_ms = number, .text = slice_make(text, size)};

	text[0] = (char)number;
	trace.summary = slice_make(&trace.at_ms, sizeof(trace.at_ms));
	ring_put(ring, &trace);
}

static void keeps_order_and_texts(void **state)
{
	struct ring *ring = ring_new(65536);

	(void)state;
	assert_true(ring_is_empty(ring));
	assert_false(ring_take(ring, &copy));
	put(ring, 1, 10);
	put(ring, 2, 0);
	assert_true(ring_take(ring, &copy));
	assert_int_equal(copy.trace.at_ms, 1);
	assert_int_equal(copy.trace.text.n, 10);
	assert_int_equal(copy.trace.text.p[0], 1);
	assert_int_equal(copy.trace.lost, 0);
	assert_true(ring_take(ring, &copy));
	assert_int_equal(copy.trace.at_ms, 2);
	assert_memory_equal(copy.trace.summary.p, &copy.trace.at_ms, sizeof(int64_t));
	assert_true(ring_is_empty(ring));
	ring_free(&ring);
	assert_null(ring);
}

static void a_text_too_long_is_cut(void **state)
{
	struct ring *ring = ring_new(0);

	(void)state;
	put(ring, 1, sizeof(text));
	assert_true(ring_take(ring, &copy));
	assert_int_equal(copy.trace.text.n, TRACE_TEXT_MAX);
	ring_free(&ring);
}

/* For records of any size: the numbers rise, and those that are missing are counted. */
static void the_oldest_go_and_are_counted(void **state)
{
	struct ring *ring = ring_new(20000);
	struct random random;
	uint32_t in = 0, out = 0, taken = 0, lost = 0;

	(void)state;
	random_seed(&random, 5);
	for (int i = 0; i < 200000; i++) {
		if (random_below(&random, 5) < 3) {
			put(ring, ++in, (size_t)random_below(&random, TRACE_TEXT_MAX));
			continue;
		}
		if (!ring_take(ring, &copy))
			continue;
		assert_int_equal(copy.trace.at_ms, out + copy.trace.lost + 1);
		if (copy.trace.text.n > 0)
			assert_int_equal((uint8_t)copy.trace.text.p[0], (uint8_t)copy.trace.at_ms);
		out = (uint32_t)copy.trace.at_ms;
		lost += copy.trace.lost;
		taken++;
	}
	assert_true(lost > 1000 && taken > 1000);
	assert_int_equal(lost + taken, out);
	ring_free(&ring);
}

static void what_was_lost_before_stays_counted(void **state)
{
	struct ring *ring = ring_new(0);
	struct answer_trace trace = {.lost = 3};

	(void)state;
	ring_put(ring, &trace);
	trace.lost = 0;
	trace.text = slice_make(text, TRACE_TEXT_MAX);
	ring_put(ring, &trace);
	ring_put(ring, &trace);
	assert_true(ring_take(ring, &copy));
	assert_in_range(copy.trace.lost, 4, 5);
	ring_free(&ring);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(keeps_order_and_texts),
	    cmocka_unit_test(a_text_too_long_is_cut),
	    cmocka_unit_test(the_oldest_go_and_are_counted),
	    cmocka_unit_test(what_was_lost_before_stays_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * The outbox: order, room, and nothing left behind.
 */
#include "effect/effect.h"

#include "test/kit/unit.h"

static void keeps_order_and_texts(void **state)
{
	struct outbox *outbox = outbox_new(64, 65536);
	char text[] = "first";
	struct effect *effect;

	(void)state;
	effect = outbox_add(outbox, EFFECT_LOG);
	effect->log.text = outbox_keep(outbox, slice_of(text));
	text[0] = 'X';
	effect = outbox_add(outbox, EFFECT_RESOLVE);
	effect->resolve.asker = 7;
	effect->resolve.host = outbox_keep(outbox, SLICE(""));
	assert_int_equal(outbox_count(outbox), 2);
	assert_int_equal(outbox_at(outbox, 0)->kind, EFFECT_LOG);
	assert_true(slice_equal(outbox_at(outbox, 0)->log.text, SLICE("first")));
	assert_int_equal(outbox_at(outbox, 1)->resolve.asker, 7);
	assert_int_equal(outbox_at(outbox, 1)->resolve.host.n, 0);
	outbox_reset(outbox);
	assert_int_equal(outbox_count(outbox), 0);
	/* A record begins zeroed, whatever was there before. */
	effect = outbox_add(outbox, EFFECT_RESOLVE);
	assert_int_equal(effect->resolve.asker, 0);
	outbox_free(&outbox);
	assert_null(outbox);
	outbox_free(&outbox);
}

static void has_room_for_a_step_or_says_so(void **state)
{
	struct outbox *outbox =
	    outbox_new(OUTBOX_ENTRY_RECORDS + OUTBOX_TRACE_RECORDS + 2, 4 * OUTBOX_ENTRY_BYTES);

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_true(outbox_has_room(outbox));
		outbox_add(outbox, EFFECT_LOG);
	}
	assert_false(outbox_has_room(outbox));
	outbox_reset(outbox);
	assert_true(outbox_has_room(outbox));
	outbox_free(&outbox);
}

static void texts_take_room_too(void **state)
{
	static char text[OUTBOX_ENTRY_BYTES];
	struct outbox *outbox = outbox_new(1024, 2 * OUTBOX_ENTRY_BYTES + OUTBOX_TRACE_BYTES);

	(void)state;
	outbox_keep(outbox, slice_make(text, sizeof(text)));
	assert_true(outbox_has_room(outbox));
	outbox_keep(outbox, SLICE("x"));
	assert_false(outbox_has_room(outbox));
	outbox_free(&outbox);
}

/* Traces get only the room that a whole step does not need. */
static void a_trace_takes_nothing_from_a_step(void **state)
{
	struct outbox *outbox =
	    outbox_new(OUTBOX_ENTRY_RECORDS + OUTBOX_TRACE_RECORDS, 4 * OUTBOX_ENTRY_BYTES);

	(void)state;
	for (int i = 0; i < OUTBOX_TRACE_RECORDS; i++) {
		assert_true(outbox_can_spare(outbox, OUTBOX_ENTRY_BYTES));
		outbox_add(outbox, EFFECT_ANSWER);
	}
	assert_false(outbox_can_spare(outbox, 0));
	outbox_reset(outbox);
	assert_true(outbox_can_spare(outbox, 3 * OUTBOX_ENTRY_BYTES));
	assert_false(outbox_can_spare(outbox, 3 * OUTBOX_ENTRY_BYTES + 1));
	outbox_free(&outbox);
}

static void forgets_what_it_carried(void **state)
{
	struct outbox *outbox = outbox_new(64, 65536);
	struct slice password = outbox_keep(outbox, SLICE("secret"));

	(void)state;
	outbox_reset(outbox);
	for (size_t i = 0; i < password.n; i++)
		assert_int_equal(password.p[i], 0);
	outbox_free(&outbox);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(keeps_order_and_texts),
	    cmocka_unit_test(has_room_for_a_step_or_says_so),
	    cmocka_unit_test(texts_take_room_too),
	    cmocka_unit_test(a_trace_takes_nothing_from_a_step),
	    cmocka_unit_test(forgets_what_it_carried),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

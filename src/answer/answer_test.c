// SPDX-License-Identifier: Apache-2.0
/*
 * Answers in the outbox: among the effects, whole, and gone with them.
 */
#include "answer/answer.h"

#include "test/kit/unit.h"

static void an_answer_stands_where_it_was_given(void **state)
{
	struct outbox *outbox = outbox_new(64, 65536);
	struct answer *answer;

	(void)state;
	outbox_add(outbox, EFFECT_LEDGER)->ledger.ticket = 1;
	/* Texts of any length lie around it. */
	outbox_keep(outbox, SLICE("odd"));
	answer = answer_add(outbox, ANSWER_REPLY, 7);
	answer->reply.text = outbox_keep(outbox, SLICE("why"));
	outbox_add(outbox, EFFECT_LEDGER)->ledger.ticket = 2;

	assert_int_equal(outbox_count(outbox), 3);
	assert_int_equal(outbox_at(outbox, 0)->ledger.ticket, 1);
	assert_int_equal(outbox_at(outbox, 1)->kind, EFFECT_ANSWER);
	assert_ptr_equal(outbox_at(outbox, 1)->answer, answer);
	assert_int_equal(answer->kind, ANSWER_REPLY);
	assert_int_equal(answer->request, 7);
	assert_true(slice_equal(answer->reply.text, SLICE("why")));
	assert_int_equal(outbox_at(outbox, 2)->ledger.ticket, 2);
	outbox_free(&outbox);
}

static void an_answer_begins_zeroed(void **state)
{
	struct outbox *outbox = outbox_new(64, 65536);
	struct answer *answer;

	(void)state;
	answer = answer_add(outbox, ANSWER_STATUS, 1);
	memset(answer, 0xff, sizeof(*answer));
	outbox_reset(outbox);
	assert_int_equal(outbox_count(outbox), 0);
	answer = answer_add(outbox, ANSWER_VIEW_END, 2);
	assert_int_equal(answer->view_end.next, 0);
	assert_int_equal(answer->view_end.next_name.n, 0);
	outbox_free(&outbox);
}

static void a_step_has_room_for_its_answers(void **state)
{
	struct outbox *outbox = outbox_new(OUTBOX_ENTRY_RECORDS + OUTBOX_TRACE_RECORDS, 65536);

	(void)state;
	while (answer_can_spare(outbox, TRACE_TEXT_MAX)) {
		struct answer *answer = answer_add(outbox, ANSWER_TRACE, 0);
		static const char text[TRACE_TEXT_MAX];

		answer->trace.text = outbox_keep(outbox, slice_make(text, sizeof(text)));
	}
	/* All that a step may add, still fits. */
	for (int i = 0; i < OUTBOX_ENTRY_RECORDS; i++) {
		static const char text[512];
		struct answer *answer = answer_add(outbox, ANSWER_VIEW, 1);

		answer->view.view.name = outbox_keep(outbox, slice_make(text, sizeof(text)));
	}
	outbox_free(&outbox);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_answer_stands_where_it_was_given),
	    cmocka_unit_test(an_answer_begins_zeroed),
	    cmocka_unit_test(a_step_has_room_for_its_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

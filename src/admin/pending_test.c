// SPDX-License-Identifier: Apache-2.0
/*
 * The table of waiting questions, without threads: what is whole when, what is
 * ignored, and where it is full.
 */
#include "admin/pending.h"
#include "base/error.h"
#include "test/kit/unit.h"

#define SEAT 0xAD

static struct answer view_of(uint64_t request, const char *name)
{
	struct answer said = {.kind = ANSWER_VIEW};

	said.request = request;
	said.view.view.name = slice_of(name);
	return said;
}

static struct answer end_of(uint64_t request)
{
	struct answer said = {.kind = ANSWER_VIEW_END};

	said.request = request;
	said.view_end.next = 7;
	return said;
}

static void test_a_list_is_whole_at_its_end(void **state)
{
	struct pending *pending = pending_new(SEAT);
	uint64_t request = pending_open(pending, COMMAND_LIST);
	char name[] = "first";
	struct answer said = view_of(request, name);
	struct pending_answer *answer;

	(void)state;
	assert_int_equal(request_seat(request), SEAT);
	assert_false(pending_put(pending, &said, 1));
	name[0] = 'X'; /* the outbox is gone by the time the answer is read */
	said = view_of(request, "second");
	assert_false(pending_put(pending, &said, 1));
	assert_null(pending_take(pending, request));
	said = end_of(request);
	assert_true(pending_put(pending, &said, 1));
	assert_false(pending_put(pending, &said, 1));

	answer = pending_take(pending, request);
	assert_non_null(answer);
	assert_true(slice_equal(answer->views[0]->view.view.name, SLICE("first")));
	assert_true(slice_equal(answer->views[1]->view.view.name, SLICE("second")));
	assert_int_equal(answer->view_count, 2);
	assert_int_equal(answer->end->view_end.next, 7);
	assert_null(pending_take(pending, request));
	pending_answer_free(&answer);
	pending_free(&pending);
}

static void test_who_gave_up_gets_nothing(void **state)
{
	struct pending *pending = pending_new(SEAT);
	uint64_t gone = pending_open(pending, COMMAND_SHOW);
	uint64_t heir;
	struct answer said = end_of(gone);

	(void)state;
	pending_drop(pending, gone);
	heir = pending_open(pending, COMMAND_SHOW);
	assert_true(heir != gone);
	assert_false(pending_put(pending, &said, 1));
	assert_null(pending_take(pending, heir));
	said = end_of(heir);
	assert_true(pending_put(pending, &said, 1));
	pending_drop(pending, heir);
	pending_free(&pending);
}

static void test_it_is_full_at_its_cap(void **state)
{
	struct pending *pending = pending_new(SEAT);
	uint64_t first = pending_open(pending, COMMAND_STATUS);

	(void)state;
	for (int i = 1; i < PENDING_MAX; i++)
		assert_true(pending_open(pending, COMMAND_STATUS) != 0);
	assert_true(pending_open(pending, COMMAND_STATUS) == 0);
	pending_drop(pending, first);
	assert_true(pending_open(pending, COMMAND_STATUS) != 0);
	pending_free(&pending);
}

static void test_more_than_a_page_is_refused(void **state)
{
	struct pending *pending = pending_new(SEAT);
	uint64_t request = pending_open(pending, COMMAND_LIST);
	struct answer said = view_of(request, "x");
	struct pending_answer *answer;

	(void)state;
	for (int i = 0; i < COMMAND_PAGE_MAX; i++)
		assert_false(pending_put(pending, &said, 1));
	assert_true(pending_put(pending, &said, 1));
	answer = pending_take(pending, request);
	assert_true(answer->refused);
	assert_int_equal(answer->error, ERR_LIMIT);
	pending_answer_free(&answer);
	pending_free(&pending);
}

static void test_one_beginning_answers_all_who_asked_for_a_stop(void **state)
{
	struct pending *pending = pending_new(SEAT);
	uint64_t a = pending_open(pending, COMMAND_STOP);
	uint64_t b = pending_open(pending, COMMAND_STOP);
	uint64_t other = pending_open(pending, COMMAND_STATUS);
	struct answer said = {.kind = ANSWER_STOP_BEGIN, .stop_begin = {.deadline_s = 20}};
	struct answer_stop_begin begin;
	struct pending_answer *answer;
	int64_t begun_ms;

	(void)state;
	assert_false(pending_stop_facts(pending, &begin, &begun_ms));
	assert_true(pending_put(pending, &said, 1234));
	answer = pending_take(pending, a);
	assert_int_equal(answer->end->stop_begin.deadline_s, 20);
	pending_answer_free(&answer);
	answer = pending_take(pending, b);
	assert_int_equal(answer->stop_begun_ms, 1234);
	pending_answer_free(&answer);
	assert_null(pending_take(pending, other));
	assert_true(pending_stop_facts(pending, &begin, &begun_ms));
	assert_int_equal(begun_ms, 1234);
	pending_free(&pending);
}

static void test_a_refusal_carries_its_words(void **state)
{
	struct pending *pending = pending_new(SEAT);
	uint64_t request = pending_open(pending, COMMAND_STOP);
	struct answer said = {.kind = ANSWER_REPLY};
	struct pending_answer *answer;

	(void)state;
	said.request = request;
	said.reply.error = ERR_STATE;
	said.reply.text = SLICE("why");
	assert_true(pending_put(pending, &said, 1));
	answer = pending_take(pending, request);
	assert_true(answer->refused);
	assert_string_equal(answer->text, "why");
	pending_answer_free(&answer);
	pending_free(&pending);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_list_is_whole_at_its_end),
	    cmocka_unit_test(test_who_gave_up_gets_nothing),
	    cmocka_unit_test(test_it_is_full_at_its_cap),
	    cmocka_unit_test(test_more_than_a_page_is_refused),
	    cmocka_unit_test(test_one_beginning_answers_all_who_asked_for_a_stop),
	    cmocka_unit_test(test_a_refusal_carries_its_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

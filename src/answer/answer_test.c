// SPDX-License-Identifier: Apache-2.0
/*
 * Answers in the outbox: they stand among the effects, are whole, and go with them.
 */
#include "answer/answer.h"

#include "base/error.h"
#include "test/kit/unit.h"

#include <stdlib.h>

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
	/* All that a step may add still fits. */
	for (int i = 0; i < OUTBOX_ENTRY_RECORDS; i++) {
		static const char text[512];
		struct answer *answer = answer_add(outbox, ANSWER_VIEW, 1);

		answer->view.view.name = outbox_keep(outbox, slice_make(text, sizeof(text)));
	}
	outbox_free(&outbox);
}

/* A copy is for another thread, or for longer than the outbox keeps the answer. */
static void a_copy_has_its_texts_and_no_password(void **state)
{
	char name[] = "first", user[] = "alice";
	struct registration_config config = {
	    .username = slice_of(user), .password = SLICE("secret")};
	struct answer answer = {.kind = ANSWER_VIEW,
	    .request = 7,
	    .view = {.view = {.name = slice_of(name)}, .config = &config, .has_password = true}};
	struct answer *copy = answer_copy(&answer);

	(void)state;
	name[0] = user[0] = 'X';
	assert_int_equal(copy->request, 7);
	assert_true(slice_equal(copy->view.view.name, SLICE("first")));
	assert_true(slice_equal(copy->view.config->username, SLICE("alice")));
	assert_int_equal(copy->view.config->password.n, 0);
	assert_true(copy->view.has_password);
	assert_int_equal(config.password.n, 6);
	answer_free(&copy);
	assert_null(copy);
}

static void every_kind_is_copied(void **state)
{
	(void)state;
	for (enum answer_kind kind = ANSWER_VIEW; kind <= ANSWER_TRACE; kind++) {
		struct answer answer = {.kind = kind};
		struct answer *copy = answer_copy(&answer);

		assert_int_equal(copy->kind, kind);
		answer_free(&copy);
	}
}

static void a_command_is_copied_with_its_texts(void **state)
{
	char name[] = "first", contact[] = "sip:a@b";
	struct command command = {.kind = COMMAND_GHOSTS_REMOVE,
	    .ghosts = {.name = slice_of(name), .contact = slice_of(contact)}};
	struct command *copy;

	(void)state;
	assert_int_equal(command_copy(&command, &copy), 0);
	name[0] = contact[0] = 'X';
	assert_true(slice_equal(copy->ghosts.name, SLICE("first")));
	assert_true(slice_equal(copy->ghosts.contact, SLICE("sip:a@b")));
	free(copy);
	command = (struct command){.kind = COMMAND_STOP, .keeps = true};
	assert_int_equal(command_copy(&command, &copy), 0);
	assert_true(copy->keeps);
	free(copy);
}

static void a_command_that_is_none_is_not_copied(void **state)
{
	static const char text[600];
	struct command command = {.kind = COMMAND_SHOW, .name = slice_make(text, 129)};
	struct command *copy;

	(void)state;
	assert_int_equal(command_copy(&command, &copy), ERR_LIMIT);
	command = (struct command){.kind = COMMAND_GHOSTS_REMOVE,
	    .ghosts = {.name = SLICE("x"), .contact = slice_make(text, 513)}};
	assert_int_equal(command_copy(&command, &copy), ERR_LIMIT);
	command = (struct command){.kind = COMMAND_PUT};
	assert_int_equal(command_copy(&command, &copy), ERR_UNSUPPORTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_answer_stands_where_it_was_given),
	    cmocka_unit_test(an_answer_begins_zeroed),
	    cmocka_unit_test(a_step_has_room_for_its_answers),
	    cmocka_unit_test(a_copy_has_its_texts_and_no_password),
	    cmocka_unit_test(every_kind_is_copied),
	    cmocka_unit_test(a_command_is_copied_with_its_texts),
	    cmocka_unit_test(a_command_that_is_none_is_not_copied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

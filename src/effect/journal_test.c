// SPDX-License-Identifier: Apache-2.0
/*
 * The journal: tickets rise, texts are copied, and waiting entries go on in order.
 */
#include "effect/journal.h"

#include "test/kit/unit.h"

static struct outbox *outbox;
static struct journal journal;

static int setup(void **state)
{
	(void)state;
	outbox = outbox_new(1024, 1 << 20);
	journal_init(&journal, outbox);
	return outbox ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	outbox_free(&outbox);
	return 0;
}

static void write_and_wait(struct journal_entry *entry)
{
	struct ledger_record record = {.op = LEDGER_ALIVE};

	entry->ticket = journal_write(&journal, &record);
	journal_wait(&journal, entry);
}

static void a_record_keeps_its_texts(void **state)
{
	char name[] = "carrier", echoed[] = "sip:a@b";
	struct ledger_record record = {.op = LEDGER_IDENTITY};
	const struct effect *effect;

	(void)state;
	record.identity.name = record.identity.user_agent = slice_of(name);
	assert_int_equal(journal_write(&journal, &record), 1);
	record = (struct ledger_record){.op = LEDGER_BINDING};
	record.binding.echoed = slice_of(echoed);
	assert_int_equal(journal_write(&journal, &record), 2);
	name[0] = echoed[0] = 'X';
	effect = outbox_at(outbox, 0);
	assert_int_equal(effect->kind, EFFECT_LEDGER);
	assert_int_equal(effect->ledger.ticket, 1);
	assert_true(slice_equal(effect->ledger.record.identity.name, SLICE("carrier")));
	assert_true(slice_equal(effect->ledger.record.identity.user_agent, SLICE("carrier")));
	assert_true(
	    slice_equal(outbox_at(outbox, 1)->ledger.record.binding.echoed, SLICE("sip:a@b")));
}

static void the_waiting_goes_on_in_order(void **state)
{
	struct journal_entry a = {0}, b = {0}, c = {0};

	(void)state;
	write_and_wait(&a);
	write_and_wait(&b);
	write_and_wait(&c);
	assert_null(journal_due(&journal));
	journal_reached(&journal, 2);
	assert_ptr_equal(journal_due(&journal), &a);
	journal_leave(&journal, &a);
	assert_false(journal_is_waiting(&a));
	assert_ptr_equal(journal_due(&journal), &b);
	journal_leave(&journal, &b);
	assert_null(journal_due(&journal));
	/* An older ticket changes nothing. */
	journal_reached(&journal, 1);
	assert_true(journal_is_durable(&journal, 2));
	journal_reached(&journal, 3);
	assert_ptr_equal(journal_due(&journal), &c);
}

static void one_that_is_written_again_waits_at_the_end(void **state)
{
	struct journal_entry a = {0}, b = {0};

	(void)state;
	write_and_wait(&a);
	write_and_wait(&b);
	write_and_wait(&a);
	journal_reached(&journal, 2);
	assert_ptr_equal(journal_due(&journal), &b);
	journal_leave(&journal, &b);
	assert_null(journal_due(&journal));
	journal_reached(&journal, 3);
	assert_ptr_equal(journal_due(&journal), &a);
	journal_leave(&journal, &a);
	journal_leave(&journal, &a);
	assert_null(journal_due(&journal));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(a_record_keeps_its_texts, setup, teardown),
	    cmocka_unit_test_setup_teardown(the_waiting_goes_on_in_order, setup, teardown),
	    cmocka_unit_test_setup_teardown(
	        one_that_is_written_again_waits_at_the_end, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

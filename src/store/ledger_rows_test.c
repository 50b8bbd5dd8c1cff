// SPDX-License-Identifier: Apache-2.0
/*
 * What may happen between taking a batch and settling it, step by step: the
 * thread's races, without the thread.
 */
#include "store/ledger_rows.h"

#include "test/kit/unit.h"

static struct seal_key key;
static struct ledger_rows rows;

static int put(uint64_t ticket, struct ledger_record record)
{
	return ledger_rows_put(&rows, ticket, &record);
}

static void identity(uint64_t ticket, uint64_t id)
{
	struct ledger_record record = {
	    .op = LEDGER_IDENTITY,
	    .identity = {.id = id, .name = SLICE("n"), .password = SLICE("p")},
	};

	assert_int_equal(put(ticket, record), 0);
}

static void binding(uint64_t ticket, uint64_t id, uint32_t expiry_s)
{
	struct ledger_record record = {
	    .op = LEDGER_BINDING,
	    .binding = {.identity = id, .expiry_s = expiry_s, .echoed = SLICE("sip:e")},
	};

	assert_int_equal(put(ticket, record), 0);
}

static void gone(uint64_t ticket, uint64_t id)
{
	assert_int_equal(put(ticket, (struct ledger_record){.op = LEDGER_GONE, .gone = id}), 0);
}

static struct ledger_batch take(uint32_t limit, uint32_t expected)
{
	struct ledger_batch batch;

	assert_int_equal(ledger_rows_take(&rows, limit, &batch), 0);
	assert_int_equal(batch.count, expected);
	return batch;
}

static int set_up(void **state)
{
	(void)state;
	return ledger_rows_init(&rows, &key);
}

static int tear_down(void **state)
{
	(void)state;
	ledger_rows_free(&rows);
	return 0;
}

static void test_merged(void **state)
{
	struct ledger_batch batch;

	(void)state;
	identity(1, 7);
	for (uint64_t ticket = 2; ticket < 100; ticket++)
		binding(ticket, 7, (uint32_t)ticket);
	assert_int_equal(ledger_rows_durable(&rows), 0);
	batch = take(10, 1);
	assert_int_equal(batch.changes[0].binding.expiry_s, 99);
	ledger_rows_settle(&rows, &batch, true);
	assert_int_equal(ledger_rows_durable(&rows), 99);
	batch = take(10, 0);
	ledger_rows_settle(&rows, &batch, true);
}

static void test_changed_in_flight(void **state)
{
	struct ledger_batch batch;

	(void)state;
	identity(1, 7);
	binding(2, 7, 60);
	batch = take(10, 1);
	identity(3, 8);
	binding(4, 7, 300);
	binding(5, 7, 600);
	/* What was taken is what was there then. */
	assert_int_equal(batch.changes[0].binding.expiry_s, 60);
	assert_true(slice_equal(batch.changes[0].binding.echoed, SLICE("sip:e")));
	ledger_rows_settle(&rows, &batch, true);
	assert_int_equal(ledger_rows_durable(&rows), 2);

	/* In the order of tickets: 8 came with 3, 7 again with 4. */
	batch = take(1, 1);
	assert_int_equal(ledger_row_id(batch.changes[0].row), 8);
	ledger_rows_settle(&rows, &batch, true);
	assert_int_equal(ledger_rows_durable(&rows), 3);
	batch = take(1, 1);
	assert_int_equal(batch.changes[0].binding.expiry_s, 600);
	assert_true(batch.changes[0].stored);
	ledger_rows_settle(&rows, &batch, true);
	assert_int_equal(ledger_rows_durable(&rows), 5);
}

static void test_not_written(void **state)
{
	struct ledger_batch batch;

	(void)state;
	identity(1, 7);
	identity(2, 8);
	batch = take(10, 2);
	binding(3, 7, 60);
	ledger_rows_settle(&rows, &batch, false);
	assert_int_equal(ledger_rows_durable(&rows), 0);
	batch = take(10, 2);
	assert_int_equal(ledger_row_id(batch.changes[0].row), 7);
	assert_true(batch.changes[0].has_binding);
	assert_false(batch.changes[0].stored);
	ledger_rows_settle(&rows, &batch, true);
	assert_int_equal(ledger_rows_durable(&rows), 3);
}

static void test_gone_in_flight(void **state)
{
	struct ledger_batch batch;

	(void)state;
	identity(1, 7);
	batch = take(10, 1);
	gone(2, 7);
	ledger_rows_settle(&rows, &batch, true);
	assert_int_equal(ledger_rows_durable(&rows), 1);
	batch = take(10, 1);
	assert_true(batch.changes[0].gone);
	ledger_rows_settle(&rows, &batch, true);
	assert_int_equal(ledger_rows_durable(&rows), 2);
	assert_int_equal(ledger_rows_count(&rows), 0);
	assert_int_equal(
	    put(3, (struct ledger_record){.op = LEDGER_BINDING, .binding = {.identity = 7}}),
	    ERR_NOT_FOUND);
}

static void test_gone_before_it_was_written(void **state)
{
	struct ledger_batch batch;

	(void)state;
	identity(1, 7);
	gone(2, 7);
	batch = take(10, 0);
	ledger_rows_settle(&rows, &batch, true);
	assert_int_equal(ledger_rows_durable(&rows), 2);
	assert_int_equal(ledger_rows_count(&rows), 0);
}

static void test_limit_keeps_the_order(void **state)
{
	struct ledger_batch batch;

	(void)state;
	for (uint64_t i = 1; i <= 5; i++)
		identity(i, i);
	batch = take(2, 2);
	assert_int_equal(ledger_row_id(batch.changes[1].row), 2);
	ledger_rows_settle(&rows, &batch, true);
	assert_int_equal(ledger_rows_durable(&rows), 2);
	/* A row that is changed again keeps the place of its first change. */
	binding(6, 3, 60);
	batch = take(1, 1);
	assert_int_equal(ledger_row_id(batch.changes[0].row), 3);
	ledger_rows_settle(&rows, &batch, true);
	assert_int_equal(ledger_rows_durable(&rows), 3);
}

static void test_everything(void **state)
{
	struct ledger_batch batch;

	(void)state;
	identity(1, 7);
	identity(2, 8);
	batch = take(10, 2);
	ledger_rows_settle(&rows, &batch, true);
	assert_int_equal(put(3, (struct ledger_record){.op = LEDGER_ALIVE, .alive_ms = 5}), 0);
	assert_int_equal(put(4, (struct ledger_record){.op = LEDGER_EPOCH,
	                            .epoch = {.name = SLICE("n"), .epoch = 2}}),
	    0);
	gone(5, 8);
	assert_int_equal(ledger_rows_take_all(&rows, &batch), 0);
	assert_int_equal(batch.count, 4);
	ledger_rows_settle(&rows, &batch, true);
	assert_int_equal(ledger_rows_durable(&rows), 5);
	assert_int_equal(ledger_rows_take_all(&rows, &batch), 0);
	assert_int_equal(batch.count, 3);
	ledger_rows_settle(&rows, &batch, false);
	assert_int_equal(ledger_rows_durable(&rows), 5);
}

/* What the file had already is in flight as well where it is written anew. */
static void test_changed_while_everything_is_in_flight(void **state)
{
	struct ledger_batch batch;

	(void)state;
	identity(1, 7);
	batch = take(10, 1);
	ledger_rows_settle(&rows, &batch, true);
	identity(2, 8);
	assert_int_equal(ledger_rows_take_all(&rows, &batch), 0);
	identity(3, 9);
	binding(4, 7, 300);
	gone(5, 7);
	ledger_rows_settle(&rows, &batch, true);
	assert_int_equal(ledger_rows_durable(&rows), 2);
	batch = take(1, 1);
	assert_int_equal(ledger_row_id(batch.changes[0].row), 9);
	ledger_rows_settle(&rows, &batch, true);
	assert_int_equal(ledger_rows_durable(&rows), 3);
	binding(6, 8, 300);
	batch = take(1, 1);
	assert_int_equal(ledger_row_id(batch.changes[0].row), 7);
	assert_true(batch.changes[0].gone);
	ledger_rows_settle(&rows, &batch, true);
	assert_int_equal(ledger_rows_durable(&rows), 5);
}

static void pace(uint64_t ticket, uint8_t transport, uint16_t port, uint32_t proven_milli)
{
	struct ledger_record record = {
	    .op = LEDGER_PACE,
	    .pace =
	        {
	            .transport = transport,
	            .address = {.family = 4, .ip = {192, 0, 2, 1}, .port = port},
	            .proven_milli = proven_milli,
	        },
	};

	assert_int_equal(put(ticket, record), 0);
}

static void test_paces_are_merged_by_address(void **state)
{
	struct ledger_batch batch;

	(void)state;
	pace(1, 1, 5060, 5000);
	pace(2, 1, 5062, 6000);
	pace(3, 2, 5060, 7000);
	pace(4, 1, 5060, 8000);
	batch = take(10, 3);
	assert_int_equal(batch.changes[0].pace.proven_milli, 8000);
	assert_int_equal(batch.changes[1].pace.proven_milli, 6000);
	assert_int_equal(batch.changes[2].pace.proven_milli, 7000);
	ledger_rows_settle(&rows, &batch, true);
	assert_int_equal(ledger_rows_durable(&rows), 4);
	assert_int_equal(ledger_rows_take_all(&rows, &batch), 0);
	assert_int_equal(batch.count, 3);
	ledger_rows_settle(&rows, &batch, true);
}

/* Taken away while it is written, and back again while that is written. */
static void test_a_pace_comes_back_in_flight(void **state)
{
	struct ledger_batch batch;

	(void)state;
	pace(1, 1, 5060, 5000);
	batch = take(10, 1);
	pace(2, 1, 5060, 0);
	ledger_rows_settle(&rows, &batch, true);
	batch = take(10, 1);
	assert_true(batch.changes[0].gone);
	pace(3, 1, 5060, 9000);
	ledger_rows_settle(&rows, &batch, true);
	assert_int_equal(ledger_rows_durable(&rows), 2);
	batch = take(10, 1);
	assert_false(batch.changes[0].gone);
	assert_int_equal(batch.changes[0].pace.proven_milli, 9000);
	ledger_rows_settle(&rows, &batch, true);
	pace(4, 1, 5060, 0);
	batch = take(10, 1);
	ledger_rows_settle(&rows, &batch, true);
	assert_int_equal(ledger_rows_durable(&rows), 4);
	assert_int_equal(ledger_rows_count(&rows), 0);
}

#define ROWS_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    ROWS_TEST(test_merged),
	    ROWS_TEST(test_changed_in_flight),
	    ROWS_TEST(test_not_written),
	    ROWS_TEST(test_gone_in_flight),
	    ROWS_TEST(test_gone_before_it_was_written),
	    ROWS_TEST(test_limit_keeps_the_order),
	    ROWS_TEST(test_everything),
	    ROWS_TEST(test_changed_while_everything_is_in_flight),
	    ROWS_TEST(test_paces_are_merged_by_address),
	    ROWS_TEST(test_a_pace_comes_back_in_flight),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

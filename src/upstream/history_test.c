// SPDX-License-Identifier: Apache-2.0
/*
 * When what was borne reaches the ledger, what of the ledger is believed, and that the
 * table is bounded.
 */
#include "upstream/history.h"

#include "upstream/target.h"

#include "test/kit/unit.h"

#define START_US (1000 * US_PER_S)
#define WALL_MS  INT64_C(1800000000000)
#define DAY_MS   (24 * 3600 * INT64_C(1000))

static struct core_context core;
static struct upstreams u = {.core = &core};
static struct journal journal;
static struct wheel wheel;

static int setup(void **state)
{
	(void)state;
	wheel_init(&wheel, START_US);
	core = (struct core_context){
	    .now = {START_US, WALL_MS},
	    .wheel = &wheel,
	    .outbox = outbox_new(64, 65536),
	    .journal = &journal,
	};
	journal_init(&journal, core.outbox);
	u.histories = histories_new();
	return core.outbox && u.histories ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	histories_free(&u.histories);
	outbox_free(&core.outbox);
	return 0;
}

static struct target target_at(uint16_t number)
{
	return (struct target){
	    .transport = SIP_UDP,
	    .address = {.family = 4,
	        .ip = {10, 0, (uint8_t)(number >> 8), (uint8_t)number},
	        .port = 5060},
	    .rate_milli = RATE_FIRST_MILLI,
	};
}

static void note(uint16_t number, uint32_t proven_milli)
{
	struct target target = target_at(number);

	target.proven_milli = proven_milli;
	history_note(&u, &target);
}

static void note_ban(uint16_t number, uint32_t milli)
{
	struct target target = target_at(number);

	target.proven_milli = target.ceiling_milli = milli;
	target.ceiling_until_us = core.now.mono_us + CEILING_US;
	history_note(&u, &target);
}

static struct target recalled(uint16_t number)
{
	struct target target = target_at(number);

	history_recall(&u, &target);
	return target;
}

/* Lets time pass; gives the number of records that were written, the last in `last`. */
static struct ledger_pace last;

static unsigned written_after(uint64_t us)
{
	struct wheel_node *node;
	unsigned count = 0;

	core.now.mono_us += us;
	core.now.wall_ms += (int64_t)(us / US_PER_MS);
	while ((node = wheel_pop(&wheel, core.now.mono_us))) {
		assert_int_equal(node->kind, TIMER_HISTORY);
		history_timer(&u);
		for (uint32_t i = 0; i < outbox_count(core.outbox); i++) {
			const struct effect *effect = outbox_at(core.outbox, i);

			assert_int_equal(effect->kind, EFFECT_LEDGER);
			assert_int_equal(effect->ledger.record.op, LEDGER_PACE);
			last = effect->ledger.record.pace;
			count++;
		}
		outbox_reset(core.outbox);
	}
	return count;
}

static void a_rise_is_written_when_it_has_stood(void **state)
{
	(void)state;
	for (uint32_t milli = 10000; milli <= 160000; milli *= 2) {
		note(1, milli);
		assert_int_equal(written_after(5 * US_PER_S), 0);
	}
	assert_int_equal(written_after(4 * US_PER_S), 0);
	assert_int_equal(written_after(2 * US_PER_S), 1);
	assert_int_equal(last.proven_milli, 160000);
	assert_int_equal(last.transport, SIP_UDP);
	note(1, 161000);
	assert_int_equal(written_after(100 * US_PER_S), 0);
}

static void one_that_fell_again_is_not_written(void **state)
{
	(void)state;
	note(1, 40000);
	assert_int_equal(written_after(5 * US_PER_S), 0);
	note(1, 5000);
	assert_int_equal(written_after(100 * US_PER_S), 0);
}

static void falls_are_written_rarely(void **state)
{
	unsigned count = 0;

	(void)state;
	note(1, 160000);
	assert_int_equal(written_after(11 * US_PER_S), 1);
	for (int second = 0; second < 60; second++) {
		note(1, second % 2 ? 160000 : 20000);
		count += written_after(US_PER_S);
	}
	assert_in_range(count, 1, 7);
}

static void a_ceiling_is_written_at_once(void **state)
{
	(void)state;
	note(1, 160000);
	assert_int_equal(written_after(11 * US_PER_S), 1);
	note_ban(1, 40000);
	assert_int_equal(written_after(10 * US_PER_MS), 1);
	assert_int_equal(last.proven_milli, 40000);
	assert_int_equal(last.ceiling_milli, 40000);
	assert_in_range(core.now.wall_ms + DAY_MS - last.ceiling_until_ms, 0, 20);
	assert_int_equal(written_after(100 * US_PER_S), 0);
}

static void a_stepped_clock_writes_ceilings_anew(void **state)
{
	(void)state;
	note(1, 160000);
	note_ban(2, 10000);
	assert_int_equal(written_after(20 * US_PER_S), 2);
	core.now.wall_ms += 365 * DAY_MS;
	history_clock_stepped(&u);
	assert_int_equal(written_after(US_PER_S), 1);
	assert_in_range(last.ceiling_until_ms - core.now.wall_ms, DAY_MS - 30000, DAY_MS);
}

static int load(uint32_t proven_milli, uint32_t ceiling_milli, int64_t left_ms)
{
	struct target target = target_at(1);
	struct ledger_pace record = {
	    .transport = target.transport,
	    .address = target.address,
	    .proven_milli = proven_milli,
	    .ceiling_milli = ceiling_milli,
	    .ceiling_until_ms = WALL_MS + left_ms,
	};

	return history_load(&u, &record);
}

static void begins_with_what_is_remembered(void **state)
{
	static const struct {
		uint32_t proven, ceiling;
		int64_t left_ms;
		uint32_t rate, in_force;
		uint64_t lasts_us;
	} rows[] = {
	    {160000, 0, 0, 160000, 0, 0},
	    {2500, 2500, DAY_MS / 2, 2500, 2500, CEILING_US / 2},
	    {160000, 2500, 1000, 2500, 2500, US_PER_S},
	    {0, 2500, DAY_MS, 2500, 2500, CEILING_US},
	    {0, 50000, DAY_MS, RATE_FIRST_MILLI, 50000, CEILING_US},
	    /* The clock went back meanwhile, or forward. */
	    {2500, 2500, 400 * DAY_MS, 2500, 2500, CEILING_US},
	    {2500, 2500, -1, 2500, 0, 0},
	    {0, 2500, -400 * DAY_MS, RATE_FIRST_MILLI, 0, 0},
	    /* Nothing that the rules could have written. */
	    {4000000000, 0, 0, RATE_HIGHEST_MILLI, 0, 0},
	    {1, 1, INT64_MAX - WALL_MS, RATE_LOWEST_MILLI, RATE_LOWEST_MILLI, CEILING_US},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct target target;

		assert_int_equal(load(rows[i].proven, rows[i].ceiling, rows[i].left_ms), 0);
		target = recalled(1);
		assert_int_equal(target.rate_milli, rows[i].rate);
		assert_int_equal(target.ceiling_milli, rows[i].in_force);
		if (rows[i].in_force)
			assert_int_equal(
			    target.ceiling_until_us, core.now.mono_us + rows[i].lasts_us);
		teardown(NULL);
		setup(NULL);
	}
}

/* The same address by another transport, or another port of it, is another one. */
static void of_that_address_alone(void **state)
{
	struct target other = target_at(1);

	(void)state;
	assert_int_equal(load(160000, 0, 0), 0);
	other.transport = SIP_TCP;
	history_recall(&u, &other);
	assert_int_equal(other.rate_milli, RATE_FIRST_MILLI);
	other = target_at(1);
	other.address.port = 5062;
	history_recall(&u, &other);
	assert_int_equal(other.rate_milli, RATE_FIRST_MILLI);
	assert_int_equal(recalled(2).rate_milli, RATE_FIRST_MILLI);
}

static void what_says_nothing_any_more_is_removed(void **state)
{
	(void)state;
	assert_int_equal(load(0, 2500, -1), 0);
	assert_int_equal(written_after(US_PER_S), 1);
	assert_int_equal(last.proven_milli, 0);
	assert_int_equal(last.ceiling_milli, 0);
	note(1, 0);
	assert_int_equal(written_after(100 * US_PER_S), 0);
}

static void the_oldest_gives_way(void **state)
{
	(void)state;
	for (uint16_t i = 0; i < HISTORIES_MAX; i++) {
		note(i, 10000);
		core.now.mono_us += US_PER_MS;
	}
	assert_int_equal(written_after(20 * US_PER_S), HISTORIES_MAX);
	note(0, 10100);
	note(HISTORIES_MAX, 10000);
	assert_int_equal(written_after(US_PER_S), 1);
	assert_int_equal(last.address.ip[3], 1);
	assert_int_equal(last.proven_milli, 0);
	assert_int_equal(recalled(1).rate_milli, RATE_FIRST_MILLI);
	assert_int_equal(recalled(0).rate_milli, 10100);
	/* Now there is room for it. */
	note(HISTORIES_MAX, 10000);
	assert_int_equal(written_after(20 * US_PER_S), 1);
	assert_int_equal(recalled(HISTORIES_MAX).rate_milli, 10000);
}

static void what_fetches_do_is_written_at_once(void **state)
{
	struct target target = target_at(1);

	(void)state;
	target.loses_by_fetch = true;
	history_note(&u, &target);
	assert_int_equal(written_after(US_PER_S), 1);
	assert_true(last.loses_by_fetch);
	assert_true(recalled(1).loses_by_fetch);
	assert_false(recalled(2).loses_by_fetch);
	assert_int_equal(recalled(1).rate_milli, RATE_FIRST_MILLI);
	history_note(&u, &target);
	assert_int_equal(written_after(100 * US_PER_S), 0);
}

/* Neither in the same call nor in one before it is written. */
static void a_rise_puts_no_news_off(void **state)
{
	struct target target = target_at(1);

	(void)state;
	target.loses_by_fetch = true;
	target.proven_milli = 40000;
	history_note(&u, &target);
	assert_int_equal(written_after(US_PER_S), 1);
	assert_true(last.loses_by_fetch);
	assert_int_equal(last.proven_milli, 40000);
	note_ban(2, 10000);
	target = target_at(2);
	target.proven_milli = 80000;
	history_note(&u, &target);
	assert_int_equal(written_after(US_PER_S), 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(a_rise_is_written_when_it_has_stood),
	    CASE(one_that_fell_again_is_not_written),
	    CASE(falls_are_written_rarely),
	    CASE(a_ceiling_is_written_at_once),
	    CASE(a_stepped_clock_writes_ceilings_anew),
	    CASE(begins_with_what_is_remembered),
	    CASE(of_that_address_alone),
	    CASE(what_says_nothing_any_more_is_removed),
	    CASE(the_oldest_gives_way),
	    CASE(what_fetches_do_is_written_at_once),
	    CASE(a_rise_puts_no_news_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

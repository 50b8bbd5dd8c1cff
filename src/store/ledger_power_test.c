// SPDX-License-Identifier: Apache-2.0
/*
 * The ledger where the power fails at any of its syncs, and what was written
 * and not yet synced is forgotten, or some of it: what was told durable is
 * there at the next start, what was told gone is not, and the file is sound.
 * Kills, full disks and failed syncs are in
 * ledger_trouble_test.c.
 */
#include "store/ledger.h"

#include "test/kit/fault_vfs.h"
#include "test/kit/ledger_stage.h"
#include "test/kit/unit.h"

#define CUTS_MAX  200
#define CUT_SEEDS 4
#define ROWS      8

static struct ledger_stage s;

/* Posts `ticket` and waits for it. False where the power failed first. */
static bool comes_through(uint64_t ticket)
{
	struct event event;

	do
		event = ledger_stage_event(&s);
	while (event.kind == EVENT_LEDGER_DURABLE && event.ticket < ticket);
	return event.kind == EVENT_LEDGER_DURABLE;
}

/*
 * Opens the ledger, posts ROWS identities one by one, gives up every second, stops. Adds to the
 * bits of those that were told durable, and of those that were told gone; `doubt_r` is the one that
 * was under way. False where the power failed.
 */
static bool live_until_dark(uint64_t first, uint64_t *there, uint64_t *gone, uint64_t *doubt_r)
{
	uint64_t ticket = 0;
	bool is_lit = true;
	int rc = ledger_stage_open(&s);

	*doubt_r = 0;
	if (rc != 0) {
		ledger_stage_close(&s);
		return false;
	}
	ledger_stage_begin(&s);
	for (uint64_t id = first; is_lit && id < first + ROWS; id++) {
		*doubt_r = UINT64_C(1) << id;
		ledger_stage_identity(&s, ++ticket, id);
		is_lit = comes_through(ticket);
		if (!is_lit)
			break;
		*there |= *doubt_r;
		if (id % 2 == 0)
			continue;
		ledger_stage_gone(&s, ++ticket, id);
		is_lit = comes_through(ticket);
		if (is_lit)
			*gone |= *doubt_r;
	}
	if (is_lit)
		*doubt_r = 0;
	if (ledger_stop(s.ledger, is_lit ? 10000 : 0) != 0)
		is_lit = false;
	ledger_stage_close(&s);
	return is_lit && !fault_vfs_is_dark();
}

/* Two lives, the second upon the WAL of the first; false where the power failed in neither. */
static bool cut_and_look(unsigned sync, uint64_t seed)
{
	uint64_t there = 0, gone = 0, doubt = 0;
	uint32_t boot = 0;
	bool was_lit;

	temp_dir_remove(s.path);
	temp_dir_make(s.path);
	fault_vfs_cut_power_at(sync, seed);
	was_lit = live_until_dark(1, &there, &gone, &doubt);
	boot = s.start.boot;
	if (was_lit)
		was_lit = live_until_dark(1 + ROWS, &there, &gone, &doubt);
	fault_vfs_power_returns();
	ledger_stage_run(&s);
	assert_int_equal(s.seen.ids & ~doubt, there & ~gone & ~doubt);
	if (there != 0)
		assert_true(s.start.boot > boot);
	ledger_stage_stop(&s);
	return !was_lit;
}

static void test_power_cut_at_any_sync(void **state)
{
	unsigned cuts = 0;

	(void)state;
	for (uint64_t seed = 0; seed < CUT_SEEDS; seed++) {
		unsigned sync = 1;

		while (sync < CUTS_MAX && cut_and_look(sync, seed))
			sync++;
		assert_true(sync < CUTS_MAX);
		cuts += sync - 1;
	}
	/* Each commit is one of its own, and two openings and two ends have some more. */
	assert_true(cuts >= CUT_SEEDS * 3 * ROWS);
}

static int set_up(void **state)
{
	(void)state;
	ledger_stage_set(&s);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fault_vfs_power_returns();
	ledger_stage_clear(&s);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_power_cut_at_any_sync, set_up, tear_down),
	};

	fault_vfs_install();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

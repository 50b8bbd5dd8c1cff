// SPDX-License-Identifier: Apache-2.0
/*
 * The ledger where the power fails at any of its syncs, and what was written
 * and not yet synced is forgotten, or some of it: what was told durable is
 * there at the next start, what was told gone is not, and the file is sound.
 * Kills, full disks and failed syncs are in ledger_test.c.
 */
#include "store/ledger.h"

#include "test/kit/fault_vfs.h"
#include "test/kit/temp_dir.h"
#include "test/kit/unit.h"
#include "thread/mailbox.h"

#define WALL_MS   INT64_C(1800000000000) /* in 2027 */
#define CUTS_MAX  200
#define CUT_SEEDS 4
#define ROWS      8

static char path[TEMP_DIR_MAX];
static struct state_dir dir;
static struct seal_key key;
static struct store_error error;
static struct ledger *ledger;
static struct ledger_start start;
static struct mailbox *wakes;

static uint64_t rows_seen;

static int see_rows(void *context, const struct ledger_record *record)
{
	(void)context;
	if (record->op == LEDGER_IDENTITY)
		rows_seen |= UINT64_C(1) << record->identity.id;
	return 0;
}

static void wake(void *context)
{
	char byte = 0;

	/* A full mailbox has woken us already. */
	if (mailbox_post(context, &byte) != 0)
		return;
}

static int open_all(void)
{
	int rc = state_dir_open(path, &dir, &error);

	if (rc == 0)
		rc = seal_key_load(&dir, ledger_is_there(&dir), &key, &error);
	if (rc == 0)
		rc = ledger_open(&dir, &key, WALL_MS, &start, &ledger, &error);
	return rc;
}

static void close_all(void)
{
	ledger_close(&ledger);
	state_dir_close(&dir);
}

static void post(uint64_t ticket, const struct ledger_record *record)
{
	struct effect_ledger effect = {.ticket = ticket, .record = *record};

	assert_int_equal(ledger_post(ledger, &effect), 0);
}

static void post_identity(uint64_t ticket, uint64_t id)
{
	struct ledger_record record = {
	    .op = LEDGER_IDENTITY,
	    .identity = {.id = id,
	        .name = SLICE("carrier-a"),
	        .username = SLICE("1001"),
	        .host = SLICE("carrier.example"),
	        .contact = SLICE("sip:x@192.0.2.1:5060")},
	};

	post(ticket, &record);
}

static void post_gone(uint64_t ticket, uint64_t id)
{
	post(ticket, &(struct ledger_record){.op = LEDGER_GONE, .gone = id});
}

/* The next event, for which the thread has 20 s. */
static struct event next_event(void)
{
	struct event event;
	char byte;

	while (!ledger_poll(ledger, &event)) {
		assert_true(mailbox_wait(wakes, 20000));
		assert_true(mailbox_take(wakes, &byte));
	}
	return event;
}

/* Posts `ticket` and waits for it. False where the power failed first. */
static bool comes_through(uint64_t ticket)
{
	struct event event;

	do
		event = next_event();
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
	int rc = open_all();

	*doubt_r = 0;
	if (rc != 0) {
		close_all();
		return false;
	}
	if (ledger_read(ledger, see_rows, NULL, &error) != 0 ||
	    ledger_run(ledger, wake, wakes) != 0)
		fail();
	for (uint64_t id = first; is_lit && id < first + ROWS; id++) {
		*doubt_r = UINT64_C(1) << id;
		post_identity(++ticket, id);
		is_lit = comes_through(ticket);
		if (!is_lit)
			break;
		*there |= *doubt_r;
		if (id % 2 == 0)
			continue;
		post_gone(++ticket, id);
		is_lit = comes_through(ticket);
		if (is_lit)
			*gone |= *doubt_r;
	}
	if (is_lit)
		*doubt_r = 0;
	if (ledger_stop(ledger, is_lit ? 10000 : 0) != 0)
		is_lit = false;
	close_all();
	return is_lit && !fault_vfs_is_dark();
}

/* Two lives, the second upon the WAL of the first; false where the power failed in neither. */
static bool cut_and_look(unsigned sync, uint64_t seed)
{
	uint64_t there = 0, gone = 0, doubt = 0;
	uint32_t boot = 0;
	bool was_lit;

	temp_dir_remove(path);
	temp_dir_make(path);
	fault_vfs_cut_power_at(sync, seed);
	was_lit = live_until_dark(1, &there, &gone, &doubt);
	boot = start.boot;
	if (was_lit)
		was_lit = live_until_dark(1 + ROWS, &there, &gone, &doubt);
	fault_vfs_power_returns();
	assert_int_equal(open_all(), 0);
	rows_seen = 0;
	assert_int_equal(ledger_read(ledger, see_rows, NULL, &error), 0);
	assert_int_equal(rows_seen & ~doubt, there & ~gone & ~doubt);
	if (there != 0)
		assert_true(start.boot > boot);
	assert_int_equal(ledger_run(ledger, wake, wakes), 0);
	assert_int_equal(ledger_stop(ledger, 10000), 0);
	close_all();
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
	temp_dir_make(path);
	wakes = mailbox_new(1, 4, NULL, NULL);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fault_vfs_power_returns();
	mailbox_free(&wakes);
	temp_dir_remove(path);
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

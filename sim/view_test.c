// SPDX-License-Identifier: Apache-2.0
/*
 * What operators see: pages in the order of names, debts, counts, and the lines
 * of the log that are there for the one who is woken up.
 */
#include "sim/script.h"
#include "test/kit/unit.h"

static struct stage s;

static int setup(void **state)
{
	(void)state;
	stage_set(&s, 3, 2048);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	stage_clear(&s);
	return 0;
}

static void bring_up(const char *name)
{
	stage_put(&s, name);
	stage_start(&s);
	assert_true(stage_until_state(&s, name, STATE_REGISTERED, 60));
}

/* ---- pages ---- */

/* Walks all pages; what comes is in order, and each page has its size. */
static uint32_t walk(uint32_t limit, uint32_t states)
{
	struct shown_page page;
	char after[65] = "", last[65] = "";
	uint32_t count = 0;

	do {
		process_show_page(s.process, after, limit, states, &page);
		assert_true(page.count <= limit);
		for (uint32_t i = 0; i < page.count; i++) {
			assert_true(strcmp(page.names[i], last) > 0);
			snprintf(last, sizeof(last), "%s", page.names[i]);
		}
		assert_true(page.next[0] == '\0' || strcmp(page.next, after) > 0);
		count += page.count;
		snprintf(after, sizeof(after), "%s", page.next);
	} while (after[0]);
	return count;
}

/* Each once, in no order: 1009 is a prime. */
static void name_of(uint32_t k, char name[65])
{
	snprintf(name, 65, "n%.*s%u", (int)(k % 4), "...", k * 577 % 1009);
}

static void pages_in_the_order_of_names(void **state)
{
	char name[65];

	(void)state;
	stage_start(&s);
	assert_int_equal(walk(7, 0), 0);
	for (uint32_t k = 0; k < 1009; k++) {
		name_of(k, name);
		stage_put(&s, name);
	}
	assert_int_equal(walk(256, 0), 1009);
	assert_int_equal(walk(7, 0), 1009);
	assert_int_equal(walk(1, 0), 1009);
	for (uint32_t k = 0; k < 1009; k++) {
		name_of(k, name);
		if (k % 8 != 3)
			stage_remove(&s, name);
		if (k % 100 == 0)
			assert_int_equal(walk(50, 0), 1009 - (k + 1) + (k + 5) / 8);
	}
	assert_int_equal(walk(7, 0), 126);
	for (uint32_t k = 0; k < 1009; k++) {
		name_of(k, name);
		stage_put(&s, name);
	}
	assert_int_equal(walk(100, 0), 1009);
}

/* What comes in order has its blocks full, and what goes from one end leaves none behind. */
static void names_that_come_in_order(void **state)
{
	char name[65];

	(void)state;
	stage_start(&s);
	for (uint32_t k = 1000; k < 2000; k++) {
		snprintf(name, sizeof(name), "%u", k);
		stage_put(&s, name);
	}
	assert_int_equal(walk(256, 0), 1000);
	for (uint32_t k = 1000; k < 2000; k++) {
		if (k % 90 == 0)
			assert_int_equal(walk(200, 0), 2000 - k);
		snprintf(name, sizeof(name), "%u", k);
		stage_remove(&s, name);
	}
	assert_int_equal(walk(256, 0), 0);
}

/* The page goes on where it ended, though its last one has gone and others came. */
static void a_page_goes_on_behind_a_name_that_went(void **state)
{
	struct shown_page page;

	(void)state;
	stage_start(&s);
	stage_put(&s, "a");
	stage_put(&s, "b");
	stage_put(&s, "d");
	process_show_page(s.process, "", 2, 0, &page);
	assert_string_equal(page.next, "b");
	stage_remove(&s, "b");
	stage_put(&s, "aa");
	stage_put(&s, "c");
	process_show_page(s.process, "b", 2, 0, &page);
	assert_int_equal(page.count, 2);
	assert_string_equal(page.names[0], "c");
	assert_string_equal(page.names[1], "d");
	assert_string_equal(page.next, "");
}

static void pages_of_a_state(void **state)
{
	struct shown_page page;

	(void)state;
	stage_put(&s, "r0");
	stage_put(&s, "r1");
	stage_put(&s, "r2");
	stage_disable(&s, "r1");
	stage_start(&s);
	assert_true(stage_until_state(&s, "r2", STATE_REGISTERED, 60));
	process_show_page(s.process, "", 256, 1u << STATE_DISABLED, &page);
	assert_int_equal(page.count, 1);
	assert_string_equal(page.names[0], "r1");
	assert_int_equal(walk(1, 1u << STATE_REGISTERED), 2);
	assert_int_equal(walk(1, 1u << STATE_REJECTED), 0);
	assert_int_equal(walk(1, 1u << STATE_REGISTERED | 1u << STATE_DISABLED), 3);
}

/* ---- debts ---- */

static enum debt_cause cause_of(void)
{
	struct shown_debts debts;

	process_show_debts(s.process, &debts);
	assert_int_equal(debts.count, 1);
	return debts.debts[0].cause;
}

static void why_it_is_owed(void **state)
{
	struct registration_config config;
	struct shown_debts debts;

	(void)state;
	bring_up("r1");
	stage_rule(&s, NETWORK_TO_UPSTREAM, NETWORK_CANCEL, 0, NETWORK_DROP);
	stage_disable(&s, "r1");
	assert_int_equal(cause_of(), CAUSE_DISABLED);
	stage_put(&s, "r1");
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 30));
	assert_int_equal(process_cancel(s.process, SLICE("r1")), 0);
	assert_int_equal(cause_of(), CAUSE_CANCELLED);
	assert_int_equal(process_refresh(s.process, SLICE("r1")), 0);
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 30));
	config = *process_object(s.process, SLICE("r1"));
	config.contact_user = SLICE("moved");
	assert_int_equal(process_put(s.process, &config), 0);
	assert_int_equal(cause_of(), CAUSE_EDITED);
	world_run_s(s.world, 5);
	process_show_debts(s.process, &debts);
	assert_true(debts.debts[0].has_registration);
	assert_false(debts.debts[0].is_withheld);
	process_kill(s.process);
	stage_remove(&s, "r1");
	stage_start(&s);
	world_run_s(s.world, 1);
	process_show_debts(s.process, &debts);
	assert_int_equal(debts.count, 2);
	assert_int_equal(debts.debts[0].cause, CAUSE_UNKNOWN);
	assert_false(debts.debts[0].has_registration);
	network_clear_rules(s.world->network);
	world_run_s(s.world, 120);
	process_show_debts(s.process, &debts);
	assert_int_equal(debts.count, 0);
	assert_true(stage_is_clean(&s));
}

/* ---- counts ---- */

#define STRANGE_200                                                                                \
	"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKx\r\n"                     \
	"From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: 1\r\n"                           \
	"CSeq: 1 REGISTER\r\nContent-Length: 0\r\n\r\n"

static void the_wire_is_counted(void **state)
{
	struct netaddr peer = world_address(UPSTREAM);
	struct answer_status status;

	(void)state;
	bring_up("r1");
	process_status(s.process, &status);
	assert_int_equal(status.up, 1);
	assert_int_equal(status.registrations, 1);
	assert_int_equal(status.traffic.requests, 2);
	assert_int_equal(status.traffic.responses, 2);
	assert_int_equal(status.traffic.repetitions, 0);
	assert_int_equal(status.tally.states[STATE_REGISTERED], 1);
	process_brief_status(s.process, &status);
	assert_int_equal(status.traffic.requests, 2);
	assert_int_equal(status.registrations, 1);
	assert_int_equal(status.tally.states[STATE_REGISTERED], 0);
	process_receive(
	    s.process, &peer, process_address(s.process), SLICE("no SIP at all\r\n\r\n"));
	process_receive(s.process, &peer, process_address(s.process), SLICE(STRANGE_200));
	stage_rule(&s, NETWORK_TO_UPSTREAM, NETWORK_REGISTER, 0, NETWORK_DROP);
	assert_int_equal(process_refresh(s.process, SLICE("r1")), 0);
	world_run_s(s.world, 40);
	process_status(s.process, &status);
	assert_int_equal(status.up, 0);
	assert_int_equal(status.traffic.malformed, 1);
	assert_int_equal(status.traffic.stray, 1);
	assert_int_equal(status.traffic.forged, 0);
	assert_true(status.traffic.repetitions > 3);
	assert_true(status.traffic.timeouts >= 1);
}

/* More registrations than one page looks at, none forgotten and none counted twice. */
static void a_status_comes_in_pages(void **state)
{
	enum { REGISTRATIONS = 2 * COMMAND_PAGE_MAX + 7 };
	struct answer_status status;

	(void)state;
	stage_put_many(&s, REGISTRATIONS);
	stage_start(&s);
	world_run_s(s.world, 60);
	process_status(s.process, &status);
	assert_int_equal(status.registrations, REGISTRATIONS);
	assert_int_equal(status.tally.states[STATE_REGISTERED], REGISTRATIONS);
}

static void refresh(void)
{
	world_run_s(s.world, 6);
	assert_int_equal(process_refresh(s.process, SLICE("r1")), 0);
	world_run_s(s.world, 2);
}

static void set_window(uint32_t seconds)
{
	process_params(s.process)->stale_window_s = seconds;
	process_params_changed(s.process);
}

static void a_long_grant_is_warned_of_once(void **state)
{
	struct answer_status status;

	(void)state;
	s.config->grant = 7200;
	process_logged(s.process, "event=stale-window");
	bring_up("r1");
	refresh();
	refresh();
	assert_int_equal(process_logged(s.process, "event=stale-window"), 1);
	process_status(s.process, &status);
	assert_int_equal(status.tally.stale_windows, 1);
	assert_true(status.tally.stale_window_s > 7000);
	set_window(7200);
	process_status(s.process, &status);
	assert_int_equal(status.tally.stale_windows, 0);
	refresh();
	set_window(7199);
	refresh();
	assert_int_equal(process_logged(s.process, "event=stale-window"), 2);
}

/* ---- lines for the one who is woken up ---- */

static void a_cancel_that_fails_has_one_line(void **state)
{
	(void)state;
	process_params(s.process)->expire_s = 600;
	process_logged(s.process, "event=unconfirmed");
	process_logged(s.process, "event=cancel-refused");
	bring_up("r1");
	stage_rule(&s, NETWORK_TO_UPSTREAM, NETWORK_CANCEL, 0, NETWORK_DROP);
	stage_remove(&s, "r1");
	world_run_s(s.world, 200);
	assert_int_equal(process_logged(s.process, "event=unconfirmed"), 1);
	network_clear_rules(s.world->network);
	stage_tell(&s, "answer", "403:only=cancel");
	world_run_s(s.world, 600);
	assert_int_equal(process_logged(s.process, "event=unconfirmed"), 1);
	assert_int_equal(process_logged(s.process, "event=cancel-refused"), 1);
	assert_true(stage_is_clean(&s));
}

static void a_stop_has_one_line_for_each_that_is_left(void **state)
{
	(void)state;
	process_logged(s.process, "event=unconfirmed");
	stage_put_many(&s, 3);
	stage_start(&s);
	assert_true(stage_until_bound(&s, 3, 60));
	world_run_s(s.world, 1);
	stage_rule(&s, NETWORK_TO_UPSTREAM, NETWORK_CANCEL, 0, NETWORK_DROP);
	assert_true(stage_stop(&s));
	assert_int_equal(report_of(&s)->counts[OUTCOME_UNCONFIRMED], 3);
	assert_int_equal(process_logged(s.process, "event=unconfirmed"), 3);
	assert_true(stage_is_clean(&s));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(pages_in_the_order_of_names),
	    CASE(names_that_come_in_order),
	    CASE(a_page_goes_on_behind_a_name_that_went),
	    CASE(pages_of_a_state),
	    CASE(why_it_is_owed),
	    CASE(the_wire_is_counted),
	    CASE(a_status_comes_in_pages),
	    CASE(a_long_grant_is_warned_of_once),
	    CASE(a_cancel_that_fails_has_one_line),
	    CASE(a_stop_has_one_line_for_each_that_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * The ordinary life of registrations: up, kept, cancelled; and what a restart
 * leaves of it.
 */
#include "sim/field.h"

/* And nothing is amiss. */
static void come_up(uint32_t count)
{
	bring_up_many(count);
	watch_quiet(s.world);
	assert_int_equal(rows_of(&s), count);
	assert_true(stage_is_clean(&s));
}

static void comes_up(void **state)
{
	struct carrier_binding binding;
	struct shown shown;

	(void)state;
	come_up(1);
	shown = stage_show(&s, "r0");
	assert_int_equal(shown.state, STATE_REGISTERED);
	assert_int_equal(shown.granted_s, 3600);
	assert_true(stage_binding(s.upstream, "r0", &binding));
	assert_true(slice_equal(binding.contact, slice_of(shown.contact)));
	assert_true(slice_equal(binding.call_id, slice_of(shown.call_id)));
	assert_int_equal(binding.cseq, shown.cseq);
}

static void refreshes_in_its_window(void **state)
{
	static const struct {
		uint32_t expire_s, from, to;
	} windows[] = {{60, 45, 55}, {600, 50, 75}, {3600, 80, 90}};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		uint64_t begun_us, after_us;

		stage_set(&s, i, 4);
		process_params(s.process)->expire_s = windows[i].expire_s;
		come_up(1);
		begun_us = stage_asked(&s, "r0").last_us;
		assert_true(stage_until_counter(&s, CARRIER_REFRESHED, 1, windows[i].expire_s));
		after_us = now_us_of(&s) - begun_us;
		assert_in_range(after_us / US_PER_S,
		    windows[i].expire_s * windows[i].from / 100 - 1,
		    windows[i].expire_s * windows[i].to / 100 + 1);
		assert_true(stage_is_clean(&s));
		if (i < 2)
			stage_clear(&s);
	}
}

static void keeps_them_for_a_day(void **state)
{
	(void)state;
	come_up(20);
	world_run_s(s.world, DAY_S);
	assert_int_equal(bound(&s), 20);
	assert_int_equal(counted(&s, CARRIER_EXPIRED), 0);
	assert_int_equal(counted(&s, CARRIER_BOUND), 20);
	assert_true(counted(&s, CARRIER_REFRESHED) >= 20 * 24);
	assert_true(counted(&s, CARRIER_REFRESHED) <= 20 * 31);
	watch_quiet(s.world);
	assert_true(stage_is_clean(&s));
}

static void stops_clean(void **state)
{
	(void)state;
	come_up(50);
	assert_true(stage_stop(&s));
	assert_int_equal(report_of(&s)->counts[OUTCOME_CLEAN], 50);
	assert_int_equal(report_of(&s)->line_count, 50);
	assert_int_equal(bound(&s), 0);
	assert_int_equal(counted(&s, CARRIER_UNBOUND), 50);
	assert_int_equal(rows_of(&s), 0);
	assert_true(stage_is_clean(&s));
}

static void stops_and_keeps_without_send_unregister(void **state)
{
	(void)state;
	process_params(s.process)->send_unregister = false;
	come_up(50);
	assert_true(stage_stop(&s));
	assert_int_equal(report_of(&s)->counts[OUTCOME_KEPT], 50);
	assert_int_equal(bound(&s), 50);
	assert_int_equal(counted(&s, CARRIER_CANCELS), 0);
	assert_true(stage_is_clean(&s));
}

static void one_may_keep_what_all_give_back(void **state)
{
	struct registration_config config = stage_registration("k");

	(void)state;
	config.settings.send_unregister = SWITCH_OFF;
	assert_int_equal(process_put(s.process, &config), 0);
	stage_put(&s, "r0");
	stage_start(&s);
	assert_true(stage_until_bound(&s, 2, 60));
	assert_true(stage_stop(&s));
	assert_int_equal(process_report_line(s.process, "k")->outcome, OUTCOME_KEPT);
	assert_int_equal(process_report_line(s.process, "r0")->outcome, OUTCOME_CLEAN);
	assert_int_equal(carrier_bindings_of(s.upstream, "k"), 1);
	assert_int_equal(carrier_bindings_of(s.upstream, "r0"), 0);
	assert_true(stage_is_clean(&s));
}

static void a_kill_leaves_the_same_registration(void **state)
{
	struct shown before, after;

	(void)state;
	come_up(10);
	before = stage_show(&s, "r3");
	for (int i = 0; i < 5; i++) {
		stage_restart(&s);
		world_run_s(s.world, 20);
		assert_int_equal(bound(&s), 10);
	}
	after = stage_show(&s, "r3");
	assert_string_equal(before.call_id, after.call_id);
	assert_string_equal(before.contact, after.contact);
	assert_true(after.cseq > before.cseq);
	assert_int_equal(counted(&s, CARRIER_BOUND), 10);
	assert_int_equal(counted(&s, CARRIER_CANCELS), 0);
	watch_quiet(s.world);
	assert_true(stage_is_clean(&s));
}

static void restarts_within_a_second_raise_cseq(void **state)
{
	(void)state;
	come_up(3);
	world_step_clock(s.world, -3600 * 1000);
	for (int i = 0; i < 3; i++) {
		stage_restart(&s);
		world_run_for(s.world, 300 * US_PER_MS);
	}
	world_run_s(s.world, 10);
	assert_int_equal(bound(&s), 3);
	assert_true(stage_is_clean(&s));
}

static void a_kill_at_every_record_ends_with_one_binding(void **state)
{
	(void)state;
	for (uint64_t k = 1; k < 40; k++) {
		stage_set(&s, k, 8);
		stage_put_many(&s, 2);
		stage_start(&s);
		process_kill_after(s.process, k);
		world_run_s(s.world, 20);
		if (process_is_running(s.process))
			process_kill(s.process);
		stage_start(&s);
		world_run_s(s.world, 30);
		assert_int_equal(bound(&s), 2);
		assert_int_equal(rows_of(&s), 2);
		watch_quiet(s.world);
		assert_true(stage_is_clean(&s));
		assert_true(stage_stop(&s));
		assert_int_equal(bound(&s), 0);
		assert_int_equal(rows_of(&s), 0);
		assert_true(stage_is_clean(&s));
		if (k < 39)
			stage_clear(&s);
	}
}

static void a_power_cut_at_every_record_too(void **state)
{
	(void)state;
	for (uint64_t k = 1; k < 40; k++) {
		stage_set(&s, k, 8);
		disk_config(process_disk(s.process))->sync_us = 200 * US_PER_MS;
		stage_put_many(&s, 2);
		stage_start(&s);
		process_kill_after(s.process, k);
		world_run_s(s.world, 20);
		process_power_cut(s.process);
		stage_start(&s);
		world_run_s(s.world, 30);
		assert_int_equal(bound(&s), 2);
		assert_int_equal(rows_of(&s), 2);
		watch_quiet(s.world);
		assert_true(stage_stop(&s));
		assert_int_equal(bound(&s), 0);
		assert_true(stage_is_clean(&s));
		if (k < 39)
			stage_clear(&s);
	}
}

/* Between an identity and its binding on their way to the disk, too: no half row stays. */
static void a_kill_at_every_millisecond(void **state)
{
	(void)state;
	for (uint64_t ms = 1; ms < 80; ms++) {
		stage_set(&s, ms, 8);
		disk_config(process_disk(s.process))->jitter_us = 40 * US_PER_MS;
		stage_put_many(&s, 3);
		stage_start(&s);
		world_run_for(s.world, ms * US_PER_MS);
		process_kill(s.process);
		stage_remove(&s, "r1");
		stage_start(&s);
		world_run_s(s.world, 30);
		assert_int_equal(bound(&s), 2);
		assert_int_equal(rows_of(&s), 2);
		watch_quiet(s.world);
		assert_true(stage_is_clean(&s));
		if (ms < 79)
			stage_clear(&s);
	}
}

/* Killed twice: when an edit's row is written and its binding is not, and after the next start. */
static void a_row_cut_off_from_its_binding(void **state)
{
	struct registration_config config;

	(void)state;
	for (uint64_t ms = 1; ms <= 50; ms++) {
		stage_set(&s, ms, 8);
		disk_config(process_disk(s.process))->jitter_us = 50 * US_PER_MS;
		stage_put(&s, "r0");
		stage_start(&s);
		assert_true(stage_until_state(&s, "r0", STATE_REGISTERED, 60));
		config = stage_registration("r0");
		config.user_agent = SLICE("Other/1");
		assert_int_equal(process_put(s.process, &config), 0);
		world_run_for(s.world, ms * US_PER_MS);
		stage_restart(&s);
		assert_true(stage_until_state(&s, "r0", STATE_REGISTERED, 60));
		process_kill(s.process);
		stage_remove(&s, "r0");
		stage_start(&s);
		assert_true(stage_until_bound(&s, 0, 60));
		assert_true(stage_is_clean(&s));
		stage_clear(&s);
	}
	stage_set(&s, 1, 8);
}

/* It is written where no sync goes through: a kill leaves that, and a power cut does not. */
static void a_kill_leaves_what_no_sync_has_followed(void **state)
{
	(void)state;
	for (int has_power = 0; has_power < 2; has_power++) {
		stage_set(&s, 1, 8);
		disk_config(process_disk(s.process))->unsynced = true;
		stage_put(&s, "r0");
		stage_start(&s);
		world_run_s(s.world, 5);
		assert_int_equal(stage_state(&s, "r0"), STATE_RECORDING);
		assert_int_equal(counted(&s, CARRIER_RECEIVED), 0);
		if (has_power)
			process_kill(s.process);
		else
			process_power_cut(s.process);
		assert_int_equal(rows_of(&s), has_power);
		disk_config(process_disk(s.process))->unsynced = false;
		stage_start(&s);
		assert_true(stage_until_state(&s, "r0", STATE_REGISTERED, 60));
		assert_true(stage_is_clean(&s));
		stage_clear(&s);
	}
	stage_set(&s, 1, 8);
}

static void no_ticket_no_register(void **state)
{
	(void)state;
	disk_config(process_disk(s.process))->fails = true;
	stage_put(&s, "r0");
	stage_start(&s);
	world_run_s(s.world, 20);
	assert_int_equal(stage_state(&s, "r0"), STATE_RECORDING);
	assert_int_equal(counted(&s, CARRIER_RECEIVED), 0);
	/* It gives the attempt up, and may be late for the row that comes at last. */
	world_run_s(s.world, 20);
	assert_int_equal(stage_state(&s, "r0"), STATE_WAITING);
	disk_config(process_disk(s.process))->fails = false;
	assert_true(stage_until_bound(&s, 1, 100));
	assert_true(stage_is_clean(&s));
}

static void disk_trouble_stops_no_refresh_and_no_cancel(void **state)
{
	(void)state;
	process_params(s.process)->expire_s = 60;
	come_up(5);
	disk_config(process_disk(s.process))->fails = true;
	world_run_s(s.world, HOUR_S);
	assert_int_equal(bound(&s), 5);
	assert_int_equal(counted(&s, CARRIER_EXPIRED), 0);
	stage_remove(&s, "r1");
	world_run_s(s.world, 5);
	assert_int_equal(bound(&s), 4);
	disk_config(process_disk(s.process))->fails = false;
	assert_true(stage_is_clean(&s));
}

static void a_put_that_changes_nothing_sends_nothing(void **state)
{
	uint64_t sent;

	(void)state;
	come_up(3);
	sent = counted(&s, CARRIER_RECEIVED);
	stage_put_many(&s, 3);
	world_run_s(s.world, 60);
	assert_int_equal(counted(&s, CARRIER_RECEIVED), sent);
	assert_true(stage_is_clean(&s));
}

static void a_stop_waits_for_its_deadline_only(void **state)
{
	(void)state;
	process_params(s.process)->stop_deadline_s = 30;
	come_up(10);
	s.config->silent = true;
	assert_true(stage_stop(&s));
	assert_int_equal(report_of(&s)->counts[OUTCOME_UNCONFIRMED], 10);
	assert_in_range(
	    report_of(&s)->ended_us - report_of(&s)->begun_us, 29 * US_PER_S, 31 * US_PER_S);
	assert_int_equal(rows_of(&s), 10);
	s.config->silent = false;
	stage_start(&s);
	world_run_s(s.world, 60);
	assert_int_equal(bound(&s), 10);
	watch_quiet(s.world);
	assert_true(stage_is_clean(&s));
}

static bool all_asked_once(struct world *world, void *context)
{
	(void)world;
	(void)context;
	return counted(&s, CARRIER_CANCELS) >= 100;
}

/* At 1 request in a second 100 cancels would take longer than the deadline. */
static void a_stop_hurries_from_half_its_time_on(void **state)
{
	(void)state;
	come_up(100);
	process_params(s.process)->upstream_rate = 1;
	process_params(s.process)->stop_deadline_s = 40;
	process_params_changed(s.process);
	process_stop(s.process);
	world_run_s(s.world, 19);
	assert_in_range(counted(&s, CARRIER_CANCELS), 15, 25);
	assert_true(world_run_until(s.world, all_asked_once, NULL, 15 * US_PER_S));
	world_run_s(s.world, 10);
	assert_int_equal(bound(&s), 0);
	assert_int_equal(report_of(&s)->counts[OUTCOME_CLEAN], 100);
	assert_true(stage_is_clean(&s));
}

static void debts_survive_the_machine(void **state)
{
	(void)state;
	/* A pace of one's own: the silence is no ban, which the next start would remember. */
	process_params(s.process)->upstream_rate = 5;
	come_up(5);
	s.config->silent = true;
	for (uint32_t i = 0; i < 5; i++) {
		char name[8];

		snprintf(name, sizeof(name), "r%u", i);
		stage_remove(&s, name);
	}
	world_run_s(s.world, 60);
	assert_int_equal(bound(&s), 5);
	assert_int_equal(debts_of(&s), 5);
	process_power_cut(s.process);
	world_run_s(s.world, 60);
	s.config->silent = false;
	stage_start(&s);
	assert_true(stage_until_bound(&s, 0, 30));
	/* After a start all that the ledger holds may be on its way yet: it is asked twice. */
	assert_int_equal(rows_of(&s), 5);
	world_run_s(s.world, 10);
	assert_int_equal(rows_of(&s), 0);
	assert_true(stage_is_clean(&s));
}

/* Nor does a disk that took no stamp, or a clock that is a year off, end a debt too early. */
static void f40_no_debt_is_dropped_by_the_clock(void **state)
{
	static const int64_t steps_s[] = {0, 3600, 365 * DAY_S, -365 * (int64_t)DAY_S};

	(void)state;
	for (int i = 0; i < 4; i++) {
		stage_set(&s, 3, 8);
		process_params(s.process)->expire_s = 600;
		come_up(2);
		/* With a clock that falls back too, nobody could know which CSeqs were used. */
		disk_config(process_disk(s.process))->fails = steps_s[i] >= 0;
		world_run_s(s.world, HOUR_S);
		process_power_cut(s.process);
		stage_remove(&s, "r0");
		s.config->silent = true;
		disk_config(process_disk(s.process))->fails = false;
		world_step_clock(s.world, steps_s[i] * 1000);
		stage_start(&s);
		world_run_s(s.world, 100);
		assert_int_equal(debts_of(&s), 1);
		s.config->silent = false;
		/* None is kept for ever either. */
		assert_true(stage_until_rows(&s, 1, 1000));
		world_run_s(s.world, 200);
		assert_int_equal(bound(&s), 1);
		watch_quiet(s.world);
		assert_true(stage_is_clean(&s));
		stage_clear(&s);
	}
	stage_set(&s, 1, 8);
}

/* A stop gives back many Call-IDs while no floor gets onto the disk; the next start knows none. */
static void f27_a_stop_beside_a_full_disk_uses_no_numbers_ahead(void **state)
{
	(void)state;
	process_params(s.process)->upstream_rate = 50;
	s.config->fresh_nonce = true;
	come_up(200);
	disk_config(process_disk(s.process))->fails = true;
	assert_true(stage_stop(&s));
	assert_int_equal(bound(&s), 0);
	disk_config(process_disk(s.process))->fails = false;
	stage_start(&s);
	assert_true(stage_until_bound(&s, 200, 60));
	world_run_s(s.world, 10);
	assert_true(stage_is_clean(&s));
}

/* Answered by upstream's own OPTIONS from the first binding on, 503 once stopping. */
static void f42_pings_are_answered(void **state)
{
	(void)state;
	s.config->ping_s = 7;
	come_up(3);
	world_run_s(s.world, 600);
	assert_true(counted(&s, CARRIER_PINGS_OK) > 100);
	assert_int_equal(counted(&s, CARRIER_PINGS_DEAD), 0);
	assert_int_equal(counted(&s, CARRIER_PINGS_OTHER), 0);
	assert_int_equal(carrier_request(s.upstream, now_us_of(&s), "r0", SIP_NOTIFY), 1);
	world_run_s(s.world, 1);
	assert_int_equal(counted(&s, CARRIER_PINGS_481), 1);
	assert_true(stage_is_clean(&s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(comes_up),
	    BARE(refreshes_in_its_window),
	    CASE(keeps_them_for_a_day),
	    CASE(stops_clean),
	    CASE(stops_and_keeps_without_send_unregister),
	    CASE(one_may_keep_what_all_give_back),
	    CASE(a_kill_leaves_the_same_registration),
	    CASE(restarts_within_a_second_raise_cseq),
	    BARE(a_kill_at_every_record_ends_with_one_binding),
	    BARE(a_power_cut_at_every_record_too),
	    BARE(a_kill_at_every_millisecond),
	    BARE(a_row_cut_off_from_its_binding),
	    BARE(a_kill_leaves_what_no_sync_has_followed),
	    CASE(no_ticket_no_register),
	    CASE(disk_trouble_stops_no_refresh_and_no_cancel),
	    CASE(a_put_that_changes_nothing_sends_nothing),
	    CASE(a_stop_waits_for_its_deadline_only),
	    CASE(a_stop_hurries_from_half_its_time_on),
	    CASE(debts_survive_the_machine),
	    BARE(f40_no_debt_is_dropped_by_the_clock),
	    CASE(f27_a_stop_beside_a_full_disk_uses_no_numbers_ahead),
	    CASE(f42_pings_are_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

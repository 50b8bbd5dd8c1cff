// SPDX-License-Identifier: Apache-2.0
/*
 * No state outlives its latest end: what is shown of one says when that is, and
 * what once had none.
 */
#include "sim/due.h"
#include "sim/field.h"

#define NOW_MS INT64_C(1000000)

static void what_rests_has_no_end(void **state)
{
	struct shown shown = {.state = STATE_DISABLED};

	(void)state;
	assert_null(due_judge(&shown, NOW_MS));
	shown.state = STATE_UNREGISTERED;
	assert_null(due_judge(&shown, NOW_MS));
	shown.state = STATE_WAITING;
	assert_non_null(due_judge(&shown, NOW_MS));
}

static void an_end_is_not_outlived(void **state)
{
	struct shown shown = {.state = STATE_WAITING, .next_action = NEXT_RETRY};

	(void)state;
	assert_non_null(due_judge(&shown, NOW_MS));
	shown.next_at_ms = NOW_MS;
	assert_null(due_judge(&shown, NOW_MS));
	assert_non_null(due_judge(&shown, NOW_MS + 1100));
	shown.next_action = NEXT_ANSWER;
	assert_null(due_judge(&shown, NOW_MS - 32000));
	assert_non_null(due_judge(&shown, NOW_MS - 34000));
	shown.next_action = NEXT_REFRESH;
	shown.bound_until_ms = NOW_MS;
	assert_null(due_judge(&shown, NOW_MS));
	shown.bound_until_ms = NOW_MS - 2000;
	assert_non_null(due_judge(&shown, NOW_MS));
}

/* The last of many knows when its turn comes, and it does come by then. */
static void who_waits_in_a_queue_is_told_how_long(void **state)
{
	struct shown shown;

	(void)state;
	process_params(s.process)->upstream_rate = 5;
	stage_put_many(&s, 100);
	stage_start(&s);
	world_run_s(s.world, 2);
	shown = stage_show(&s, "r99");
	assert_int_equal(shown.state, STATE_REGISTERING);
	assert_int_equal(shown.next_action, NEXT_REGISTER);
	shown.next_at_ms -= process_now(s.process).wall_ms;
	assert_in_range(shown.next_at_ms, 17000, 21000);
	due_look(s.world);
	/* Each is challenged, and the answers go first. */
	assert_true(stage_until_state(
	    &s, "r99", STATE_REGISTERED, 2 * (uint64_t)shown.next_at_ms / 1000 + 2));
	assert_true(stage_is_clean(&s));
}

static void move(const char *name, const char *contact_user)
{
	struct registration_config config = stage_registration(name);

	config.contact_user = slice_of(contact_user);
	assert_int_equal(process_put(s.process, &config), 0);
}

/* While it waits for the end of its old binding, its row becomes too short for what is wanted. */
static void a_longer_expiry_is_wanted_behind_a_debt(void **state)
{
	(void)state;
	process_params(s.process)->expire_s = 600;
	bring_up("r1");
	stage_tell(&s, "answer", "drop:only=cancel");
	move("r1", "moved");
	world_run_s(s.world, 1);
	assert_int_equal(stage_state(&s, "r1"), STATE_RECORDING);
	process_params(s.process)->expire_s = 1200;
	process_params_changed(s.process);
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 30));
	assert_int_equal(stage_show(&s, "r1").granted_s, 1200);
	due_look(s.world);
	assert_true(stage_is_clean(&s));
}

/* Upstream is silent: nothing but the operator lets the others go. */
static void a_wider_window_opens_at_once(void **state)
{
	(void)state;
	process_params(s.process)->upstream_window = 1;
	process_params(s.process)->upstream_rate = 100;
	s.config->silent = true;
	stage_put_many(&s, 5);
	stage_start(&s);
	world_run_for(s.world, 400 * US_PER_MS);
	assert_int_equal(counted(&s, CARRIER_RECEIVED), 1);
	process_params(s.process)->upstream_window = 5;
	process_params_changed(s.process);
	world_run_for(s.world, 90 * US_PER_MS);
	assert_int_equal(counted(&s, CARRIER_RECEIVED), 5);
	due_look(s.world);
	assert_true(stage_is_clean(&s));
}

/* Looked at all through a stop that has its answers, a refusal or silence; it ends by its deadline.
 */
static void a_stop_is_looked_at_as_well(void **state)
{
	static const char *const answers[] = {
	    "none", "403:only=cancel", "503:only=cancel", "drop:only=cancel"};

	(void)state;
	for (int i = 0; i < 4; i++) {
		stage_set(&s, 1, FIELD_ROOM);
		bring_up_many(50);
		stage_tell(&s, "answer", "drop:user=r7");
		assert_int_equal(process_refresh(s.process, SLICE("r7")), 0);
		stage_remove(&s, "r8");
		world_run_for(s.world, 100 * US_PER_MS);
		stage_tell(&s, "answer", "none");
		stage_tell(&s, "answer", answers[i]);
		process_stop(s.process);
		while (process_is_running(s.process)) {
			due_look(s.world);
			world_run_for(s.world, 50 * US_PER_MS);
		}
		assert_true(report_of(&s)->ended);
		assert_true(stage_is_clean(&s));
		stage_clear(&s);
	}
	stage_set(&s, 1, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_rests_has_no_end),
	    cmocka_unit_test(an_end_is_not_outlived),
	    CASE(who_waits_in_a_queue_is_told_how_long),
	    CASE(a_longer_expiry_is_wanted_behind_a_debt),
	    CASE(a_wider_window_opens_at_once),
	    BARE(a_stop_is_looked_at_as_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

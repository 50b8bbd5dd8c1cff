// SPDX-License-Identifier: Apache-2.0
/*
 * Ghosts and what an operator orders: removed by name, reported, left alone; and the switches.
 */
#include "sim/field_ghost.h"

/* ---- by hand ---- */

static void removed_by_hand(void **state)
{
	char lookalike[256];
	uint32_t count;

	(void)state;
	bring_up();
	lookalike_of(lookalike, sizeof(lookalike));
	plant(lookalike);
	plant("sip:r1@203.0.113.9:5060");
	refresh();
	assert_int_equal(process_remove_ghosts(s.process, SLICE("r1"), SLICE(""), &count), 0);
	assert_int_equal(count, 1);
	world_run_s(s.world, 10);
	assert_int_equal(bound(&s), 2);
	assert_int_equal(rows_of(&s), 1);
	assert_int_equal(stage_show(&s, "r1").ghosts_removed, 1);
	assert_int_equal(listing_of("r1").count, 2);
	/* Somebody else's goes only by its name. */
	assert_int_equal(
	    process_remove_ghosts(s.process, SLICE("r1"), SLICE("sip:r1@203.0.113.9:5060"), &count),
	    0);
	assert_int_equal(count, 1);
	world_run_s(s.world, 10);
	assert_int_equal(bound(&s), 1);
	assert_int_equal(stage_state(&s, "r1"), STATE_REGISTERED);
}

/* The other one that looks like it is no sign that the one removed still stands. */
static void one_of_two_lookalikes(void **state)
{
	char first[256], second[256];
	uint32_t count;

	(void)state;
	bring_up();
	lookalike_of(first, sizeof(first));
	snprintf(second, sizeof(second), "%.*s@203.0.113.8:5060", (int)strcspn(first, "@"), first);
	plant(first);
	plant(second);
	refresh();
	assert_int_equal(process_remove_ghosts(s.process, SLICE("r1"), slice_of(first), &count), 0);
	assert_int_equal(count, 1);
	world_run_s(s.world, 10);
	assert_int_equal(bound(&s), 2);
	assert_int_equal(rows_of(&s), 1);
	assert_true(stage_is_clean(&s));
}

static void never_the_current_one(void **state)
{
	struct shown shown;
	uint32_t count;

	(void)state;
	bring_up();
	shown = stage_show(&s, "r1");
	assert_int_equal(
	    process_remove_ghosts(s.process, SLICE("r1"), slice_of(shown.contact), &count),
	    ERR_STATE);
	assert_int_equal(process_remove_ghosts(s.process, SLICE("r1"), SLICE(""), &count), 0);
	assert_int_equal(count, 0);
	assert_int_equal(process_remove_ghosts(
	                     s.process, SLICE("r1"), SLICE("sip:typing@mistake.example"), &count),
	    ERR_NOT_FOUND);
	world_run_s(s.world, 60);
	assert_int_equal(bound(&s), 1);
	assert_int_equal(counted(&s, CARRIER_CANCELS), 0);
	assert_true(stage_is_clean(&s));
}

/* Killed behind the command: what was to be removed is in the ledger, or not begun. */
static void by_hand_survives_a_kill(void **state)
{
	char lookalike[256], other[256];
	uint32_t count;

	(void)state;
	bring_up();
	lookalike_of(lookalike, sizeof(lookalike));
	plant(lookalike);
	snprintf(other, sizeof(other), "%.*s@203.0.113.8", (int)strcspn(lookalike, "@"), lookalike);
	plant(other);
	refresh();
	stage_rule(&s, NETWORK_TO_UPSTREAM, NETWORK_CANCEL, 0, NETWORK_DROP);
	assert_int_equal(
	    process_remove_ghosts(s.process, SLICE("r1"), slice_of(lookalike), &count), 0);
	assert_int_equal(count, 1);
	world_run_s(s.world, 5);
	assert_int_equal(debts_of(&s), 1);
	process_power_cut(s.process);
	network_clear_rules(s.world->network);
	stage_start(&s);
	world_run_s(s.world, 30);
	assert_int_equal(bound(&s), 2);
	assert_int_equal(rows_of(&s), 1);
	assert_int_equal(stage_state(&s, "r1"), STATE_REGISTERED);
	assert_true(stage_is_clean(&s));
}

/* What nobody knew of yet stands in the ledger before anything is sent about it. */
static void the_row_goes_before_the_cancel(void **state)
{
	char lookalike[256];
	uint32_t count;

	(void)state;
	bring_up_beside_lookalike(lookalike, sizeof(lookalike));
	disk_config(process_disk(s.process))->sync_us = 2 * US_PER_S;
	assert_int_equal(process_remove_ghosts(s.process, SLICE("r1"), SLICE(""), &count), 0);
	world_run_for(s.world, 1900 * US_PER_MS);
	assert_int_equal(counted(&s, CARRIER_CANCELS), 0);
	world_run_s(s.world, 3);
	assert_int_equal(bound(&s), 1);
	assert_true(stage_is_clean(&s));
}

static void a_full_disk_does_not_withhold_it(void **state)
{
	char lookalike[256];
	uint32_t count;

	(void)state;
	bring_up_beside_lookalike(lookalike, sizeof(lookalike));
	disk_config(process_disk(s.process))->fails = true;
	assert_int_equal(process_remove_ghosts(s.process, SLICE("r1"), SLICE(""), &count), 0);
	world_run_s(s.world, 3);
	assert_int_equal(counted(&s, CARRIER_CANCELS), 0);
	world_run_s(s.world, 3);
	assert_int_equal(bound(&s), 1);
}

/* Two registrations of the node under one AOR: each is foreign to the other, and stays. */
static void not_what_another_registration_has(void **state)
{
	struct registration_config config = stage_registration("r1");
	struct shown other;
	uint32_t count;

	(void)state;
	bring_up();
	config.name = SLICE("twin");
	assert_int_equal(process_put(s.process, &config), 0);
	assert_true(stage_until_state(&s, "twin", STATE_REGISTERED, 60));
	other = stage_show(&s, "twin");
	refresh();
	assert_int_equal(stage_show(&s, "r1").foreign, 1);
	assert_int_equal(
	    process_remove_ghosts(s.process, SLICE("r1"), slice_of(other.contact), &count),
	    ERR_STATE);
	world_run_s(s.world, 10);
	assert_int_equal(bound(&s), 2);
	assert_int_equal(counted(&s, CARRIER_CANCELS), 0);
}

/* Displaced: nothing of ours is listed, and whoever is, is shown. */
static void displaced_by_whom(void **state)
{
	struct shown_listing listing;

	(void)state;
	s.config->extra = CARRIER_EXTRA_FOREIGN;
	bring_up();
	watch_excuse(s.world)->tables = true;
	s.config->extra = CARRIER_EXTRA_ONLY;
	world_run_s(s.world, 6);
	assert_int_equal(process_refresh(s.process, SLICE("r1")), 0);
	assert_true(stage_until_state(&s, "r1", STATE_DISPLACED, 5));
	listing = listing_of("r1");
	assert_int_equal(listing.count, 1);
	assert_non_null(listed_as(&listing, LISTED_FOREIGN));
	assert_int_equal(stage_show(&s, "r1").foreign, 1);
}

/* What was listed under another AOR says nothing about the new one. */
static void an_edit_forgets_what_was_listed(void **state)
{
	struct registration_config config;

	(void)state;
	bring_up();
	plant("sip:r1@203.0.113.9:5060");
	refresh();
	assert_int_equal(listing_of("r1").count, 2);
	stage_rule(&s, NETWORK_TO_UPSTREAM, NETWORK_REGISTER, 0, NETWORK_DROP);
	config = *process_object(s.process, SLICE("r1"));
	config.username = SLICE("r2");
	assert_int_equal(process_put(s.process, &config), 0);
	world_run_s(s.world, 2);
	assert_int_equal(listing_of("r1").count, 0);
	assert_int_equal(stage_show(&s, "r1").foreign, 0);
}

/* ---- RG_GHOSTS, and SEND_UNREGISTER of one ---- */

static void set_ghosts(enum param_ghosts ghosts)
{
	process_params(s.process)->ghosts = ghosts;
	process_params_changed(s.process);
}

/* It is listed by two more 200s, while the debt's own attempts would have come as well. */
static void reported_ghosts_are_left_to_the_operator(void **state)
{
	struct shown_listing listing;
	struct shown_debts debts;
	uint32_t count;

	(void)state;
	process_logged(s.process, "event=ghost ");
	leave_a_ghost();
	set_ghosts(PARAM_GHOSTS_REPORT);
	refresh();
	refresh();
	assert_int_equal(stage_show(&s, "r1").ghosts, 1);
	assert_int_equal(stage_show(&s, "r1").foreign, 0);
	assert_int_equal(process_logged(s.process, "event=ghost "), 1);
	process_show_debts(s.process, &debts);
	assert_int_equal(debts.count, 1);
	assert_true(debts.debts[0].is_withheld);
	listing = listing_of("r1");
	assert_string_equal(listed_as(&listing, LISTED_GHOST)->contact, debts.debts[0].contact);
	assert_int_equal(bound(&s), 2);
	assert_int_equal(counted(&s, CARRIER_CANCELS), 0);
	assert_int_equal(process_remove_ghosts(s.process, SLICE("r1"), SLICE(""), &count), 0);
	assert_int_equal(count, 1);
	world_run_s(s.world, 10);
	assert_int_equal(bound(&s), 1);
	assert_int_equal(debts_of(&s), 0);
	assert_int_equal(stage_show(&s, "r1").ghosts_removed, 1);
	assert_true(stage_is_clean(&s));
}

static void reported_ghosts_go_when_told_to(void **state)
{
	(void)state;
	leave_a_ghost();
	set_ghosts(PARAM_GHOSTS_REPORT);
	refresh();
	world_run_s(s.world, 60);
	assert_int_equal(bound(&s), 2);
	set_ghosts(PARAM_GHOSTS_REMOVE);
	world_run_s(s.world, 10);
	assert_int_equal(bound(&s), 1);
	assert_int_equal(debts_of(&s), 0);
	assert_true(stage_is_clean(&s));
}

/* Nothing is made of it, but what is owed goes at its own pace. */
static void ghosts_off_hunts_nothing(void **state)
{
	(void)state;
	process_logged(s.process, "event=ghost ");
	leave_a_ghost();
	set_ghosts(PARAM_GHOSTS_OFF);
	refresh();
	assert_int_equal(stage_show(&s, "r1").ghosts, 1);
	assert_int_equal(bound(&s), 2);
	assert_int_equal(counted(&s, CARRIER_CANCELS), 0);
	assert_int_equal(process_logged(s.process, "event=ghost "), 0);
	assert_true(stage_is_clean(&s));
}

/* Its own SEND_UNREGISTER Off stands against the parameter's On, for ghosts and debts too. */
static void unregister_off_for_one(void **state)
{
	struct registration_config config = stage_registration("r1");
	struct shown_debts debts;
	uint32_t count;

	(void)state;
	config.settings.send_unregister = SWITCH_OFF;
	assert_int_equal(process_put(s.process, &config), 0);
	stage_start(&s);
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 60));
	process_logged(s.process, "event=ghost ");
	move_contact("moved");
	world_run_s(s.world, 30);
	plant("sip:r1@203.0.113.9:5060");
	refresh();
	refresh();
	assert_int_equal(bound(&s), 3);
	assert_int_equal(stage_show(&s, "r1").ghosts, 1);
	assert_int_equal(process_logged(s.process, "event=ghost "), 1);
	/* Also what an operator names is only shown as owed. */
	assert_int_equal(
	    process_remove_ghosts(s.process, SLICE("r1"), SLICE("sip:r1@203.0.113.9:5060"), &count),
	    0);
	world_run_s(s.world, 30);
	process_show_debts(s.process, &debts);
	assert_int_equal(debts.count, 2);
	assert_true(debts.debts[0].is_withheld && debts.debts[1].is_withheld);
	assert_int_equal(counted(&s, CARRIER_CANCELS), 0);
	/* The operator's exception takes all of them away. */
	assert_int_equal(process_cancel(s.process, SLICE("r1")), 0);
	world_run_s(s.world, 10);
	assert_int_equal(bound(&s), 0);
	assert_int_equal(debts_of(&s), 0);
}

/* Without Off a registration's own On stands against the parameter's Off. */
static void unregister_on_for_one(void **state)
{
	struct registration_config config = stage_registration("r1");

	(void)state;
	process_params(s.process)->send_unregister = false;
	config.settings.send_unregister = SWITCH_ON;
	assert_int_equal(process_put(s.process, &config), 0);
	stage_start(&s);
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 60));
	move_contact("moved");
	world_run_s(s.world, 30);
	assert_int_equal(bound(&s), 1);
	assert_int_equal(debts_of(&s), 0);
	assert_true(stage_is_clean(&s));
}

/* ---- the operator's exception ---- */

static void cancelled_although_unregister_is_off(void **state)
{
	(void)state;
	process_params(s.process)->send_unregister = false;
	bring_up();
	assert_int_equal(process_cancel(s.process, SLICE("r1")), 0);
	world_run_s(s.world, 5);
	assert_int_equal(bound(&s), 0);
	assert_int_equal(rows_of(&s), 0);
	assert_int_equal(stage_state(&s, "r1"), STATE_UNREGISTERED);
	/* It stays so, also when the same objects are applied again. */
	stage_put(&s, "r1");
	world_run_s(s.world, 2 * HOUR_S);
	assert_int_equal(stage_state(&s, "r1"), STATE_UNREGISTERED);
	assert_int_equal(bound(&s), 0);
	s.world->flow_delay_us = 100 * US_PER_MS;
	assert_int_equal(process_refresh(s.process, SLICE("r1")), 0);
	assert_int_equal(stage_state(&s, "r1"), STATE_RESOLVING);
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 30));
	assert_int_equal(bound(&s), 1);
	assert_true(stage_is_clean(&s));
}

static void cancelled_until_it_is_edited_or_starts_anew(void **state)
{
	(void)state;
	bring_up();
	assert_int_equal(process_cancel(s.process, SLICE("r1")), 0);
	world_run_s(s.world, 5);
	assert_int_equal(stage_state(&s, "r1"), STATE_UNREGISTERED);
	s.world->flow_delay_us = 100 * US_PER_MS;
	move_contact("moved");
	world_run_for(s.world, 50 * US_PER_MS);
	assert_int_equal(stage_state(&s, "r1"), STATE_RESOLVING);
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 30));
	assert_int_equal(process_cancel(s.process, SLICE("r1")), 0);
	world_run_s(s.world, 5);
	assert_int_equal(bound(&s), 0);
	process_kill(s.process);
	stage_start(&s);
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 30));
	assert_int_equal(bound(&s), 1);
	assert_true(stage_is_clean(&s));
}

/* Removed while SEND_UNREGISTER is Off: its debt is only shown, until somebody cancels it. */
static void cancelled_by_the_name_of_its_debts(void **state)
{
	struct shown_debts debts;

	(void)state;
	process_params(s.process)->send_unregister = false;
	bring_up();
	stage_remove(&s, "r1");
	world_run_s(s.world, 100);
	assert_int_equal(bound(&s), 1);
	process_show_debts(s.process, &debts);
	assert_int_equal(debts.count, 1);
	assert_int_equal(debts.debts[0].state, STATE_UNCONFIRMED);
	assert_int_equal(debts.debts[0].cause, CAUSE_REMOVED);
	assert_true(debts.debts[0].is_withheld);
	assert_false(debts.debts[0].has_registration);
	assert_string_equal(debts.debts[0].name, "r1");
	assert_string_equal(debts.debts[0].aor, "sip:r1@" HOST);
	assert_int_equal(process_cancel(s.process, SLICE("r1")), 0);
	world_run_s(s.world, 5);
	assert_int_equal(bound(&s), 0);
	process_show_debts(s.process, &debts);
	assert_int_equal(debts.count, 0);
	assert_true(stage_is_clean(&s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(removed_by_hand),
	    CASE(one_of_two_lookalikes),
	    CASE(never_the_current_one),
	    CASE(by_hand_survives_a_kill),
	    CASE(the_row_goes_before_the_cancel),
	    CASE(a_full_disk_does_not_withhold_it),
	    CASE(not_what_another_registration_has),
	    CASE(displaced_by_whom),
	    CASE(an_edit_forgets_what_was_listed),
	    CASE(reported_ghosts_are_left_to_the_operator),
	    CASE(reported_ghosts_go_when_told_to),
	    CASE(ghosts_off_hunts_nothing),
	    CASE(unregister_off_for_one),
	    CASE(unregister_on_for_one),
	    CASE(cancelled_although_unregister_is_off),
	    CASE(cancelled_until_it_is_edited_or_starts_anew),
	    CASE(cancelled_by_the_name_of_its_debts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Ghosts: bindings of ours that an attempt did not remove, seen again in a 200.
 */
#include "sim/field_ghost.h"

static void a_ghost_is_removed_when_it_is_seen(void **state)
{
	(void)state;
	leave_a_ghost();
	/* The next refresh comes at 300 to 450 s, the debt's own attempt after 600 s. */
	world_run_s(s.world, 460);
	assert_int_equal(bound(&s), 1);
	assert_int_equal(debts_of(&s), 0);
	assert_int_equal(stage_show(&s, "r1").ghosts_removed, 1);
	assert_int_equal(stage_show(&s, "r1").foreign, 0);
	assert_int_equal(stage_state(&s, "r1"), STATE_REGISTERED);
	assert_true(stage_is_clean(&s));
}

/*
 * The 200s list two under names that upstream made: the old one is known by how it was listed, but
 * which of them is ours now nobody can tell, and there is no current one beside it.
 */
static void a_ghost_stays_where_the_current_one_is_unknown(void **state)
{
	(void)state;
	s.config->rewrite = CARRIER_REWRITE_WHOLE;
	watch_excuse(s.world)->tables = true;
	process_logged(s.process, "event=ghost ");
	/* Beside others one lost cancel is no silence, whose end would hasten what is owed. */
	stage_put_many(&s, 4);
	leave_a_ghost();
	assert_int_equal(stage_state(&s, "r1"), STATE_DISPLACED);
	assert_int_equal(process_refresh(s.process, SLICE("r1")), 0);
	world_run_s(s.world, 90);
	assert_int_equal(stage_state(&s, "r1"), STATE_DISPLACED);
	assert_int_equal(stage_show(&s, "r1").ghosts, 1);
	assert_int_equal(stage_show(&s, "r1").foreign, 1);
	assert_int_equal(process_logged(s.process, "event=ghost "), 0);
	assert_int_equal(carrier_bindings_of(s.upstream, "r1"), 2);
	assert_int_equal(counted(&s, CARRIER_CANCELS), 0);
}

static void a_foreign_binding_is_left_alone(void **state)
{
	(void)state;
	stage_put(&s, "r1");
	stage_start(&s);
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 60));
	assert_int_equal(carrier_plant(s.upstream, now_us_of(&s), "sip:r1@" HOST,
	                     "sip:r1@203.0.113.9:5060", 7200),
	    0);
	world_run_s(s.world, 460);
	assert_int_equal(bound(&s), 2);
	assert_int_equal(stage_show(&s, "r1").ghosts_removed, 0);
	assert_int_equal(stage_show(&s, "r1").foreign, 1);
	assert_true(stage_is_clean(&s));
}

/* Another node with the same account, and by its operator's will the same Contact user. */
static void one_like_ours_stands_after_a_stop(void **state)
{
	struct carrier_binding binding;
	char lookalike[256];

	(void)state;
	bring_up_beside_lookalike(lookalike, sizeof(lookalike));
	assert_int_equal(stage_show(&s, "r1").lookalikes, 1);
	assert_true(stage_stop(&s));
	assert_int_equal(report_of(&s)->counts[OUTCOME_CLEAN], 1);
	assert_int_equal(rows_of(&s), 0);
	assert_true(stage_binding(s.upstream, "r1", &binding));
	assert_true(binding.planted);
	assert_true(stage_is_clean(&s));
}

/* It came since our own was listed: it may be our own, under another address. */
static void one_like_ours_that_nobody_knew_is_no_proof(void **state)
{
	char lookalike[256];

	(void)state;
	bring_up();
	lookalike_of(lookalike, sizeof(lookalike));
	plant(lookalike);
	assert_true(stage_stop(&s));
	assert_int_equal(report_of(&s)->counts[OUTCOME_UNCONFIRMED], 1);
	assert_int_equal(rows_of(&s), 1);
	assert_true(stage_is_clean(&s));
}

static void call_upstream(const char *proxy)
{
	struct registration_config config = *process_object(s.process, SLICE("r1"));

	config.proxy = slice_of(proxy);
	assert_int_equal(process_put(s.process, &config), 0);
}

/* By the other name of its upstream it has the same Contact, which the old one's cancels remove. */
static void one_like_ours_hides_no_loss(void **state)
{
	char lookalike[256];

	(void)state;
	bring_up();
	lookalike_of(lookalike, sizeof(lookalike));
	plant(lookalike);
	world_run_s(s.world, 10);
	call_upstream("sip:" UPSTREAM);
	for (unsigned i = 0; i < 20; i++) {
		world_run_s(s.world, MINUTE_S);
		assert_int_equal(stage_state(&s, "r1"), STATE_REGISTERED);
		assert_int_equal(bound(&s), 2);
	}
	assert_int_equal(debts_of(&s), 0);
	assert_true(stage_is_clean(&s));
}

/* Upstream lists the old Contact, which is owed, and the new one by the same name. */
static void a_name_that_a_debt_had_is_ours(void **state)
{
	struct registration_config config;

	(void)state;
	s.config->rewrite = CARRIER_REWRITE_HOST;
	s.config->max_contacts = 1;
	s.config->replace_oldest = true;
	bring_up();
	stage_rule(&s, NETWORK_TO_UPSTREAM, NETWORK_CANCEL, 0, NETWORK_DROP);
	config = *process_object(s.process, SLICE("r1"));
	config.contact_host = SLICE("trunk.example");
	assert_int_equal(process_put(s.process, &config), 0);
	world_run_s(s.world, 20);
	assert_int_equal(debts_of(&s), 1);
	assert_int_equal(stage_state(&s, "r1"), STATE_REGISTERED);
	assert_int_equal(stage_show(&s, "r1").foreign, 0);
	network_clear_rules(s.world->network);
	world_run_s(s.world, 5 * MINUTE_S);
	assert_int_equal(bound(&s), 1);
	assert_int_equal(stage_state(&s, "r1"), STATE_REGISTERED);
}

static void each_contact_has_its_kind(void **state)
{
	struct shown_listing listing;
	char lookalike[256];

	(void)state;
	bring_up();
	listing = listing_of("r1");
	assert_int_equal(listing.count, 1);
	lookalike_of(lookalike, sizeof(lookalike));
	plant(lookalike);
	plant("sip:r1@203.0.113.9:5060");
	refresh();
	listing = listing_of("r1");
	assert_int_equal(listing.count, 3);
	assert_int_equal(listing.left_out, 0);
	assert_string_equal(
	    listed_as(&listing, LISTED_CURRENT)->contact, stage_show(&s, "r1").contact);
	assert_string_equal(listed_as(&listing, LISTED_LOOKALIKE)->contact, lookalike);
	assert_string_equal(
	    listed_as(&listing, LISTED_FOREIGN)->contact, "sip:r1@203.0.113.9:5060");
	assert_true(listed_as(&listing, LISTED_FOREIGN)->expires_s > 7100);
	assert_true(listed_as(&listing, LISTED_CURRENT)->expires_s <= 600);
	assert_int_equal(stage_show(&s, "r1").lookalikes, 1);
	assert_int_equal(stage_show(&s, "r1").foreign, 1);
	assert_int_equal(stage_show(&s, "r1").ghosts, 0);
	/* Both are left alone, whatever RG_GHOSTS says. */
	world_run_s(s.world, HOUR_S);
	assert_int_equal(bound(&s), 3);
	assert_true(stage_is_clean(&s));
}

static void unknown_names_are_told(void **state)
{
	struct shown_listing listing;
	uint32_t count;

	(void)state;
	bring_up();
	process_show_listing(s.process, SLICE("nobody"), &listing);
	assert_false(listing.found);
	assert_int_equal(
	    process_remove_ghosts(s.process, SLICE("nobody"), SLICE(""), &count), ERR_NOT_FOUND);
	assert_int_equal(process_cancel(s.process, SLICE("nobody")), ERR_NOT_FOUND);
	assert_true(stage_is_clean(&s));
}

/* ---- brought back by a registrar with write-back storage that crashed ---- */

/* Its Contact is derived, so the next start makes the same one: no second binding, no ghost. */
static void brought_back_it_is_the_current_one(void **state)
{
	(void)state;
	stage_tell(&s, "write-back", "1000");
	bring_up();
	world_run_s(s.world, 1000);
	assert_true(stage_stop(&s));
	assert_int_equal(report_of(&s)->counts[OUTCOME_CLEAN], 1);
	assert_int_equal(bound(&s), 0);
	carrier_restart(s.upstream, now_us_of(&s), true);
	assert_int_equal(bound(&s), 1);
	stage_start(&s);
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 60));
	assert_int_equal(bound(&s), 1);
	assert_int_equal(stage_show(&s, "r1").ghosts + stage_show(&s, "r1").foreign, 0);
	assert_true(stage_stop(&s));
	assert_int_equal(bound(&s), 0);
	assert_true(stage_is_clean(&s));
}

/* What the ledger does not name any more is shown and left alone, until an operator names it. */
static void brought_back_under_a_former_contact(void **state)
{
	char former[256];
	uint32_t count;

	(void)state;
	stage_tell(&s, "write-back", "1000");
	bring_up();
	world_run_s(s.world, 1000);
	snprintf(former, sizeof(former), "%s", stage_show(&s, "r1").contact);
	move_contact("moved");
	world_run_s(s.world, 10);
	assert_int_equal(rows_of(&s), 1);
	assert_int_equal(bound(&s), 1);
	carrier_restart(s.upstream, now_us_of(&s), true);
	refresh();
	world_run_s(s.world, 1);
	assert_int_equal(bound(&s), 2);
	assert_int_equal(stage_show(&s, "r1").ghosts, 0);
	assert_int_equal(stage_show(&s, "r1").foreign, 1);
	assert_int_equal(
	    process_remove_ghosts(s.process, SLICE("r1"), slice_of(former), &count), 0);
	world_run_s(s.world, 10);
	assert_int_equal(bound(&s), 1);
	assert_int_equal(stage_state(&s, "r1"), STATE_REGISTERED);
}

/*
 * Its cancel was heard and its answer lost, and the crash brings it back: the next 200 lists what
 * is owed, and so it is cancelled at once, not by its debt's own slow pace.
 */
static void brought_back_while_its_cancel_is_owed(void **state)
{
	(void)state;
	stage_tell(&s, "write-back", "1000");
	bring_up();
	world_run_s(s.world, 1000);
	stage_rule(&s, NETWORK_TO_REGENT, NETWORK_CANCEL, 200, NETWORK_DROP);
	move_contact("moved");
	world_run_s(s.world, 70);
	network_clear_rules(s.world->network);
	assert_int_equal(bound(&s), 1);
	assert_int_equal(debts_of(&s), 1);
	carrier_restart(s.upstream, now_us_of(&s), true);
	assert_int_equal(counted(&s, CARRIER_RETURNED), 1);
	refresh();
	world_run_s(s.world, 10);
	assert_int_equal(stage_show(&s, "r1").ghosts_removed, 1);
	assert_int_equal(bound(&s), 1);
	assert_int_equal(rows_of(&s), 1);
	assert_int_equal(debts_of(&s), 0);
	assert_true(stage_is_clean(&s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(a_ghost_is_removed_when_it_is_seen),
	    CASE(a_ghost_stays_where_the_current_one_is_unknown),
	    CASE(a_foreign_binding_is_left_alone),
	    CASE(one_like_ours_hides_no_loss),
	    CASE(a_name_that_a_debt_had_is_ours),
	    CASE(each_contact_has_its_kind),
	    CASE(one_like_ours_stands_after_a_stop),
	    CASE(one_like_ours_that_nobody_knew_is_no_proof),
	    CASE(unknown_names_are_told),
	    CASE(brought_back_it_is_the_current_one),
	    CASE(brought_back_under_a_former_contact),
	    CASE(brought_back_while_its_cancel_is_owed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * What the programs of field cases about ghosts begin with: one registration, "r1", with
 * bindings at upstream that are or may be its own.
 */
#pragma once

#include "sim/script.h"
#include "test/kit/unit.h"

static struct stage s;

static inline int setup(void **state)
{
	(void)state;
	stage_set(&s, 3, 8);
	/* Long enough for the debt to stand when the next 200 comes, by its own slow pace. */
	process_params(s.process)->retry_delay_s = 600;
	process_params(s.process)->expire_s = 600;
	return 0;
}

static inline int teardown(void **state)
{
	(void)state;
	stage_clear(&s);
	return 0;
}

static inline void move_contact(const char *user)
{
	struct registration_config config = *process_object(s.process, SLICE("r1"));

	config.contact_user = slice_of(user);
	assert_int_equal(process_put(s.process, &config), 0);
}

/* The old Contact stays at upstream: no cancel of it was let through. */
static inline void leave_a_ghost(void)
{
	stage_put(&s, "r1");
	stage_start(&s);
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 60));
	stage_rule(&s, NETWORK_TO_UPSTREAM, NETWORK_CANCEL, 0, NETWORK_DROP);
	move_contact("moved");
	world_run_s(s.world, 70);
	network_clear_rules(s.world->network);
	assert_int_equal(carrier_bindings_of(s.upstream, "r1"), 2);
	assert_int_equal(debts_of(&s), 1);
}

static inline struct shown_listing listing_of(const char *name)
{
	struct shown_listing listing;

	process_show_listing(s.process, slice_of(name), &listing);
	assert_true(listing.found);
	return listing;
}

static inline const struct shown_listed *listed_as(
    const struct shown_listing *listing, enum listed_kind kind)
{
	const struct shown_listed *found = NULL;

	for (uint32_t i = 0; i < listing->count; i++)
		if (listing->listed[i].kind == kind) {
			assert_null(found);
			found = &listing->listed[i];
		}
	return found;
}

static inline void plant(const char *contact)
{
	assert_int_equal(
	    carrier_plant(s.upstream, now_us_of(&s), "sip:r1@" HOST, contact, 7200), 0);
}

/* Our Contact user somewhere else: as before a lost ledger, or a move of the node. */
static inline void lookalike_of(char *contact, size_t size)
{
	struct shown shown = stage_show(&s, "r1");
	const char *at = strchr(shown.contact, '@');

	assert_non_null(at);
	snprintf(contact, size, "%.*s@203.0.113.7:5060", (int)(at - shown.contact), shown.contact);
}

static inline void bring_up(void)
{
	stage_put(&s, "r1");
	stage_start(&s);
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 60));
}

static inline void refresh(void)
{
	world_run_s(s.world, 6);
	assert_int_equal(process_refresh(s.process, SLICE("r1")), 0);
	/* An upstream whose address rests because of a lost cancel is tried again in a minute. */
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 90));
}

/* Bound, and a lookalike of its Contact is listed beside it. */
static inline void bring_up_beside_lookalike(char *contact, size_t size)
{
	bring_up();
	lookalike_of(contact, size);
	plant(contact);
	refresh();
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

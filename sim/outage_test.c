// SPDX-License-Identifier: Apache-2.0
/*
 * Our own network goes and comes back: links, addresses, ways. Each case is
 * played without the news too, when only timers look again.
 */
#include "sim/field.h"

#define MANY  40
#define OWED  5
#define SOON  5
#define MOVED "10.0.0.99:5060"

static uint32_t debts_shown(void)
{
	struct shown_debts debts;

	process_show_debts(s.process, &debts);
	return debts.count;
}

/* All are refreshed into the silence, and some are removed. */
static void lose_the_network(void)
{
	struct netaddr upstream = world_address(UPSTREAM);
	char name[16];

	network_cut(s.world->network, &upstream, true, true);
	for (uint32_t i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "r%u", i);
		if (i < OWED)
			stage_remove(&s, name);
		else
			assert_int_equal(process_refresh(s.process, slice_of(name)), 0);
	}
	world_run_s(s.world, 605);
	assert_int_equal(bound(&s), MANY);
	assert_int_equal(debts_shown(), OWED);
	assert_true(stage_state(&s, "r30") != STATE_REGISTERED);
}

static void mend_the_network(bool is_told)
{
	struct netaddr upstream = world_address(UPSTREAM);

	network_cut(s.world->network, &upstream, false, false);
	if (is_told)
		process_network_back(s.process);
}

static void debts_are_paid_when_the_way_is_back(void **state)
{
	(void)state;
	process_params(s.process)->upstream_rate = 50;
	bring_up_many(MANY);
	lose_the_network();
	mend_the_network(true);
	world_run_s(s.world, SOON);
	assert_int_equal(bound(&s), MANY - OWED);
	assert_int_equal(debts_shown(), 0);
	for (uint32_t i = OWED; i < MANY; i++) {
		char name[16];

		snprintf(name, sizeof(name), "r%u", i);
		assert_true(stage_until_state(&s, name, STATE_REGISTERED, SOON));
	}
	stop_must_be_clean(MANY - OWED);
}

/* The counter-check: with nobody to say so, the next probe finds out. */
static void without_news_the_next_probe_finds_out(void **state)
{
	(void)state;
	process_params(s.process)->upstream_rate = 50;
	bring_up_many(MANY);
	lose_the_network();
	mend_the_network(false);
	world_run_s(s.world, SOON);
	assert_int_equal(bound(&s), MANY);
	assert_true(stage_until_bound(&s, MANY - OWED, 30));
	/* Its answer is news for all whom the silence had put off: nobody waits out his delay. */
	world_run_s(s.world, SOON + 1);
	assert_int_equal(debts_shown(), 0);
	stop_must_be_clean(MANY - OWED);
}

/* Silence taken for a ban may have been our own cable: one probe goes before the rest is over. */
static void a_ban_that_was_a_cable(void **state)
{
	(void)state;
	bring_up_many(MANY);
	lose_the_network();
	mend_the_network(true);
	assert_true(stage_until_bound(&s, MANY - OWED, 3 * SOON));
	world_run_s(s.world, 1);
	stop_must_be_clean(MANY - OWED);
}

/* Nothing is back: each change of the network costs a probe, and those come ever more rarely. */
static void a_network_that_never_rests(void **state)
{
	uint64_t before;

	(void)state;
	process_params(s.process)->upstream_rate = 50;
	bring_up_many(MANY);
	lose_the_network();
	before = s.world->steps;
	for (uint32_t i = 0; i < 600; i++) {
		process_network_back(s.process);
		world_run_s(s.world, 1);
	}
	assert_true(s.world->steps - before < 20000);
	mend_the_network(true);
	assert_true(stage_until_bound(&s, MANY - OWED, 90));
	assert_true(stage_is_clean(&s));
}

/* No address is known to be silent where no way, or no name, led to one. */
static void what_found_no_name_tries_again(void **state)
{
	(void)state;
	for (int is_told = 0; is_told < 2; is_told++) {
		stage_clear(&s);
		stage_set(&s, 1, FIELD_ROOM);
		world_set_name(s.world, HOST, NULL, NULL);
		stage_put(&s, "r1");
		stage_start(&s);
		world_run_s(s.world, 20);
		assert_int_equal(stage_state(&s, "r1"), STATE_WAITING);
		world_set_name(s.world, HOST, UPSTREAM, NULL);
		if (is_told)
			process_network_back(s.process);
		world_run_s(s.world, 2 * SOON);
		assert_int_equal(bound(&s), is_told);
	}
}

/* News of the network hastens no attempt: there are 5 s from one to the next. */
static void the_network_brings_no_attempt_too_near(void **state)
{
	struct network_rule *rule;
	uint32_t seen;

	(void)state;
	s.config->grant = 20;
	bring_up("r1");
	rule = stage_rule(&s, NETWORK_TO_UPSTREAM, NETWORK_REGISTER, 0, NETWORK_DROP);
	assert_true(stage_until_seen(&s, rule, 1, 20));
	world_run_for(s.world, 3900 * US_PER_MS);
	seen = rule->seen;
	process_network_back(s.process);
	world_run_for(s.world, 800 * US_PER_MS);
	assert_int_equal(rule->seen, seen);
	world_run_for(s.world, 600 * US_PER_MS);
	assert_true(rule->seen > seen);
}

static void contact_is_at(const char *place)
{
	for (uint32_t i = 0; i < 5; i++) {
		struct carrier_binding binding;
		char name[16];

		snprintf(name, sizeof(name), "r%u", i);
		assert_true(stage_binding(s.upstream, name, &binding));
		assert_non_null(memmem(binding.contact.p, binding.contact.n, place, strlen(place)));
	}
}

static void a_new_address_is_registered_at_once(void **state)
{
	struct netaddr before = *process_address(s.process), after = world_address(MOVED);

	(void)state;
	process_params(s.process)->upstream_rate = 50;
	bring_up_many(5);
	/* The counter-check: the old Contacts would stand until the refresh. */
	process_move(s.process, &after);
	world_run_s(s.world, 15);
	contact_is_at(REGENT);
	process_address_gone(s.process, &before);
	world_run_s(s.world, 15);
	contact_is_at(MOVED);
	assert_int_equal(rows_of(&s), 5);
	assert_int_equal(debts_shown(), 0);
	watch_quiet(s.world);
	assert_int_equal(watch_violations(s.world), 0);
}

/* The address goes in the middle of a refresh, whose answer nobody will hear. */
static void an_address_that_goes_during_a_refresh(void **state)
{
	struct netaddr before = *process_address(s.process), after = world_address(MOVED);
	struct netaddr unknown = {0};

	(void)state;
	process_params(s.process)->upstream_rate = 50;
	bring_up_many(5);
	for (uint32_t i = 0; i < 5; i++) {
		char name[16];

		snprintf(name, sizeof(name), "r%u", i);
		assert_int_equal(process_refresh(s.process, slice_of(name)), 0);
	}
	process_move(s.process, &after);
	process_address_gone(s.process, &before);
	/* And which were lost is not always known. */
	process_address_gone(s.process, &unknown);
	world_run_s(s.world, 30);
	contact_is_at(MOVED);
	assert_int_equal(debts_shown(), 0);
	assert_int_equal(rows_of(&s), 5);
	watch_quiet(s.world);
	assert_int_equal(watch_violations(s.world), 0);
}

/* Whoever waits for a silent address, which is asked once in 30 s, waits no longer than it is owed.
 */
static void what_is_owed_ends_in_the_queue(void **state)
{
	char name[16];

	(void)state;
	process_params(s.process)->expire_s = 600;
	bring_up_many(MANY);
	s.config->silent = true;
	for (uint32_t i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "r%u", i);
		stage_disable(&s, name);
	}
	world_run_s(s.world, 560);
	assert_int_equal(debts_shown(), MANY);
	world_run_s(s.world, 140);
	assert_int_equal(bound(&s), 0);
	assert_int_equal(debts_shown(), 0);
	assert_int_equal(rows_of(&s), 0);
	assert_true(stage_is_clean(&s));
}

/* Nobody says that the way is back, and the grant would lapse before the usual wait is over. */
static void what_lapses_soon_is_tried_sooner(void **state)
{
	struct registration_config config = stage_registration("r1");
	struct netaddr home = world_address("10.0.0.1"), away = world_address("10.0.0.99");

	(void)state;
	/* Beside others, so that its time-out alone closes nothing. */
	bring_up_many(5);
	config.settings.period_s = 60;
	config.settings.local = world_address(REGENT);
	assert_int_equal(process_put(s.process, &config), 0);
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 5));
	world_run_s(s.world, 20);
	process_move(s.process, &away);
	assert_true(stage_until_state(&s, "r1", STATE_WAITING, 30));
	assert_string_equal(stage_show(&s, "r1").reason, "address not available");
	process_move(s.process, &home);
	world_run_s(s.world, 60);
	assert_int_equal(stage_state(&s, "r1"), STATE_REGISTERED);
	assert_int_equal(counted(&s, CARRIER_EXPIRED), 0);
	assert_true(stage_is_clean(&s));
}

/* A trunk of its own: nothing tells that the way is back but its next attempt. */
static void one_alone_outlives_a_short_outage(void **state)
{
	struct netaddr upstream = world_address(UPSTREAM);

	(void)state;
	s.config->grant = 60;
	bring_up("r1");
	for (int i = 0; i < 20; i++) {
		world_run_s(s.world, 25 + (uint64_t)i);
		network_cut(s.world->network, &upstream, true, true);
		world_run_s(s.world, 17);
		network_cut(s.world->network, &upstream, false, false);
		world_run_s(s.world, 120);
		assert_int_equal(bound(&s), 1);
	}
	assert_int_equal(counted(&s, CARRIER_EXPIRED), 0);
	assert_true(stage_is_clean(&s));
}

/* Of three addresses two are dead: each has its third of what is left of the grant. */
static void the_third_address_is_tried_in_time(void **state)
{
	struct world_name *name = world_set_name(s.world, HOST, UPSTREAM, NULL);

	(void)state;
	s.config->grant = 60;
	name->ttl_s = 5;
	bring_up("r1");
	stage_add_address(&s);
	name = world_set_name(s.world, HOST, "192.0.2.8:5060", "192.0.2.9:5060");
	name->ttl_s = 5;
	name->addresses[name->count++] = world_address(SECOND);
	world_run_s(s.world, 300);
	assert_int_equal(counted(&s, CARRIER_EXPIRED), 0);
	assert_int_equal(bound(&s), 1);
	assert_true(stage_is_clean(&s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(what_is_owed_ends_in_the_queue),
	    CASE(debts_are_paid_when_the_way_is_back),
	    CASE(without_news_the_next_probe_finds_out),
	    CASE(a_ban_that_was_a_cable),
	    CASE(a_network_that_never_rests),
	    CASE(what_found_no_name_tries_again),
	    CASE(the_network_brings_no_attempt_too_near),
	    CASE(a_new_address_is_registered_at_once),
	    CASE(an_address_that_goes_during_a_refresh),
	    CASE(what_lapses_soon_is_tried_sooner),
	    CASE(the_third_address_is_tried_in_time),
	    CASE(one_alone_outlives_a_short_outage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

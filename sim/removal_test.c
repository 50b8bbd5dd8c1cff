// SPDX-License-Identifier: Apache-2.0
/*
 * Bindings that have to go: F1, F2, F3, F5, F38, F41 of the field.
 */
#include "sim/field.h"

/* ---- F1 ---- */

enum deed {
	DELETE,
	DISABLE,
	CANCEL, /* by the operator; it rests then, until it is told otherwise */
	CHANGE_CONTACT_USER,
	CHANGE_CONTACT_HOST,
	CHANGE_USER,
	CHANGE_HOST,
	CHANGE_PORT,
	CHANGE_PROXY,
	CHANGE_PASSWORD,
	DEEDS
};

static void change(enum deed what, struct registration_config *config)
{
	switch (what) {
	case CHANGE_CONTACT_USER:
		config->contact_user = SLICE("moved");
		break;
	case CHANGE_CONTACT_HOST:
		config->contact_host = SLICE("198.51.100.7");
		break;
	case CHANGE_USER:
		config->username = SLICE("r2");
		break;
	case CHANGE_HOST:
		config->host = SLICE("other.example");
		break;
	case CHANGE_PORT:
		config->settings.local.port = 5070;
		break;
	case CHANGE_PROXY:
		config->proxy = SLICE("sip:192.0.2.1:5060;transport=udp");
		break;
	case CHANGE_PASSWORD:
		snprintf(s.config->any_password, sizeof(s.config->any_password), "other");
		config->password = SLICE("other");
		break;
	case DELETE:
	case DISABLE:
	case CANCEL:
	case DEEDS:
		break;
	}
}

/* An edit switches on what was off. */
static void do_deed(enum deed deed)
{
	struct registration_config config;

	if (deed == DELETE) {
		stage_remove(&s, "r1");
	} else if (deed == DISABLE) {
		stage_disable(&s, "r1");
	} else if (deed == CANCEL) {
		assert_int_equal(process_cancel(s.process, SLICE("r1")), 0);
	} else {
		config = *process_object(s.process, SLICE("r1"));
		config.settings.enabled = true;
		change(deed, &config);
		assert_int_equal(process_put(s.process, &config), 0);
	}
}

static enum registration_state end_of(enum deed deed, bool was_off)
{
	if (deed == DISABLE || (deed == CANCEL && was_off))
		return STATE_DISABLED;
	return deed == CANCEL ? STATE_UNREGISTERED : STATE_REGISTERED;
}

static void check_new_one(enum deed deed)
{
	struct carrier_binding binding;

	assert_true(stage_binding(s.upstream, deed == CHANGE_USER ? "r2" : "r1", &binding));
	if (deed == CHANGE_CONTACT_USER)
		assert_true(slice_starts(binding.contact, SLICE("sip:moved@")));
	if (deed == CHANGE_CONTACT_HOST)
		assert_non_null(memmem(binding.contact.p, binding.contact.n, "198.51.100.7", 12));
	if (deed == CHANGE_PORT)
		assert_non_null(memmem(binding.contact.p, binding.contact.n, ":5070", 5));
	if (deed == CHANGE_HOST)
		assert_true(slice_equal(binding.aor, SLICE("sip:r1@other.example")));
}

/* What is left after that time: nothing, or after an edit the new binding alone. */
static void check_deed(enum deed deed, bool was_off, uint64_t after_s)
{
	bool is_edit = deed > CANCEL;

	world_run_s(s.world, after_s);
	assert_int_equal(bound(&s), is_edit);
	assert_int_equal(rows_of(&s), is_edit);
	assert_int_equal(counted(&s, CARRIER_EXPIRED), 0);
	assert_int_equal(counted(&s, CARRIER_UNBOUND) + bound(&s), counted(&s, CARRIER_BOUND));
	if (is_edit)
		check_new_one(deed);
	if (deed != DELETE)
		assert_true(stage_until_state(&s, "r1", end_of(deed, was_off), 5));
	if (deed != CANCEL)
		watch_quiet(s.world);
	assert_true(stage_is_clean(&s));
}

static void slow_it_down(void)
{
	s.config->fresh_nonce = true;
	s.config->delay_ms = 300;
	s.world->name_delay_us = 200 * US_PER_MS;
	s.world->flow_delay_us = 100 * US_PER_MS;
	disk_config(process_disk(s.process))->sync_us = 150 * US_PER_MS;
	process_params(s.process)->expire_s = 20;
}

/*
 * A life of 20 s expiries, walked in steps of 37 ms: resolving, recording, asking, mid-challenge,
 * holding, refreshing, mid-challenge again.
 */
static void f1_removed_in_every_state(void **state)
{
	uint32_t seen = 0;

	(void)state;
	for (enum deed deed = DELETE; deed < DEEDS; deed++) {
		for (uint64_t k = 0; k < 340; k++) {
			stage_set(&s, k, 8);
			world_set_name(s.world, "other.example", UPSTREAM, NULL);
			slow_it_down();
			stage_put(&s, "r1");
			stage_start(&s);
			world_run_for(s.world, k * 37 * US_PER_MS);
			seen |= 1u << stage_state(&s, "r1");
			do_deed(deed);
			check_deed(deed, false, 60);
			stage_clear(&s);
		}
	}
	stage_set(&s, 1, 8);
	assert_true(seen & 1u << STATE_RESOLVING);
	assert_true(seen & 1u << STATE_RECORDING);
	assert_true(seen & 1u << STATE_REGISTERING);
	assert_true(seen & 1u << STATE_REGISTERED);
	assert_true(seen & 1u << STATE_REFRESHING);
}

static void f1_removed_while_it_waits_or_is_rejected(void **state)
{
	static const char *const answers[] = {"503:only=refresh", "403:only=refresh", NULL};

	(void)state;
	for (int i = 0; i < 3; i++) {
		for (enum deed deed = DELETE; deed < DEEDS; deed++) {
			stage_set(&s, 7, 8);
			world_set_name(s.world, "other.example", UPSTREAM, NULL);
			process_params(s.process)->expire_s = 600;
			bring_up("r1");
			if (answers[i])
				stage_tell(&s, "answer", answers[i]);
			else
				stage_rule(
				    &s, NETWORK_TO_UPSTREAM, NETWORK_REGISTER, 0, NETWORK_DROP);
			world_run_s(s.world, 460);
			assert_int_not_equal(stage_state(&s, "r1"), STATE_REGISTERED);
			network_clear_rules(s.world->network);
			stage_tell(&s, "answer", "none");
			do_deed(deed);
			/* A 503 rests the address for a retry delay, for cancels too. */
			check_deed(deed, false, 120);
			stage_clear(&s);
		}
	}
	stage_set(&s, 1, 8);
}

/* Switched off, and the cancel is under way, lost, or waits for its next try. */
static void f1_in_the_midst_of_a_cancel(void **state)
{
	uint32_t seen = 0;

	(void)state;
	for (enum deed deed = DELETE; deed < DEEDS; deed++) {
		for (uint64_t ms = 0; ms < 80000; ms += ms < 2000 ? 111 : 4321) {
			stage_set(&s, ms, 8);
			world_set_name(s.world, "other.example", UPSTREAM, NULL);
			slow_it_down();
			process_params(s.process)->expire_s = 600;
			stage_put(&s, "r1");
			stage_start(&s);
			assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 60));
			if (ms > 2000)
				stage_rule(
				    &s, NETWORK_TO_UPSTREAM, NETWORK_CANCEL, 0, NETWORK_DROP);
			stage_disable(&s, "r1");
			world_run_for(s.world, ms * US_PER_MS);
			seen |= 1u << stage_state(&s, "r1");
			do_deed(deed);
			network_clear_rules(s.world->network);
			check_deed(deed, true, 150);
			stage_clear(&s);
		}
	}
	stage_set(&s, 1, 8);
	assert_true(seen & 1u << STATE_CANCELLING);
	assert_true(seen & 1u << STATE_UNCONFIRMED);
	assert_true(seen & 1u << STATE_DISABLED);
}

/* ---- F2 ---- */

static void f2_a_fresh_nonce_for_every_cancel(void **state)
{
	uint64_t challenges;

	(void)state;
	s.config->fresh_nonce = true;
	bring_up("r1");
	challenges = counted(&s, CARRIER_CHALLENGES);
	stage_remove(&s, "r1");
	world_run_s(s.world, 2);
	assert_int_equal(bound(&s), 0);
	assert_int_equal(rows_of(&s), 0);
	assert_int_equal(counted(&s, CARRIER_CHALLENGES), challenges + 1);
	assert_int_equal(counted(&s, CARRIER_UNBOUND), 1);
	assert_true(stage_is_clean(&s));
}

static void f2_also_at_a_stop(void **state)
{
	(void)state;
	s.config->fresh_nonce = true;
	bring_up("r1");
	assert_true(stage_stop(&s));
	assert_int_equal(report_of(&s)->counts[OUTCOME_CLEAN], 1);
	assert_int_equal(bound(&s), 0);
	assert_true(stage_is_clean(&s));
}

/* ---- F3 ---- */

static void f3_a_cancel_never_answered_ends(void **state)
{
	(void)state;
	process_params(s.process)->expire_s = 120;
	bring_up("r1");
	stage_rule(&s, NETWORK_TO_UPSTREAM, NETWORK_CANCEL, 0, NETWORK_DROP);
	stage_remove(&s, "r1");
	world_run_s(s.world, 100);
	assert_int_equal(debts_of(&s), 1);
	assert_true(stage_until_rows(&s, 0, 120 + 32 - 100));
	assert_int_equal(bound(&s), 0);
	assert_true(stage_is_clean(&s));
}

/* What is owed after a start asks for name and route, and one of the answers is lost. */
static void lost_way(uint64_t name_delay_us, uint64_t flow_delay_us)
{
	bring_up("r1");
	process_kill(s.process);
	stage_remove(&s, "r1");
	process_logged(s.process, "event=unsent");
	s.world->name_delay_us = name_delay_us;
	s.world->flow_delay_us = flow_delay_us;
	stage_start(&s);
	world_run_s(s.world, 29);
	assert_int_equal(process_logged(s.process, "event=unsent"), 0);
	world_run_s(s.world, 2);
	assert_int_equal(process_logged(s.process, "event=unsent"), 1);
	s.world->name_delay_us = s.world->flow_delay_us = US_PER_MS;
	assert_true(stage_until_rows(&s, 0, 80));
	assert_int_equal(bound(&s), 0);
	assert_true(stage_is_clean(&s));
}

static void f3_a_name_that_nobody_answers_ends(void **state)
{
	(void)state;
	lost_way(HOUR_S * US_PER_S, US_PER_MS);
}

static void f3_a_route_that_nobody_answers_ends(void **state)
{
	(void)state;
	lost_way(US_PER_MS, HOUR_S * US_PER_S);
}

static void f3_added_again_under_way(void **state)
{
	(void)state;
	bring_up("r1");
	stage_rule(&s, NETWORK_TO_UPSTREAM, NETWORK_CANCEL, 0, NETWORK_DROP);
	for (uint64_t ms = 0; ms < 80000; ms += 7777) {
		stage_remove(&s, "r1");
		world_run_for(s.world, ms * US_PER_MS);
		stage_put(&s, "r1");
		assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 60));
		world_run_s(s.world, 20);
		assert_int_equal(stage_state(&s, "r1"), STATE_REGISTERED);
		assert_int_equal(bound(&s), 1);
		assert_int_equal(debts_of(&s), 0);
		watch_quiet(s.world);
	}
	assert_true(stage_is_clean(&s));
}

/* ---- F5 ---- */

static uint64_t us_of_ms(uint64_t ms)
{
	return ms * US_PER_MS;
}

static void hold(enum network_way way, enum network_what what, uint64_t ms)
{
	struct network_rule rule = {
	    .way = way, .what = what, .act = NETWORK_HOLD, .hold_us = us_of_ms(ms), .count = 1};

	network_add_rule(s.world->network, &rule);
}

/* A refresh that is under way, then the removal; each of the four datagrams as late as it can be.
 */
static void cross(bool cseq_order, uint64_t refresh_ms, uint64_t answer_ms, uint64_t cancel_ms,
    uint64_t confirm_ms)
{
	enum { AT_ONCE_S = 4 }; /* what is awaited of an outstanding REGISTER */
	uint64_t begun_us;

	stage_set(&s, 5, 8);
	s.config->cseq_order = cseq_order;
	s.config->nonce_life_s = 0;
	bring_up("r1");
	hold(NETWORK_TO_UPSTREAM, NETWORK_REGISTER, refresh_ms);
	hold(NETWORK_TO_REGENT, NETWORK_REGISTER, answer_ms);
	hold(NETWORK_TO_UPSTREAM, NETWORK_CANCEL, cancel_ms);
	hold(NETWORK_TO_REGENT, NETWORK_CANCEL, confirm_ms);
	assert_int_equal(process_refresh(s.process, SLICE("r1")), 0);
	world_run_for(s.world, us_of_ms(100));
	stage_remove(&s, "r1");
	begun_us = now_us_of(&s);
	/* The watch looks at every row that is given up, and at every binding that appears. */
	assert_true(stage_until_rows(&s, 0, cseq_order ? AT_ONCE_S : 40));
	assert_int_equal(bound(&s), 0);
	assert_true(stage_is_clean(&s));
	assert_int_equal(bound(&s), 0);
	assert_int_equal(counted(&s, CARRIER_EXPIRED), 0);
	assert_true(now_us_of(&s) - begun_us <= 60 * US_PER_S);
	stage_clear(&s);
}

static void f5_removed_while_a_refresh_is_outstanding(void **state)
{
	static const uint64_t late[] = {10, 450, 2000, 4100, 4999};

	(void)state;
	for (int order = 0; order < 2; order++)
		for (int a = 0; a < 5; a++)
			for (int b = 0; b < 5; b++)
				for (int c = 0; c < 5; c++)
					for (int d = 0; d < 5; d += 2)
						cross(order, late[a], late[b], late[c], late[d]);
	stage_set(&s, 1, 8);
}

/* Everything of the refresh but one datagram is lost: the copy that comes last still binds. */
static void f5_with_losses(void **state)
{
	(void)state;
	for (uint32_t lost = 0; lost < 5; lost++) {
		for (int order = 0; order < 2; order++) {
			struct network_rule drop = {.way = NETWORK_TO_UPSTREAM,
			    .what = NETWORK_REGISTER,
			    .act = NETWORK_DROP,
			    .count = lost};

			stage_set(&s, 5, 8);
			s.config->cseq_order = order;
			s.config->cseq_memory_s = 0;
			bring_up("r1");
			if (lost > 0)
				network_add_rule(s.world->network, &drop);
			hold(NETWORK_TO_UPSTREAM, NETWORK_REGISTER, 4999);
			stage_rule(&s, NETWORK_TO_REGENT, NETWORK_REGISTER, 0, NETWORK_DROP);
			assert_int_equal(process_refresh(s.process, SLICE("r1")), 0);
			world_run_s(s.world, 1);
			stage_remove(&s, "r1");
			assert_true(stage_until_rows(&s, 0, 40));
			assert_true(stage_is_clean(&s));
			assert_int_equal(bound(&s), 0);
			stage_clear(&s);
		}
	}
	stage_set(&s, 1, 8);
}

static void f5_at_a_stop(void **state)
{
	(void)state;
	process_params(s.process)->stop_deadline_s = 30;
	s.config->cseq_order = false;
	bring_up("r1");
	hold(NETWORK_TO_UPSTREAM, NETWORK_REGISTER, 4900);
	assert_int_equal(process_refresh(s.process, SLICE("r1")), 0);
	world_run_for(s.world, us_of_ms(100));
	assert_true(stage_stop(&s));
	assert_int_equal(report_of(&s)->counts[OUTCOME_CLEAN], 1);
	assert_int_equal(bound(&s), 0);
	assert_true(stage_is_clean(&s));
}

/* ---- F38 ---- */

static void f38_the_first_target_returns(void **state)
{
	struct netaddr first = world_address(UPSTREAM);

	(void)state;
	stage_add_second(&s);
	process_params(s.process)->expire_s = 300;
	network_cut(s.world->network, &first, true, true);
	stage_put(&s, "r1");
	stage_start(&s);
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 120));
	assert_int_equal(bound(&s), 0);
	assert_int_equal(carrier_bindings(s.second), 1);
	network_cut(s.world->network, &first, false, false);
	world_run_s(s.world, HOUR_S);
	assert_int_equal(counted(&s, CARRIER_CANCELS), 0);
	assert_int_equal(carrier_counter(s.second, CARRIER_CANCELS), 0);
	assert_int_equal(stage_state(&s, "r1"), STATE_REGISTERED);
	assert_true(stage_is_clean(&s));
}

static void f38_disabled_while_upstream_is_away(void **state)
{
	struct netaddr first = world_address(UPSTREAM);

	(void)state;
	bring_up("r1");
	network_cut(s.world->network, &first, true, true);
	stage_disable(&s, "r1");
	world_run_s(s.world, 90);
	stage_put(&s, "r1");
	world_run_s(s.world, 90);
	network_cut(s.world->network, &first, false, false);
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 120));
	assert_int_equal(bound(&s), 1);
	world_run_s(s.world, 60);
	assert_int_equal(bound(&s), 1);
	assert_int_equal(rows_of(&s), 1);
	assert_int_equal(debts_of(&s), 0);
	watch_quiet(s.world);
	assert_true(stage_is_clean(&s));
}

/* ---- F41 ---- */

static void f41_a_new_password_cancels_nothing(void **state)
{
	struct shown before;

	(void)state;
	bring_up("r1");
	before = stage_show(&s, "r1");
	snprintf(s.config->any_password, sizeof(s.config->any_password), "other");
	stage_set_password(&s, "r1", "other");
	world_run_s(s.world, 10);
	assert_int_equal(counted(&s, CARRIER_CANCELS), 0);
	assert_int_equal(counted(&s, CARRIER_BOUND), 1);
	assert_true(counted(&s, CARRIER_REFRESHED) >= 1);
	assert_string_equal(stage_show(&s, "r1").contact, before.contact);
	assert_string_equal(stage_show(&s, "r1").call_id, before.call_id);
	assert_int_equal(stage_state(&s, "r1"), STATE_REGISTERED);
	assert_int_equal(rows_of(&s), 1);
	watch_quiet(s.world);
	assert_true(stage_is_clean(&s));
}

/* The refresh that follows an edit needs no second round trip where the credentials are the same.
 */
static void f41_what_is_not_for_the_wire_keeps_the_nonce(void **state)
{
	struct registration_config config = stage_registration("r1");
	uint64_t challenges, wrong;

	(void)state;
	bring_up("r1");
	challenges = counted(&s, CARRIER_CHALLENGES);
	wrong = counted(&s, CARRIER_WRONG);
	config.settings.line_limit = 30;
	assert_int_equal(process_put(s.process, &config), 0);
	assert_true(stage_until_counter(&s, CARRIER_REFRESHED, 1, 10));
	config.display_name = SLICE("Front desk");
	assert_int_equal(process_put(s.process, &config), 0);
	assert_true(stage_until_counter(&s, CARRIER_REFRESHED, 2, 10));
	world_run_s(s.world, 1);
	assert_int_equal(counted(&s, CARRIER_CHALLENGES), challenges);

	/* Another password has nothing to do with the nonce that was answered with the old one. */
	snprintf(s.config->any_password, sizeof(s.config->any_password), "other");
	config.password = SLICE("other");
	assert_int_equal(process_put(s.process, &config), 0);
	assert_true(stage_until_counter(&s, CARRIER_REFRESHED, 3, 10));
	world_run_s(s.world, 1);
	assert_int_equal(counted(&s, CARRIER_CHALLENGES), challenges + 1);
	assert_int_equal(counted(&s, CARRIER_WRONG), wrong);
	assert_int_equal(rows_of(&s), 1);
	assert_true(stage_is_clean(&s));
}

/* The contacts differ in each case, or the AOR does: the old one must go. */
static void f41_what_moves_takes_the_old_one_away(void **state)
{
	(void)state;
	for (int new_password = 0; new_password < 2; new_password++) {
		for (enum deed what = CHANGE_CONTACT_HOST; what <= CHANGE_PROXY; what++) {
			struct registration_config config;
			bool is_lost;

			stage_set(&s, what, 8);
			world_set_name(s.world, "other.example", UPSTREAM, NULL);
			bring_up("r1");
			config = *process_object(s.process, SLICE("r1"));
			change(what, &config);
			if (new_password) {
				snprintf(s.config->any_password, sizeof(s.config->any_password),
				    "other");
				config.password = SLICE("other");
			}
			assert_int_equal(process_put(s.process, &config), 0);
			world_run_s(s.world, 30);
			/* Nobody can take back what is another user's, and whose password is gone.
			 */
			is_lost = what == CHANGE_USER && new_password;
			assert_int_equal(bound(&s), 1 + is_lost);
			assert_int_equal(debts_of(&s), is_lost);
			if (what != CHANGE_PROXY)
				assert_int_equal(counted(&s, CARRIER_UNBOUND), !is_lost);
			assert_int_equal(stage_state(&s, "r1"), STATE_REGISTERED);
			if (!is_lost)
				watch_quiet(s.world);
			assert_true(stage_is_clean(&s));
			stage_clear(&s);
		}
	}
	stage_set(&s, 1, 8);
}

/* Deleted and changed while the process was down: the ledger knows. */
static void f41_changed_while_stopped(void **state)
{
	struct registration_config config;

	(void)state;
	bring_up("r1");
	stage_put(&s, "r2");
	world_run_s(s.world, 5);
	process_kill(s.process);
	config = *process_object(s.process, SLICE("r1"));
	config.contact_user = SLICE("moved");
	assert_int_equal(process_put(s.process, &config), 0);
	stage_remove(&s, "r2");
	stage_start(&s);
	world_run_s(s.world, 30);
	assert_int_equal(bound(&s), 1);
	assert_int_equal(rows_of(&s), 1);
	assert_int_equal(counted(&s, CARRIER_UNBOUND), 2);
	watch_quiet(s.world);
	assert_true(stage_is_clean(&s));
}

/* The new one waits for the old one's cancel to be confirmed, and not a moment longer. */
static void f41_changed_while_stopped_is_back_at_once(void **state)
{
	struct registration_config config;

	(void)state;
	bring_up("r1");
	world_run_s(s.world, 5);
	process_kill(s.process);
	config = *process_object(s.process, SLICE("r1"));
	config.contact_user = SLICE("moved");
	assert_int_equal(process_put(s.process, &config), 0);
	stage_start(&s);
	assert_true(stage_until_counter(&s, CARRIER_UNBOUND, 1, 2));
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 1));
	watch_quiet(s.world);
	assert_true(stage_is_clean(&s));
}

/* Old credentials, then new, once each. */
static void f41_neither_password_is_tried_twice(void **state)
{
	struct registration_config config = stage_registration("r1");
	uint64_t wrong;

	(void)state;
	bring_up("r1");
	wrong = counted(&s, CARRIER_WRONG);
	snprintf(s.config->any_password, sizeof(s.config->any_password), "third");
	s.config->fresh_nonce = true;
	config.password = SLICE("other");
	config.settings.enabled = false;
	assert_int_equal(process_put(s.process, &config), 0);
	world_run_s(s.world, 50);
	/* In an exchange each: one with the nonce that was known, and two with new ones. */
	assert_in_range(counted(&s, CARRIER_WRONG) - wrong, 2, 3 + 2);
	assert_int_equal(stage_state(&s, "r1"), STATE_REFUSED);
	assert_int_equal(debts_of(&s), 1);
	assert_true(stage_is_clean(&s));
}

/* The new one waits 4 s for a cancel that nobody answers, where AOR and upstream are the same. */
static void f41_who_waits_for_the_old_one(void **state)
{
	static const struct {
		enum deed what;
		bool waits;
	} cases[] = {{CHANGE_CONTACT_USER, true}, {CHANGE_USER, false}, {CHANGE_HOST, false},
	    {CHANGE_PROXY, false}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct registration_config config;

		stage_set(&s, 1, 8);
		world_set_name(s.world, "other.example", UPSTREAM, NULL);
		bring_up("r1");
		stage_rule(&s, NETWORK_TO_UPSTREAM, NETWORK_CANCEL, 0, NETWORK_DROP);
		config = *process_object(s.process, SLICE("r1"));
		if (cases[i].what == CHANGE_PROXY)
			config.contact_user = SLICE("moved");
		change(cases[i].what, &config);
		assert_int_equal(process_put(s.process, &config), 0);
		world_run_for(s.world, 3800 * US_PER_MS);
		assert_int_equal(stage_state(&s, "r1") == STATE_REGISTERED, !cases[i].waits);
		world_run_for(s.world, 1000 * US_PER_MS);
		assert_int_equal(stage_state(&s, "r1"), STATE_REGISTERED);
		assert_true(stage_is_clean(&s));
		stage_clear(&s);
	}
	stage_set(&s, 1, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BARE(f1_removed_in_every_state),
	    BARE(f1_removed_while_it_waits_or_is_rejected),
	    BARE(f1_in_the_midst_of_a_cancel),
	    CASE(f2_a_fresh_nonce_for_every_cancel),
	    CASE(f2_also_at_a_stop),
	    CASE(f3_a_cancel_never_answered_ends),
	    CASE(f3_a_name_that_nobody_answers_ends),
	    CASE(f3_a_route_that_nobody_answers_ends),
	    CASE(f3_added_again_under_way),
	    BARE(f5_removed_while_a_refresh_is_outstanding),
	    BARE(f5_with_losses),
	    CASE(f5_at_a_stop),
	    CASE(f38_the_first_target_returns),
	    CASE(f38_disabled_while_upstream_is_away),
	    CASE(f41_a_new_password_cancels_nothing),
	    CASE(f41_what_is_not_for_the_wire_keeps_the_nonce),
	    BARE(f41_what_moves_takes_the_old_one_away),
	    CASE(f41_changed_while_stopped),
	    CASE(f41_changed_while_stopped_is_back_at_once),
	    CASE(f41_neither_password_is_tried_twice),
	    BARE(f41_who_waits_for_the_old_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

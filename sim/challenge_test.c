// SPDX-License-Identifier: Apache-2.0
/*
 * Challenges of every kind: F13 to F16.
 */
#include "sim/field.h"

/* The upstream holds nc against its rules: rising, eight hexadecimal digits. */
static void f13_nc_rises_in_hexadecimal(void **state)
{
	(void)state;
	s.config->nonce_life_s = 0;
	s.config->ordered = true;
	bring_up("r1");
	assert_true(stage_until_counter(&s, CARRIER_REFRESHED, 40, 41 * (uint64_t)HOUR_S));
	assert_int_equal(counted(&s, CARRIER_CHALLENGES), 1);
	assert_int_equal(counted(&s, CARRIER_WRONG), 0);
	stop_must_be_clean(1);
	assert_int_equal(counted(&s, CARRIER_CHALLENGES), 1);
}

static void f13_a_new_nonce_without_stale(void **state)
{
	(void)state;
	s.config->nonce_life_s = 60;
	s.config->stale = CARRIER_STALE_NEVER;
	s.config->ordered = true;
	bring_up("r1");
	assert_true(stage_until_counter(&s, CARRIER_REFRESHED, 10, 11 * (uint64_t)HOUR_S));
	assert_in_range(counted(&s, CARRIER_CHALLENGES), 10, 11);
	assert_int_equal(counted(&s, CARRIER_STALES), 0);
	assert_int_equal(counted(&s, CARRIER_EXPIRED), 0);
	stop_must_be_clean(1);
}

static void f13_nextnonce(void **state)
{
	(void)state;
	s.config->fresh_nonce = true;
	s.config->next_nonce = true;
	s.config->nonce_life_s = 0;
	bring_up("r1");
	assert_true(stage_until_counter(&s, CARRIER_REFRESHED, 10, 11 * (uint64_t)HOUR_S));
	assert_int_equal(counted(&s, CARRIER_CHALLENGES), 1);
	stop_must_be_clean(1);
}

static void f13_nonces_that_are_good_once(void **state)
{
	(void)state;
	s.config->fresh_nonce = true;
	bring_up("r1");
	assert_true(stage_until_counter(&s, CARRIER_REFRESHED, 10, 11 * (uint64_t)HOUR_S));
	assert_int_equal(counted(&s, CARRIER_EXPIRED), 0);
	assert_in_range(counted(&s, CARRIER_CHALLENGES), 10, 12);
	stop_must_be_clean(1);
}

/*
 * Some registrars answer a used nonce without a challenge: 403 where others say stale=true, or
 * nothing at all. A refresh and a cancel with the nonce of before then go once without it.
 */
static void used_nonces_are_refused(void **state)
{
	static const uint32_t statuses[] = {403, 400, 404, 480, 500, 603, 0};

	(void)state;
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		for (uint64_t refreshes = 0; refreshes < 4; refreshes += 3) {
			stage_set(&s, i, FIELD_ROOM);
			s.config->fresh_nonce = true;
			s.config->spent_status = statuses[i];
			process_params(s.process)->expire_s = 120;
			bring_up("r1");
			assert_true(stage_until_counter(&s, CARRIER_REFRESHED, refreshes, HOUR_S));
			assert_int_equal(counted(&s, CARRIER_EXPIRED), 0);
			assert_int_equal(counted(&s, CARRIER_WRONG), 0);
			stop_must_be_clean(1);
			stage_clear(&s);
		}
	}
	stage_set(&s, 1, 8);
}

/*
 * One that is silent to them costs each a timeout at first. Once that is known, none is sent there,
 * and the silence is not taken for one of the address.
 */
static void used_nonces_are_swallowed(void **state)
{
	static const uint32_t counts[] = {1, 2, 20};
	uint64_t expired;

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		stage_set(&s, i, FIELD_ROOM);
		s.config->fresh_nonce = true;
		s.config->spent_status = 0;
		process_params(s.process)->expire_s = 60;
		bring_up_many(counts[i]);
		world_run_s(s.world, 600);
		expired = counted(&s, CARRIER_EXPIRED);
		assert_true(expired == 0 || counts[i] > 3);
		assert_int_equal(process_logged(s.process, "event=timeout"), 0);
		world_run_s(s.world, HOUR_S);
		assert_int_equal(process_logged(s.process, "event=timeout"), 0);
		assert_int_equal(counted(&s, CARRIER_EXPIRED), expired);
		stop_must_be_clean(counts[i]);
		stage_clear(&s);
	}
	stage_set(&s, 1, 8);
}

/* What is refused whatever it carries goes bare once, not for ever. */
static void a_refusal_is_asked_about_once(void **state)
{
	uint32_t before;

	(void)state;
	process_params(s.process)->expire_s = 120;
	bring_up("r1");
	stage_tell(&s, "answer", "480");
	before = stage_asked(&s, "r1").registers;
	assert_true(stage_until_state(&s, "r1", STATE_WAITING, 100));
	assert_int_equal(stage_asked(&s, "r1").registers - before, 2);
	stage_tell(&s, "answer", "none");
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 60));
	stop_must_be_clean(1);
}

/* Front ends with realms of their own read the first line of credentials only. */
static void front_ends_with_realms_of_their_own(void **state)
{
	(void)state;
	for (enum carrier_challenge kind = CARRIER_CHALLENGE_401; kind <= CARRIER_CHALLENGE_BOTH;
	     kind++) {
		stage_set(&s, kind, FIELD_ROOM);
		s.config->front_ends = 3;
		s.config->front_end_s = 700;
		s.config->first_credentials = true;
		s.config->challenge = kind;
		process_params(s.process)->expire_s = 600;
		bring_up("r1");
		assert_true(stage_until_counter(&s, CARRIER_REFRESHED, 10, 3 * HOUR_S));
		assert_int_equal(counted(&s, CARRIER_WRONG), 0);
		assert_int_equal(counted(&s, CARRIER_EXPIRED), 0);
		stop_must_be_clean(1);
		stage_clear(&s);
	}
	stage_set(&s, 1, 8);
}

static void f14_stale_for_ever(void **state)
{
	(void)state;
	s.config->stale = CARRIER_STALE_ALWAYS;
	stage_put(&s, "r1");
	stage_start(&s);
	world_run_s(s.world, 590);
	assert_int_equal(stage_state(&s, "r1"), STATE_REJECTED);
	assert_non_null(strstr(stage_show(&s, "r1").reason, "stale, or the password"));
	/* The challenge, and three answers to it: each may count as a wrong digest. */
	assert_int_equal(stage_asked(&s, "r1").registers, 4);
	s.config->stale = CARRIER_STALE_HONEST;
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 140));
	stop_must_be_clean(1);
}

/* A cancel that is never accepted is reported as refused, whatever the reason. */
static void f14_cancels_stale_for_ever(void **state)
{
	(void)state;
	bring_up("r1");
	s.config->stale = CARRIER_STALE_ALWAYS;
	assert_true(stage_stop(&s));
	assert_int_equal(report_of(&s)->counts[OUTCOME_REFUSED], 1);
	assert_int_equal(bound(&s), 1);
	assert_int_equal(rows_of(&s), 1);
}

static void f14_a_wrong_password(void **state)
{
	struct registration_config config = stage_registration("r1");

	(void)state;
	s.config->fresh_nonce = true;
	config.password = SLICE("wrong");
	assert_int_equal(process_put(s.process, &config), 0);
	stage_start(&s);
	world_run_s(s.world, 30);
	assert_int_equal(stage_state(&s, "r1"), STATE_REJECTED);
	assert_int_equal(counted(&s, CARRIER_WRONG), 2);
	/* Edited: at once. */
	stage_set_password(&s, "r1", WORLD_PASSWORD);
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 2));
	stop_must_be_clean(1);
}

static void f14_rejected_doubles_up_to_an_hour(void **state)
{
	struct registration_config config = stage_registration("r1");
	uint32_t before;

	(void)state;
	config.password = SLICE("wrong");
	assert_int_equal(process_put(s.process, &config), 0);
	stage_start(&s);
	world_run_s(s.world, DAY_S);
	before = stage_asked(&s, "r1").registers;
	world_run_s(s.world, DAY_S);
	/* An hour and up to a fifth more; at most 3 requests each. */
	assert_in_range(stage_asked(&s, "r1").registers - before, 3 * 19, 3 * 24);
	assert_true(before <= 3 * 30);
	assert_true(stage_is_clean(&s));
}

static void f14_403_is_a_rejection(void **state)
{
	(void)state;
	s.config->wrong_status = 403;
	stage_put(&s, "r1");
	snprintf(s.config->any_password, sizeof(s.config->any_password), "other");
	stage_start(&s);
	world_run_s(s.world, 30);
	assert_int_equal(stage_state(&s, "r1"), STATE_REJECTED);
	assert_int_equal(stage_show(&s, "r1").last_status, 403);
	assert_int_equal(counted(&s, CARRIER_WRONG), 1);
	assert_true(stage_is_clean(&s));
}

/* F20: at most two wrong digests of an account in ten minutes, whatever refuses them. */
static void f20_a_403_to_a_first_digest_is_a_wrong_password(void **state)
{
	struct registration_config config = stage_registration("r1");

	(void)state;
	s.config->wrong_status = 403;
	config.password = SLICE("wrong");
	assert_int_equal(process_put(s.process, &config), 0);
	stage_start(&s);
	world_run_s(s.world, 600);
	assert_int_equal(stage_state(&s, "r1"), STATE_REJECTED);
	assert_int_equal(counted(&s, CARRIER_WRONG), 1);
	assert_non_null(strstr(stage_show(&s, "r1").reason, "password never accepted yet"));
	world_run_s(s.world, DAY_S);
	assert_in_range(counted(&s, CARRIER_WRONG), 20, 30);
	stage_set_password(&s, "r1", WORLD_PASSWORD);
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 2));
	stop_must_be_clean(1);
}

/* Credentials that worked are not what a 403 means; edited ones may be. */
static void f20_what_worked_is_not_suspected(void **state)
{
	(void)state;
	s.config->nonce_life_s = 1;
	bring_up("r1");
	stage_tell(&s, "answer", "403:authenticated");
	assert_true(stage_until_state(&s, "r1", STATE_REJECTED, HOUR_S));
	assert_null(strstr(stage_show(&s, "r1").reason, "password"));
	stage_tell(&s, "answer", "none");
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 80));
	s.config->wrong_status = 403;
	stage_set_password(&s, "r1", "wrong");
	assert_true(stage_until_state(&s, "r1", STATE_REJECTED, 10));
	assert_non_null(strstr(stage_show(&s, "r1").reason, "password never accepted yet"));
	stage_set_password(&s, "r1", WORLD_PASSWORD);
	assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 10));
	stop_must_be_clean(1);
}

/* Each keeps its own nonces and its own table; the name leads to one and then the other. */
static void f15_two_servers_behind_one_name(void **state)
{
	(void)state;
	watch_excuse(s.world)->tables = true;
	stage_add_second(&s);
	s.config->nonce_life_s = s.config2->nonce_life_s = 0;
	process_params(s.process)->expire_s = 60;
	bring_up("r1");
	for (int i = 0; i < 20; i++) {
		struct world_name *name = world_set_name(
		    s.world, HOST, i % 2 ? UPSTREAM : SECOND, i % 2 ? SECOND : UPSTREAM);

		name->ttl_s = 5;
		if (i > 6)
			s.config->fresh_nonce = s.config2->fresh_nonce = true;
		world_run_s(s.world, 40);
		assert_int_equal(stage_state(&s, "r1"), STATE_REGISTERED);
		assert_true(bound(&s) + carrier_bindings(s.second) >= 1);
	}
	assert_true(carrier_counter(s.second, CARRIER_OK) > 0);
	assert_int_equal(counted(&s, CARRIER_WRONG), 0);
	assert_true(stage_is_clean(&s));
}

static void f16_401_and_407_in_one_exchange(void **state)
{
	(void)state;
	s.config->challenge = CARRIER_CHALLENGE_BOTH;
	bring_up("r1");
	assert_true(stage_until_counter(&s, CARRIER_REFRESHED, 5, 6 * (uint64_t)HOUR_S));
	assert_int_equal(counted(&s, CARRIER_WRONG), 0);
	stop_must_be_clean(1);
}

static void f16_407_alone(void **state)
{
	(void)state;
	s.config->challenge = CARRIER_CHALLENGE_407;
	bring_up("r1");
	stop_must_be_clean(1);
}

static void f16_every_algorithm_and_qop(void **state)
{
	static const char *const algorithms[] = {"MD5", "MD5-sess", "SHA-256", "SHA-256-sess",
	    "SHA-512-256", "SHA-512-256-sess", "SHA-256,MD5", "MD5,SHA-256",
	    "SHA-512-256,SHA-256,MD5"};

	(void)state;
	for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++) {
		for (enum carrier_qop qop = CARRIER_QOP_AUTH; qop <= CARRIER_QOP_BOTH; qop++) {
			stage_set(&s, i, 8);
			stage_tell(&s, "algorithms", algorithms[i]);
			s.config->qop = qop;
			bring_up("r1");
			assert_int_equal(counted(&s, CARRIER_WRONG), 0);
			world_run_s(s.world, HOUR_S);
			stop_must_be_clean(1);
			stage_clear(&s);
		}
	}
	stage_set(&s, 1, 8);
}

static void f16_odd_realms(void **state)
{
	static const char *const realms[] = {
	    "with \"quotes\" and \\ backslash", "Telef\xc3\xb3nica \xe2\x98\x8e", "a, b=c; d", ""};

	(void)state;
	for (size_t i = 0; i < sizeof(realms) / sizeof(realms[0]); i++) {
		stage_set(&s, i, 8);
		snprintf(s.config->realm, sizeof(s.config->realm), "%s", realms[i]);
		bring_up("r1");
		world_run_s(s.world, HOUR_S);
		stop_must_be_clean(1);
		stage_clear(&s);
	}
	stage_set(&s, 1, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(f13_nc_rises_in_hexadecimal),
	    CASE(f13_a_new_nonce_without_stale),
	    CASE(f13_nextnonce),
	    CASE(f13_nonces_that_are_good_once),
	    BARE(used_nonces_are_refused),
	    BARE(used_nonces_are_swallowed),
	    CASE(a_refusal_is_asked_about_once),
	    BARE(front_ends_with_realms_of_their_own),
	    CASE(f14_stale_for_ever),
	    CASE(f14_cancels_stale_for_ever),
	    CASE(f14_a_wrong_password),
	    CASE(f14_rejected_doubles_up_to_an_hour),
	    CASE(f14_403_is_a_rejection),
	    CASE(f20_a_403_to_a_first_digest_is_a_wrong_password),
	    CASE(f20_what_worked_is_not_suspected),
	    CASE(f15_two_servers_behind_one_name),
	    CASE(f16_401_and_407_in_one_exchange),
	    CASE(f16_407_alone),
	    BARE(f16_every_algorithm_and_qop),
	    BARE(f16_odd_realms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Many at once: F19 to F22 and F27 of the field, at a size that every build can
 * run. At full size they run as campaigns (docs/simulator.md).
 */
#include "sim/script.h"
#include "test/kit/unit.h"

#define MANY 200

static struct stage s;

static int setup(void **state)
{
	(void)state;
	stage_set(&s, 20, MANY);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	stage_clear(&s);
	return 0;
}

/* Wrong digests of all accounts since the beginning, the most of one of them. */
static uint64_t most_wrong(void)
{
	struct carrier_account account;
	uint32_t cursor = 0;
	uint64_t most = 0;

	while (carrier_account_next(s.upstream, &cursor, &account))
		if (account.wrong > most)
			most = account.wrong;
	return most;
}

static void f20_wrong_passwords(void **state)
{
	uint64_t before;

	(void)state;
	s.config->fresh_nonce = true;
	snprintf(s.config->any_password, sizeof(s.config->any_password), "other");
	stage_put_many(&s, MANY);
	stage_start(&s);
	world_run_s(s.world, 600);
	assert_in_range(most_wrong(), 1, 2);
	/* Strangers come one in 10 s: by then all were tried, and each has its hour. */
	world_run_s(s.world, 6 * HOUR_S);
	before = most_wrong();
	world_run_s(s.world, 4 * HOUR_S);
	/* An attempt may take two: a new nonce without stale is answered once more. */
	assert_in_range(most_wrong() - before, 0, 2 * 4);
	assert_true(stage_is_clean(&s));
}

static void put_some_wrong(void)
{
	struct registration_config config;
	char name[16];

	for (int i = 0; i < 6; i++) {
		snprintf(name, sizeof(name), "wrong%d", i);
		config = stage_registration(name);
		config.password = SLICE("wrong");
		assert_int_equal(process_put(s.process, &config), 0);
	}
}

/* What the life before had bound is none that never registered: it would lapse in the slow line. */
static void a_restart_makes_no_strangers(void **state)
{
	enum { COUNT = 40 };

	(void)state;
	process_params(s.process)->retry_delay_s = 30;
	s.config->grant = 120;
	stage_put_many(&s, COUNT);
	stage_start(&s);
	assert_true(stage_until_bound(&s, COUNT, 60));
	put_some_wrong();
	world_run_s(s.world, 3);
	process_kill(s.process);
	stage_tell(&s, "answer", "480:user=r*,for=15");
	stage_start(&s);
	world_run_s(s.world, 16);
	assert_true(stage_until_counter(&s, CARRIER_REFRESHED, COUNT, 40));
	assert_int_equal(bound(&s), COUNT);
	assert_int_equal(counted(&s, CARRIER_EXPIRED), 0);
	assert_true(stage_is_clean(&s));
}

/* Those that came when many were rejected wait for no longer than that is so. */
static void the_slow_line_ends_with_the_rejections(void **state)
{
	enum { COUNT = 60 };

	(void)state;
	stage_start(&s);
	put_some_wrong();
	world_run_s(s.world, 10);
	stage_put_many(&s, COUNT);
	world_run_s(s.world, 35);
	assert_in_range(bound(&s), 3, 4);
	assert_true(stage_until_bound(&s, COUNT, 60));
	assert_true(stage_is_clean(&s));
}

/* PRODUCT's bound for coming back: 1.1 times the retry delay, all of them at the pace, 32 s. */
static uint64_t back_by_s(uint32_t count, uint32_t pace)
{
	return process_params(s.process)->retry_delay_s * 11 / 10 + count / pace + 32;
}

static void f22_recovery_is_paced(void **state)
{
	(void)state;
	process_params(s.process)->expire_s = 120;
	process_params(s.process)->upstream_rate = 20;
	s.config->rate_limit = 21;
	stage_put_many(&s, MANY);
	stage_start(&s);
	assert_true(stage_until_bound(&s, MANY, 120));
	s.config->silent = true;
	world_run_s(s.world, HOUR_S);
	assert_int_equal(bound(&s), 0);
	s.config->silent = false;
	assert_true(stage_until_bound(&s, MANY, back_by_s(MANY, 20)));
	assert_true(stage_is_clean(&s));
}

static void f27_cseq_rises_over_a_clock_set_back(void **state)
{
	struct carrier_binding binding;
	uint32_t before = 0;
	char call_id[64] = "";

	(void)state;
	stage_put(&s, "r1");
	stage_start(&s);
	for (int i = 0; i < 6; i++) {
		assert_true(stage_until_state(&s, "r1", STATE_REGISTERED, 60));
		assert_true(stage_binding(s.upstream, "r1", &binding));
		assert_true(binding.cseq > before);
		if (call_id[0])
			assert_true(slice_equal(slice_of(call_id), binding.call_id));
		snprintf(call_id, sizeof(call_id), "%.*s", SLICE_ARG(binding.call_id));
		before = binding.cseq;
		process_kill(s.process);
		if (i == 2)
			world_step_clock(s.world, -HOUR_S * INT64_C(1000));
		stage_start(&s);
	}
	assert_int_equal(bound(&s), 1);
	assert_true(stage_is_clean(&s));
}

static void f27_call_ids_are_unique(void **state)
{
	struct carrier_binding one, other;
	uint32_t first = 0, second;

	(void)state;
	process_params(s.process)->upstream_rate = 0;
	stage_put_many(&s, MANY);
	stage_start(&s);
	assert_true(stage_until_bound(&s, MANY, 120));
	while (carrier_binding_next(s.upstream, &first, &one)) {
		second = first;
		while (carrier_binding_next(s.upstream, &second, &other))
			assert_false(slice_equal(one.call_id, other.call_id));
	}
	assert_true(stage_is_clean(&s));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(f20_wrong_passwords),
	    CASE(a_restart_makes_no_strangers),
	    CASE(the_slow_line_ends_with_the_rejections),
	    CASE(f22_recovery_is_paced),
	    CASE(f27_cseq_rises_over_a_clock_set_back),
	    CASE(f27_call_ids_are_unique),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Keepalives as the upstream counts them over an hour: at their interval, one for
 * each flow, where they are wanted, and for as long as somebody is bound there.
 */
#include "sim/script.h"
#include "test/kit/unit.h"

static struct stage s;

static int setup(void **state)
{
	(void)state;
	stage_set(&s, 1, 64);
	process_params(s.process)->upstream_rate = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	stage_clear(&s);
	return 0;
}

static void put(const char *name, uint16_t keepalive_s, const char *contact_host, uint16_t port)
{
	struct registration_config config = stage_registration(name);

	config.settings.keepalive_s = keepalive_s;
	config.contact_host = slice_of(contact_host);
	config.settings.local.port = port;
	assert_int_equal(process_put(s.process, &config), 0);
}

static uint64_t in_an_hour(void)
{
	uint64_t before = counted(&s, CARRIER_KEEPALIVES);

	world_run_s(s.world, HOUR_S);
	return counted(&s, CARRIER_KEEPALIVES) - before;
}

/* One every interval_s, or a fifth sooner. */
static void assert_interval(uint64_t count, uint64_t interval_s)
{
	assert_in_range(count, HOUR_S / interval_s - 1, HOUR_S * 5 / (interval_s * 4) + 1);
}

static void one_for_each_flow(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		char name[16];

		snprintf(name, sizeof(name), "r%d", i);
		put(name, 10, "", 0);
	}
	stage_start(&s);
	assert_true(stage_until_bound(&s, 20, 60));
	assert_interval(in_an_hour(), 10);
	put("elsewhere", 300, "", 5061);
	assert_true(stage_until_bound(&s, 21, 60));
	assert_in_range(
	    in_an_hour(), HOUR_S / 10 + HOUR_S / 300 - 2, HOUR_S / 8 + HOUR_S / 240 + 2);
	assert_true(stage_is_clean(&s));
}

static void auto_behind_nat_only(void **state)
{
	(void)state;
	put("r1", KEEPALIVE_AUTO, "", 0);
	stage_start(&s);
	assert_true(stage_until_bound(&s, 1, 60));
	assert_int_equal(in_an_hour(), 0);
	/* What upstream sees is not what Via says: that of somebody who writes another address. */
	put("r2", KEEPALIVE_AUTO, "198.51.100.4", 0);
	assert_true(stage_until_bound(&s, 2, 60));
	assert_interval(in_an_hour(), 25);
	put("r2", KEEPALIVE_OFF, "198.51.100.4", 0);
	world_run_s(s.world, 5);
	assert_int_equal(in_an_hour(), 0);
	assert_true(stage_is_clean(&s));
}

/* The shortest that was asked for, until the last one goes. */
static void ends_with_the_last(void **state)
{
	(void)state;
	put("r1", 300, "", 0);
	put("r2", 30, "", 0);
	stage_start(&s);
	assert_true(stage_until_bound(&s, 2, 60));
	assert_interval(in_an_hour(), 30);
	stage_remove(&s, "r2");
	world_run_s(s.world, 5);
	assert_true(in_an_hour() > 0);
	stage_disable(&s, "r1");
	world_run_s(s.world, 5);
	assert_int_equal(in_an_hour(), 0);
	assert_true(stage_is_clean(&s));
}

static void none_while_nothing_is_bound(void **state)
{
	(void)state;
	stage_tell(&s, "answer", "403");
	put("r1", 10, "", 0);
	stage_start(&s);
	assert_int_equal(in_an_hour(), 0);
	stage_tell(&s, "answer", "none");
	assert_true(stage_until_bound(&s, 1, 2 * HOUR_S));
	assert_interval(in_an_hour(), 10);
	assert_true(stage_stop(&s));
	assert_int_equal(in_an_hour(), 0);
}

/* Once what stood is over, and not before: until then calls may come that way. */
static void none_for_what_has_lapsed(void **state)
{
	(void)state;
	process_params(s.process)->expire_s = 600;
	put("r1", 10, "", 0);
	stage_start(&s);
	assert_true(stage_until_bound(&s, 1, 60));
	stage_tell(&s, "answer", "403");
	world_run_s(s.world, 590);
	assert_in_range(counted(&s, CARRIER_KEEPALIVES), 58, 74);
	world_run_s(s.world, HOUR_S);
	assert_int_equal(bound(&s), 0);
	assert_int_equal(in_an_hour(), 0);
	stage_tell(&s, "answer", "none");
	assert_true(stage_until_bound(&s, 1, 2 * HOUR_S));
	assert_interval(in_an_hour(), 10);
	assert_true(stage_is_clean(&s));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(one_for_each_flow),
	    CASE(auto_behind_nat_only),
	    CASE(ends_with_the_last),
	    CASE(none_while_nothing_is_bound),
	    CASE(none_for_what_has_lapsed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * That the watch sees what it is there for.
 */
#include "sim/calls.h"
#include "sim/field.h"
#include "sim/trail.h"

static void sees_a_binding_lapse(void **state)
{
	(void)state;
	bring_up_many(2);
	watch_lapses(s.world);
	assert_int_equal(watch_violations(s.world), 0);
	carrier_restart(s.upstream, now_us_of(&s), false);
	watch_lapses(s.world);
	assert_int_equal(watch_violations(s.world), 2);
}

static void excuses_an_account_that_is_held(void **state)
{
	(void)state;
	stage_tell(&s, "max-contacts", "1");
	stage_tell(&s, "limit-status", "503");
	watch_plant(s.world, 0, "sip:r0@" HOST, "sip:phone@203.0.113.9:5062");
	stage_put(&s, "r0");
	stage_start(&s);
	world_run_s(s.world, 30);
	assert_int_equal(bound(&s), 1);
	watch_lapses(s.world);
	watch_quiet(s.world);
	assert_int_equal(watch_violations(s.world), 0);
	stage_tell(&s, "max-contacts", "2");
	watch_lapses(s.world);
	assert_int_equal(watch_violations(s.world), 1);
}

static void says_nothing_of_what_a_crash_of_upstream_brought_back(void **state)
{
	struct carrier_binding binding;
	uint32_t cursor = 0;

	(void)state;
	stage_tell(&s, "write-back", "1000");
	bring_up_many(1);
	world_run_s(s.world, 1000);
	stage_remove(&s, "r0");
	assert_true(stage_until_bound(&s, 0, 60));
	carrier_restart(s.upstream, now_us_of(&s), true);
	assert_true(carrier_binding_next(s.upstream, &cursor, &binding));
	assert_true(binding.returned);
	watch_tables(s.world);
	watch_quiet(s.world);
	assert_int_equal(watch_violations(s.world), 0);
}

/* At home and where a redirect led: the same Contact may be given up at one of them. */
static void tells_homes_apart(void **state)
{
	struct netaddr home = world_address(UPSTREAM), target = world_address(SECOND);
	struct trails *trails = trails_new();
	struct facts wanted = {.is_sip = true,
	    .is_request = true,
	    .user = SLICE("r0"),
	    .host = SLICE(HOST),
	    .contact = SLICE("sip:r0@10.0.0.1:5060"),
	    .call_id = SLICE("c"),
	    .branch = SLICE("b1"),
	    .expires_s = 60};
	struct facts cancel = wanted;

	(void)state;
	stage_start(&s);
	cancel.branch = SLICE("b2");
	cancel.expires_s = 0;
	assert_non_null(trails);
	assert_null(trail_sent(trails, s.process, &target, SLICE("r0"), &wanted, false));
	assert_null(trail_sent(trails, s.process, &home, SLICE("r0"), &cancel, false));
	assert_non_null(trail_sent(trails, s.process, &target, SLICE("r0"), &cancel, false));
	trails_free(&trails);
}

static const char *sent(struct calls *calls, uint64_t now_us, uint32_t cseq)
{
	char branch[32];
	struct facts facts = {.call_id = SLICE("call"), .cseq = cseq};

	snprintf(branch, sizeof(branch), "z9hG4bK%u", cseq);
	facts.branch = slice_of(branch);
	return calls_sent(calls, now_us, &facts);
}

/* However many leave meanwhile: in a stop, all debts of one Call-ID may ask again and again. */
static void knows_a_repetition_while_there_may_be_one(void **state)
{
	struct calls *calls = calls_new();

	(void)state;
	for (uint32_t cseq = 1; cseq <= 300; cseq++) {
		assert_null(sent(calls, cseq * US_PER_S / 10, cseq));
		if (cseq % 40 == 0)
			assert_null(sent(calls, cseq * US_PER_S / 10, 1));
	}
	assert_non_null(sent(calls, 300 * US_PER_S, 1));
	calls_free(&calls);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    CASE(sees_a_binding_lapse),
	    CASE(excuses_an_account_that_is_held),
	    CASE(says_nothing_of_what_a_crash_of_upstream_brought_back),
	    CASE(tells_homes_apart),
	    cmocka_unit_test(knows_a_repetition_while_there_may_be_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

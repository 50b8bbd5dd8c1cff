// SPDX-License-Identifier: Apache-2.0
/* Which refusals are told: the first of a kind, then one a minute, and never many. */
#include "net/refusals.h"

#include "test/kit/unit.h"

#include <errno.h>

static struct netaddr peer(uint16_t port)
{
	return (struct netaddr){.family = 4, .ip = {192, 0, 2, 1}, .port = port};
}

static void the_first_of_a_kind_is_told_and_then_one_a_minute(void **state)
{
	struct refusals refusals = {0};
	struct netaddr a = peer(1), b = peer(2);
	uint32_t count = 0;

	(void)state;
	assert_true(refusals_note(&refusals, &a, ENETUNREACH, 5, &count));
	assert_int_equal(count, 1);
	assert_false(refusals_note(&refusals, &a, ENETUNREACH, 6, &count));
	assert_true(refusals_note(&refusals, &a, EPERM, 7, &count));
	assert_true(refusals_note(&refusals, &b, ENETUNREACH, 8, &count));
	assert_false(refusals_note(&refusals, &a, ENETUNREACH, 4 + REFUSALS_QUIET_US, &count));
	assert_true(refusals_note(&refusals, &a, ENETUNREACH, 5 + REFUSALS_QUIET_US, &count));
	assert_int_equal(count, 3);
}

static void a_network_that_is_gone_tells_no_more_than_the_table_holds(void **state)
{
	struct refusals refusals = {0};
	uint32_t count, told = 0;

	(void)state;
	for (uint16_t round = 0; round < 3; round++) {
		for (uint16_t port = 1; port <= 1000; port++) {
			struct netaddr one = peer(port);

			told += refusals_note(&refusals, &one, ENETUNREACH,
			    1 + round * (REFUSALS_QUIET_US / 4), &count);
		}
	}
	assert_int_equal(told, REFUSALS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_first_of_a_kind_is_told_and_then_one_a_minute),
	    cmocka_unit_test(a_network_that_is_gone_tells_no_more_than_the_table_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

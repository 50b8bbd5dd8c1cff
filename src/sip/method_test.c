// SPDX-License-Identifier: Apache-2.0
/*
 * Every method is found by its own name and by nothing near it.
 */
#include "sip/method.h"

#include "test/kit/unit.h"

static void test_every_name_is_found(void **state)
{
	(void)state;
	for (enum sip_method m = SIP_ACK; m <= SIP_UPDATE; m++) {
		assert_true(strlen(sip_method_name(m)) >= 3);
		assert_int_equal(sip_method_find(slice_of(sip_method_name(m))), m);
	}
}

static void test_others_are_not(void **state)
{
	static const char *const others[] = {
	    "", "A", "ack", "AC", "ACKS", "INVITE ", "INVITF", "Register"};

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_int_equal(sip_method_find(slice_of(others[i])), SIP_METHOD_OTHER);
	assert_string_equal(sip_method_name(SIP_METHOD_OTHER), "");
	assert_string_equal(sip_method_name((enum sip_method)99), "");
}

static void test_reasons(void **state)
{
	(void)state;
	assert_string_equal(sip_status_reason(100), "Trying");
	assert_string_equal(sip_status_reason(401), "Unauthorized");
	assert_string_equal(sip_status_reason(423), "Interval Too Brief");
	assert_string_equal(sip_status_reason(608), "Rejected");
	assert_string_equal(sip_status_reason(299), "Success");
	assert_string_equal(sip_status_reason(499), "Client Error");
	assert_string_equal(sip_status_reason(699), "Global Failure");
	assert_string_equal(sip_status_reason(0), "Unknown");
	assert_string_equal(sip_status_reason(4000), "Unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_name_is_found),
	    cmocka_unit_test(test_others_are_not),
	    cmocka_unit_test(test_reasons),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

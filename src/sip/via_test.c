// SPDX-License-Identifier: Apache-2.0
/*
 * Vias: all parts, rport with and without a value, spaces where RFC 3261
 * allows them, IPv6 in its two forms.
 */
#include "sip/via.h"

#include "test/kit/unit.h"

#define assert_slice(slice, text) assert_true(slice_equal((slice), SLICE(text)))

static void test_all_parts(void **state)
{
	struct sip_via v;

	(void)state;
	assert_int_equal(
	    sip_via_parse(SLICE("SIP/2.0/UDP 192.0.2.1:5062;rport=1024;received=198.51.100.7;"
	                        "branch=z9hG4bKx;x;y=\"a;b\""),
	        &v, NULL),
	    0);
	assert_int_equal(v.transport, SIP_UDP);
	assert_slice(v.host, "192.0.2.1");
	assert_int_equal(v.port, 5062);
	assert_slice(v.branch, "z9hG4bKx");
	assert_slice(v.received, "198.51.100.7");
	assert_true(v.has_rport);
	assert_int_equal(v.rport, 1024);
	assert_int_equal(v.params.p[0], ';');
}

static void test_few_parts(void **state)
{
	struct sip_via v;

	(void)state;
	assert_int_equal(sip_via_parse(SLICE("SIP/2.0/WSS h;rport"), &v, NULL), 0);
	assert_int_equal(v.transport, SIP_TRANSPORT_OTHER);
	assert_slice(v.transport_name, "WSS");
	assert_true(v.has_rport && v.rport == 0 && v.port == 0);
	assert_true(!v.branch.n && !v.received.n);
	assert_int_equal(sip_via_parse(SLICE("SIP/2.0/TCP h"), &v, NULL), 0);
	assert_false(v.has_rport);
	assert_int_equal(v.params.n, 0);
}

static void test_spaces_and_folds(void **state)
{
	struct sip_via v;

	(void)state;
	assert_int_equal(
	    sip_via_parse(
	        SLICE(" SIP / 2.0\r\n /\ttls\r\n h_1.example : 5061 ; branch =\r\n z "), &v, NULL),
	    0);
	assert_int_equal(v.transport, SIP_TLS);
	assert_slice(v.host, "h_1.example");
	assert_int_equal(v.port, 5061);
	assert_slice(v.branch, "z");
}

static void test_ipv6(void **state)
{
	struct sip_via v;

	(void)state;
	assert_int_equal(
	    sip_via_parse(SLICE("SIP/2.0/UDP [2001:db8::9]:5060;received=2001:db8::1"), &v, NULL),
	    0);
	assert_slice(v.host, "[2001:db8::9]");
	assert_int_equal(v.port, 5060);
	assert_slice(v.received, "2001:db8::1");
	assert_int_equal(sip_via_parse(SLICE("SIP/2.0/UDP [::1];received=[::2]"), &v, NULL), 0);
	assert_slice(v.received, "[::2]");
}

static void test_malformed(void **state)
{
	static const struct {
		const char *text;
		int code;
		size_t offset;
	} bad[] = {
	    {"", ERR_SYNTAX, 0},
	    {"SIP/2.0", ERR_SYNTAX, 7},
	    {"SIP/2.0/", ERR_SYNTAX, 8},
	    {"SIP/2.0/UDP", ERR_SYNTAX, 11},
	    {"SIP/2.0/UDP ", ERR_SYNTAX, 12},
	    {"SIP/2.0/UDP ;branch=x", ERR_SYNTAX, 12},
	    {"SIP/2.0/UDP h:", ERR_SYNTAX, 14},
	    {"SIP/2.0/UDP h:0", ERR_RANGE, 15},
	    {"SIP/2.0/UDP h:70000", ERR_RANGE, 19},
	    {"SIP/2.0/UDP h i", ERR_SYNTAX, 14},
	    {"SIP/2.0/UDP [h]", ERR_SYNTAX, 12},
	    {"SIP/2.0/UDP h;rport=x", ERR_SYNTAX, 13},
	    {"SIP/2.0/UDP h;rport=65536", ERR_RANGE, 13},
	    {"SIP/2.0/UDP h;a;b=\"", ERR_SYNTAX, 15},
	};
	struct sip_error error;
	struct sip_via v;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(sip_via_parse(slice_of(bad[i].text), &v, &error), bad[i].code);
		assert_int_equal(error.offset, bad[i].offset);
		assert_int_equal(strncmp(error.what, "Via: ", 5), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_all_parts),
	    cmocka_unit_test(test_few_parts),
	    cmocka_unit_test(test_spaces_and_folds),
	    cmocka_unit_test(test_ipv6),
	    cmocka_unit_test(test_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Which hosts are accepted, and the messages for the others.
 */
#include "model/host.h"

#include "test/kit/unit.h"

static const char *explained(struct slice host)
{
	static char text[512];
	struct buf b = buf_over(text, sizeof(text));

	host_explain(&b, host);
	return buf_text(&b);
}

static void test_valid(void **state)
{
	static const char *const good[] = {"carrier.example", "a", "192.0.2.1", "[2001:db8::1]",
	    "sip-1.carrier_x.example", "1and1.example"};
	static const char *const bad[] = {"", ".", "a..b", "a.", "-a", "a-", "a b", "192.0.2.256",
	    "192.0.2", "2001:db8::1", "[2001:db8::1", "carrier.example:5060", "sip:a", "a/b",
	    "münchen.example"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(host_is_valid(slice_of(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(host_is_valid(slice_of(bad[i])));
}

static void test_lengths(void **state)
{
	char text[255];

	(void)state;
	memset(text, 'a', sizeof(text));
	assert_true(host_is_valid(slice_make(text, 63)));
	assert_false(host_is_valid(slice_make(text, 64)));
	for (size_t i = 50; i < sizeof(text); i += 51)
		text[i] = '.';
	assert_true(host_is_valid(slice_make(text, 253)));
	assert_false(host_is_valid(slice_make(text, 254)));
}

static void test_explained(void **state)
{
	(void)state;
	assert_string_equal(explained(SLICE("2001:db8::1")),
	    "2001:db8::1; an IPv6 address stands in brackets: [2001:db8::1]");
	assert_string_equal(explained(SLICE("a.example:5060")),
	    "a.example:5060; a host name or an address without a port would be right");
	assert_string_equal(
	    explained(SLICE("a..b")), "a..b; a host name or an address would be right");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_valid),
	    cmocka_unit_test(test_lengths),
	    cmocka_unit_test(test_explained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Addresses: whether a parameter belongs to the URI or the header, display names
 * of all kinds, and texts that are no address.
 */
#include "sip/address.h"

#include "test/kit/unit.h"

#define assert_slice(slice, text) assert_true(slice_equal((slice), SLICE(text)))

static void test_bracketed(void **state)
{
	struct sip_address a;

	(void)state;
	assert_int_equal(
	    sip_address_parse(
	        SLICE(" \"A. \\\"G\\\" <x>\" <sip:a@b;lr> ;tag=1;+x=\"y;z\" "), &a, NULL),
	    0);
	assert_slice(a.display, "\"A. \\\"G\\\" <x>\"");
	assert_slice(a.uri, "sip:a@b;lr");
	assert_slice(slice_trim(a.params), ";tag=1;+x=\"y;z\"");
	assert_slice(sip_address_tag(&a), "1");
	assert_int_equal(sip_address_parse(SLICE("Caf\xc3\xa9 & Co <sip:a@b>"), &a, NULL), 0);
	assert_slice(a.display, "Caf\xc3\xa9 & Co");
	assert_slice(a.params, "");
	assert_slice(sip_address_tag(&a), "");
	assert_int_equal(sip_address_parse(SLICE("\"\"<sip:a@b>"), &a, NULL), 0);
	assert_slice(a.display, "\"\"");
	assert_int_equal(
	    sip_address_parse(SLICE("x\r\n < sip:a@b\r\n >\r\n ;expires=0"), &a, NULL), 0);
	assert_slice(a.uri, "sip:a@b");
	assert_slice(a.params, ";expires=0");
}

static void test_plain(void **state)
{
	struct sip_address a;

	(void)state;
	assert_int_equal(sip_address_parse(SLICE("sip:a@b;tag=x"), &a, NULL), 0);
	assert_slice(a.display, "");
	assert_slice(a.uri, "sip:a@b");
	assert_slice(sip_address_tag(&a), "x");
	assert_int_equal(sip_address_parse(SLICE("sip:a@b ; tag = \"q\""), &a, NULL), 0);
	assert_slice(a.uri, "sip:a@b");
	assert_slice(sip_address_tag(&a), "q");
	assert_int_equal(sip_address_parse(SLICE("sip:a@b;tag=\"<\""), &a, NULL), 0);
	assert_slice(sip_address_tag(&a), "<");
}

static void test_star(void **state)
{
	struct sip_address a;

	(void)state;
	assert_int_equal(sip_address_parse(SLICE(" * "), &a, NULL), 0);
	assert_true(a.is_star);
	assert_int_equal(sip_address_parse(SLICE("sip:*@b"), &a, NULL), 0);
	assert_false(a.is_star);
}

static void test_malformed(void **state)
{
	static const struct {
		const char *text;
		size_t offset;
	} bad[] = {
	    {"", 0},
	    {"\"a <sip:b>", 0},
	    {"\"a\\\" <sip:b>", 0},
	    {"a <", 3},
	    {"a <>", 3},
	    {"<sip:a", 6},
	    {"<sip:a b>", 7},
	    {"<sip:a<b>", 6},
	    {"<sip:a>x", 7},
	    {"<sip:a>;x=\"", 10},
	    {"sip:a b", 0},
	    {"\"a\" sip:b", 0},
	    {";tag=x", 0},
	};
	struct sip_error error;
	struct sip_address a;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(sip_address_parse(slice_of(bad[i].text), &a, &error), ERR_SYNTAX);
		assert_int_equal(error.offset, bad[i].offset);
		assert_int_equal(strncmp(error.what, "address: ", 9), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_bracketed),
	    cmocka_unit_test(test_plain),
	    cmocka_unit_test(test_star),
	    cmocka_unit_test(test_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

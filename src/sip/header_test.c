// SPDX-License-Identifier: Apache-2.0
/*
 * Every header is found by its name in any letter case, the compact forms too,
 * and a name that differs in one character is not.
 */
#include "sip/header.h"

#include "test/kit/unit.h"

static void change_case(char *text, size_t n, bool upper)
{
	for (size_t i = 0; i < n; i++) {
		if (upper && text[i] >= 'a' && text[i] <= 'z')
			text[i] ^= 0x20;
		else if (!upper && text[i] >= 'A' && text[i] <= 'Z')
			text[i] ^= 0x20;
	}
}

static void test_every_name_is_found(void **state)
{
	char text[40];

	(void)state;
	for (enum sip_header_id id = SIP_HEADER_OTHER + 1; id < SIP_HEADER_COUNT; id++) {
		struct slice name = sip_header_name(id);
		size_t n = name.n;

		assert_in_range(n, 2, sizeof(text));
		memcpy(text, name.p, n);
		assert_int_equal(sip_header_find(slice_make(text, n)), id);
		change_case(text, n, true);
		assert_int_equal(sip_header_find(slice_make(text, n)), id);
		change_case(text, n, false);
		assert_int_equal(sip_header_find(slice_make(text, n)), id);
	}
}

static void test_near_names_are_not(void **state)
{
	char text[40];

	(void)state;
	for (enum sip_header_id id = SIP_HEADER_OTHER + 1; id < SIP_HEADER_COUNT; id++) {
		struct slice name = sip_header_name(id);
		size_t n = name.n;

		for (size_t i = 0; i < n; i++) {
			memcpy(text, name.p, n);
			text[i] = '_';
			assert_int_equal(sip_header_find(slice_make(text, n)), SIP_HEADER_OTHER);
		}
	}
	assert_int_equal(sip_header_find(slice_of("")), SIP_HEADER_OTHER);
	assert_int_equal(sip_header_find(slice_of("Subject")), SIP_HEADER_OTHER);
}

static void test_compact_forms(void **state)
{
	static const struct {
		const char *name;
		enum sip_header_id id;
	} forms[] = {{"i", SIP_CALL_ID}, {"m", SIP_CONTACT}, {"l", SIP_CONTENT_LENGTH},
	    {"c", SIP_CONTENT_TYPE}, {"o", SIP_EVENT}, {"f", SIP_FROM}, {"k", SIP_SUPPORTED},
	    {"t", SIP_TO}, {"v", SIP_VIA}, {"V", SIP_VIA}, {"I", SIP_CALL_ID},
	    {"s", SIP_HEADER_OTHER}, {"z", SIP_HEADER_OTHER}};

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		assert_int_equal(sip_header_find(slice_of(forms[i].name)), forms[i].id);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_name_is_found),
	    cmocka_unit_test(test_near_names_are_not),
	    cmocka_unit_test(test_compact_forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * The words of messages: the text that was found, the name nearest to it, and
 * which characters may be shown.
 */
#include "param/phrase.h"

#include "test/kit/unit.h"

static const char *found(const char *bytes, size_t n)
{
	static char text[256];
	struct buf b = buf_over(text, sizeof(text));

	phrase_put_found(&b, slice_make(bytes, n));
	return buf_text(&b);
}

static void test_found(void **state)
{
	char longest[65];
	const char *text;

	(void)state;
	assert_string_equal(found("", 0), "\"\"");
	assert_string_equal(found("Zürich", 7), "Zürich");
	assert_string_equal(found("a\nb\0c\x7f", 6), "a?b?c?");
	assert_string_equal(found("\xff\xc3", 2), "??");
	/* C1 controls, overlong forms and surrogates. */
	assert_string_equal(found("\xc2\x9b", 2), "?");
	assert_string_equal(found("\xc0\xaf", 2), "??");
	assert_string_equal(found("\xed\xa0\x80", 3), "???");

	memset(longest, 'x', sizeof(longest));
	assert_int_equal(strlen(found(longest, 64)), 64);
	text = found(longest, 65);
	assert_int_equal(strlen(text), 64 + strlen("…"));
	assert_string_equal(text + 64, "…");
}

static void test_nearest(void **state)
{
	static const char *const names[] = {"username", "password", "password_file", "host"};

	(void)state;
	assert_string_equal(phrase_nearest(SLICE("pasword"), names, 4), "password");
	assert_string_equal(phrase_nearest(SLICE("HOST"), names, 4), "host");
	assert_string_equal(phrase_nearest(SLICE("user_name"), names, 4), "username");
	assert_null(phrase_nearest(SLICE("colour"), names, 4));
	assert_null(phrase_nearest(SLICE(""), names, 4));
}

static void test_clean(void **state)
{
	(void)state;
	assert_true(phrase_is_clean(SLICE("")));
	assert_true(phrase_is_clean(SLICE("Zürich €")));
	assert_false(phrase_is_clean(SLICE("a\r\nb")));
	assert_false(phrase_is_clean(SLICE("\xe2\x82")));
	assert_false(phrase_is_clean(SLICE("\xf4\x90\x80\x80")));
}

static void test_switch(void **state)
{
	static const char *const words[] = {"off", "on", "false", "TRUE", "No", "yes"};
	bool on;

	(void)state;
	for (unsigned i = 0; i < 6; i++) {
		assert_true(phrase_read_switch(slice_of(words[i]), &on));
		assert_int_equal(on, i & 1);
	}
	assert_false(phrase_read_switch(SLICE(""), &on));
	assert_false(phrase_read_switch(SLICE("1"), &on));
	assert_false(phrase_read_switch(SLICE("onn"), &on));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_found),
	    cmocka_unit_test(test_nearest),
	    cmocka_unit_test(test_clean),
	    cmocka_unit_test(test_switch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

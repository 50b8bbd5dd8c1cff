// SPDX-License-Identifier: Apache-2.0
/*
 * Parameters as peers write them, and quoted strings there and back.
 */
#include "sip/param.h"

#include "test/kit/unit.h"

#define assert_slice(slice, text) assert_true(slice_equal((slice), SLICE(text)))

static void test_forms(void **state)
{
	struct slice rest = SLICE(" ;a=b ; flag;q=\"x;\\\"y\" ;\r\n c = d==;;e=;ip=2001:db8::1;");
	struct sip_param p;

	(void)state;
	assert_int_equal(sip_param_next(&rest, &p), 1);
	assert_slice(p.name, "a");
	assert_slice(p.value, "b");
	assert_true(p.has_value && !p.quoted);
	assert_int_equal(sip_param_next(&rest, &p), 1);
	assert_slice(p.name, "flag");
	assert_false(p.has_value);
	assert_int_equal(sip_param_next(&rest, &p), 1);
	assert_slice(p.value, "x;\\\"y");
	assert_true(p.quoted);
	assert_int_equal(sip_param_next(&rest, &p), 1);
	assert_slice(p.name, "c");
	assert_slice(p.value, "d==");
	assert_int_equal(sip_param_next(&rest, &p), 1);
	assert_true(p.has_value);
	assert_slice(p.value, "");
	assert_int_equal(sip_param_next(&rest, &p), 1);
	assert_slice(p.value, "2001:db8::1");
	assert_int_equal(sip_param_next(&rest, &p), 0);
	assert_int_equal(sip_param_next(&rest, &p), 0);
}

static void test_malformed(void **state)
{
	static const char *const bad[] = {"a", "x;a", ";=b", ";a b", ";a=\"b", ";a=\"b\"c",
	    ";a=b,c", ";a=<b>", ";a\"b\"", ";a=\"b\\", ";a=\"b\r\nc\"", ";a=\"b\rc\"",
	    ";a=\"\\\n\""};
	struct sip_param p;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct slice rest = slice_of(bad[i]);

		assert_int_equal(sip_param_next(&rest, &p), ERR_SYNTAX);
	}
}

static void test_find(void **state)
{
	struct slice params = SLICE(";Tag=one;tag=two;lr");
	struct sip_param p;

	(void)state;
	assert_true(sip_param_find(params, "tag", &p));
	assert_slice(p.value, "one");
	assert_true(sip_param_find(params, "LR", &p));
	assert_false(p.has_value);
	assert_false(sip_param_find(params, "l", &p));
	assert_false(sip_param_find((struct slice){0}, "tag", &p));
	assert_false(sip_param_find(SLICE(";bad\";tag=x"), "tag", &p));
}

static void test_unquote(void **state)
{
	char text[64];
	struct buf b = buf_over(text, sizeof(text));

	(void)state;
	sip_unquote(&b, SLICE("a\\\"b\\\\c\r\n d\\e"));
	assert_slice(buf_slice(&b), "a\"b\\c de");
}

static void test_put_quoted(void **state)
{
	char text[64];
	struct buf b = buf_over(text, sizeof(text));
	struct buf back = buf_over(text + 32, 32);
	struct sip_param p;
	struct slice rest;

	(void)state;
	buf_puts(&b, ";x=");
	sip_put_quoted(&b, SLICE("say \"hi\" \\o/\r\nX"));
	assert_slice(buf_slice(&b), ";x=\"say \\\"hi\\\" \\\\o/  X\"");
	rest = buf_slice(&b);
	assert_int_equal(sip_param_next(&rest, &p), 1);
	sip_unquote(&back, p.value);
	assert_slice(buf_slice(&back), "say \"hi\" \\o/  X");
}

static void test_token(void **state)
{
	(void)state;
	assert_true(sip_is_token(SLICE("aZ09-.!%*_+`'~")));
	assert_false(sip_is_token(SLICE("")));
	assert_false(sip_is_token(SLICE("a b")));
	assert_false(sip_is_token(SLICE("a:b")));
	assert_false(sip_is_token(SLICE("\xc3\xa9")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_forms),
	    cmocka_unit_test(test_malformed),
	    cmocka_unit_test(test_find),
	    cmocka_unit_test(test_unquote),
	    cmocka_unit_test(test_put_quoted),
	    cmocka_unit_test(test_token),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

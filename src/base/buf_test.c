// SPDX-License-Identifier: Apache-2.0
/*
 * Buffers filled to the last byte and one past it, and what numbers look like.
 */
#include "base/buf.h"

#include "test/kit/unit.h"

static void test_exact_fit(void **state)
{
	char storage[6] = "......";
	struct buf b = buf_over(storage, 5);

	(void)state;
	buf_puts(&b, "abc");
	buf_putc(&b, 'd');
	buf_put(&b, SLICE("e"));
	assert_false(b.full);
	assert_true(slice_equal(buf_slice(&b), SLICE("abcde")));
	buf_put(&b, SLICE(""));
	assert_false(b.full);
	buf_putc(&b, 'f');
	assert_true(b.full);
	assert_int_equal(b.n, 5);
	assert_int_equal(storage[5], '.');
}

static void test_full_stays_full(void **state)
{
	char storage[4];
	struct buf b = buf_over(storage, sizeof(storage));

	(void)state;
	buf_puts(&b, "ab");
	buf_puts(&b, "cde");
	assert_true(b.full);
	/* This one would fit, but a message with a hole is worse than none. */
	buf_putc(&b, 'x');
	assert_int_equal(b.n, 2);
	assert_string_equal(buf_text(&b), "");
	buf_reset(&b);
	buf_puts(&b, "ok");
	assert_false(b.full);
	assert_string_equal(buf_text(&b), "ok");
}

static void test_text_needs_room(void **state)
{
	char storage[3];
	struct buf b = buf_over(storage, sizeof(storage));

	(void)state;
	buf_puts(&b, "ab");
	assert_string_equal(buf_text(&b), "ab");
	assert_int_equal(b.n, 2);
	buf_putc(&b, 'c');
	assert_false(b.full);
	assert_string_equal(buf_text(&b), "");
	assert_true(b.full);
}

static void test_numbers(void **state)
{
	char storage[128];
	struct buf b = buf_over(storage, sizeof(storage));

	(void)state;
	buf_put_u64(&b, 0);
	buf_putc(&b, ' ');
	buf_put_u64(&b, 10);
	buf_putc(&b, ' ');
	buf_put_u64(&b, UINT64_MAX);
	buf_putc(&b, ' ');
	buf_put_i64(&b, -7);
	buf_putc(&b, ' ');
	buf_put_i64(&b, INT64_MIN);
	buf_putc(&b, ' ');
	buf_put_i64(&b, INT64_MAX);
	assert_string_equal(buf_text(&b), "0 10 18446744073709551615 -7 "
	                                  "-9223372036854775808 9223372036854775807");
}

static void test_number_does_not_fit(void **state)
{
	char storage[3];
	struct buf b = buf_over(storage, sizeof(storage));

	(void)state;
	buf_putc(&b, 'a');
	buf_put_i64(&b, -10);
	assert_true(b.full);
	assert_int_equal(b.n, 1);
}

static void test_hex(void **state)
{
	static const uint8_t bytes[] = {0x00, 0x9f, 0xff};
	char storage[7];
	struct buf b = buf_over(storage, sizeof(storage));

	(void)state;
	buf_put_hex(&b, bytes, 0);
	buf_put_hex(&b, bytes, sizeof(bytes));
	assert_string_equal(buf_text(&b), "009fff");
	buf_put_hex(&b, bytes, 1);
	assert_true(b.full);
	assert_int_equal(b.n, 6);
}

/* The vectors of RFC 4648 section 10, in lower case and without padding. */
static void test_base32(void **state)
{
	static const char *const rows[][2] = {
	    {"", ""},
	    {"f", "my"},
	    {"fo", "mzxq"},
	    {"foo", "mzxw6"},
	    {"foob", "mzxw6yq"},
	    {"fooba", "mzxw6ytb"},
	    {"foobar", "mzxw6ytboi"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char storage[16];
		struct buf b = buf_over(storage, sizeof(storage));

		buf_put_base32(&b, (const uint8_t *)rows[i][0], strlen(rows[i][0]));
		assert_string_equal(buf_text(&b), rows[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_exact_fit),
	    cmocka_unit_test(test_full_stays_full),
	    cmocka_unit_test(test_text_needs_room),
	    cmocka_unit_test(test_numbers),
	    cmocka_unit_test(test_number_does_not_fit),
	    cmocka_unit_test(test_hex),
	    cmocka_unit_test(test_base32),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

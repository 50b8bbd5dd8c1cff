// SPDX-License-Identifier: Apache-2.0
/*
 * The expected bytes were computed with another implementation of HMAC over
 * the layout written in identity.c: they must never change.
 */
#include "model/identity.h"

#include "test/kit/unit.h"

static const char *derive(
    enum identity_purpose purpose, const char *name, const char *user, uint32_t epoch, size_t n)
{
	static char text[65];
	struct buf b = buf_over(text, sizeof(text));
	uint8_t secret[NODE_SECRET_SIZE], bytes[32];
	struct identity_key key;

	for (size_t i = 0; i < sizeof(secret); i++)
		secret[i] = (uint8_t)i;
	identity_key_init(&key, secret);
	identity_derive(&key, purpose, slice_of(name), slice_of(user), SLICE("carrier.example"),
	    epoch, bytes, n);
	buf_put_hex(&b, bytes, n);
	return buf_text(&b);
}

static void test_vectors(void **state)
{
	(void)state;
	assert_string_equal(derive(IDENTITY_CALL_ID, "carrier-a", "1001", 0, 32),
	    "56870c8dd1364b8324f07c77ddcb663df8d3be3743dec757f7268324c114f6d9");
	assert_string_equal(derive(IDENTITY_CONTACT_USER, "carrier-a", "1001", 7, 32),
	    "ac11bf397720b9ad319d3f92503adafc8d044b4b4c464cf39ebdfebf7d5f1156");
	assert_string_equal(
	    derive(IDENTITY_CALL_ID, "carrier-a", "1001", 0, 10), "56870c8dd1364b8324f0");
}

static void test_fields_do_not_run_together(void **state)
{
	char first[65];

	(void)state;
	strcpy(first, derive(IDENTITY_CALL_ID, "ab", "c", 0, 32));
	assert_string_not_equal(first, derive(IDENTITY_CALL_ID, "a", "bc", 0, 32));
	assert_string_not_equal(first, derive(IDENTITY_CALL_ID, "ab", "c", 1, 32));
	assert_string_not_equal(first, derive(IDENTITY_FROM_TAG, "ab", "c", 0, 32));
	assert_string_equal(first, derive(IDENTITY_CALL_ID, "ab", "c", 0, 32));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_vectors),
	    cmocka_unit_test(test_fields_do_not_run_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

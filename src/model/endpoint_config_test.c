// SPDX-License-Identifier: Apache-2.0
/*
 * Every rule of an endpoint, with its message.
 */
#include "model/endpoint_config.h"

#include "test/kit/unit.h"

static char text[512];
static const char *field;

static struct endpoint_config good(void)
{
	struct endpoint_config config;

	object_defaults(OBJECT_ENDPOINT, &config);
	config.username = SLICE("2001");
	config.password = SLICE("secret");
	return config;
}

static int check(const struct endpoint_config *config)
{
	struct buf b = buf_over(text, sizeof(text));
	int rc;

	field = "";
	rc = object_check(OBJECT_ENDPOINT, config, NULL, &field, &b);
	assert_string_equal(buf_text(&b), text);
	assert_int_equal(rc == 0, b.n == 0);
	return rc;
}

static int check_user(const char *username)
{
	struct endpoint_config config = good();

	config.username = slice_of(username);
	return check(&config);
}

static void test_good(void **state)
{
	struct endpoint_config config = good();

	(void)state;
	assert_true(config.settings.enabled);
	assert_int_equal(config.settings.max_contacts, 1);
	assert_int_equal(config.settings.transports, 0);
	assert_int_equal(config.settings.line_limit, 0);
	assert_int_equal(check(&config), 0);
	config.settings.transports = 1 << SIP_UDP;
	config.networks = SLICE("192.0.2.0/24, 2001:db8::/32");
	config.caller_id = SLICE("+49 30 1234");
	assert_int_equal(check(&config), 0);
	assert_true(slice_equal(object_name(OBJECT_ENDPOINT, &config), SLICE("2001")));
}

static void test_names(void **state)
{
	char longest[66] = {0};

	(void)state;
	assert_int_equal(check_user("+49301234567"), 0);
	assert_int_equal(check_user("anna.b_c-D9"), 0);
	memset(longest, 'x', 64);
	assert_int_equal(check_user(longest), 0);
	longest[64] = 'x';
	assert_int_equal(check_user(longest), ERR_LIMIT);
	assert_int_equal(check_user(""), ERR_SYNTAX);
	assert_string_equal(text, "is missing; the user name of the phone would be right");
	assert_int_equal(check_user("20/01"), ERR_SYNTAX);
	assert_string_equal(field, "username");
	assert_string_equal(text, "20/01; 1–64 letters, digits, \".\", \"_\", \"-\" and \"+\" "
	                          "would be right");
	assert_int_equal(check_user("2001@example.com"), ERR_SYNTAX);
	assert_int_equal(check_user("20 01"), ERR_SYNTAX);
}

static void test_password(void **state)
{
	struct endpoint_config config = good();

	(void)state;
	config.password = SLICE("");
	assert_int_equal(check(&config), ERR_SYNTAX);
	assert_string_equal(field, "password");
	assert_string_equal(text, "is missing; an endpoint needs a password");
	config.password = SLICE("hush\n");
	assert_int_equal(check(&config), ERR_SYNTAX);
	assert_null(strstr(text, "hush"));
}

static void test_ranges(void **state)
{
	struct endpoint_config config = good();

	(void)state;
	config.settings.max_contacts = 0;
	assert_int_equal(check(&config), ERR_RANGE);
	assert_string_equal(field, "max_contacts");
	assert_string_equal(text, "0 is outside 1–32 devices");
	config.settings.max_contacts = ENDPOINT_CONTACTS_MAX;
	assert_int_equal(check(&config), 0);
	config.settings.max_contacts = ENDPOINT_CONTACTS_MAX + 1;
	assert_int_equal(check(&config), ERR_RANGE);
}

/* Streams come later: a word for them is known, and the value is not taken. */
static void test_transports(void **state)
{
	struct endpoint_config config = good();
	const struct field_row *row = endpoint_config_table()->rows;
	struct buf b = buf_over(text, sizeof(text));
	uint32_t value;

	(void)state;
	config.settings.transports = 1 << SIP_TCP;
	assert_int_equal(check(&config), ERR_RANGE);
	assert_string_equal(field, "transports");
	while (strcmp(row->name, "transports") != 0)
		row++;
	field_put_values(&b, row);
	assert_string_equal(buf_text(&b), "any, udp");
	assert_true(field_find_word(row, SLICE("UDP"), &value));
	assert_int_equal(value, 1 << SIP_UDP);
	assert_false(field_find_word(row, SLICE("tls"), &value));
	assert_true(field_is_later_word(row, SLICE("TLS")));
	assert_false(field_is_later_word(row, SLICE("udp")));
	assert_false(field_is_later_word(row, SLICE("pigeon")));
}

static void test_networks(void **state)
{
	struct endpoint_config config = good();

	(void)state;
	config.networks = SLICE("192.0.2.1/24");
	assert_int_equal(check(&config), ERR_SYNTAX);
	assert_string_equal(field, "networks");
}

static void test_copy(void **state)
{
	struct endpoint_config config = good(), *copy;
	char name[] = "2001";

	(void)state;
	config.username = slice_of(name);
	config.networks = SLICE("192.0.2.0/24");
	copy = object_copy(OBJECT_ENDPOINT, &config);
	assert_true(object_equal(OBJECT_ENDPOINT, &config, copy));
	name[0] = 'x';
	assert_true(slice_equal(copy->username, SLICE("2001")));
	assert_false(object_equal(OBJECT_ENDPOINT, &config, copy));
	object_free(OBJECT_ENDPOINT, copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_good),
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_password),
	    cmocka_unit_test(test_ranges),
	    cmocka_unit_test(test_transports),
	    cmocka_unit_test(test_networks),
	    cmocka_unit_test(test_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

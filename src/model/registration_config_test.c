// SPDX-License-Identifier: Apache-2.0
/*
 * Every rule of a registration, with its message; copies share nothing.
 */
#include "model/registration_config.h"

#include <stdlib.h>

#include "test/kit/unit.h"

static char text[512];
static const char *field;

static struct registration_config good(void)
{
	struct registration_config config;

	registration_config_defaults(&config);
	config.name = SLICE("carrier-a");
	config.username = SLICE("1001");
	config.password = SLICE("secret");
	config.host = SLICE("carrier.example");
	return config;
}

static int check(const struct registration_config *config)
{
	struct buf b = buf_over(text, sizeof(text));
	int rc;

	field = "";
	rc = object_check(OBJECT_REGISTRATION, config, NULL, &field, &b);
	assert_string_equal(buf_text(&b), text);
	assert_int_equal(rc == 0, b.n == 0);
	return rc;
}

static void test_good(void **state)
{
	struct registration_config config = good();

	(void)state;
	assert_true(config.settings.enabled);
	assert_int_equal(config.settings.digest_min, sip_digest_strength(SIP_DIGEST_MD5));
	assert_int_equal(check(&config), 0);
	config.proxy = SLICE("sip:127.0.0.1:5070;lr");
	config.settings.period_s = PERIOD_AUTO;
	assert_int_equal(check(&config), 0);
	config.proxy = SLICE("sip:[2001:db8::1]:5070;transport=UDP");
	assert_int_equal(check(&config), 0);
}

static void test_names(void **state)
{
	struct registration_config config = good();
	char longest[65];

	(void)state;
	memset(longest, 'x', sizeof(longest));
	config.name = slice_make(longest, 64);
	assert_int_equal(check(&config), 0);
	config.name = slice_make(longest, 65);
	assert_int_equal(check(&config), ERR_LIMIT);
	config.name = SLICE("");
	assert_int_equal(check(&config), ERR_SYNTAX);
	assert_string_equal(field, "name");
	config.name = SLICE("a/b");
	assert_int_equal(check(&config), ERR_SYNTAX);
	assert_string_equal(
	    text, "a/b; 1–64 letters, digits, \".\", \"_\" and \"-\" would be right");
}

static void test_texts(void **state)
{
	struct registration_config config = good();

	(void)state;
	config.username = SLICE("");
	assert_int_equal(check(&config), ERR_SYNTAX);
	assert_string_equal(field, "username");
	config = good();
	config.display_name = SLICE("a\r\nVia: x");
	assert_int_equal(check(&config), ERR_SYNTAX);
	assert_string_equal(field, "display_name");
	config = good();
	config.password = SLICE("hush\n");
	assert_int_equal(check(&config), ERR_SYNTAX);
	assert_string_equal(field, "password");
	assert_null(strstr(text, "hush"));
	config = good();
	config.host = SLICE("carrier.example:5060");
	assert_int_equal(check(&config), ERR_SYNTAX);
	assert_string_equal(field, "host");
	config = good();
	config.contact_user = SLICE("");
	assert_int_equal(check(&config), ERR_SYNTAX);
	assert_string_equal(field, "contact_user");
}

static int check_proxy(const char *proxy)
{
	struct registration_config config = good();

	config.proxy = slice_of(proxy);
	return check(&config);
}

static void test_proxies(void **state)
{
	(void)state;
	assert_int_equal(check_proxy("sip:10.0.0.1;transport=tcp"), ERR_UNSUPPORTED);
	assert_string_equal(field, "proxy");
	assert_string_equal(
	    text, "sip:10.0.0.1;transport=tcp: transport TCP is known, but not in this version");
	assert_int_equal(check_proxy("sips:10.0.0.1"), ERR_UNSUPPORTED);
	assert_int_equal(check_proxy("sip:10.0.0.1;transport=tls"), ERR_UNSUPPORTED);
	assert_int_equal(check_proxy("sip:10.0.0.1;transport=carrier-pigeon"), ERR_UNSUPPORTED);
	assert_int_equal(check_proxy("tel:+4912345"), ERR_SYNTAX);
	assert_true(check_proxy("127.0.0.1:5070") < 0);
	assert_true(check_proxy("sip:") < 0);
	assert_true(check_proxy("sip:10.0.0.1:99999") < 0);
}

/* A bit for each field that differs, the password among them. */
static void test_differences(void **state)
{
	const struct object_table *table = object_table(OBJECT_REGISTRATION);
	struct registration_config one = good(), other = good();
	uint64_t bits;

	(void)state;
	other.settings.period_s = 60;
	other.settings.local.port = 5062;
	other.password = SLICE("other");
	bits = object_differences(OBJECT_REGISTRATION, &one, &other);
	for (size_t i = 0; i < table->count; i++) {
		const char *name = table->rows[i].name;
		bool differs = !strcmp(name, "period") || !strcmp(name, "signaling_port") ||
		               !strcmp(name, "password");

		if ((bits >> i & 1) != differs)
			fail_msg("%s", name);
	}
}

/* Fields that are the same in an object found right are not judged again; others are. */
static void test_beside_a_known_one(void **state)
{
	struct registration_config known = good(), config = good();
	struct buf b = buf_over(text, sizeof(text));

	(void)state;
	assert_true(object_is_known(OBJECT_REGISTRATION, &config, &known));
	config.proxy = SLICE("tel:+4930");
	assert_false(object_is_known(OBJECT_REGISTRATION, &config, &known));
	assert_int_equal(
	    object_check(OBJECT_REGISTRATION, &config, &known, &field, &b), ERR_SYNTAX);
	assert_string_equal(field, "proxy");
	known.proxy = config.proxy;
	assert_int_equal(object_check(OBJECT_REGISTRATION, &config, &known, &field, &b), 0);
	config.host = SLICE("a b");
	assert_int_equal(
	    object_check(OBJECT_REGISTRATION, &config, &known, &field, &b), ERR_SYNTAX);
	assert_string_equal(field, "host");
}

static void test_link_local_addresses(void **state)
{
	struct registration_config one = good(), other = good();

	(void)state;
	one.settings.local = (struct netaddr){.family = 6, .ip = {0xfe, 0x80}, .scope = 2};
	other.settings.local = one.settings.local;
	assert_true(registration_settings_equal(&one.settings, &other.settings));
	other.settings.local.scope = 3;
	assert_false(registration_settings_equal(&one.settings, &other.settings));
}

static void expect_values(const char *name, const char *expected)
{
	const struct object_table *table = object_table(OBJECT_REGISTRATION);
	struct buf b = buf_over(text, sizeof(text));

	for (size_t i = 0; i < table->count; i++)
		if (strcmp(table->rows[i].name, name) == 0)
			field_put_values(&b, &table->rows[i]);
	assert_string_equal(buf_text(&b), expected);
}

static void test_values(void **state)
{
	(void)state;
	expect_values("enabled", "on, off");
	expect_values("digest_min", "MD5, SHA-256, SHA-512-256");
	expect_values("period", "default, auto, 20–7200 s");
	expect_values("line_limit", "0–100000 calls");
	expect_values("proxy", "SIP URI");
}

static void test_ranges(void **state)
{
	struct registration_config config = good();

	(void)state;
	for (config.settings.period_s = 1; config.settings.period_s < 20;
	     config.settings.period_s++)
		assert_int_equal(check(&config), ERR_RANGE);
	assert_int_equal(check(&config), 0);
	config.settings.period_s = 7200;
	assert_int_equal(check(&config), 0);
	config.settings.period_s = 7201;
	assert_int_equal(check(&config), ERR_RANGE);
	config.settings.period_s = 10;
	assert_int_equal(check(&config), ERR_RANGE);
	assert_string_equal(field, "period");
	assert_string_equal(text, "10 is outside 20–7200 s (or \"auto\")");
	config = good();
	config.settings.retry_delay_s = 29;
	assert_int_equal(check(&config), ERR_RANGE);
	config.settings.retry_delay_s = 30;
	assert_int_equal(check(&config), 0);
	config.settings.retry_delay_s = 601;
	assert_int_equal(check(&config), ERR_RANGE);
	config = good();
	config.settings.digest_min = 0;
	assert_int_equal(check(&config), ERR_RANGE);
}

static void test_copy(void **state)
{
	struct registration_config config = good(), other;
	struct registration_config *copy;
	char name[] = "carrier-a";

	(void)state;
	config.name = slice_of(name);
	config.settings.period_s = 300;
	copy = registration_config_copy(&config);
	assert_true(registration_config_equal(&config, copy));
	name[0] = 'x';
	assert_true(slice_equal(copy->name, SLICE("carrier-a")));
	assert_false(registration_config_equal(&config, copy));

	other = *copy;
	other.settings.period_s = 301;
	assert_false(registration_config_equal(&other, copy));
	other = *copy;
	other.settings.local.port = 5062;
	assert_false(registration_config_equal(&other, copy));
	other = *copy;
	other.settings.enabled = false;
	assert_false(registration_config_equal(&other, copy));
	registration_config_free(&copy);
	assert_null(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_good),
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_texts),
	    cmocka_unit_test(test_proxies),
	    cmocka_unit_test(test_ranges),
	    cmocka_unit_test(test_copy),
	    cmocka_unit_test(test_differences),
	    cmocka_unit_test(test_beside_a_known_one),
	    cmocka_unit_test(test_link_local_addresses),
	    cmocka_unit_test(test_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

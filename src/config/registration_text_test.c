// SPDX-License-Identifier: Apache-2.0
/*
 * What is written of a registration is read back as the same, and differences
 * are named by their field.
 */
#include "config/registration_text.h"

#include "config/objects_reading.h"

#include <stdio.h>
#include <stdlib.h>

#include "test/kit/unit.h"

static struct registration_config *last;

static int take(void *context, const struct registration_config *config)
{
	(void)context;
	last = registration_config_copy(config);
	return 0;
}

static bool is_written(const char *name)
{
	for (unsigned i = 0; i < registration_text_count(); i++)
		if (!strcmp(registration_text_name(i), name))
			return true;
	return false;
}

/* What is read and not written would be lost in an export. */
static void test_every_field_is_written(void **state)
{
	size_t count;
	const struct yaml_row *rows = objects_registration_rows(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		bool is_password = !strncmp(rows[i].name, "password", strlen("password"));

		if (rows[i].read && !is_password && !is_written(rows[i].name))
			fail_msg(
			    "%s is read, and registration_text.c does not write it", rows[i].name);
	}
}

static void write_all(struct buf *b, const struct registration_config *config)
{
	for (unsigned i = 0; i < registration_text_count(); i++) {
		buf_puts(b, i > 0 ? ", \"" : "{\"");
		buf_puts(b, registration_text_name(i));
		buf_puts(b, "\": ");
		registration_text_put(b, i, config);
	}
	buf_puts(b, "}");
}

static void returns(const struct registration_config *config)
{
	const struct objects_sink sink = {.registration = take};
	char text[8192], line[PROBLEM_LINE_MAX];
	struct buf b = buf_over(text, sizeof(text));
	struct buf message = buf_over(line, sizeof(line));
	struct problems problems;

	write_all(&b, config);
	problems_init(&problems, "text");
	if (objects_read_one(buf_slice(&b), NULL, (struct slice){0}, &sink, &problems) != 0) {
		problems_put(&message, &problems, 0);
		fail_msg("%s\n%s", buf_text(&message), buf_text(&b));
	}
	if (!registration_config_equal(config, last))
		fail_msg("does not come back: %s", buf_text(&b));
	assert_int_equal(registration_text_differences(config, last), 0);
	registration_config_free(&last);
}

static struct registration_config least(void)
{
	struct registration_config config;

	registration_config_defaults(&config);
	config.name = SLICE("a");
	config.username = SLICE("u");
	config.host = SLICE("sw.example");
	return config;
}

static void test_what_is_written_is_read_back(void **state)
{
	struct registration_config config = least();

	(void)state;
	returns(&config);
	config.settings.enabled = false;
	config.username = SLICE("null");
	config.auth_username = SLICE("a \"b\" \\ c: # !d");
	config.display_name = SLICE("Zoë\xe2\x80\xa8~");
	config.user_agent = SLICE("true");
	config.proxy = SLICE("sip:[2001:db8::1]:5070;lr");
	config.contact_host = SLICE("192.0.2.1");
	config.contact_user = SLICE("00");
	assert_int_equal(netaddr_parse(SLICE("[2001:db8::2]:5071"), &config.settings.local), 0);
	config.settings.period_s = PERIOD_AUTO;
	config.settings.line_limit = 7;
	config.settings.retry_delay_s = 30;
	config.settings.digest_min = 3;
	config.settings.send_unregister = SWITCH_OFF;
	config.settings.outbound = OUTBOUND_OFF;
	config.settings.multi_contact = true;
	config.settings.keepalive_s = KEEPALIVE_OFF;
	returns(&config);
	config.settings.period_s = 20;
	config.settings.local = (struct netaddr){.port = 5080};
	config.settings.send_unregister = SWITCH_ON;
	config.settings.digest_min = 2;
	config.settings.outbound = OUTBOUND_ON;
	config.settings.keepalive_s = 30;
	config.contact_user = SLICE("derived");
	config.settings.bulk = true;
	returns(&config);
}

static void test_differences_are_named(void **state)
{
	struct registration_config one = least(), other = least();
	uint64_t bits;

	(void)state;
	other.settings.period_s = 60;
	other.host = SLICE("sw2.example");
	bits = registration_text_differences(&one, &other);
	for (unsigned i = 0; i < registration_text_count(); i++) {
		const char *name = registration_text_name(i);
		bool differs = !strcmp(name, "period") || !strcmp(name, "host");

		assert_int_equal(bits >> i & 1, differs);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_field_is_written),
	    cmocka_unit_test(test_what_is_written_is_read_back),
	    cmocka_unit_test(test_differences_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * What is written of an object is read back as the same.
 */
#include "config/object_text.h"

#include "config/objects.h"
#include "model/registration_config.h"

#include <stdio.h>
#include <stdlib.h>

#include "test/kit/unit.h"

static struct registration_config *last;

static int take(void *context, enum object_kind kind, const void *object)
{
	(void)context;
	last = object_copy(kind, object);
	return 0;
}

static void write_all(struct buf *b, const struct registration_config *config)
{
	const struct object_table *table = object_table(OBJECT_REGISTRATION);

	for (size_t i = 0; i < table->count; i++) {
		if (!field_is_shown(&table->rows[i]))
			continue;
		buf_puts(b, i > 0 ? ", \"" : "{\"");
		buf_puts(b, table->rows[i].name);
		buf_puts(b, "\": ");
		object_text_put(b, &table->rows[i], config);
	}
	buf_puts(b, "}");
}

static void returns(const struct registration_config *config)
{
	const struct objects_sink sink = {.object = take};
	char text[8192], line[PROBLEM_LINE_MAX];
	struct buf b = buf_over(text, sizeof(text));
	struct buf message = buf_over(line, sizeof(line));
	struct problems problems;

	write_all(&b, config);
	problems_init(&problems, "text");
	if (objects_read_one(buf_slice(&b), OBJECT_REGISTRATION, NULL, (struct slice){0}, &sink,
	        &problems) != 0) {
		problems_put(&message, &problems, 0);
		fail_msg("%s\n%s", buf_text(&message), buf_text(&b));
	}
	if (!registration_config_equal(config, last))
		fail_msg("does not come back: %s", buf_text(&b));
	assert_int_equal(object_differences(OBJECT_REGISTRATION, config, last), 0);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_what_is_written_is_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

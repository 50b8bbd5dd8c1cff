// SPDX-License-Identifier: Apache-2.0
/*
 * The table of fields against what is really read: neither has more than the other.
 */
#include "config/fields.h"

#include "config/node_config.h"
#include "config/objects_reading.h"

#include <stdio.h>
#include <string.h>

#include "test/kit/unit.h"

static bool is_documented(const char *name)
{
	size_t count;
	const struct field_row *rows = fields_of_registration(&count);

	for (size_t i = 0; i < count; i++)
		if (!strcmp(rows[i].name, name))
			return true;
	return false;
}

/* A field is told of exactly where it is read. */
static void test_registration(void **state)
{
	size_t count, documented, read = 0;
	const struct yaml_row *rows = objects_registration_rows(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		if (is_documented(rows[i].name) != !!rows[i].read)
			fail_msg(
			    "%s: its row in config/fields.c and its reader disagree", rows[i].name);
		read += !!rows[i].read;
	}
	fields_of_registration(&documented);
	assert_int_equal(documented, read);
}

/* The key as it would be written with a value that nothing takes: what is said is of the value. */
static void test_node(void **state)
{
	size_t count;
	const struct field_row *rows = fields_of_node(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		const char *dot = strchr(rows[i].name, '.');
		struct node_config config;
		struct problems problems;
		char text[96], line[PROBLEM_LINE_MAX];
		struct buf b = buf_over(line, sizeof(line));

		snprintf(text, sizeof(text), dot ? "%.*s: {%s: [[]]}" : "%.*s: [[]]%s",
		    dot ? (int)(dot - rows[i].name) : (int)strlen(rows[i].name), rows[i].name,
		    dot ? dot + 1 : "");
		problems_init(&problems, "regent.yaml");
		assert_int_equal(
		    node_config_read_text(slice_of(text), "/tmp", &config, &problems), ERR_SYNTAX);
		problems_put(&b, &problems, 0);
		if (strstr(buf_text(&b), "unknown") || strstr(buf_text(&b), "not in this version"))
			fail_msg("%s", buf_text(&b));
	}
}

static void test_words(void **state)
{
	const struct field_row *(*const tables[])(size_t *) = {
	    fields_of_registration, fields_of_node};

	(void)state;
	for (size_t t = 0; t < 2; t++) {
		size_t count;
		const struct field_row *rows = tables[t](&count);

		for (size_t i = 0; i < count; i++) {
			assert_non_null(rows[i].values);
			assert_non_null(rows[i].otherwise);
			assert_int_equal(rows[i].meaning[strlen(rows[i].meaning) - 1], '.');
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_registration),
	    cmocka_unit_test(test_node),
	    cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

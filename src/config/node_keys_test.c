// SPDX-License-Identifier: Apache-2.0
/*
 * Each key that is told of is really read.
 */
#include "config/node_keys.h"

#include "base/error.h"
#include "config/node_config.h"

#include <stdio.h>
#include <string.h>

#include "test/kit/unit.h"

/* The key as it would be written with a value that nothing takes: what is said is of the value. */
static void test_node(void **state)
{
	size_t count;
	const struct node_key *rows = node_keys(&count);

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
	size_t count;
	const struct node_key *rows = node_keys(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		assert_non_null(rows[i].values);
		assert_non_null(rows[i].otherwise);
		assert_int_equal(rows[i].meaning[strlen(rows[i].meaning) - 1], '.');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_node),
	    cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/* Every way to call regentd. */
#include "daemon/options.h"

#include "base/error.h"
#include "test/kit/unit.h"

#include <string.h>

#define ARGS_MAX 8

static int read_line(const char *line, struct options *options_r)
{
	static char text[256];
	char program[] = "regentd", *argv[ARGS_MAX + 1] = {program};
	int argc = 1;

	strncpy(text, line, sizeof(text) - 1);
	for (char *word = strtok(text, " "); word && argc < ARGS_MAX; word = strtok(NULL, " "))
		argv[argc++] = word;
	return options_read(argc, argv, options_r);
}

static void actions_are_found(void **state)
{
	static const struct {
		const char *line;
		enum options_action action;
	} cases[] = {
	    {"", OPTIONS_RUN},
	    {"-c a.yaml", OPTIONS_RUN},
	    {"--config a.yaml --apply b.yaml --check", OPTIONS_CHECK},
	    {"--version", OPTIONS_VERSION},
	    {"--sizes", OPTIONS_SIZES},
	    {"--tables", OPTIONS_TABLES},
	    {"--help", OPTIONS_HELP},
	    {"-h", OPTIONS_HELP},
	    {"farewell", OPTIONS_FAREWELL},
	    {"farewell -c a.yaml", OPTIONS_FAREWELL},
	    {"-c a.yaml farewell --after 10", OPTIONS_FAREWELL},
	    {"anew -c a.yaml", OPTIONS_ANEW},
	};
	struct options options;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(read_line(cases[i].line, &options), 0);
		assert_int_equal(options.action, cases[i].action);
	}
}

static void files_are_named(void **state)
{
	struct options options;

	(void)state;
	assert_int_equal(read_line("", &options), 0);
	assert_string_equal(options.config, OPTIONS_CONFIG_DEFAULT);
	assert_null(options.objects);
	assert_int_equal(options.after_s, 0);
	assert_int_equal(read_line("farewell --after 3600", &options), 0);
	assert_int_equal(options.after_s, 3600);
	assert_int_equal(read_line("-c a.yaml --apply b.yaml", &options), 0);
	assert_string_equal(options.config, "a.yaml");
	assert_string_equal(options.objects, "b.yaml");
}

static void what_is_unknown_is_refused(void **state)
{
	static const char *const lines[] = {"--frobnicate", "-c", "--apply", "start", "-x",
	    "--after 10", "farewell --after 0", "farewell --after x", "farewell --apply a.yaml",
	    "farewell start", "--check farewell", "anew --apply a.yaml", "anew --after 10",
	    "anew farewell"};
	struct options options;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_int_equal(read_line(lines[i], &options), ERR_SYNTAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(actions_are_found),
	    cmocka_unit_test(files_are_named),
	    cmocka_unit_test(what_is_unknown_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * The report reaches disk and stdout, and neither may hold up the end.
 */
#include "daemon/report_out.h"

#include "test/kit/temp_dir.h"
#include "test/kit/unit.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static char path[TEMP_DIR_MAX];
static struct state_dir dir;
static int saved_stdout;

static int set_up(void **state)
{
	struct store_error error;

	(void)state;
	temp_dir_make(path);
	saved_stdout = dup(STDOUT_FILENO);
	return state_dir_open(path, &dir, &error);
}

static int tear_down(void **state)
{
	(void)state;
	close(saved_stdout);
	state_dir_close(&dir);
	temp_dir_remove(path);
	return 0;
}

static struct report *report_of(uint32_t rows)
{
	struct report *report = report_new(1000, 20);
	struct answer_stop_end end = {.counts = {[OUTCOME_UNSENT] = rows}};
	struct stop_row row = {.name = SLICE("line"), .outcome = OUTCOME_UNSENT};

	for (uint32_t i = 0; i < rows; i++)
		report_add(report, &row);
	report_end(report, 2000, &end);
	return report;
}

static void pipe_as_stdout(int *reader_r)
{
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	fflush(stdout);
	assert_true(dup2(fds[1], STDOUT_FILENO) >= 0);
	close(fds[1]);
	*reader_r = fds[0];
}

static void stdout_again(void)
{
	assert_true(dup2(saved_stdout, STDOUT_FILENO) >= 0);
}

static void test_saved_and_printed(void **state)
{
	struct report *report = report_of(1);
	char text[512] = "";
	int reader;
	bool is_out;

	(void)state;
	pipe_as_stdout(&reader);
	is_out = report_out(&report, &dir, true, 60000);
	stdout_again();
	assert_true(is_out);
	assert_null(report);
	assert_true(read(reader, text, sizeof(text) - 1) > 0);
	assert_non_null(strstr(text, "1 unsent"));
	close(reader);
	assert_true(state_dir_has(&dir, "last-stop.json"));
}

/* Nobody reads the pipe, and more is to be said than it holds: saved, and let go. */
static void test_a_frozen_stdout_holds_up_nothing(void **state)
{
	struct report *report = report_of(5000);
	int reader;
	bool is_out;

	(void)state;
	pipe_as_stdout(&reader);
	is_out = report_out(&report, &dir, true, 1000);
	stdout_again();
	assert_false(is_out);
	assert_null(report);
	assert_true(state_dir_has(&dir, "last-stop.json"));
	/* The thread that waits ends with the pipe. */
	close(reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_saved_and_printed, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
	        test_a_frozen_stdout_holds_up_nothing, set_up, tear_down),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Log lines as they leave: stderr is led into a pipe and read back.
 */
#include "base/log.h"

#include "test/kit/unit.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int pipe_read;
static int stderr_kept;

static int begin(void **state)
{
	int ends[2];

	(void)state;
	if (pipe(ends) != 0)
		return -1;
	stderr_kept = dup(STDERR_FILENO);
	dup2(ends[1], STDERR_FILENO);
	close(ends[1]);
	pipe_read = ends[0];
	return 0;
}

static int end(void **state)
{
	(void)state;
	dup2(stderr_kept, STDERR_FILENO);
	close(stderr_kept);
	close(pipe_read);
	return 0;
}

/* What has been written so far; "" where that is nothing. */
static const char *written(void)
{
	static char text[32768];
	ssize_t n;

	/* A byte of our own, so that reading never waits. */
	assert_int_equal(write(STDERR_FILENO, "$", 1), 1);
	n = read(pipe_read, text, sizeof(text));
	assert_true(n > 0);
	text[n - 1] = '\0';
	return text;
}

static void test_levels(void **state)
{
	(void)state;
	log_setup(LOG_LEVEL_WARNING, LOG_FORMAT_JOURNAL);
	log_line(LOG_LEVEL_INFO, "dropped");
	log_line(LOG_LEVEL_DEBUG, "dropped");
	assert_string_equal(written(), "");
	log_line(LOG_LEVEL_WARNING, "kept=%d", 1);
	log_line(LOG_LEVEL_ERROR, "kept=%d", 2);
	assert_string_equal(written(), "<4>kept=1\n<3>kept=2\n");
	log_setup(LOG_LEVEL_DEBUG, LOG_FORMAT_JOURNAL);
	log_line(LOG_LEVEL_DEBUG, "a");
	log_line(LOG_LEVEL_INFO, "b");
	assert_string_equal(written(), "<7>a\n<6>b\n");
}

static void test_no_forged_lines(void **state)
{
	(void)state;
	log_setup(LOG_LEVEL_INFO, LOG_FORMAT_JOURNAL);
	log_line(LOG_LEVEL_INFO, "reason=%s", "a\r\nlevel=error\x1b[0m\x7f");
	assert_string_equal(written(), "<6>reason=a\\u000d\\u000alevel=error\\u001b[0m\\u007f\n");
}

static void test_text(void **state)
{
	const char *line;
	int ms;

	(void)state;
	log_setup(LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
	log_line(LOG_LEVEL_INFO, "node=sw1");
	line = written();
	assert_int_equal(sscanf(line, "%*4d-%*2d-%*2dT%*2d:%*2d:%*2d.%3dZ", &ms), 1);
	assert_string_equal(strchr(line, 'Z'), "Z info node=sw1\n");
}

static void test_json(void **state)
{
	const char *line;

	(void)state;
	log_setup(LOG_LEVEL_INFO, LOG_FORMAT_JSON);
	log_line(LOG_LEVEL_ERROR, "file=\"a\\b\"\t\xc3\xa4\xff");
	line = written();
	assert_memory_equal(line, "{\"time\":\"2", 10);
	assert_string_equal(strstr(line, ",\"level\""),
	    ",\"level\":\"error\",\"line\":\"file=\\\"a\\\\b\\\"\\u0009\\u00c3\\u00a4\\u00ff\"}\n");
}

static char filler[65536];

/* As by a reader that has stopped. */
static void fill_the_pipe(void)
{
	int flags = fcntl(STDERR_FILENO, F_GETFL);

	fcntl(STDERR_FILENO, F_SETFL, flags | O_NONBLOCK);
	while (write(STDERR_FILENO, filler, sizeof(filler)) > 0)
		;
	fcntl(STDERR_FILENO, F_SETFL, flags);
}

static void test_nobody_reads(void **state)
{
	(void)state;
	log_setup(LOG_LEVEL_INFO, LOG_FORMAT_JOURNAL);
	fill_the_pipe();
	log_line(LOG_LEVEL_INFO, "a"); /* a call that waits would never return */
	log_line(LOG_LEVEL_INFO, "b");
	assert_true(read(pipe_read, filler, sizeof(filler)) > 0);
	log_line(LOG_LEVEL_INFO, "c");
	log_line(LOG_LEVEL_INFO, "d");
	assert_string_equal(written(), "<4>log=lost lines=2\n<6>c\n<6>d\n");
}

/* Longer than a line may be: cut, but still one whole line. */
static void test_long(void **state)
{
	char long_text[8000];
	const char *line;

	(void)state;
	memset(long_text, '\n', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	log_setup(LOG_LEVEL_INFO, LOG_FORMAT_JSON);
	log_line(LOG_LEVEL_INFO, "%s", long_text);
	line = written();
	assert_true(strlen(line) > 2047 * 6);
	assert_string_equal(line + strlen(line) - 9, "\\u000a\"}\n");
}

static void test_gathered_lines_leave_together(void **state)
{
	(void)state;
	log_setup(LOG_LEVEL_INFO, LOG_FORMAT_JOURNAL);
	log_gather(true);
	log_line(LOG_LEVEL_INFO, "a");
	log_line(LOG_LEVEL_INFO, "b");
	assert_string_equal(written(), "");
	log_flush();
	assert_string_equal(written(), "<6>a\n<6>b\n");
	log_line(LOG_LEVEL_INFO, "c");
	log_line(LOG_LEVEL_WARNING, "d");
	assert_string_equal(written(), "<6>c\n<4>d\n");
	log_line(LOG_LEVEL_INFO, "e");
	log_gather(false);
	log_line(LOG_LEVEL_INFO, "f");
	assert_string_equal(written(), "<6>e\n<6>f\n");
}

/* No line waits for another page, none is cut, and they keep their order. */
static void test_gathered_lines_fill_pages(void **state)
{
	static char long_text[1500];
	const char *at;
	char expected[16];

	(void)state;
	/* Written as six bytes each: more than a page in one line. */
	memset(long_text, '\n', sizeof(long_text) - 1);
	log_setup(LOG_LEVEL_INFO, LOG_FORMAT_JOURNAL);
	log_gather(true);
	for (int i = 0; i < 1000; i++)
		log_line(LOG_LEVEL_INFO, "%03d%s", i, i == 500 ? long_text : "");
	log_gather(false);
	at = written();
	for (int i = 0; i < 1000; i++) {
		snprintf(expected, sizeof(expected), "<6>%03d", i);
		assert_memory_equal(at, expected, 6);
		at = strchr(at, '\n') + 1;
	}
	assert_string_equal(at, "");
}

static void test_gathered_lines_are_lost_and_counted(void **state)
{
	(void)state;
	log_setup(LOG_LEVEL_INFO, LOG_FORMAT_JOURNAL);
	fill_the_pipe();
	log_gather(true);
	for (int i = 0; i < 3; i++)
		log_line(LOG_LEVEL_INFO, "lost");
	log_flush();
	log_line(LOG_LEVEL_INFO, "kept");
	assert_true(read(pipe_read, filler, sizeof(filler)) > 0);
	log_gather(false);
	assert_string_equal(written(), "<4>log=lost lines=3\n<6>kept\n");
}

static void *log_elsewhere(void *context)
{
	(void)context;
	log_line(LOG_LEVEL_INFO, "elsewhere");
	return NULL;
}

static void test_other_threads_write_at_once(void **state)
{
	pthread_t thread;

	(void)state;
	log_setup(LOG_LEVEL_INFO, LOG_FORMAT_JOURNAL);
	log_gather(true);
	log_line(LOG_LEVEL_INFO, "here");
	assert_int_equal(pthread_create(&thread, NULL, log_elsewhere, NULL), 0);
	pthread_join(thread, NULL);
	assert_string_equal(written(), "<6>elsewhere\n");
	log_gather(false);
	assert_string_equal(written(), "<6>here\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_levels, begin, end),
	    cmocka_unit_test_setup_teardown(test_no_forged_lines, begin, end),
	    cmocka_unit_test_setup_teardown(test_text, begin, end),
	    cmocka_unit_test_setup_teardown(test_json, begin, end),
	    cmocka_unit_test_setup_teardown(test_nobody_reads, begin, end),
	    cmocka_unit_test_setup_teardown(test_long, begin, end),
	    cmocka_unit_test_setup_teardown(test_gathered_lines_leave_together, begin, end),
	    cmocka_unit_test_setup_teardown(test_gathered_lines_fill_pages, begin, end),
	    cmocka_unit_test_setup_teardown(test_gathered_lines_are_lost_and_counted, begin, end),
	    cmocka_unit_test_setup_teardown(test_other_threads_write_at_once, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/* The report for people, the file for programs, and what counts as owed. */
#include "daemon/report.h"

#include "daemon/progress.h"
#include "test/kit/unit.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STARTED_MS INT64_C(1767225600123) /* 2026-01-01T00:00:00.123Z */

static void add(struct report *report, const char *name, enum stop_outcome outcome, uint16_t status,
    const char *reason, int64_t bound_until_ms)
{
	struct stop_row row = {slice_of(name), outcome, status, slice_of(reason), bound_until_ms};

	report_add(report, &row);
}

static struct report *report_of(uint32_t clean, uint32_t unconfirmed)
{
	struct report *report = report_new(STARTED_MS, 20);
	struct answer_stop_end end = {
	    .counts = {[OUTCOME_CLEAN] = clean, [OUTCOME_UNCONFIRMED] = unconfirmed}};
	char name[32];

	assert_non_null(report);
	for (uint32_t i = 0; i < clean; i++) {
		snprintf(name, sizeof(name), "clean-%u", i);
		add(report, name, OUTCOME_CLEAN, 200, "OK", 0);
	}
	for (uint32_t i = 0; i < unconfirmed; i++)
		add(report, "lost", OUTCOME_UNCONFIRMED, 0, "no answer\x1b[2J", STARTED_MS + 60000);
	report_end(report, STARTED_MS + 1500, &end);
	return report;
}

static char *printed(const struct report *report)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	report_print(report, file);
	fclose(file);
	return text;
}

static void a_short_report_lists_everything(void **state)
{
	struct report *report = report_of(2, 1);
	char *text = printed(report);

	(void)state;
	assert_non_null(strstr(text, "stopped after 1.5 s: 2 clean, 0 refused, 1 unconfirmed"));
	assert_non_null(strstr(text, "clean-1"));
	assert_non_null(strstr(text, "2026-01-01T00:01:00.123Z"));
	assert_non_null(strstr(text, "no answer?[2J"));
	assert_null(strchr(text, '\x1b'));
	free(text);
	report_free(&report);
	assert_null(report);
}

static void a_long_report_lists_what_is_not_clean(void **state)
{
	struct report *report = report_of(REPORT_ALL_MAX, 1);
	char *text = printed(report);

	(void)state;
	assert_non_null(strstr(text, "30 clean"));
	assert_null(strstr(text, "clean-1"));
	assert_non_null(strstr(text, "lost"));
	free(text);
	report_free(&report);
}

static void only_what_upstream_may_still_hold_is_owed(void **state)
{
	static const bool owed[OUTCOME_COUNT] = {
	    [OUTCOME_REFUSED] = true, [OUTCOME_UNCONFIRMED] = true, [OUTCOME_UNSENT] = true};

	(void)state;
	for (int i = 0; i < OUTCOME_COUNT; i++) {
		struct report *report = report_new(STARTED_MS, 20);
		struct answer_stop_end end = {0};

		end.counts[i] = 1;
		report_end(report, STARTED_MS, &end);
		assert_int_equal(report_is_owed(report), owed[i]);
		report_free(&report);
	}
}

static void open_one(
    struct report *report, const char *name, enum registration_state state, bool was_sent)
{
	struct registration_view view = {.name = slice_of(name),
	    .state = state,
	    .last_status = 200,
	    .last_reason = SLICE("OK"),
	    .bound_until_ms = STARTED_MS + 60000,
	    .was_cancel_sent = was_sent};

	report_open(report, &view);
}

static void a_stop_cut_short_names_what_is_open(void **state)
{
	struct report *report = report_new(STARTED_MS, 20);
	char *text;

	(void)state;
	add(report, "b", OUTCOME_CLEAN, 200, "OK", 0);
	add(report, "a", OUTCOME_REFUSED, 403, "Forbidden", STARTED_MS + 60000);
	open_one(report, "a", STATE_REFUSED, false);
	open_one(report, "b", STATE_UNREGISTERED, false);
	open_one(report, "asked", STATE_CANCELLING, true);
	open_one(report, "queued", STATE_CANCELLING, false);
	open_one(report, "standing", STATE_REGISTERED, false);
	report_cut(report, STARTED_MS + 1000, 5);
	text = printed(report);
	assert_non_null(strstr(text, "1.0 s: 1 clean, 1 refused, 1 unconfirmed, 4 unsent, 0 kept"));
	assert_non_null(strstr(text, "asked         unconfirmed  -       2026-01-01T00:01:00.123Z  "
	                             "the stop was cut short"));
	assert_non_null(strstr(text, "queued        unsent"));
	assert_non_null(strstr(text, "standing      unsent"));
	assert_true(report_is_owed(report));
	free(text);
	report_free(&report);
}

static const char *text_at(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	assert_non_null(text);
	return text;
}

static void the_file_is_what_the_interface_says(void **state)
{
	char dir[] = "/tmp/regent-report-XXXXXX", path[64];
	struct report *report = report_of(1, 1);
	struct state_dir state_dir;
	struct store_error error;
	json_t *root, *row;

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(state_dir_open(dir, &state_dir, &error), 0);
	assert_int_equal(report_save(report, &state_dir, &error), 0);
	state_dir_close(&state_dir);
	snprintf(path, sizeof(path), "%s/last-stop.json", dir);
	root = json_load_file(path, 0, NULL);
	assert_non_null(root);
	assert_string_equal(text_at(root, "started"), "2026-01-01T00:00:00.123Z");
	assert_string_equal(text_at(root, "ended"), "2026-01-01T00:00:01.623Z");
	assert_int_equal(json_integer_value(json_object_get(root, "deadline_s")), 20);
	assert_int_equal(json_integer_value(json_object_get(root, "clean")), 1);
	assert_int_equal(json_integer_value(json_object_get(root, "unconfirmed")), 1);
	assert_true(json_is_integer(json_object_get(root, "refused")));
	assert_true(json_is_integer(json_object_get(root, "unsent")));
	assert_true(json_is_integer(json_object_get(root, "kept")));
	assert_int_equal(json_array_size(json_object_get(root, "registrations")), 2);
	row = json_array_get(json_object_get(root, "registrations"), 0);
	assert_string_equal(text_at(row, "name"), "clean-0");
	assert_string_equal(text_at(row, "outcome"), "clean");
	assert_string_equal(text_at(row, "reason"), "OK");
	assert_int_equal(json_integer_value(json_object_get(row, "status")), 200);
	assert_true(json_is_null(json_object_get(row, "bound_until")));
	row = json_array_get(json_object_get(root, "registrations"), 1);
	assert_true(json_is_null(json_object_get(row, "status")));
	assert_string_equal(text_at(row, "bound_until"), "2026-01-01T00:01:00.123Z");
	json_decref(root);
	remove(path);
	snprintf(path, sizeof(path), "%s/lock", dir);
	remove(path);
	assert_int_equal(rmdir(dir), 0);
	report_free(&report);
}

static void an_earlier_report_is_forgotten(void **state)
{
	char dir[] = "/tmp/regent-report-XXXXXX", path[64];
	struct report *report = report_of(1, 0);
	struct state_dir state_dir;
	struct store_error error;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/last-stop.json", dir);
	assert_int_equal(state_dir_open(dir, &state_dir, &error), 0);
	report_forget(&state_dir);
	assert_int_equal(report_save(report, &state_dir, &error), 0);
	assert_int_equal(access(path, F_OK), 0);
	report_forget(&state_dir);
	assert_int_not_equal(access(path, F_OK), 0);
	state_dir_close(&state_dir);
	report_free(&report);
	snprintf(path, sizeof(path), "%s/lock", dir);
	unlink(path);
	rmdir(dir);
}

static void progress_is_one_line_in_place(void **state)
{
	char *text = NULL;
	size_t size;
	struct answer_stop_begin begin = {
	    .deadline_s = 20, .cancels = 100, .kept = 2, .expected_s = 4};
	struct answer_status status = {.stop_total = 130,
	    .stop_settled = 110,
	    .stop_left = 20,
	    .stop_deadline_ms = STARTED_MS + 14500};
	struct progress progress = {.terminal = open_memstream(&text, &size)};

	(void)state;
	progress_begin(&progress, &begin);
	assert_string_equal(text, "stopping: 100 to unregister, 2 stay registered; about 4 s, at "
	                          "most 20 s (a second Ctrl-C stops at once)\n");
	rewind(progress.terminal);
	progress_draw(&progress, &status, STARTED_MS);
	assert_non_null(strstr(text, "\rstopping: 80 of 100 unregistered, 15 s left\033[K"));
	assert_true(progress.shown);
	progress_hide(&progress);
	assert_false(progress.shown);
	fclose(progress.terminal);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_short_report_lists_everything),
	    cmocka_unit_test(a_long_report_lists_what_is_not_clean),
	    cmocka_unit_test(only_what_upstream_may_still_hold_is_owed),
	    cmocka_unit_test(a_stop_cut_short_names_what_is_open),
	    cmocka_unit_test(the_file_is_what_the_interface_says),
	    cmocka_unit_test(an_earlier_report_is_forgotten),
	    cmocka_unit_test(progress_is_one_line_in_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

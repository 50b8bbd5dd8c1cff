// SPDX-License-Identifier: Apache-2.0
/*
 * What is not settled comes first and is always named; clean ones are named
 * while they are few.
 */
#include "ctl/stop_table.h"

#include "ctl/row.h"
#include "ctl/table.h"
#include "ctl/when.h"

#include <stdio.h>
#include <string.h>

#define CLEAN_SHOWN 40

static long long number(const json_t *report, const char *key)
{
	return (long long)json_integer_value(json_object_get(report, key));
}

static bool is_clean(const json_t *row)
{
	const char *outcome = row_text(row, "outcome");

	return outcome && !strcmp(outcome, "clean");
}

static void print_head(const json_t *report)
{
	char ago[WHEN_MAX];
	int64_t started, ended;

	if (when_parse(json_object_get(report, "started"), &started) &&
	    when_parse(json_object_get(report, "ended"), &ended))
		printf("stopped %s (%s ago), in %.1f s of at most %lld s\n",
		    row_text(report, "ended"), when_duration(when_now_ms() - ended, ago),
		    (double)(ended - started) / 1000, number(report, "deadline_s"));
	printf("%lld clean, %lld refused, %lld unconfirmed, %lld unsent, %lld kept\n",
	    number(report, "clean"), number(report, "refused"), number(report, "unconfirmed"),
	    number(report, "unsent"), number(report, "kept"));
}

/* Without an answer there is nothing to show, and that is what there is to say. */
static const char *answer_of(const json_t *row, char text[ROW_TEXT])
{
	const char *answer = row_answer(row, "status", "reason", text);
	const char *outcome = row_text(row, "outcome");

	if (!answer && outcome && !strcmp(outcome, "unconfirmed"))
		return "no answer";
	return answer;
}

static void add_rows(struct table *table, const json_t *rows, bool clean)
{
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		char answer[ROW_TEXT];
		const char *cells[] = {
		    row_text(row, "name"),
		    row_text(row, "outcome"),
		    answer_of(row, answer),
		    row_text(row, "bound_until"),
		};

		if (is_clean(row) == clean)
			table_add(table, cells);
	}
}

static void print_rows(const json_t *rows, long long clean)
{
	static const struct table_column columns[] = {
	    {"NAME", 12, 0},
	    {"OUTCOME", 0, 0},
	    {"ANSWER", 10, 0},
	    {"UPSTREAM MAY HOLD IT UNTIL", 0, 0},
	};
	struct table *table = table_new(columns, sizeof(columns) / sizeof(*columns));
	bool all = json_array_size(rows) <= CLEAN_SHOWN;

	add_rows(table, rows, false);
	if (all)
		add_rows(table, rows, true);
	if (table_rows(table)) {
		putchar('\n');
		table_print(table, stdout, table_width_of(stdout));
	}
	if (!all && clean)
		printf("and %lld clean ones (--json names them)\n", clean);
	table_free(&table);
}

enum ctl_exit stop_table_print(const struct ctl *ctl, const struct http_reply *report)
{
	const json_t *rows = json_object_get(report->json, "registrations");
	long long owed = number(report->json, "refused") + number(report->json, "unconfirmed") +
	                 number(report->json, "unsent");

	if (!json_is_array(rows)) {
		ctl_error("this is not the report of a stop");
		return CTL_REFUSED;
	}
	if (ctl->json) {
		http_print_body(report);
	} else {
		print_head(report->json);
		print_rows(rows, number(report->json, "clean"));
	}
	return owed ? CTL_UNSETTLED : CTL_DONE;
}

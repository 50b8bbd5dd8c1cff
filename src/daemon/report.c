// SPDX-License-Identifier: Apache-2.0
/*
 * A stop's report; see report.h.
 */
#include "daemon/report.h"

#include "admin/api_json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_NAME "last-stop.json"

struct row {
	struct row *next;
	struct stop_row stop;
};

struct report {
	int64_t started_ms, ended_ms;
	uint32_t deadline_s;
	uint32_t counts[OUTCOME_COUNT];
	uint32_t rows;
	int name_width;
	struct row *first, **last;
	struct slice *settled; /* names of the rows of before the cut, sorted; NULL before it */
	uint32_t settled_count;
	uint32_t open; /* rows added since */
};

struct report *report_new(int64_t started_ms, uint32_t deadline_s)
{
	struct report *report = calloc(1, sizeof(*report));

	if (!report)
		return NULL;
	report->started_ms = started_ms;
	report->deadline_s = deadline_s;
	report->last = &report->first;
	report->name_width = (int)strlen("registration");
	return report;
}

void report_free(struct report **report)
{
	if (!*report)
		return;
	while ((*report)->first) {
		struct row *row = (*report)->first;

		(*report)->first = row->next;
		free(row);
	}
	free((*report)->settled);
	free(*report);
	*report = NULL;
}

static void list(struct texts *texts, void *row)
{
	stop_row_list(texts, &((struct row *)row)->stop);
}

void report_add(struct report *report, const struct stop_row *stop)
{
	struct row *row = texts_copy(&(struct row){.stop = *stop}, sizeof(*row), list);

	report->counts[stop->outcome]++;
	if (!row)
		return;
	if ((int)stop->name.n > report->name_width)
		report->name_width = (int)stop->name.n;
	*report->last = row;
	report->last = &row->next;
	report->rows++;
}

void report_end(struct report *report, int64_t ended_ms, const struct answer_stop_end *end)
{
	report->ended_ms = ended_ms;
	memcpy(report->counts, end->counts, sizeof(report->counts));
}

/* Cut short. */

static int compare_names(const void *a, const void *b)
{
	const struct slice *left = a, *right = b;

	return slice_compare(*left, *right);
}

static bool sort_settled(struct report *report)
{
	if (report->settled)
		return true;
	report->settled = malloc((report->rows + 1) * sizeof(report->settled[0]));
	if (!report->settled)
		return false;
	for (const struct row *row = report->first; row; row = row->next)
		report->settled[report->settled_count++] = row->stop.name;
	qsort(report->settled, report->settled_count, sizeof(report->settled[0]), compare_names);
	return true;
}

/* What has been asked already may have arrived; of the rest it is sure that nobody was asked. */
static enum stop_outcome open_outcome(const struct registration_view *view)
{
	switch (view->state) {
	case STATE_DISABLED:
	case STATE_UNREGISTERED:
		return OUTCOME_CLEAN;
	case STATE_REFUSED:
		return OUTCOME_REFUSED;
	case STATE_CANCELLING:
	case STATE_UNCONFIRMED:
		return view->was_cancel_sent ? OUTCOME_UNCONFIRMED : OUTCOME_UNSENT;
	case STATE_RESOLVING:
	case STATE_RECORDING:
	case STATE_REGISTERING:
	case STATE_REGISTERED:
	case STATE_REFRESHING:
	case STATE_WAITING:
	case STATE_REJECTED:
	case STATE_DISPLACED:
	case STATE_COUNT:
		break;
	}
	return OUTCOME_UNSENT;
}

void report_open(struct report *report, const struct registration_view *view)
{
	struct stop_row row = {
	    .name = view->name,
	    .outcome = open_outcome(view),
	    .reason = SLICE("the stop was cut short"),
	    .bound_until_ms = view->bound_until_ms,
	};

	/* Without memory for the names nothing is named twice: report_cut() counts them. */
	if (!sort_settled(report) || bsearch(&row.name, report->settled, report->settled_count,
	                                 sizeof(row.name), compare_names))
		return;
	if (row.outcome == OUTCOME_REFUSED || row.outcome == OUTCOME_CLEAN) {
		row.status = view->last_status;
		row.reason = view->last_reason;
	}
	report_add(report, &row);
	report->open++;
}

void report_cut(struct report *report, int64_t ended_ms, uint32_t left)
{
	report->ended_ms = ended_ms;
	if (left > report->open)
		report->counts[OUTCOME_UNSENT] += left - report->open;
}

bool report_is_owed(const struct report *report)
{
	return report->counts[OUTCOME_REFUSED] > 0 || report->counts[OUTCOME_UNCONFIRMED] > 0 ||
	       report->counts[OUTCOME_UNSENT] > 0;
}

/* For people. */

/* A reason phrase is the peer's: control characters do not reach the terminal. */
static void print_text(FILE *file, struct slice text)
{
	for (size_t i = 0; i < text.n; i++)
		fputc((uint8_t)text.p[i] < 0x20 || text.p[i] == 0x7f ? '?' : text.p[i], file);
}

static struct slice reason_of(const struct stop_row *stop)
{
	if (stop->reason.n > 0)
		return stop->reason;
	/* A cancel was sent, and nothing at all came back. */
	if (stop->outcome == OUTCOME_UNCONFIRMED && !stop->status)
		return SLICE("no answer");
	return SLICE("-");
}

static void print_row(const struct report *report, const struct stop_row *stop, FILE *file)
{
	char time[API_JSON_TIME_MAX] = "-";
	char status[8] = "-";

	if (stop->bound_until_ms)
		api_json_time_text(stop->bound_until_ms, time);
	if (stop->status)
		snprintf(status, sizeof(status), "%u", stop->status);
	fprintf(file, "  %-*.*s  %-11s  %-6s  %-24s  ", report->name_width, SLICE_ARG(stop->name),
	    stop_outcome_name(stop->outcome), status, time);
	print_text(file, reason_of(stop));
	fputc('\n', file);
}

void report_print(const struct report *report, FILE *file)
{
	bool all = report->rows <= REPORT_ALL_MAX;
	double took_s = (double)(report->ended_ms - report->started_ms) / 1000;

	fprintf(file, "stopped after %.1f s:", took_s > 0 ? took_s : 0);
	for (int i = 0; i < OUTCOME_COUNT; i++)
		fprintf(file, "%s %u %s", i ? "," : "", report->counts[i],
		    stop_outcome_name((enum stop_outcome)i));
	fputc('\n', file);
	if (report->rows > 0 && (all || report->counts[OUTCOME_CLEAN] < report->rows))
		fprintf(file, "  %-*s  %-11s  %-6s  %-24s  %s\n", report->name_width,
		    "registration", "outcome", "status", "bound until", "reason");
	for (const struct row *row = report->first; row; row = row->next)
		if (all || row->stop.outcome != OUTCOME_CLEAN)
			print_row(report, &row->stop, file);
	fflush(file);
}

/* As JSON. */

static json_t *row_json(const struct stop_row *stop)
{
	return json_pack("{s:o, s:s, s:o, s:o, s:o}", "name", api_json_text(stop->name), "outcome",
	    stop_outcome_name(stop->outcome), "status", api_json_number(stop->status), "reason",
	    api_json_text(stop->reason), "bound_until", api_json_time(stop->bound_until_ms));
}

static json_t *report_json(const struct report *report)
{
	json_t *rows = json_array();
	json_t *root = json_pack("{s:o, s:o, s:i}", "started", api_json_time(report->started_ms),
	    "ended", api_json_time(report->ended_ms), "deadline_s", (int)report->deadline_s);

	for (int i = 0; i < OUTCOME_COUNT; i++)
		json_object_set_new(
		    root, stop_outcome_name((enum stop_outcome)i), json_integer(report->counts[i]));
	for (const struct row *row = report->first; row; row = row->next)
		json_array_append_new(rows, row_json(&row->stop));
	json_object_set_new(root, "registrations", rows);
	return root;
}

void report_forget(const struct state_dir *dir)
{
	(void)unlinkat(dir->fd, FILE_NAME, 0);
}

int report_save(const struct report *report, const struct state_dir *dir, struct store_error *error)
{
	json_t *root = report_json(report);
	char *text = root ? json_dumps(root, JSON_INDENT(2)) : NULL;
	int rc;

	json_decref(root);
	if (!text)
		return store_fail(error, STORE_MEMORY, "no memory for the report");
	rc = state_dir_write(dir, FILE_NAME, text, strlen(text), error);
	free(text);
	return rc;
}

// SPDX-License-Identifier: Apache-2.0
/*
 * `regentctl trace`: records come one a line, for as long as somebody looks, and
 * become a ladder. Times are the terminal's own zone.
 */
#include "trace/drawing.h"

#include "ctl/name.h"
#include "ctl/row.h"
#include "ctl/text.h"
#include "ctl/when.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define RECORD_MAX 65536 /* a longer line is no record */
#define LOOK_MS    200

struct ladder {
	struct drawing drawing;
	char line[RECORD_MAX]; /* the record that is not complete yet */
	size_t size;
	bool is_json, is_full;
};

static volatile sig_atomic_t is_interrupted;

static void interrupt(int number)
{
	(void)number;
	is_interrupted = 1;
}

static struct slice slice_at(const json_t *record, const char *key)
{
	const char *text = row_text(record, key);

	return slice_of(text ? text : "");
}

static const char *clock_time(const json_t *record, char text[16])
{
	int64_t ms;
	time_t seconds;
	struct tm tm;

	*text = 0;
	if (!when_parse(json_object_get(record, "at"), &ms))
		return text;
	seconds = (time_t)(ms / 1000);
	localtime_r(&seconds, &tm);
	strftime(text, 16, "%H:%M:%S", &tm);
	snprintf(text + strlen(text), 8, ".%03u", (unsigned)(ms % 1000));
	return text;
}

/* The message under its arrow, a line of it in a line. */
static void print_text(const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\r\n");
		char *line = ctl_must(strndup(text, n)), *clean = text_clean(line);

		printf("%16s%s\n", "", clean);
		free(clean);
		free(line);
		text += n;
		text += *text == '\r' && text[1] == '\n' ? 2 : *text ? 1 : 0;
	}
}

static void draw(struct ladder *ladder, const json_t *record)
{
	char storage[2 * DRAWING_LINE_MAX + 1], at[16];
	struct buf b = buf_over(storage, sizeof(storage));
	struct drawing_line line = {
	    .time = slice_of(clock_time(record, at)),
	    .kind = slice_at(record, "kind"),
	    .direction = slice_at(record, "direction"),
	    .local = slice_at(record, "local"),
	    .peer = slice_at(record, "peer"),
	    .summary = slice_at(record, "summary"),
	    .retransmission =
	        (uint32_t)json_integer_value(json_object_get(record, "retransmission")),
	};

	drawing_put(&ladder->drawing, &b, &line);
	fputs(buf_text(&b), stdout);
	if (ladder->is_full && slice_equal(line.kind, SLICE("message")) && row_text(record, "text"))
		print_text(row_text(record, "text"));
}

static void print_record(struct ladder *ladder)
{
	json_t *record;

	if (ladder->is_json) {
		printf("%.*s\n", (int)ladder->size, ladder->line);
		return;
	}
	record = json_loadb(ladder->line, ladder->size, 0, NULL);
	if (record)
		draw(ladder, record);
	json_decref(record);
}

static bool take(void *context, const char *data, size_t size)
{
	struct ladder *ladder = context;

	for (size_t i = 0; i < size; i++) {
		if (data[i] != '\n') {
			if (ladder->size == RECORD_MAX)
				return false;
			ladder->line[ladder->size++] = data[i];
			continue;
		}
		if (ladder->size)
			print_record(ladder);
		ladder->size = 0;
	}
	return !fflush(stdout);
}

static enum ctl_exit follow(const struct ctl *ctl, struct http_waiting *waiting)
{
	const struct http_reply *reply = http_reply(waiting);

	while (!http_wait(waiting, LOOK_MS))
		if (is_interrupted)
			return CTL_DONE;
	/* It breaks off where regentd ends; what came until then was shown. */
	if (reply->status == 200) {
		ctl_say("regentd has ended the trace");
		return CTL_DONE;
	}
	return name_complain(ctl, reply, ctl->argv[0]);
}

enum ctl_exit ctl_trace(const struct ctl *ctl)
{
	struct ladder *ladder = ctl_must(calloc(1, sizeof(*ladder)));
	char path[NAME_PATH_MAX];
	struct http_request request = {.method = "GET",
	    .path = name_under("trace", ctl->argv[0], "", path),
	    .sink = take,
	    .context = ladder,
	    .is_long = true};
	struct http_waiting *waiting;
	enum ctl_exit code;

	ladder->is_json = ctl->json;
	ladder->is_full = ctl->option[CTL_OPTION_FULL];
	signal(SIGINT, interrupt);
	signal(SIGTERM, interrupt);
	if (isatty(STDOUT_FILENO))
		ctl_say("Ctrl-C ends it.");
	waiting = http_begin(ctl, &request);
	code = follow(ctl, waiting);
	http_end(&waiting);
	free(ladder);
	return code;
}

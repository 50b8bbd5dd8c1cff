// SPDX-License-Identifier: Apache-2.0
/*
 * A regentd without a switch, for tests of regentctl: the real admin API in front
 * of the made-up loop. `admin_stub SOCKET STATE_DIR REGISTRATIONS [silent|refuses|
 * dies|unclean]` says "ready" and goes after a stop, as regentd does: it writes
 * last-stop.json, then the socket vanishes. `dies` goes without a report.
 */
#include "admin/admin.h"
#include "admin/api_json.h"
#include "admin/fake_edit.h"
#include "admin/fake_loop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int64_t wall_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static json_t *row_json(const struct stop_row *row)
{
	return json_pack("{s:o,s:s,s:o,s:o,s:o}", "name", api_json_text(row->name), "outcome",
	    stop_outcome_name(row->outcome), "status", api_json_number(row->status), "reason",
	    api_json_text(row->reason), "bound_until", api_json_time(row->bound_until_ms));
}

static int write_report(const struct fake_loop *loop, const char *dir, uint32_t n, bool unclean)
{
	json_t *rows = json_array();
	json_t *report;
	char path[256];
	int error;

	for (uint32_t i = 0; i < n; i++) {
		char name[64];
		struct stop_row row = fake_loop_row(loop, unclean ? i : i + 2, name, sizeof(name));

		json_array_append_new(rows, row_json(&row));
	}
	report = json_pack("{s:o,s:o,s:i,s:i,s:i,s:i,s:i,s:i,s:o}", "started",
	    api_json_time(wall_ms()), "ended", api_json_time(wall_ms()), "deadline_s", 20, "clean",
	    unclean ? (int)n - 2 : (int)n, "refused", unclean, "unconfirmed", unclean, "unsent", 0,
	    "kept", 0, "registrations", rows);
	snprintf(path, sizeof(path), "%s/last-stop.json", dir);
	error = json_dump_file(report, path, JSON_INDENT(2));
	json_decref(report);
	return error;
}

static enum fake_mood mood_of(const char *word)
{
	if (!strcmp(word, "silent"))
		return FAKE_SILENT;
	return strcmp(word, "refuses") ? FAKE_ANSWERS : FAKE_REFUSES;
}

int main(int argc, char **argv)
{
	const char *word = argc == 5 ? argv[4] : "";
	char storage[512];
	struct buf message = buf_over(storage, sizeof(storage));
	struct admin *admin;
	struct fake_edit *edit;
	struct admin_config config = {.node = "stub", .version = REGENT_VERSION, .wait_ms = 300};
	uint32_t n;

	if (argc < 4)
		return 2;
	n = (uint32_t)strtoul(argv[3], NULL, 10);
	config.socket_path = argv[1];
	config.state_dir = argv[2];
	edit = fake_edit_new(argv[2]);
	config.edit = fake_edit_edit(edit);
	config.submit = fake_loop_submit;
	config.submit_context = fake_loop_new(n, mood_of(word));
	if (admin_start(&config, &message, &admin)) {
		fprintf(stderr, "%s\n", buf_text(&message));
		return 1;
	}
	fake_loop_start(config.submit_context, admin);
	puts("ready");
	fflush(stdout);
	fake_loop_wait_stopped(config.submit_context);
	if (!strcmp(word, "dies"))
		_Exit(9);
	if (write_report(config.submit_context, argv[2], n, !strcmp(word, "unclean")))
		return 1;
	fake_loop_end(config.submit_context);
	admin_stop(&admin);
	fake_edit_free(&edit);
	fake_loop_free((struct fake_loop **)&config.submit_context);
	return 0;
}

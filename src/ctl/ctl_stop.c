// SPDX-License-Identifier: Apache-2.0
/*
 * `regentctl stop`: begins the stop, follows it until nobody answers on the
 * socket any more, then prints the report. That is waited for from before the
 * beginning, so that it comes over the socket to whoever may ask for a stop; the
 * file is read where the connection broke. The stop is the daemon's: it goes on
 * when regentctl is interrupted.
 */
#include "ctl/bar.h"
#include "ctl/lock.h"
#include "ctl/row.h"
#include "ctl/stop_table.h"
#include "ctl/when.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define LOOK_MS   200
#define AGAIN_MS  20
#define LOCK_MS   12000 /* longer than regentd gives the ledger to reach the disk */
#define MARGIN_MS 30000 /* past its deadline, a daemon that is still there is stuck */

/* For the report to arrive, or its file to appear, after the socket went. */
#define REPORT_MS 3000

static void sleep_ms(long ms)
{
	struct timespec ts = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&ts, NULL);
}

static int64_t mono_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static long long number(const json_t *object, const char *key)
{
	return (long long)json_integer_value(json_object_get(object, key));
}

static void print_begin(const json_t *begin)
{
	fprintf(stderr, "%s: %lld to unregister, %lld kept; about %lld s, at most %lld s\n",
	    json_is_true(json_object_get(begin, "already")) ? "stopping already" : "stopping",
	    number(begin, "cancels"), number(begin, "kept"), number(begin, "expected_s"),
	    number(begin, "deadline_s"));
}

/* What was never bound settles by itself: only the cancels are counted. */
static void print_progress(struct bar *progress, const json_t *stop, long long cancels)
{
	long long left = number(stop, "left") < cancels ? number(stop, "left") : cancels;

	if (json_is_object(stop))
		bar_show(progress, (uint64_t)(cancels - left), (uint64_t)cancels,
		    "%lld of %lld unregistered, %lld left", cancels - left, cancels, left);
}

/* True once nobody answers. */
static bool follow(
    const struct ctl *ctl, struct http_waiting *report, long long cancels, int64_t until_ms)
{
	struct bar progress = {0};
	bool gone = false;

	while (!gone && mono_ms() < until_ms) {
		struct http_reply reply;

		gone = http_ask(ctl, "GET", "/api/v1/status", &reply) == HTTP_ABSENT;
		if (reply.outcome == HTTP_OK)
			print_progress(&progress, json_object_get(reply.json, "stop"), cancels);
		http_release(&reply);
		/* What waits for the report sleeps as well, and wakes when the end is there. */
		if (!gone && http_wait(report, LOOK_MS))
			sleep_ms(AGAIN_MS);
	}
	bar_end(&progress);
	return gone;
}

/* An older report may lie there, when the daemon died on the way. */
static bool is_fresh(const json_t *report, int64_t begun_ms)
{
	int64_t ended;

	return when_parse(json_object_get(report, "ended"), &ended) && ended >= begun_ms;
}

static bool has_come(struct http_waiting *report, int64_t begun_ms)
{
	int64_t until_ms = mono_ms() + REPORT_MS;

	while (!http_wait(report, LOOK_MS))
		if (mono_ms() >= until_ms)
			return false;
	return http_reply(report)->outcome == HTTP_OK &&
	       is_fresh(http_reply(report)->json, begun_ms);
}

static enum ctl_exit print_file(const struct ctl *ctl, const char *path, int64_t begun_ms)
{
	int64_t until_ms = mono_ms() + REPORT_MS;
	enum ctl_exit code = CTL_UNSETTLED;
	struct http_reply report;
	bool fresh;

	for (;;) {
		fresh = http_read_file(path, &report) == HTTP_OK && is_fresh(report.json, begun_ms);
		if (fresh || mono_ms() >= until_ms)
			break;
		http_release(&report);
		sleep_ms(LOOK_MS);
	}
	if (fresh)
		code = stop_table_print(ctl, &report);
	else if (report.outcome == HTTP_OK || report.outcome == HTTP_ABSENT)
		ctl_error("regentd has ended without a report; the cancels that are owed are in "
		          "its ledger");
	else
		ctl_error("regentd has ended, but its report cannot be read: %s", report.error);
	http_release(&report);
	return code;
}

/* So that a regentd started after us finds the state directory free. */
static void wait_for_lock(const struct lock *lock)
{
	int64_t until_ms = mono_ms() + LOCK_MS;

	while (lock_is_held(lock) && mono_ms() < until_ms)
		sleep_ms(AGAIN_MS);
}

static enum ctl_exit follow_and_report(
    const struct ctl *ctl, struct http_waiting *report, const json_t *begin)
{
	int64_t limit_ms = number(begin, "deadline_s") * 1000 + MARGIN_MS;
	const char *path = row_text(begin, "report");
	struct lock lock = {.fd = -1};
	enum ctl_exit code = CTL_UNSETTLED;
	int64_t begun_ms = 0;

	print_begin(begin);
	if (!ctl->url && path)
		lock_open(&lock, path);
	when_parse(json_object_get(begin, "started"), &begun_ms);
	if (!follow(ctl, report, number(begin, "cancels"), mono_ms() + limit_ms)) {
		ctl_error("regentd still runs %d s after its deadline", MARGIN_MS / 1000);
		lock_close(&lock);
		return CTL_UNSETTLED;
	}
	if (has_come(report, begun_ms))
		code = stop_table_print(ctl, http_reply(report));
	else if (!ctl->url && path)
		code = print_file(ctl, path, begun_ms);
	else
		ctl_error("regentd has ended; its report is on that machine, in %s",
		    path ? path : "STATE");
	wait_for_lock(&lock);
	lock_close(&lock);
	return code;
}

enum ctl_exit ctl_stop(const struct ctl *ctl)
{
	struct http_request request = {
	    .method = "GET", .path = "/api/v1/last-stop?wait=end", .is_long = true};
	struct http_waiting *report = http_begin(ctl, &request);
	struct http_reply reply;
	enum ctl_exit code;

	http_ask(ctl, "POST", "/api/v1/stop", &reply);
	code = http_complain(&reply);
	if (!code)
		code = follow_and_report(ctl, report, reply.json);
	http_release(&reply);
	http_end(&report);
	return code;
}

/* True once another start of regentd answers than the one that began at `started`. */
static bool follow_restart(
    const struct ctl *ctl, const char *started, long long cancels, int64_t until_ms)
{
	struct bar progress = {0};
	bool back = false;

	while (!back && mono_ms() < until_ms) {
		struct http_reply reply;
		const char *now;

		http_ask(ctl, "GET", "/api/v1/status", &reply);
		now = row_text(reply.json, "started");
		back = reply.outcome == HTTP_OK && now && strcmp(now, started) != 0;
		if (reply.outcome == HTTP_OK && !back)
			print_progress(&progress, json_object_get(reply.json, "stop"), cancels);
		http_release(&reply);
		if (!back)
			sleep_ms(LOOK_MS);
	}
	bar_end(&progress);
	return back;
}

static enum ctl_exit restart_and_report(
    const struct ctl *ctl, const char *started, const json_t *begin)
{
	int64_t limit_ms = number(begin, "deadline_s") * 1000 + MARGIN_MS;
	struct http_reply report;
	enum ctl_exit code;

	print_begin(begin);
	if (!follow_restart(ctl, started, number(begin, "cancels"), mono_ms() + limit_ms)) {
		ctl_error("no new regentd answers %d s after the deadline; look at its log",
		    MARGIN_MS / 1000);
		return CTL_UNSETTLED;
	}
	http_ask(ctl, "GET", "/api/v1/last-stop", &report);
	code = http_complain(&report);
	if (!code)
		code = stop_table_print(ctl, &report);
	http_release(&report);
	ctl_say("regentd is back; see regentctl status");
	return code;
}

enum ctl_exit ctl_restart(const struct ctl *ctl)
{
	struct http_reply before, reply;
	const char *started;
	enum ctl_exit code;

	http_ask(ctl, "GET", "/api/v1/status", &before);
	code = http_complain(&before);
	started = row_text(before.json, "started");
	if (code) {
		http_release(&before);
		return code;
	}
	http_ask(ctl, "POST",
	    ctl->option[CTL_OPTION_KEEP] ? "/api/v1/restart?keep=1" : "/api/v1/restart", &reply);
	code = http_complain(&reply);
	if (!code)
		code = restart_and_report(ctl, started ? started : "", reply.json);
	http_release(&reply);
	http_release(&before);
	return code;
}

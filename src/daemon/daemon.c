// SPDX-License-Identifier: Apache-2.0
/*
 * The life of the daemon between its start and its end; see daemon.h.
 */
#include "daemon/daemon.h"

#include "base/log.h"
#include "net/clock.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define LOOK_MS          5000 /* for the service manager's status line */
#define LOOK_STOPPING_MS 250  /* for somebody who watches a stop */
#define LOOKS_PER_STATUS 4    /* the service manager need not see each of them */
#define REPORT_OUT_MS    5000
#define STOP_MARGIN_S    15 /* beyond its deadline the core's end is no longer waited for */

static void log_hook(void *owner, enum log_level level, struct slice text)
{
	struct daemon *daemon = owner;

	progress_hide(&daemon->progress);
	log_line(level, "%.*s", SLICE_ARG(text));
}

static void ledger_hook(void *owner, const struct effect_ledger *effect)
{
	struct daemon *daemon = owner;
	int rc = ledger_post(daemon->ledger, effect);

	/* Its ticket stays open: what waits for it waits, and is not sent unrecorded. */
	if (rc < 0)
		log_line(LOG_LEVEL_ERROR, "ledger: cannot take a record: %s", error_text(rc));
}

static void binding_hook(void *owner, const struct effect_binding *effect)
{
	struct daemon *daemon = owner;

	bindings_db_post(daemon->bindings, effect);
}

static bool poll_hook(void *owner, struct event *event_r)
{
	struct daemon *daemon = owner;

	return ledger_poll(daemon->ledger, event_r) ||
	       (daemon->bindings && bindings_db_poll(daemon->bindings, event_r));
}

/* The stop. */

static void leave(struct daemon *daemon, enum exit_code code)
{
	daemon->exit_code = code;
	daemon->is_over = true;
	uv_stop(&daemon->loop);
}

static void stop_begins(struct daemon *daemon, const struct answer_stop_begin *begin)
{
	struct now now = clock_now();

	if (daemon->edit)
		edit_close(daemon->edit);
	daemon->is_stopping = true;
	daemon->stop_latest_us = now.mono_us + (begin->deadline_s + STOP_MARGIN_S) * US_PER_S;
	report_free(&daemon->report);
	report_forget(&daemon->state);
	daemon->report = report_new(now.wall_ms, begin->deadline_s);
	service_stopping(daemon->service, begin->deadline_s);
	progress_begin(&daemon->progress, begin);
	uv_timer_set_repeat(&daemon->look, LOOK_STOPPING_MS);
	uv_timer_again(&daemon->look);
}

static void stop_ends(struct daemon *daemon, const struct answer_stop_end *end)
{
	bool owed = true;

	log_flush();
	progress_end(&daemon->progress, end);
	if (daemon->report) {
		report_end(daemon->report, clock_now().wall_ms, end);
		owed = report_is_owed(daemon->report);
		daemon->is_report_whole = true;
	}
	leave(daemon, owed ? EXIT_CODE_OWED : EXIT_CODE_OK);
}

/* Leaves before the core has ended its stop: what has no row yet is asked for. */
static void cut_short(struct daemon *daemon)
{
	struct command list = {.kind = COMMAND_LIST, .request = request_of_seat(ROUTER_CUT)};
	struct command status = {.kind = COMMAND_STATUS, .request = request_of_seat(ROUTER_CUT)};

	if (daemon->report) {
		list.list.limit = COMMAND_PAGE_MAX;
		do {
			list.list.from = daemon->open_next;
			daemon->open_next = 0;
			wiring_command(daemon->wiring, &list);
		} while (daemon->open_next > list.list.from);
		wiring_command(daemon->wiring, &status);
	}
	/* The clock may have told the core, between these, that its stop is over. */
	if (daemon->is_over)
		return;
	leave(daemon, EXIT_CODE_OWED);
}

static void begin_stop(struct daemon *daemon)
{
	struct command stop = {.kind = COMMAND_STOP, .request = request_of_seat(ROUTER_STOP)};

	wiring_command(daemon->wiring, &stop);
}

static void stop_signal(void *owner, int number)
{
	struct daemon *daemon = owner;

	if (daemon->is_over)
		return;
	daemon->stop_signals++;
	progress_hide(&daemon->progress);
	log_line(LOG_LEVEL_INFO, "signal=%s", number == SIGINT ? "SIGINT" : "SIGTERM");
	/* A daemon that ends a farewell wants its place. */
	if (daemon->stop_signals > 1 || daemon_is_farewell(daemon)) {
		log_line(LOG_LEVEL_WARNING,
		    "stopping at once: upstreams may still hold bindings; they stand in the "
		    "ledger, and the next start continues or cancels them");
		cut_short(daemon);
	} else if (!daemon->is_stopping) {
		/* The admin socket may have begun it already; then this adds nothing. */
		begin_stop(daemon);
	}
}

/* Looking. */

static void show_status(struct daemon *daemon, const struct answer_status *status)
{
	struct now now = clock_now();

	if (daemon_is_held(daemon)) {
		service_status(daemon->service, "held, on another machine; see regentctl node");
		return;
	}
	if (!status->stopping) {
		service_status(daemon->service, "%u of %u registered, %u debts%s", status->up,
		    status->registrations, status->debts,
		    status->is_ledger_failing    ? "; the ledger cannot be written"
		    : status->is_binding_failing ? "; bindings of phones cannot be written"
		                                 : "");
		return;
	}
	/* The lines told so far stand above it. */
	log_flush();
	progress_draw(&daemon->progress, status, now.wall_ms);
	if (daemon->looks++ % LOOKS_PER_STATUS != 0)
		return;
	service_status(daemon->service, "stopping: %u of %u unregistered",
	    progress_settled(&daemon->progress, status), daemon->progress.cancels);
}

static void look(uv_timer_t *timer)
{
	struct daemon *daemon = timer->data;
	struct command status = {.kind = COMMAND_STATUS, .request = request_of_seat(ROUTER_LOOK)};

	wiring_command(daemon->wiring, &status);
	if (daemon->is_stopping && !daemon->is_over &&
	    clock_now().mono_us > daemon->stop_latest_us) {
		log_line(LOG_LEVEL_ERROR, "the stop did not end by its deadline; exiting");
		cut_short(daemon);
	}
}

/* Answers, each by the seat that asked. */

static void take_look(void *owner, const struct answer *answer)
{
	show_status(owner, &answer->status);
}

/* Nobody waits for it, so that only a refusal is worth a word. */
static void take_reply(void *owner, const struct answer *answer)
{
	(void)owner;
	if (answer->kind == ANSWER_REPLY && answer->reply.error)
		log_line(LOG_LEVEL_ERROR, "%.*s", SLICE_ARG(answer->reply.text));
}

static void take_delivered(void *owner, const struct answer *answer)
{
	struct daemon *daemon = owner;

	deliver_replied(daemon->deliver, &answer->reply);
}

static void take_cut(void *owner, const struct answer *answer)
{
	struct daemon *daemon = owner;

	if (answer->kind == ANSWER_VIEW)
		report_open(daemon->report, &answer->view.view);
	else if (answer->kind == ANSWER_VIEW_END)
		daemon->open_next = answer->view_end.next;
	else if (answer->kind == ANSWER_STATUS)
		report_cut(daemon->report, clock_now().wall_ms, answer->status.stop_left);
}

static void take_stop(void *owner, const struct answer *answer)
{
	struct daemon *daemon = owner;

	if (answer->kind == ANSWER_STOP_BEGIN)
		stop_begins(daemon, &answer->stop_begin);
	else if (answer->kind == ANSWER_STOP_ROW && daemon->report)
		report_add(daemon->report, &answer->stop_row);
	else if (answer->kind == ANSWER_STOP_END)
		stop_ends(daemon, &answer->stop_end);
}

static void take_admin(void *owner, const struct answer *answer)
{
	struct daemon *daemon = owner;

	if (daemon->admin)
		admin_answer(daemon->admin, answer);
}

static void answer_hook(void *owner, const struct answer *answer)
{
	struct daemon *daemon = owner;

	router_give(&daemon->router, answer);
}

static void take_seats(struct daemon *daemon)
{
	router_seat(&daemon->router, ROUTER_START, take_reply, daemon);
	router_seat(&daemon->router, ROUTER_DELIVER, take_delivered, daemon);
	router_seat(&daemon->router, ROUTER_LOOK, take_look, daemon);
	router_seat(&daemon->router, ROUTER_STOP, take_reply, daemon);
	router_seat(&daemon->router, ROUTER_CUT, take_cut, daemon);
	router_seat(&daemon->router, ROUTER_ADMIN, take_admin, daemon);
	router_listen(&daemon->router, take_stop, daemon);
	router_listen(&daemon->router, take_admin, daemon);
}

/* Reload. */

/* Once it was told that we are stopping, the service manager is told nothing else. */
static void reloaded(void *owner)
{
	struct daemon *daemon = owner;

	if (!daemon->is_stopping)
		service_ready(daemon->service);
}

/* What regent.yaml says of the log; the rest of it needs a restart. */
static void reread_log(struct daemon *daemon)
{
	struct node_config config;

	if (check_config(daemon->options->config, check_log, &config) != EXIT_CODE_OK)
		return;
	daemon_setup_log(&config);
	node_config_free(&config);
}

static void reload_signal(void *owner)
{
	struct daemon *daemon = owner;

	log_line(LOG_LEVEL_INFO, "signal=SIGHUP");
	if (daemon->is_stopping)
		return;
	service_reloading(daemon->service);
	reread_log(daemon);
	if (daemon->options->objects && !daemon_is_held(daemon))
		deliver_reload(daemon->deliver, daemon->options->objects, reloaded, daemon);
	else
		reloaded(daemon);
}

/* The journal has its own times, and takes the level from what begins a line. */
static enum log_format text_format(void)
{
	return service_is_journal(STDERR_FILENO) ? LOG_FORMAT_JOURNAL : LOG_FORMAT_TEXT;
}

void daemon_setup_log(const struct node_config *config)
{
	if (config)
		log_setup(config->log_level,
		    config->log_format == LOG_FORMAT_TEXT ? text_format() : config->log_format);
	else
		log_setup(LOG_LEVEL_INFO, text_format());
}

struct wiring_hooks daemon_wiring_hooks(struct daemon *daemon)
{
	take_seats(daemon);
	return (struct wiring_hooks){
	    ledger_hook, binding_hook, poll_hook, log_hook, answer_hook, daemon};
}

struct signals_handlers daemon_signals_handlers(struct daemon *daemon)
{
	return (struct signals_handlers){stop_signal, reload_signal, daemon};
}

void daemon_run(struct daemon *daemon)
{
	log_gather(true);
	uv_timer_start(&daemon->look, look, 0, LOOK_MS);
	if (daemon_is_farewell(daemon))
		begin_stop(daemon);
	while (!daemon->is_over)
		uv_run(&daemon->loop, UV_RUN_DEFAULT);
	/* Nobody hears them any more. */
	signals_free(&daemon->signals);
	uv_timer_stop(&daemon->look);
	log_gather(false);
	/* Before the admin API goes, which hands it to who waits for it. */
	if (daemon->report &&
	    !report_out(&daemon->report, &daemon->state, daemon->is_report_whole, REPORT_OUT_MS))
		log_line(LOG_LEVEL_WARNING, "the report is not written yet; exiting all the same");
}

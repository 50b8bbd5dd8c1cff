// SPDX-License-Identifier: Apache-2.0
/*
 * The life of a request: libmicrohttpd calls exchange_handle() with its headers,
 * with each piece of its body, and at its end, where the resource begins; after
 * a sleep it calls again, and the resource finishes. Who may not ask is answered
 * before the body is read; too large a one is read and dropped, since a client
 * that is cut off while it sends would not hear why.
 */
#include "admin/exchange.h"

#include "admin/api.h"
#include "admin/exchange_inside.h"
#include "base/error.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

#define EDIT_WAIT_MS  60000 /* for an edit of one object, which may wait for an apply */
#define AWAIT_END_MAX 16    /* of the connections; the others stay for those who ask */

const struct exchange_server *exchange_server_of(const struct exchange *exchange)
{
	return exchange->server;
}

const char *exchange_name(const struct exchange *exchange)
{
	return exchange->name;
}

const char *exchange_query(const struct exchange *exchange, const char *key)
{
	const char *text = NULL;

	if (MHD_lookup_connection_value_n(exchange->connection, MHD_GET_ARGUMENT_KIND, key,
	        strlen(key), &text, NULL) != MHD_YES)
		return NULL;
	/* "?dry_run" is there, without a value. */
	return text ? text : "";
}

/* "1", or anything but "0"; a flag that is not there is not set. */
static bool exchange_flag(const struct exchange *exchange, const char *key)
{
	const char *text = exchange_query(exchange, key);

	return text && strcmp(text, "0") != 0;
}

static int64_t mono_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void sleep_until(struct exchange *exchange, int64_t until_ms)
{
	exchange->until_ms = until_ms;
	exchange->next = exchange->server->waiting;
	exchange->server->waiting = exchange;
	MHD_suspend_connection(exchange->connection);
	exchange->queued = MHD_YES;
}

struct exchange_tally *exchange_tally(struct exchange *exchange)
{
	return &exchange->tally;
}

bool exchange_ask(struct exchange *exchange, struct command *command)
{
	struct exchange_server *server = exchange->server;
	int error = ERR_FULL;

	answer_free(&exchange->answer);

	command->request = pending_open(server->pending, command->kind);
	if (command->request)
		error = server->submit(server->submit_context, command);
	if (error) {
		pending_drop(server->pending, command->request);
		if (error == ERR_LIMIT)
			exchange_fail(exchange, MHD_HTTP_BAD_REQUEST,
			    "a name, Contact or cursor is longer than any that there is");
		else
			exchange_fail(exchange, MHD_HTTP_SERVICE_UNAVAILABLE,
			    "regentd is busy with other requests (%s), try again",
			    error_text(error));
		return false;
	}
	exchange->request = command->request;
	sleep_until(exchange, mono_now_ms() + server->wait_ms);
	return true;
}

struct slice exchange_body(const struct exchange *exchange)
{
	return slice_make(exchange->body.text, exchange->body.size);
}

int exchange_socket(const struct exchange *exchange)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	return info && !exchange->token ? info->connect_fd : -1;
}

/* On the editing thread. */
static void edited(void *context, struct edit_job *job)
{
	struct exchange_server *server = context;

	if (pending_put_edit(server->pending, job))
		server->wake(server->wake_context);
}

static struct edit_job *job_of(struct exchange *exchange, enum edit_kind kind)
{
	struct edit_job *job = edit_job_new(kind);

	if (!job)
		return NULL;
	job->done = edited;
	job->context = exchange->server;
	job->dry_run = exchange_flag(exchange, "dry_run");
	job->prune = exchange_flag(exchange, "prune");
	snprintf(job->name, sizeof(job->name), "%s", exchange->name);
	if (kind == EDIT_APPLY) {
		job->fd = body_take_fd(&exchange->body);
	} else {
		job->body = exchange->body.text;
		job->size = exchange->body.size;
		body_init(&exchange->body, 0);
	}
	return job;
}

void exchange_edit(struct exchange *exchange, enum edit_kind kind)
{
	struct exchange_server *server = exchange->server;
	struct edit_job *job = job_of(exchange, kind);
	bool is_long = kind == EDIT_APPLY || kind == EDIT_EXPORT;
	int error = job ? ERR_FULL : ERR_MEMORY;
	uint64_t request = 0;

	if (server->is_held && kind != EDIT_EXPORT) {
		edit_job_free(&job);
		exchange_fail(exchange, MHD_HTTP_CONFLICT,
		    "the state directory was made on another machine: first decide by regentctl "
		    "node adopt or regentctl node renew");
		return;
	}
	if (job && kind == EDIT_APPLY && job->fd < 0)
		error = ERR_IO;
	else if (job && (request = pending_open(server->pending, COMMAND_PUT))) {
		job->request = request;
		error = edit_post(server->edit, job);
	}
	if (error) {
		pending_drop(server->pending, request);
		edit_job_free(&job);
		exchange_fail(exchange, MHD_HTTP_SERVICE_UNAVAILABLE,
		    error == ERR_STATE ? "regentd is stopping"
		                       : "regentd is busy with other edits (%s), try again",
		    error_text(error));
		return;
	}
	exchange->request = request;
	exchange->is_edit = true;
	sleep_until(exchange, is_long ? INT64_MAX : mono_now_ms() + EDIT_WAIT_MS);
}

static void wake(struct exchange **link, enum exchange_wake why)
{
	struct exchange *exchange = *link;

	if (why != WAKE_ANSWERED)
		pending_drop(exchange->server->pending, exchange->request);
	exchange->wake = why;
	*link = exchange->next;
	exchange->next = NULL;
	MHD_resume_connection(exchange->connection);
}

/* How many wait for the end; who has gone meanwhile makes room. */
static unsigned count_awaiting(struct exchange_server *server)
{
	struct exchange **link = &server->waiting;
	unsigned count = 0;

	while (*link) {
		if ((*link)->awaits_end && streams_is_client_gone((*link)->connection)) {
			wake(link, WAKE_GOING);
			continue;
		}
		count += (*link)->awaits_end;
		link = &(*link)->next;
	}
	return count;
}

void exchange_await_end(struct exchange *exchange)
{
	unsigned count = count_awaiting(exchange->server);

	if (count >= AWAIT_END_MAX) {
		exchange_fail(exchange, MHD_HTTP_SERVICE_UNAVAILABLE,
		    "%u wait for the end of regentd already", count);
		return;
	}
	exchange->awaits_end = true;
	sleep_until(exchange, INT64_MAX);
}

void exchange_wake(struct exchange_server *server, int64_t mono_ms)
{
	struct exchange **link = &server->waiting;

	while (*link) {
		struct exchange *exchange = *link;

		exchange->answer = pending_take(server->pending, exchange->request);
		if (exchange->answer)
			wake(link, WAKE_ANSWERED);
		else if (mono_ms >= exchange->until_ms)
			wake(link, WAKE_TIMEOUT);
		else
			link = &exchange->next;
	}
}

void exchange_wake_all(struct exchange_server *server)
{
	struct exchange *exchange;

	while ((exchange = server->waiting)) {
		exchange->answer = pending_take(server->pending, exchange->request);
		wake(&server->waiting, exchange->answer ? WAKE_ANSWERED : WAKE_GOING);
	}
}

int64_t exchange_next_ms(const struct exchange_server *server, int64_t mono_ms)
{
	int64_t next = -1;

	for (const struct exchange *e = server->waiting; e; e = e->next) {
		int64_t left = e->until_ms > mono_ms ? e->until_ms - mono_ms : 0;

		if (next < 0 || left < next)
			next = left;
	}
	return next;
}

static unsigned status_of(int error)
{
	switch (error) {
	case ERR_NOT_FOUND:
		return MHD_HTTP_NOT_FOUND;
	case ERR_STATE:
	case ERR_EXISTS:
		return MHD_HTTP_CONFLICT;
	case ERR_FULL:
	case ERR_LIMIT:
	case ERR_TIMEOUT:
		return MHD_HTTP_SERVICE_UNAVAILABLE;
	default:
		return MHD_HTTP_INTERNAL_SERVER_ERROR;
	}
}

static unsigned status_of_edit(int error)
{
	switch (error) {
	case ERR_SYNTAX:
	case ERR_RANGE:
	case ERR_LIMIT:
	case ERR_TRUNCATED:
	case ERR_UNSUPPORTED:
		return MHD_HTTP_BAD_REQUEST;
	case ERR_FULL:
		return MHD_HTTP_INSUFFICIENT_STORAGE;
	case ERR_STATE:
		return MHD_HTTP_SERVICE_UNAVAILABLE;
	default:
		return status_of(error);
	}
}

void exchange_fail_edit(struct exchange *exchange, const struct edit_job *job)
{
	exchange_fail_field(exchange, status_of_edit(job->error), job->text, job->field);
}

static void finish(struct exchange *exchange)
{
	const struct answer *answer = exchange->answer;

	switch (exchange->wake) {
	case WAKE_ANSWERED:
		if (answer->refused)
			exchange_fail(exchange, status_of(answer->error), "%s",
			    *answer->text ? answer->text : error_text(answer->error));
		else if (answer->edit && answer->edit->error && !answer->edit->problems)
			exchange_fail_edit(exchange, answer->edit);
		else
			exchange->route->finish(exchange, answer);
		return;
	case WAKE_TIMEOUT:
		if (exchange->is_edit) {
			exchange_fail(exchange, MHD_HTTP_GATEWAY_TIMEOUT,
			    "other edits take long; this one still waits, and may be done later");
			return;
		}
		exchange_fail(exchange, MHD_HTTP_GATEWAY_TIMEOUT,
		    "regentd did not answer within %u ms: its loop is overloaded or stuck",
		    exchange->server->wait_ms);
		return;
	case WAKE_GOING:
		if (exchange->awaits_end) {
			exchange->route->finish(exchange, NULL);
			return;
		}
		exchange_fail(exchange, MHD_HTTP_SERVICE_UNAVAILABLE, "regentd is going down");
		return;
	case WAKE_NOT:
		break;
	}
	assert(!"called again while it sleeps");
}

/* In a time that does not tell how much of it was right. */
static bool same_secret(const char *given, const char *token)
{
	size_t n = strlen(token), given_n = strlen(given);
	unsigned char differs = given_n != n;

	for (size_t i = 0; i < n; i++)
		differs |= (unsigned char)(token[i] ^ given[given_n ? i % given_n : 0]);
	return !differs;
}

static bool may_ask(const struct exchange *exchange)
{
	static const char scheme[] = "Bearer ";
	const char *given;

	if (!exchange->token)
		return true;
	given = MHD_lookup_connection_value(
	    exchange->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_AUTHORIZATION);
	return given && !strncasecmp(given, scheme, strlen(scheme)) &&
	       same_secret(given + strlen(scheme), exchange->token);
}

static void fail_too_large(struct exchange *exchange)
{
	exchange_fail(exchange, MHD_HTTP_CONTENT_TOO_LARGE, "at most %llu bytes are taken here",
	    (unsigned long long)exchange->body.limit);
}

/* A file lies in the state directory, beside the ledger, until it is applied: one at a time. */
static bool open_file(struct exchange *exchange)
{
	struct exchange_server *server = exchange->server;

	body_init(&exchange->body, BODY_FILE_MAX);
	if (server->uploading) {
		exchange_fail(exchange, MHD_HTTP_SERVICE_UNAVAILABLE,
		    "another file is being sent or applied just now, try again");
		return false;
	}
	body_into_file(&exchange->body, server->state_dir);
	if (exchange->body.error) {
		exchange_fail(exchange, MHD_HTTP_INTERNAL_SERVER_ERROR, "%s: %s", server->state_dir,
		    strerror(exchange->body.error));
		return false;
	}
	server->uploading = exchange;
	return true;
}

/* Before the body. False where the request is answered already. */
static bool admit(struct exchange *exchange, const char *method)
{
	char allow[64];

	if (!may_ask(exchange)) {
		exchange_fail(exchange, MHD_HTTP_UNAUTHORIZED,
		    "needs \"Authorization: Bearer TOKEN\" with the token of STATE/admin-token");
		return false;
	}
	exchange->route = api_route(method, exchange->url, exchange->name, sizeof(exchange->name));
	if (!exchange->route) {
		if (api_allows(exchange->url, allow, sizeof(allow)))
			exchange_fail(exchange, MHD_HTTP_METHOD_NOT_ALLOWED, "%s is for %s",
			    exchange->url, allow);
		else
			exchange_fail(
			    exchange, MHD_HTTP_NOT_FOUND, "there is no %s", exchange->url);
		return false;
	}
	if (exchange->route->body == BODY_FILE && !open_file(exchange))
		return false;
	if (exchange->route->body == BODY_TEXT)
		body_init(&exchange->body, BODY_TEXT_MAX);
	return true;
}

static struct exchange *exchange_new(
    const struct exchange_door *door, struct MHD_Connection *connection)
{
	struct exchange *exchange = calloc(1, sizeof(*exchange));

	if (!exchange)
		return NULL;
	exchange->server = door->server;
	exchange->token = door->token;
	exchange->connection = connection;
	body_init(&exchange->body, 0);
	return exchange;
}

static void begin(struct exchange *exchange)
{
	if (body_is_too_large(&exchange->body))
		fail_too_large(exchange);
	else if (exchange->body.error)
		exchange_fail(exchange,
		    exchange->body.error == ENOSPC ? MHD_HTTP_INSUFFICIENT_STORAGE
		                                   : MHD_HTTP_INTERNAL_SERVER_ERROR,
		    "what was sent cannot be kept: %s", strerror(exchange->body.error));
	else
		exchange->route->begin(exchange);
}

enum MHD_Result exchange_handle(void *cls, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *data, size_t *data_size, void **state)
{
	struct exchange *exchange = *state;

	(void)version;
	if (!exchange) {
		exchange = *state = exchange_new(cls, connection);
		if (!exchange)
			return MHD_NO;
		exchange->url = url;
		return admit(exchange, method) ? MHD_YES : exchange->queued;
	}
	if (*data_size) {
		body_add(&exchange->body, data, *data_size);
		*data_size = 0;
		return MHD_YES;
	}
	if (exchange->wake != WAKE_NOT)
		finish(exchange);
	else
		begin(exchange);
	return exchange->queued;
}

void exchange_completed(void *cls, struct MHD_Connection *connection, void **state,
    enum MHD_RequestTerminationCode code)
{
	struct exchange *exchange = *state;

	(void)cls;
	(void)connection;
	(void)code;
	if (!exchange)
		return;
	if (exchange->server->uploading == exchange)
		exchange->server->uploading = NULL;
	body_end(&exchange->body);
	stream_close(&exchange->stream,
	    exchange->request && !(exchange->answer && exchange->answer->refused));
	answer_free(&exchange->answer);
	free(exchange);
	*state = NULL;
}

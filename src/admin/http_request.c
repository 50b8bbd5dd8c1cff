// SPDX-License-Identifier: Apache-2.0
/*
 * The life of a request: libmicrohttpd calls http_request_handle() with its headers,
 * with each piece of its body, and at its end, where the resource begins; after
 * a sleep it calls again, and the resource finishes. Who may not ask is answered
 * before the body is read; too large a one is read and dropped, since a client
 * that is cut off while it sends would not hear why.
 */
#include "admin/http_request.h"

#include "admin/http_request_inside.h"
#include "base/error.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

#define EDIT_WAIT_MS  60000 /* for an edit of one object, which may wait for an apply */
#define AWAIT_END_MAX 16    /* of the connections; the others stay for those who ask */

const struct http_server *http_request_server_of(const struct http_request *http)
{
	return http->server;
}

const char *http_request_name(const struct http_request *http)
{
	return http->name;
}

enum object_kind http_request_kind(const struct http_request *http)
{
	return http->route->kind;
}

const char *http_request_query(const struct http_request *http, const char *key)
{
	const char *text = NULL;

	if (MHD_lookup_connection_value_n(
	        http->connection, MHD_GET_ARGUMENT_KIND, key, strlen(key), &text, NULL) != MHD_YES)
		return NULL;
	/* "?dry_run" is there, without a value. */
	return text ? text : "";
}

/* "1", or anything but "0"; a flag that is not there is not set. */
static bool http_request_flag(const struct http_request *http, const char *key)
{
	const char *text = http_request_query(http, key);

	return text && strcmp(text, "0") != 0;
}

static int64_t mono_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void sleep_until(struct http_request *http, enum http_wait wait, int64_t until_ms)
{
	http->wait = wait;
	http->until_ms = until_ms;
	http->next = http->server->waiting;
	http->server->waiting = http;
	MHD_suspend_connection(http->connection);
	http->queued = MHD_YES;
}

struct http_tally *http_request_tally(struct http_request *http)
{
	return &http->tally;
}

bool http_request_ask(struct http_request *http, struct command *command)
{
	struct http_server *server = http->server;
	int error = ERR_FULL;

	pending_answer_free(&http->answer);

	command->request = pending_open(server->pending, command->kind);
	if (command->request)
		error = server->submit(server->submit_context, command);
	if (error) {
		pending_drop(server->pending, command->request);
		if (error == ERR_LIMIT)
			http_request_fail(http, MHD_HTTP_BAD_REQUEST,
			    "a name, Contact or cursor is longer than any that there is");
		else
			http_request_fail(http, MHD_HTTP_SERVICE_UNAVAILABLE,
			    "regentd is busy with other requests (%s), try again",
			    error_text(error));
		return false;
	}
	http->request = command->request;
	sleep_until(http, WAIT_CORE, mono_now_ms() + server->wait_ms);
	return true;
}

struct slice http_request_body(const struct http_request *http)
{
	return slice_make(http->body.text, http->body.size);
}

int http_request_socket(const struct http_request *http)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(http->connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	return info && !http->token ? info->connect_fd : -1;
}

/* On the editing thread. */
static void edited(void *context, struct edit_job *job)
{
	struct http_server *server = context;

	if (pending_put_edit(server->pending, job))
		server->wake(server->wake_context);
}

static struct edit_job *job_of(struct http_request *http, enum edit_verb verb)
{
	struct edit_job *job = edit_job_new(verb, http->route->kind);

	if (!job)
		return NULL;
	job->done = edited;
	job->context = http->server;
	job->dry_run = http_request_flag(http, "dry_run");
	job->prune = http_request_flag(http, "prune");
	snprintf(job->name, sizeof(job->name), "%s", http->name);
	if (verb == EDIT_APPLY) {
		job->fd = body_take_fd(&http->body);
	} else {
		job->body = http->body.text;
		job->size = http->body.size;
		body_init(&http->body, 0);
	}
	return job;
}

void http_request_edit(struct http_request *http, enum edit_verb verb)
{
	struct http_server *server = http->server;
	struct edit_job *job = job_of(http, verb);
	bool is_long = verb == EDIT_APPLY || verb == EDIT_EXPORT;
	int error = job ? ERR_FULL : ERR_MEMORY;
	uint64_t request = 0;

	if (server->is_held && verb != EDIT_EXPORT) {
		edit_job_free(&job);
		http_request_fail(http, MHD_HTTP_CONFLICT,
		    "the state directory was made on another machine: first decide by regentctl "
		    "node adopt or regentctl node renew");
		return;
	}
	if (job && verb == EDIT_APPLY && job->fd < 0)
		error = ERR_IO;
	else if (job && (request = pending_open(server->pending, COMMAND_PUT))) {
		job->request = request;
		error = edit_post(server->edit, job);
	}
	if (error) {
		pending_drop(server->pending, request);
		edit_job_free(&job);
		http_request_fail(http, MHD_HTTP_SERVICE_UNAVAILABLE,
		    error == ERR_STATE ? "regentd is stopping"
		                       : "regentd is busy with other edits (%s), try again",
		    error_text(error));
		return;
	}
	http->request = request;
	sleep_until(http, WAIT_EDIT, is_long ? INT64_MAX : mono_now_ms() + EDIT_WAIT_MS);
}

static void wake(struct http_request **link, enum http_wake why)
{
	struct http_request *http = *link;

	if (why != WAKE_ANSWERED)
		pending_drop(http->server->pending, http->request);
	http->wake = why;
	*link = http->next;
	http->next = NULL;
	MHD_resume_connection(http->connection);
}

/* How many wait for the end; who has gone meanwhile makes room. */
static unsigned count_awaiting(struct http_server *server)
{
	struct http_request **link = &server->waiting;
	unsigned count = 0;

	while (*link) {
		if ((*link)->wait == WAIT_END && streams_is_client_gone((*link)->connection)) {
			wake(link, WAKE_GOING);
			continue;
		}
		count += (*link)->wait == WAIT_END;
		link = &(*link)->next;
	}
	return count;
}

void http_request_await_end(struct http_request *http)
{
	unsigned count = count_awaiting(http->server);

	if (count >= AWAIT_END_MAX) {
		http_request_fail(http, MHD_HTTP_SERVICE_UNAVAILABLE,
		    "%u wait for the end of regentd already", count);
		return;
	}
	sleep_until(http, WAIT_END, INT64_MAX);
}

void http_request_wake(struct http_server *server, int64_t mono_ms)
{
	struct http_request **link = &server->waiting;

	while (*link) {
		struct http_request *http = *link;

		http->answer = pending_take(server->pending, http->request);
		if (http->answer)
			wake(link, WAKE_ANSWERED);
		else if (mono_ms >= http->until_ms)
			wake(link, WAKE_TIMEOUT);
		else
			link = &http->next;
	}
}

void http_request_wake_all(struct http_server *server)
{
	struct http_request *http;

	while ((http = server->waiting)) {
		http->answer = pending_take(server->pending, http->request);
		wake(&server->waiting, http->answer ? WAKE_ANSWERED : WAKE_GOING);
	}
}

int64_t http_request_next_ms(const struct http_server *server, int64_t mono_ms)
{
	int64_t next = -1;

	for (const struct http_request *e = server->waiting; e; e = e->next) {
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

void http_request_fail_edit(struct http_request *http, const struct edit_job *job)
{
	http_request_fail_field(http, status_of_edit(job->error), job->text, job->field);
}

static void finish(struct http_request *http)
{
	const struct pending_answer *answer = http->answer;

	switch (http->wake) {
	case WAKE_ANSWERED:
		if (answer->refused)
			http_request_fail(http, status_of(answer->error), "%s",
			    *answer->text ? answer->text : error_text(answer->error));
		else if (answer->edit && answer->edit->error && !answer->edit->problems)
			http_request_fail_edit(http, answer->edit);
		else
			http->route->finish(http, answer);
		return;
	case WAKE_TIMEOUT:
		if (http->wait == WAIT_EDIT) {
			http_request_fail(http, MHD_HTTP_GATEWAY_TIMEOUT,
			    "other edits take long; this one still waits, and may be done later");
			return;
		}
		http_request_fail(http, MHD_HTTP_GATEWAY_TIMEOUT,
		    "regentd did not answer within %u ms: its loop is overloaded or stuck",
		    http->server->wait_ms);
		return;
	case WAKE_GOING:
		if (http->wait == WAIT_END) {
			http->route->finish(http, NULL);
			return;
		}
		http_request_fail(http, MHD_HTTP_SERVICE_UNAVAILABLE, "regentd is going down");
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

static bool may_ask(const struct http_request *http)
{
	static const char scheme[] = "Bearer ";
	const char *given;

	if (!http->token)
		return true;
	given = MHD_lookup_connection_value(
	    http->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_AUTHORIZATION);
	return given && !strncasecmp(given, scheme, strlen(scheme)) &&
	       same_secret(given + strlen(scheme), http->token);
}

static void fail_too_large(struct http_request *http)
{
	http_request_fail(http, MHD_HTTP_CONTENT_TOO_LARGE, "at most %llu bytes are taken here",
	    (unsigned long long)http->body.limit);
}

/* A file lies in the state directory, beside the ledger, until it is applied: one at a time. */
static bool open_file(struct http_request *http)
{
	struct http_server *server = http->server;

	body_init(&http->body, BODY_FILE_MAX);
	if (server->uploading) {
		http_request_fail(http, MHD_HTTP_SERVICE_UNAVAILABLE,
		    "another file is being sent or applied just now, try again");
		return false;
	}
	body_into_file(&http->body, server->state_dir);
	if (http->body.error) {
		http_request_fail(http, MHD_HTTP_INTERNAL_SERVER_ERROR, "%s: %s", server->state_dir,
		    strerror(http->body.error));
		return false;
	}
	server->uploading = http;
	return true;
}

/* Before the body. False where the request is answered already. */
static bool admit(struct http_request *http, const char *method)
{
	char allow[64];

	if (!may_ask(http)) {
		http_request_fail(http, MHD_HTTP_UNAUTHORIZED,
		    "needs \"Authorization: Bearer TOKEN\" with the token of STATE/admin-token");
		return false;
	}
	http->route = http->server->routes->find(method, http->url, http->name, sizeof(http->name));
	if (!http->route) {
		if (http->server->routes->allows(http->url, allow, sizeof(allow)))
			http_request_fail(
			    http, MHD_HTTP_METHOD_NOT_ALLOWED, "%s is for %s", http->url, allow);
		else
			http_request_fail(http, MHD_HTTP_NOT_FOUND, "there is no %s", http->url);
		return false;
	}
	if (http->route->body == BODY_FILE && !open_file(http))
		return false;
	if (http->route->body == BODY_TEXT)
		body_init(&http->body, BODY_TEXT_MAX);
	return true;
}

static struct http_request *http_request_new(
    const struct http_door *door, struct MHD_Connection *connection)
{
	struct http_request *http = calloc(1, sizeof(*http));

	if (!http)
		return NULL;
	http->server = door->server;
	http->token = door->token;
	http->connection = connection;
	body_init(&http->body, 0);
	return http;
}

static void begin(struct http_request *http)
{
	if (body_is_too_large(&http->body))
		fail_too_large(http);
	else if (http->body.error)
		http_request_fail(http,
		    http->body.error == ENOSPC ? MHD_HTTP_INSUFFICIENT_STORAGE
		                               : MHD_HTTP_INTERNAL_SERVER_ERROR,
		    "what was sent cannot be kept: %s", strerror(http->body.error));
	else
		http->route->begin(http);
}

enum MHD_Result http_request_handle(void *cls, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *data, size_t *data_size, void **state)
{
	struct http_request *http = *state;

	(void)version;
	if (!http) {
		http = *state = http_request_new(cls, connection);
		if (!http)
			return MHD_NO;
		http->url = url;
		return admit(http, method) ? MHD_YES : http->queued;
	}
	if (*data_size) {
		body_add(&http->body, data, *data_size);
		*data_size = 0;
		return MHD_YES;
	}
	if (http->wake != WAKE_NOT)
		finish(http);
	else
		begin(http);
	return http->queued;
}

void http_request_completed(void *cls, struct MHD_Connection *connection, void **state,
    enum MHD_RequestTerminationCode code)
{
	struct http_request *http = *state;

	(void)cls;
	(void)connection;
	(void)code;
	if (!http)
		return;
	if (http->server->uploading == http)
		http->server->uploading = NULL;
	body_end(&http->body);
	stream_close(&http->stream, http->request && !(http->answer && http->answer->refused));
	pending_answer_free(&http->answer);
	free(http);
	*state = NULL;
}

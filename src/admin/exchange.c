// SPDX-License-Identifier: Apache-2.0
/*
 * The life of a request: libmicrohttpd calls exchange_handle() with its headers,
 * with each piece of its body, and at its end, where the resource begins; after
 * a sleep it calls again, and the resource finishes. No request of this API has
 * a body that matters: a small one is read and dropped, a large one ends the
 * connection.
 */
#include "admin/exchange.h"

#include "admin/api.h"
#include "admin/api_json.h"
#include "base/error.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BODY_MAX      4096
#define STREAM_BLOCK  4096
#define AWAIT_END_MAX 16 /* of the connections; the others stay for those who ask */

enum wake { WAKE_NOT, WAKE_ANSWERED, WAKE_TIMEOUT, WAKE_GOING };

struct exchange {
	struct exchange_server *server;
	struct MHD_Connection *connection;
	const struct exchange_route *route;
	const char *name;
	size_t body;
	enum MHD_Result queued; /* of the reply */

	struct exchange *next; /* among those that wait */
	uint64_t request;      /* 0: nothing asked */
	int64_t until_ms;
	bool awaits_end; /* of the daemon */
	enum wake wake;
	struct answer *answer;
	struct stream *stream;
};

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
	return MHD_lookup_connection_value(exchange->connection, MHD_GET_ARGUMENT_KIND, key);
}

/* One request a connection: a client is never left on a connection that the stop closes. */
static void queue_as(struct exchange *exchange, unsigned status, struct MHD_Response *response,
    const char *content_type)
{
	exchange->queued = MHD_NO;
	if (!response)
		return;
	if (MHD_add_response_header(response, "Content-Type", content_type) == MHD_YES &&
	    MHD_add_response_header(response, "Connection", "close") == MHD_YES)
		exchange->queued = MHD_queue_response(exchange->connection, status, response);
	MHD_destroy_response(response);
}

static void queue(struct exchange *exchange, unsigned status, struct MHD_Response *response)
{
	queue_as(exchange, status, response, "application/json");
}

static struct MHD_Response *response_of(json_t *body)
{
	char *text = body ? json_dumps(body, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;
	struct MHD_Response *response = NULL;

	json_decref(body);
	if (text)
		response =
		    MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_FREE);
	if (!response)
		free(text);
	return response;
}

void exchange_reply(struct exchange *exchange, unsigned status, json_t *body)
{
	if (body)
		queue(exchange, status, response_of(body));
	else
		exchange_fail(exchange, MHD_HTTP_INTERNAL_SERVER_ERROR, "out of memory");
}

void exchange_reply_file(struct exchange *exchange, int fd, uint64_t size)
{
	queue(exchange, MHD_HTTP_OK, MHD_create_response_from_fd64(size, fd));
}

bool exchange_open_stream(struct exchange *exchange)
{
	exchange->stream =
	    streams_open(exchange->server->streams, exchange->name, exchange->connection);
	return exchange->stream;
}

void exchange_reply_stream(struct exchange *exchange, uint32_t bytes, const char *content_type,
    MHD_ContentReaderCallback read)
{
	stream_resize(exchange->stream, bytes);
	/* However slowly it reads: it loses records, not its place. */
	MHD_set_connection_option(exchange->connection, MHD_CONNECTION_OPTION_TIMEOUT, 0u);
	queue_as(exchange, MHD_HTTP_OK,
	    MHD_create_response_from_callback(
	        MHD_SIZE_UNKNOWN, STREAM_BLOCK, read, exchange->stream, NULL),
	    content_type);
}

void exchange_fail(struct exchange *exchange, unsigned status, const char *format, ...)
{
	struct MHD_Response *response;
	char text[512], allow[64];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	response = response_of(json_pack("{s:o}", "error", api_json_text(slice_of(text))));
	if (response && status == MHD_HTTP_METHOD_NOT_ALLOWED &&
	    api_allows(exchange->name, allow, sizeof(allow)))
		MHD_add_response_header(response, "Allow", allow);
	if (response && status == MHD_HTTP_SERVICE_UNAVAILABLE)
		MHD_add_response_header(response, "Retry-After", "1");
	queue(exchange, status, response);
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

void exchange_ask(struct exchange *exchange, struct command *command)
{
	struct exchange_server *server = exchange->server;
	int error = ERR_FULL;

	command->request = pending_open(server->pending, command->kind);
	if (command->request)
		error = server->submit(server->submit_context, command);
	if (error) {
		pending_drop(server->pending, command->request);
		exchange_fail(exchange, MHD_HTTP_SERVICE_UNAVAILABLE,
		    "regentd is busy with other requests (%s), try again", error_text(error));
		return;
	}
	exchange->request = command->request;
	sleep_until(exchange, mono_now_ms() + server->wait_ms);
}

void exchange_await_end(struct exchange *exchange)
{
	unsigned count = 0;

	for (const struct exchange *e = exchange->server->waiting; e; e = e->next)
		count += e->awaits_end;
	if (count >= AWAIT_END_MAX) {
		exchange_fail(exchange, MHD_HTTP_SERVICE_UNAVAILABLE,
		    "%u wait for the end of regentd already", count);
		return;
	}
	exchange->awaits_end = true;
	sleep_until(exchange, INT64_MAX);
}

static void wake(struct exchange **link, enum wake why)
{
	struct exchange *exchange = *link;

	if (why != WAKE_ANSWERED)
		pending_drop(exchange->server->pending, exchange->request);
	exchange->wake = why;
	*link = exchange->next;
	exchange->next = NULL;
	MHD_resume_connection(exchange->connection);
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

static void finish(struct exchange *exchange)
{
	const struct answer *answer = exchange->answer;

	switch (exchange->wake) {
	case WAKE_ANSWERED:
		if (answer->refused)
			exchange_fail(exchange, status_of(answer->error), "%s",
			    *answer->text ? answer->text : error_text(answer->error));
		else
			exchange->route->finish(exchange, answer);
		return;
	case WAKE_TIMEOUT:
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

static void begin(struct exchange *exchange, const char *method, const char *url)
{
	char allow[64];

	exchange->name = url;
	exchange->route = api_route(method, url, &exchange->name);
	if (exchange->route)
		exchange->route->begin(exchange);
	else if (api_allows(url, allow, sizeof(allow)))
		exchange_fail(exchange, MHD_HTTP_METHOD_NOT_ALLOWED, "%s is for %s", url, allow);
	else
		exchange_fail(exchange, MHD_HTTP_NOT_FOUND, "there is no %s", url);
}

static struct exchange *exchange_new(
    struct exchange_server *server, struct MHD_Connection *connection)
{
	struct exchange *exchange = calloc(1, sizeof(*exchange));

	if (!exchange)
		return NULL;
	exchange->server = server;
	exchange->connection = connection;
	return exchange;
}

enum MHD_Result exchange_handle(void *cls, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *data, size_t *data_size, void **state)
{
	struct exchange *exchange = *state;

	(void)version;
	(void)data;
	if (!exchange) {
		*state = exchange_new(cls, connection);
		return *state ? MHD_YES : MHD_NO;
	}
	if (*data_size) {
		exchange->body += *data_size;
		*data_size = 0;
		return exchange->body <= BODY_MAX ? MHD_YES : MHD_NO;
	}
	if (exchange->wake != WAKE_NOT)
		finish(exchange);
	else
		begin(exchange, method, url);
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
	stream_close(&exchange->stream,
	    exchange->request && !(exchange->answer && exchange->answer->refused));
	answer_free(&exchange->answer);
	free(exchange);
	*state = NULL;
}

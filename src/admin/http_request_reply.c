// SPDX-License-Identifier: Apache-2.0
/*
 * The replies of a request: documents, files, streams and errors.
 */
#include "admin/api_json.h"
#include "admin/http_request_inside.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define STREAM_BLOCK 4096

/* One request a connection: a client is never left on a connection that the stop closes. */
static void queue_as(struct http_request *http, unsigned status, struct MHD_Response *response,
    const char *content_type)
{
	http->queued = MHD_NO;
	if (!response)
		return;
	if (MHD_add_response_header(response, "Content-Type", content_type) == MHD_YES &&
	    MHD_add_response_header(response, "Connection", "close") == MHD_YES)
		http->queued = MHD_queue_response(http->connection, status, response);
	MHD_destroy_response(response);
}

static void queue(struct http_request *http, unsigned status, struct MHD_Response *response)
{
	queue_as(http, status, response, "application/json");
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

void http_request_reply(struct http_request *http, unsigned status, json_t *body)
{
	if (body)
		queue(http, status, response_of(body));
	else
		http_request_fail(http, MHD_HTTP_INTERNAL_SERVER_ERROR, "out of memory");
}

void http_request_reply_file(
    struct http_request *http, int fd, uint64_t size, const char *content_type)
{
	queue_as(http, MHD_HTTP_OK, MHD_create_response_from_fd64(size, fd), content_type);
}

bool http_request_open_stream(struct http_request *http)
{
	http->stream = streams_open(http->server->streams, http->name, http->connection);
	return http->stream;
}

void http_request_reply_stream(struct http_request *http, uint32_t bytes, const char *content_type,
    MHD_ContentReaderCallback read)
{
	stream_resize(http->stream, bytes);
	/* However slowly it reads: it loses records, not its place. */
	MHD_set_connection_option(http->connection, MHD_CONNECTION_OPTION_TIMEOUT, 0u);
	queue_as(http, MHD_HTTP_OK,
	    MHD_create_response_from_callback(
	        MHD_SIZE_UNKNOWN, STREAM_BLOCK, read, http->stream, NULL),
	    content_type);
}

void http_request_fail_field(
    struct http_request *http, unsigned status, const char *text, const char *field)
{
	json_t *body = json_pack("{s:o}", "error", api_json_text(slice_of(text)));
	struct MHD_Response *response;
	char allow[64];

	if (body && field && *field)
		json_object_set_new(body, "field", json_string(field));
	response = response_of(body);
	if (response && status == MHD_HTTP_METHOD_NOT_ALLOWED &&
	    http->server->routes->allows(http->url, allow, sizeof(allow)))
		MHD_add_response_header(response, "Allow", allow);
	if (response && status == MHD_HTTP_SERVICE_UNAVAILABLE)
		MHD_add_response_header(response, "Retry-After", "1");
	if (response && status == MHD_HTTP_UNAUTHORIZED)
		MHD_add_response_header(response, "WWW-Authenticate", "Bearer realm=\"regent\"");
	queue(http, status, response);
}

void http_request_fail(struct http_request *http, unsigned status, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	http_request_fail_field(http, status, text, NULL);
}

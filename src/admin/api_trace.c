// SPDX-License-Identifier: Apache-2.0
/*
 * GET /api/v1/trace/NAME: looks on at a registration, one line of JSON a record,
 * until the client goes. A client that reads more slowly than records come
 * loses the oldest and is told how many.
 */
#include "admin/api.h"
#include "admin/api_json.h"

#include <stdio.h>
#include <stdlib.h>

#define NAME_MAX_SIZE 64

void api_trace_get(struct http_request *http)
{
	const char *name = http_request_name(http);
	struct command command = {.kind = COMMAND_TRACE, .name = slice_of(name)};

	if (strlen(name) > NAME_MAX_SIZE)
		http_request_fail(http, MHD_HTTP_NOT_FOUND, "no registration has a name that long");
	else if (!http_request_open_stream(http))
		http_request_fail(http, MHD_HTTP_SERVICE_UNAVAILABLE,
		    "%d look on at traces already: end one of them", STREAMS_MAX);
	else
		http_request_ask(http, &command);
}

static json_t *address_json(const struct netaddr *address)
{
	char text[NETADDR_TEXT_MAX];
	struct buf b = buf_over(text, sizeof(text));

	if (!address->family)
		return json_null();
	netaddr_put(&b, address);
	return api_json_text(buf_slice(&b));
}

static json_t *record_json(const struct answer_trace *trace)
{
	bool is_message = trace->kind == TRACE_MESSAGE;

	return json_pack("{s:o,s:s,s:o,s:o,s:o,s:o,s:o,s:o}", "at", api_json_time(trace->at_ms),
	    "kind", trace_kind_name(trace->kind), "direction",
	    is_message ? json_string(trace->is_sent ? "out" : "in") : json_null(), "local",
	    address_json(&trace->local), "peer", address_json(&trace->peer), "summary",
	    api_json_text(trace->summary), "retransmission",
	    is_message ? json_integer(trace->retransmission) : json_null(), "text",
	    api_json_text(trace->text));
}

static char *line_of(const struct answer_trace *trace)
{
	json_t *json = record_json(trace);
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;

	json_decref(json);
	return text;
}

/* "12 records lost", with the time of the first that was not. */
static char *loss_line_of(const struct answer_trace *trace)
{
	struct answer_trace note = {.kind = TRACE_NOTE, .at_ms = trace->at_ms};
	char text[48];

	snprintf(text, sizeof(text), "%u record%s lost", trace->lost, trace->lost == 1 ? "" : "s");
	note.summary = slice_of(text);
	return line_of(&note);
}

/* The next record as text; false without memory. */
static bool write_next(struct stream_text *text, const struct answer_trace *trace)
{
	char *loss = trace->lost > 0 ? loss_line_of(trace) : NULL;
	char *line = line_of(trace);
	int n = -1;

	if (line && (loss || trace->lost == 0))
		n = asprintf(&text->text, "%s%s%s\n", loss ? loss : "", loss ? "\n" : "", line);
	if (n < 0)
		text->text = NULL;
	text->n = n < 0 ? 0 : (size_t)n;
	text->written = 0;
	free(loss);
	free(line);
	return n >= 0;
}

static size_t give(struct stream_text *text, char *buffer, size_t size)
{
	size_t n = text->n - text->written;

	if (n > size)
		n = size;
	memcpy(buffer, text->text + text->written, n);
	text->written += n;
	if (text->written == text->n) {
		free(text->text);
		*text = (struct stream_text){0};
	}
	return n;
}

static ssize_t read_stream(void *cls, uint64_t position, char *buffer, size_t size)
{
	struct stream *stream = cls;
	struct stream_text *text = stream_text(stream);
	struct ring_copy copy;

	(void)position;
	if (!text->text) {
		if (!stream_take(stream, &copy)) {
			if (stream_is_over(stream))
				return MHD_CONTENT_READER_END_OF_STREAM;
			stream_sleep(stream);
			return 0;
		}
		if (!write_next(text, &copy.trace))
			return MHD_CONTENT_READER_END_WITH_ERROR;
	}
	return (ssize_t)give(text, buffer, size);
}

void api_trace_begun(struct http_request *http, const struct pending_answer *answer)
{
	http_request_reply_stream(
	    http, answer->end->trace_begin.bytes, "application/x-ndjson", read_stream);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * One request to the API of regentd, over its Unix socket or a URL, and what
 * came of it.
 */
#pragma once

#include "ctl/ctl.h"

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

enum http_outcome {
	HTTP_OK,      /* 2xx, with JSON where anything came */
	HTTP_REFUSED, /* another status, or the socket is not ours to open */
	HTTP_BROKEN,  /* somebody is there, but the answer did not come or made no sense */
	HTTP_ABSENT,  /* nobody is there */
};

/* Takes a piece of a body; false ends the transfer. */
typedef bool (*http_sink_fn)(void *context, const char *data, size_t size);

struct http_request {
	const char *method;
	const char *path;   /* begins with "/api/" */
	const json_t *json; /* body; NULL without */
	FILE *file;         /* body as it is, from its beginning; NULL without */
	http_sink_fn sink;  /* takes the body of a 2xx instead of the reply; NULL without */
	void *context;      /* of the sink */
	bool is_long;       /* may take as long as it likes */
};

struct http_reply {
	enum http_outcome outcome;
	long status;     /* 0 where none came */
	char *body;      /* as it came, NUL-terminated; NULL where none */
	size_t size;     /* of the body */
	json_t *json;    /* of the body; NULL where it is none */
	char error[600]; /* for people, where the outcome is not HTTP_OK */
};

/* Asks; the reply is to be released whatever the outcome. */
enum http_outcome http_send(
    const struct ctl *ctl, const struct http_request *request, struct http_reply *reply_r);

/* The same without a body. */
enum http_outcome http_ask(
    const struct ctl *ctl, const char *method, const char *path, struct http_reply *reply_r);

void http_release(struct http_reply *reply);

/*
 * A request whose answer is waited for beside other things. http_begin() returns when it
 * has begun to leave (or failed); http_wait() is true once it has ended, which it waits
 * for no longer than `ms`; http_reply() is what came then, and dies with http_end().
 * Request and its body live until then.
 */
struct http_waiting;
struct http_waiting *http_begin(const struct ctl *ctl, const struct http_request *request);
bool http_wait(struct http_waiting *waiting, int ms);
const struct http_reply *http_reply(const struct http_waiting *waiting);
void http_end(struct http_waiting **waiting);

/* Reads a JSON document from a file as if it were a reply: HTTP_ABSENT where there is no file. */
enum http_outcome http_read_file(const char *path, struct http_reply *reply_r);

/* Prints the error and gives its exit code; CTL_DONE where there is none. */
enum ctl_exit http_complain(const struct http_reply *reply);

/* Prints the body as it came, with a newline at its end. */
void http_print_body(const struct http_reply *reply);

// SPDX-License-Identifier: Apache-2.0
/*
 * One request to the API of regentd, over its Unix socket or a URL, and what
 * came of it.
 */
#pragma once

#include "ctl/ctl.h"

#include <jansson.h>

enum http_outcome {
	HTTP_OK,      /* 2xx with JSON */
	HTTP_REFUSED, /* another status, or the socket is not ours to open */
	HTTP_BROKEN,  /* somebody is there, but the answer did not come or made no sense */
	HTTP_ABSENT,  /* nobody is there */
};

struct http_reply {
	enum http_outcome outcome;
	long status;     /* 0 where none came */
	char *body;      /* as it came, NUL-terminated; NULL where none */
	size_t size;     /* of the body */
	json_t *json;    /* of the body */
	char error[600]; /* for people, where the outcome is not HTTP_OK */
};

/* Asks; the reply is to be released whatever the outcome. `path` begins with "/api/". */
enum http_outcome http_ask(
    const struct ctl *ctl, const char *method, const char *path, struct http_reply *reply_r);
void http_release(struct http_reply *reply);

/*
 * A GET whose answer may take as long as it likes. http_begin() returns when it has
 * left (or failed); http_wait() is true once it has ended, which it waits for no
 * longer than `ms`; http_reply() is what came then, and dies with http_end().
 */
struct http_waiting;
struct http_waiting *http_begin(const struct ctl *ctl, const char *path);
bool http_wait(struct http_waiting *waiting, int ms);
const struct http_reply *http_reply(const struct http_waiting *waiting);
void http_end(struct http_waiting **waiting);

/* Reads a JSON document from a file as if it were a reply: HTTP_ABSENT where there is no file. */
enum http_outcome http_read_file(const char *path, struct http_reply *reply_r);

/* Prints the error and gives its exit code; CTL_DONE where there is none. */
enum ctl_exit http_complain(const struct http_reply *reply);

/* Prints the body as it came, with a newline at its end. */
void http_print_body(const struct http_reply *reply);

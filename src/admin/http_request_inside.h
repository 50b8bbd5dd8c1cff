// SPDX-License-Identifier: Apache-2.0
/*
 * What the life of a request and its replies share; nobody else's.
 */
#pragma once

#include "admin/body.h"
#include "admin/http_request.h"

/* What a request sleeps for ... */
enum http_wait {
	WAIT_CORE, /* the core's answer, for a while */
	WAIT_EDIT, /* the editing thread's, for a while or as long as it takes */
	WAIT_END,  /* the end of the daemon */
};

/* ... and why it no longer does. */
enum http_wake { WAKE_NOT, WAKE_ANSWERED, WAKE_TIMEOUT, WAKE_GOING };

struct http_request {
	struct http_server *server;
	struct MHD_Connection *connection;
	const struct http_route *route;
	const char *token; /* of the door; NULL: it needs none */
	const char *url;
	char name[EDIT_ASKED_MAX];
	struct body body;
	enum MHD_Result queued; /* of the reply */

	struct http_request *next; /* among those that wait */
	uint64_t request;          /* 0: nothing asked */
	int64_t until_ms;
	struct http_tally tally;
	enum http_wait wait;
	enum http_wake wake;
	struct pending_answer *answer;
	struct stream *stream;
};

/* http_request_fail() with the field that it is about; NULL or "": none. */
void http_request_fail_field(
    struct http_request *http, unsigned status, const char *text, const char *field);

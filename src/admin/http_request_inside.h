// SPDX-License-Identifier: Apache-2.0
/*
 * What the life of a request and its replies share; nobody else's.
 */
#pragma once

#include "admin/body.h"
#include "admin/http_request.h"

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
	bool awaits_end; /* of the daemon */
	bool is_edit;
	struct http_tally tally;
	enum http_wake wake;
	struct pending_answer *answer;
	struct stream *stream;
};

/* http_request_fail() with the field that it is about; NULL or "": none. */
void http_request_fail_field(
    struct http_request *http, unsigned status, const char *text, const char *field);

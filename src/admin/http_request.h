// SPDX-License-Identifier: Apache-2.0
/*
 * One HTTP request and its response. A resource either replies at once, or asks
 * the core and replies when the answer is there; meanwhile the connection sleeps
 * and the thread serves others. All of it runs on the admin thread.
 */
#pragma once

#include "admin/admin.h"
#include "admin/pending.h"
#include "admin/streams.h"
#include "base/attr.h"
#include "edit/edit.h"

#include <jansson.h>
#include <microhttpd.h>

struct http_request;

struct http_route;

/* The table of resources, which stands above all that serves them. */
struct http_routes {
	/* The resource of that method and path, and the name in the path; NULL: there is none. */
	const struct http_route *(*find)(
	    const char *method, const char *path, char *name_r, size_t size);
	/* The methods that the path has; false where it has none. */
	bool (*allows)(const char *path, char *allow_r, size_t size);
};

/* What all requests of one server share; fixed while it runs. */
struct http_server {
	const struct http_routes *routes;
	struct edit *edit;
	void (*wake)(void *context); /* the admin thread, from another */
	void *wake_context;
	void (*restart)(void *context); /* the stop that follows is to be a restart */
	void *restart_context;
	const char *machine; /* as in struct admin_config, and the next two */
	bool is_held;
	void (*decide)(void *restart_context, enum admin_decision decision);
	const char *id; /* of the node */
	uint32_t boot;
	struct pending *pending;
	struct streams *streams;
	int (*submit)(void *context, const struct command *command);
	void *submit_context;
	unsigned wait_ms;
	const char *state_dir, *node, *version;
	int64_t started_ms;             /* wall time */
	struct http_request *waiting;   /* connections that sleep */
	struct http_request *uploading; /* the one whose body goes into a file */
};

/* A way in: `cls` of the callbacks. */
struct http_door {
	struct http_server *server;
	const char *token; /* that every request must bear; NULL: the socket's mode guards it */
};

enum http_body { BODY_NONE, BODY_TEXT, BODY_FILE };

/* A resource: its place, and what it does. */
struct http_route {
	const char *method; /* GET answers HEAD as well */
	const char *path;   /* one that ends in '/' takes a name after it ... */
	const char *verb;   /* ... and this after the name; NULL: nothing */
	enum http_body body;
	void (*begin)(struct http_request *http);
	/* After http_request_ask(), http_request_edit(): the answer; after
	 * http_request_await_end(): NULL. */
	void (*finish)(struct http_request *http, const struct pending_answer *answer);
	enum object_kind kind; /* of what the path names */
};

/* The callbacks of MHD_start_daemon(); `cls` is a struct http_door. */
enum MHD_Result http_request_handle(void *cls, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *data, size_t *data_size, void **state);
void http_request_completed(void *cls, struct MHD_Connection *connection, void **state,
    enum MHD_RequestTerminationCode code);

/* Wakes the connections whose answer is whole or whose time is over. */
void http_request_wake(struct http_server *server, int64_t mono_ms);

/* Wakes all of them: who has no answer by now is told that the daemon goes. */
void http_request_wake_all(struct http_server *server);

/* Milliseconds until http_request_wake() has something to give up, -1 where nobody waits. */
int64_t http_request_next_ms(const struct http_server *server, int64_t mono_ms);

/* What a resource may use. */
const struct http_server *http_request_server_of(const struct http_request *http);
const char *http_request_name(const struct http_request *http);
enum object_kind http_request_kind(const struct http_request *http); /* of the route */

/* A query argument; NULL where it was not given, empty where it has no value. */
const char *http_request_query(const struct http_request *http, const char *key);

/* What a resource keeps between several questions for one request; zero at its beginning. */
struct http_tally {
	uint32_t asked, sum;
	struct registration_tally registrations;
};
struct http_tally *http_request_tally(struct http_request *http);

/*
 * Puts the command to the core, with a number of its own; replies 503 and gives false
 * where that fails. A resource that finishes may ask again: then its answer is gone.
 */
bool http_request_ask(struct http_request *http, struct command *command);

/* Of a request with BODY_TEXT: what it carried. */
struct slice http_request_body(const struct http_request *http);

/*
 * Gives the verb, the route's kind, the name and the body to the editing thread and
 * sleeps until that is done, however long an apply or an export takes; replies 503 where that
 * fails.
 */
void http_request_edit(struct http_request *http, enum edit_verb verb);

/* The descriptor of a client on this machine, for its credentials; -1 over TCP. */
int http_request_socket(const struct http_request *http);

/* Sleeps until the daemon goes; replies 503 where too many do already. */
void http_request_await_end(struct http_request *http);

/* Replies with a JSON document, which is released; NULL (no memory) makes it a 500. */
void http_request_reply(struct http_request *http, unsigned status, json_t *body);

/* Replies with the rest of a file of that size, which is closed afterwards. */
void http_request_reply_file(
    struct http_request *http, int fd, uint64_t size, const char *content_type);

/* A stream of the registration that is named, for as long as the request lives. False: no room. */
bool http_request_open_stream(struct http_request *http);

/*
 * Replies without end: `read` (MHD_ContentReaderCallback) gets the stream, in
 * whose ring so many bytes may wait.
 */
void http_request_reply_stream(struct http_request *http, uint32_t bytes, const char *content_type,
    MHD_ContentReaderCallback read);

/* Replies {"error": "…"}. */
PRINTF_LIKE(3, 4)
void http_request_fail(struct http_request *http, unsigned status, const char *format, ...);

/* Replies {"error": "…", "field": "…"} for a job that failed, with the status that fits. */
void http_request_fail_edit(struct http_request *http, const struct edit_job *job);

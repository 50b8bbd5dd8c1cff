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

struct exchange;

/* What all exchanges of one server share; fixed while it runs. */
struct exchange_server {
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
	int64_t started_ms;         /* wall time */
	struct exchange *waiting;   /* connections that sleep */
	struct exchange *uploading; /* the one whose body goes into a file */
};

/* A way in: `cls` of the callbacks. */
struct exchange_door {
	struct exchange_server *server;
	const char *token; /* that every request must bear; NULL: the socket's mode guards it */
};

enum exchange_body { BODY_NONE, BODY_TEXT, BODY_FILE };

/* A resource: its place, and what it does. */
struct exchange_route {
	const char *method; /* GET answers HEAD as well */
	const char *path;   /* one that ends in '/' takes a name after it ... */
	const char *verb;   /* ... and this after the name; NULL: nothing */
	enum exchange_body body;
	void (*begin)(struct exchange *exchange);
	/* After exchange_ask(), exchange_edit(): the answer; after exchange_await_end(): NULL. */
	void (*finish)(struct exchange *exchange, const struct answer *answer);
};

/* The callbacks of MHD_start_daemon(); `cls` is a struct exchange_door. */
enum MHD_Result exchange_handle(void *cls, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *data, size_t *data_size, void **state);
void exchange_completed(void *cls, struct MHD_Connection *connection, void **state,
    enum MHD_RequestTerminationCode code);

/* Wakes the connections whose answer is whole or whose time is over. */
void exchange_wake(struct exchange_server *server, int64_t mono_ms);

/* Wakes all of them: who has no answer by now is told that the daemon goes. */
void exchange_wake_all(struct exchange_server *server);

/* Milliseconds until exchange_wake() has something to give up, -1 where nobody waits. */
int64_t exchange_next_ms(const struct exchange_server *server, int64_t mono_ms);

/* What a resource may use. */
const struct exchange_server *exchange_server_of(const struct exchange *exchange);
const char *exchange_name(const struct exchange *exchange);

/* A query argument; NULL where it was not given, empty where it has no value. */
const char *exchange_query(const struct exchange *exchange, const char *key);

/* What a resource keeps between several questions for one request; zero at its beginning. */
struct exchange_tally {
	uint32_t asked, sum;
	struct registration_tally registrations;
};
struct exchange_tally *exchange_tally(struct exchange *exchange);

/*
 * Puts the command to the core, with a number of its own; replies 503 and gives false
 * where that fails. A resource that finishes may ask again: then its answer is gone.
 */
bool exchange_ask(struct exchange *exchange, struct command *command);

/* Of a request with BODY_TEXT: what it carried. */
struct slice exchange_body(const struct exchange *exchange);

/*
 * Gives the body and the name to the editing thread and sleeps until that is
 * done, however long an apply or an export takes; replies 503 where that fails.
 */
void exchange_edit(struct exchange *exchange, enum edit_kind kind);

/* The descriptor of a client on this machine, for its credentials; -1 over TCP. */
int exchange_socket(const struct exchange *exchange);

/* Sleeps until the daemon goes; replies 503 where too many do already. */
void exchange_await_end(struct exchange *exchange);

/* Replies with a JSON document, which is released; NULL (no memory) makes it a 500. */
void exchange_reply(struct exchange *exchange, unsigned status, json_t *body);

/* Replies with the rest of a file of that size, which is closed afterwards. */
void exchange_reply_file(
    struct exchange *exchange, int fd, uint64_t size, const char *content_type);

/* A stream of the registration that is named, for as long as the request lives. False: no room. */
bool exchange_open_stream(struct exchange *exchange);

/*
 * Replies without end: `read` (MHD_ContentReaderCallback) gets the stream, in
 * whose ring so many bytes may wait.
 */
void exchange_reply_stream(struct exchange *exchange, uint32_t bytes, const char *content_type,
    MHD_ContentReaderCallback read);

/* Replies {"error": "…"}. */
PRINTF_LIKE(3, 4)
void exchange_fail(struct exchange *exchange, unsigned status, const char *format, ...);

/* Replies {"error": "…", "field": "…"} for a job that failed, with the status that fits. */
void exchange_fail_edit(struct exchange *exchange, const struct edit_job *job);

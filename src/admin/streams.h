// SPDX-License-Identifier: Apache-2.0
/*
 * Who looks on at a trace: one stream for each client, with a ring between the
 * loop, which never waits, and the admin thread, which writes as fast as the
 * client reads. A stream that ends takes its registration out of the trace.
 */
#pragma once

#include "answer/answer.h"
#include "trace/ring.h"

#include <microhttpd.h>

#define STREAMS_MAX 16

struct streams;
struct stream;

/* `submit` as in admin/admin.h. NULL without memory. */
struct streams *streams_new(
    int (*submit)(void *context, const struct command *command), void *submit_context);
void streams_free(struct streams **streams);

/* Loop's thread: for all who look on at that name. True where one has to be woken. */
bool streams_put(struct streams *streams, const struct answer_trace *trace);

/* The rest is the admin thread's. */

/* A stream for that registration, with a ring of a size for now; NULL at the cap. */
struct stream *streams_open(
    struct streams *streams, const char *name, struct MHD_Connection *connection);

/* What may wait in it from now on. */
void stream_resize(struct stream *stream, uint32_t bytes);

/* `is_traced`: the core was told COMMAND_TRACE for it, and is told the end now or soon. */
void stream_close(struct stream **stream, bool is_traced);

/* The oldest record. False: there is none. */
bool stream_take(struct stream *stream, struct ring_copy *copy_r);

/* The client has gone, or the server does: nothing more will come. */
bool stream_is_over(struct stream *stream);

/* Nothing to write: the connection sleeps until there is. */
void stream_sleep(struct stream *stream);

/* Where the text that is being written lies: the stream's, freed with it. */
struct stream_text {
	char *text; /* of malloc() */
	size_t n, written;
};
struct stream_text *stream_text(struct stream *stream);

/* A connection that sleeps, and that libmicrohttpd therefore does not watch. */
bool streams_is_client_gone(struct MHD_Connection *connection);

/* Wakes those with something to write, or without a client; settles what is owed to the core. */
void streams_tend(struct streams *streams);

/* No more records will come: what is there is written, then the streams end. */
void streams_end(struct streams *streams);

/* When streams_tend() is due at the latest, in ms from now; -1 with no stream. */
int64_t streams_next_ms(const struct streams *streams);

// SPDX-License-Identifier: Apache-2.0
/*
 * A table of streams under one short lock, never held over a system call. The
 * loop's thread touches rings only; whether a stream exists is the admin
 * thread's to say.
 */
#include "admin/streams.h"

#include "base/error.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>

#define FIRST_BYTES (64 * 1024)
#define TEND_MS     1000 /* a connection that sleeps is not watched by libmicrohttpd */
#define NAME_BYTES  65

struct stream {
	struct streams *streams;
	char name[NAME_BYTES]; /* "": free */
	struct ring *ring;     /* NULL: closed, and the core is still to be told */
	struct MHD_Connection *connection;
	bool sleeps;
	bool is_over;
	struct stream_text text;
};

struct streams {
	pthread_mutex_t lock;
	int (*submit)(void *context, const struct command *command);
	void *submit_context;
	struct stream items[STREAMS_MAX];
};

struct streams *streams_new(
    int (*submit)(void *context, const struct command *command), void *submit_context)
{
	struct streams *streams = calloc(1, sizeof(*streams));

	if (streams && pthread_mutex_init(&streams->lock, NULL)) {
		free(streams);
		return NULL;
	}
	if (streams) {
		streams->submit = submit;
		streams->submit_context = submit_context;
	}
	return streams;
}

void streams_free(struct streams **streams)
{
	if (!*streams)
		return;
	for (size_t i = 0; i < STREAMS_MAX; i++) {
		ring_free(&(*streams)->items[i].ring);
		free((*streams)->items[i].text.text);
	}
	pthread_mutex_destroy(&(*streams)->lock);
	free(*streams);
	*streams = NULL;
}

static void lock(struct streams *streams)
{
	int error = pthread_mutex_lock(&streams->lock);

	assert(!error);
}

static void unlock(struct streams *streams)
{
	int error = pthread_mutex_unlock(&streams->lock);

	assert(!error);
}

bool streams_put(struct streams *streams, const struct answer_trace *trace)
{
	bool wakes = false;

	lock(streams);
	for (size_t i = 0; i < STREAMS_MAX; i++) {
		struct stream *stream = &streams->items[i];

		if (!stream->ring || !slice_equal(slice_of(stream->name), trace->name))
			continue;
		wakes = wakes || ring_is_empty(stream->ring);
		ring_put(stream->ring, trace);
	}
	unlock(streams);
	return wakes;
}

struct stream *streams_open(
    struct streams *streams, const char *name, struct MHD_Connection *connection)
{
	struct ring *ring = ring_new(FIRST_BYTES);
	struct stream *stream = NULL;

	assert(strlen(name) < NAME_BYTES);
	if (!ring)
		return NULL;
	lock(streams);
	for (size_t i = 0; i < STREAMS_MAX && !stream; i++)
		if (!streams->items[i].name[0])
			stream = &streams->items[i];
	if (stream) {
		*stream =
		    (struct stream){.streams = streams, .ring = ring, .connection = connection};
		memcpy(stream->name, name, strlen(name));
		ring = NULL;
	}
	unlock(streams);
	ring_free(&ring);
	return stream;
}

void stream_resize(struct stream *stream, uint32_t bytes)
{
	struct ring *ring = ring_new(bytes), *before;
	struct ring_copy copy;

	/* Without memory it stays as it is. */
	if (!ring)
		return;
	lock(stream->streams);
	before = stream->ring;
	while (ring_take(before, &copy))
		ring_put(ring, &copy.trace);
	stream->ring = ring;
	unlock(stream->streams);
	ring_free(&before);
}

/* The loop's mailbox may be full: then again at the next turn. */
static void tell_end(struct stream *stream)
{
	struct command command = {.kind = COMMAND_UNTRACE, .name = slice_of(stream->name)};

	if (stream->streams->submit(stream->streams->submit_context, &command) != ERR_FULL)
		stream->name[0] = '\0';
}

void stream_close(struct stream **stream_p, bool is_traced)
{
	struct stream *stream = *stream_p;
	struct ring *ring;

	if (!stream)
		return;
	*stream_p = NULL;
	lock(stream->streams);
	ring = stream->ring;
	stream->ring = NULL;
	unlock(stream->streams);
	ring_free(&ring);
	free(stream->text.text);
	stream->text = (struct stream_text){0};
	stream->connection = NULL;
	if (is_traced)
		tell_end(stream);
	else
		stream->name[0] = '\0';
}

bool stream_take(struct stream *stream, struct ring_copy *copy_r)
{
	bool is_there;

	lock(stream->streams);
	is_there = ring_take(stream->ring, copy_r);
	unlock(stream->streams);
	return is_there;
}

bool stream_is_over(struct stream *stream)
{
	return stream->is_over;
}

void stream_sleep(struct stream *stream)
{
	stream->sleeps = true;
	MHD_suspend_connection(stream->connection);
}

struct stream_text *stream_text(struct stream *stream)
{
	return &stream->text;
}

static bool has_records(struct stream *stream)
{
	bool has;

	lock(stream->streams);
	has = !ring_is_empty(stream->ring);
	unlock(stream->streams);
	return has;
}

bool streams_is_client_gone(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	char byte;
	ssize_t n = info ? recv(info->connect_fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) : 0;

	return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

static void tend(struct stream *stream)
{
	if (!stream->sleeps)
		return;
	stream->is_over = stream->is_over || streams_is_client_gone(stream->connection);
	if (!stream->is_over && !has_records(stream))
		return;
	stream->sleeps = false;
	MHD_resume_connection(stream->connection);
}

void streams_tend(struct streams *streams)
{
	for (size_t i = 0; i < STREAMS_MAX; i++) {
		struct stream *stream = &streams->items[i];

		if (!stream->name[0])
			continue;
		if (stream->ring)
			tend(stream);
		else
			tell_end(stream);
	}
}

void streams_end(struct streams *streams)
{
	for (size_t i = 0; i < STREAMS_MAX; i++)
		streams->items[i].is_over = streams->items[i].name[0] != '\0';
	streams_tend(streams);
}

int64_t streams_next_ms(const struct streams *streams)
{
	for (size_t i = 0; i < STREAMS_MAX; i++)
		if (streams->items[i].name[0])
			return TEND_MS;
	return -1;
}

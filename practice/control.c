// SPDX-License-Identifier: Apache-2.0
/*
 * Reads lines, runs them, writes the answers.
 */
#include "practice/control.h"

#include "practice/command.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_MAX_BYTES 4096

struct client {
	uv_pipe_t pipe;
	struct wire *wire;
	size_t n;
	char line[LINE_MAX_BYTES];
};

struct answer {
	uv_write_t write;
	char *text;
};

static void free_client(uv_handle_t *handle)
{
	free(handle->data);
}

static void close_client(struct client *client)
{
	if (!uv_is_closing((uv_handle_t *)&client->pipe))
		uv_close((uv_handle_t *)&client->pipe, free_client);
}

static void on_written(uv_write_t *write, int status)
{
	struct answer *answer = write->data;

	(void)status;
	free(answer->text);
	free(answer);
}

/* Takes the text over. */
static void answer_line(struct client *client, char *text)
{
	static char newline[] = "\n";
	struct answer *answer = malloc(sizeof(*answer));
	uv_buf_t bufs[2] = {uv_buf_init(text, (unsigned)strlen(text)), uv_buf_init(newline, 1)};

	if (!answer) {
		free(text);
		close_client(client);
		return;
	}
	answer->text = text;
	answer->write.data = answer;
	if (uv_write(&answer->write, (uv_stream_t *)&client->pipe, bufs, 2, on_written)) {
		free(text);
		free(answer);
		close_client(client);
	}
}

static void run_line(struct client *client, char *line)
{
	json_t *json = command_run(client->wire->carrier, wire_now_us(), line);
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;

	json_decref(json);
	wire_flush(client->wire);
	if (text)
		answer_line(client, text);
	else
		close_client(client);
}

static void run_lines(struct client *client)
{
	char *end;

	while (!uv_is_closing((uv_handle_t *)&client->pipe) &&
	       (end = memchr(client->line, '\n', client->n))) {
		size_t used = (size_t)(end - client->line) + 1;

		*end = '\0';
		run_line(client, client->line);
		memmove(client->line, client->line + used, client->n - used);
		client->n -= used;
	}
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *b)
{
	struct client *client = handle->data;

	(void)suggested;
	*b = uv_buf_init(client->line + client->n, (unsigned)(LINE_MAX_BYTES - client->n));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *b)
{
	struct client *client = stream->data;

	(void)b;
	/* Also a line that does not fit (UV_ENOBUFS) ends the connection. */
	if (n < 0) {
		close_client(client);
		return;
	}
	client->n += (size_t)n;
	run_lines(client);
}

static void on_connection(uv_stream_t *server, int status)
{
	struct control *control = server->data;
	struct client *client;

	if (status < 0)
		return;
	client = calloc(1, sizeof(*client));
	if (!client)
		return;
	client->wire = control->wire;
	uv_pipe_init(server->loop, &client->pipe, 0);
	client->pipe.data = client;
	if (uv_accept(server, (uv_stream_t *)&client->pipe) ||
	    uv_read_start((uv_stream_t *)&client->pipe, on_alloc, on_read))
		close_client(client);
}

/* Only a socket is removed: a wrong path must not cost anybody a file. */
static void remove_left_over(const char *path)
{
	struct stat st;

	if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
		unlink(path);
}

int control_open(struct control *control, uv_loop_t *loop, struct wire *wire, const char *path)
{
	int rc;

	control->wire = wire;
	uv_pipe_init(loop, &control->pipe, 0);
	control->pipe.data = control;
	remove_left_over(path);
	rc = uv_pipe_bind(&control->pipe, path);
	if (!rc)
		rc = uv_listen((uv_stream_t *)&control->pipe, 16, on_connection);
	return rc;
}

// SPDX-License-Identifier: Apache-2.0
/*
 * The admin thread. libmicrohttpd runs under our own poll loop, so that every
 * request, sleep and reply happens on this one thread; the loop of the switch
 * touches `pending` and the wake-up descriptor, nothing else.
 */
#include "admin/admin.h"

#include "admin/admin_socket.h"
#include "admin/exchange.h"
#include "admin/pending.h"
#include "admin/streams.h"
#include "base/error.h"
#include "thread/worker.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define SOCKET_MODE      0660u
#define WAIT_MS          10000u
#define CONNECTIONS_MAX  64u
#define IDLE_S           15u
#define CONNECTION_BYTES 16384u
#define FAREWELL_MS      2000 /* for the last replies to leave; the report may be long */
#define POLL_MS_MAX      60000

struct admin {
	struct exchange_server server;
	struct admin_socket socket;
	struct MHD_Daemon *http;
	int http_fd; /* the epoll descriptor of libmicrohttpd */
	int wake_fd;
	atomic_bool ending;
	struct worker *thread;
	char *state_dir, *node, *version;
};

static int64_t clock_ms(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* The counter never gets near its limit, so that a write neither blocks nor fails. */
static void wake_thread(struct admin *admin)
{
	uint64_t one = 1;
	ssize_t n = write(admin->wake_fd, &one, sizeof(one));

	assert(n == sizeof(one) || errno == EAGAIN);
}

static int poll_ms(struct admin *admin, int64_t limit_ms)
{
	int64_t next = exchange_next_ms(&admin->server, clock_ms(CLOCK_MONOTONIC));
	MHD_UNSIGNED_LONG_LONG http_ms;
	int64_t ms = limit_ms;

	if (next >= 0 && next < ms)
		ms = next;
	next = streams_next_ms(admin->server.streams);
	if (next >= 0 && next < ms)
		ms = next;
	if (MHD_get_timeout(admin->http, &http_ms) == MHD_YES && http_ms < (uint64_t)ms)
		ms = (int64_t)http_ms;
	return (int)ms;
}

static void turn(struct admin *admin, int64_t limit_ms)
{
	struct pollfd fds[2] = {{admin->http_fd, POLLIN, 0}, {admin->wake_fd, POLLIN, 0}};
	uint64_t count;
	ssize_t n;

	poll(fds, 2, poll_ms(admin, limit_ms));
	n = read(admin->wake_fd, &count, sizeof(count));
	(void)n; /* EAGAIN: it was not this that woke us */
	exchange_wake(&admin->server, clock_ms(CLOCK_MONOTONIC));
	streams_tend(admin->server.streams);
	MHD_run(admin->http);
}

static unsigned connections(struct admin *admin)
{
	const union MHD_DaemonInfo *info =
	    MHD_get_daemon_info(admin->http, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);

	return info ? info->num_connections : 0;
}

/* Nobody new is let in; who waits is told why, and gets a moment to read it. */
static void farewell(struct admin *admin)
{
	int64_t until_ms = clock_ms(CLOCK_MONOTONIC) + FAREWELL_MS;
	int64_t left_ms = FAREWELL_MS;
	int fd = MHD_quiesce_daemon(admin->http);

	if (fd >= 0)
		close(fd);
	exchange_wake_all(&admin->server);
	streams_end(admin->server.streams);
	MHD_run(admin->http);
	while (connections(admin) && left_ms > 0) {
		turn(admin, left_ms);
		exchange_wake_all(&admin->server);
		left_ms = until_ms - clock_ms(CLOCK_MONOTONIC);
	}
	exchange_wake_all(&admin->server);
}

static void run(void *context)
{
	struct admin *admin = context;

	while (!atomic_load(&admin->ending))
		turn(admin, POLL_MS_MAX);
	farewell(admin);
}

static int start_http(struct admin *admin)
{
	const union MHD_DaemonInfo *info;

	admin->http = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
	    exchange_handle, &admin->server, MHD_OPTION_LISTEN_SOCKET, admin->socket.fd,
	    MHD_OPTION_NOTIFY_COMPLETED, exchange_completed, NULL, MHD_OPTION_CONNECTION_LIMIT,
	    CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_S,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES, MHD_OPTION_END);
	if (!admin->http)
		return ERR_IO;
	info = MHD_get_daemon_info(admin->http, MHD_DAEMON_INFO_EPOLL_FD);
	if (!info)
		return ERR_IO;
	admin->http_fd = info->epoll_fd;
	return 0;
}

static int fill(struct admin *admin, const struct admin_config *config)
{
	admin->state_dir = strdup(config->state_dir);
	admin->node = strdup(config->node ? config->node : "");
	admin->version = strdup(config->version ? config->version : "");
	admin->server = (struct exchange_server){
	    .pending = pending_new(),
	    .streams = streams_new(config->submit, config->submit_context),
	    .submit = config->submit,
	    .submit_context = config->submit_context,
	    .wait_ms = config->wait_ms ? config->wait_ms : WAIT_MS,
	    .state_dir = admin->state_dir,
	    .node = admin->node,
	    .version = admin->version,
	    .started_ms = clock_ms(CLOCK_REALTIME),
	};
	if (!admin->state_dir || !admin->node || !admin->version || !admin->server.pending ||
	    !admin->server.streams)
		return ERR_MEMORY;
	admin->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return admin->wake_fd < 0 ? ERR_IO : 0;
}

/* Of an admin whose thread does not run. The listening descriptor is libmicrohttpd's to close. */
static void release(struct admin *admin)
{
	if (admin->socket.path)
		admin_socket_remove(&admin->socket);
	if (admin->http)
		MHD_stop_daemon(admin->http);
	if (admin->wake_fd >= 0)
		close(admin->wake_fd);
	streams_free(&admin->server.streams);
	pending_free(&admin->server.pending);
	free(admin->state_dir);
	free(admin->node);
	free(admin->version);
	free(admin);
}

int admin_start(const struct admin_config *config, struct buf *message, struct admin **admin_r)
{
	struct admin *admin = calloc(1, sizeof(*admin));
	unsigned mode = config->socket_mode ? config->socket_mode : SOCKET_MODE;
	int error;

	if (!admin)
		return ERR_MEMORY;
	admin->wake_fd = -1;
	error = fill(admin, config);
	if (!error) {
		error = admin_socket_open(config->socket_path, mode, message, &admin->socket);
		if (error)
			goto out;
		error = start_http(admin);
	}
	if (!error) {
		admin->thread = worker_start("admin", run, admin);
		error = admin->thread ? 0 : ERR_IO;
	}
	if (error) {
		buf_puts(message, "the admin API cannot start: ");
		buf_puts(message, error_text(error));
	}
out:
	if (error)
		release(admin);
	else
		*admin_r = admin;
	return error;
}

void admin_stop(struct admin **admin)
{
	if (!*admin)
		return;
	atomic_store(&(*admin)->ending, true);
	wake_thread(*admin);
	worker_join(&(*admin)->thread);
	release(*admin);
	*admin = NULL;
}

void admin_answer(struct admin *admin, const struct effect *effect)
{
	if (effect->kind == EFFECT_TRACE) {
		if (streams_put(admin->server.streams, &effect->trace))
			wake_thread(admin);
		return;
	}
	if (pending_put(admin->server.pending, effect, clock_ms(CLOCK_REALTIME)))
		wake_thread(admin);
}

bool admin_owns(uint64_t request)
{
	return pending_owns(request);
}

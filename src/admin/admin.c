// SPDX-License-Identifier: Apache-2.0
/*
 * The admin thread. libmicrohttpd runs under our own poll loop, so that every
 * request, sleep and reply happens on this one thread; the loop of the switch
 * touches `pending` and the wake-up descriptor, nothing else.
 */
#include "admin/admin.h"

#include "admin/admin_socket.h"
#include "admin/admin_tcp.h"
#include "admin/api.h"
#include "admin/http_request.h"
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

#define DOORS 2 /* the socket, and TCP */

struct admin {
	struct http_server server;
	struct admin_socket socket;
	struct door {
		struct http_door way_in;
		struct MHD_Daemon *http;
		int fd; /* the epoll descriptor of libmicrohttpd */
	} doors[DOORS];
	unsigned door_count;
	char *token, *id;
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
static void wake_thread(void *context)
{
	struct admin *admin = context;
	uint64_t one = 1;
	ssize_t n = write(admin->wake_fd, &one, sizeof(one));

	assert(n == sizeof(one) || errno == EAGAIN);
}

static int poll_ms(struct admin *admin, int64_t limit_ms)
{
	int64_t next = http_request_next_ms(&admin->server, clock_ms(CLOCK_MONOTONIC));
	MHD_UNSIGNED_LONG_LONG http_ms;
	int64_t ms = limit_ms;

	if (next >= 0 && next < ms)
		ms = next;
	next = streams_next_ms(admin->server.streams);
	if (next >= 0 && next < ms)
		ms = next;
	for (unsigned i = 0; i < admin->door_count; i++)
		if (MHD_get_timeout(admin->doors[i].http, &http_ms) == MHD_YES &&
		    http_ms < (uint64_t)ms)
			ms = (int64_t)http_ms;
	return (int)ms;
}

static unsigned connections_of(const struct door *door)
{
	const union MHD_DaemonInfo *info =
	    MHD_get_daemon_info(door->http, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);

	return info ? info->num_connections : 0;
}

/*
 * At its limit libmicrohttpd (0.9.75) stops listening, and listens again at the
 * beginning of a run: the run that ends connections is followed by another, or
 * the API would be deaf until something else wakes this thread.
 */
static void serve_door(const struct door *door)
{
	unsigned before;

	do {
		before = connections_of(door);
		MHD_run(door->http);
	} while (connections_of(door) < before);
}

static void serve(struct admin *admin)
{
	for (unsigned i = 0; i < admin->door_count; i++)
		serve_door(&admin->doors[i]);
}

static void turn(struct admin *admin, int64_t limit_ms)
{
	struct pollfd fds[DOORS + 1] = {{admin->wake_fd, POLLIN, 0}};
	uint64_t count;
	ssize_t n;

	for (unsigned i = 0; i < admin->door_count; i++)
		fds[i + 1] = (struct pollfd){admin->doors[i].fd, POLLIN, 0};
	poll(fds, admin->door_count + 1, poll_ms(admin, limit_ms));
	n = read(admin->wake_fd, &count, sizeof(count));
	(void)n; /* EAGAIN: it was not this that woke us */
	http_request_wake(&admin->server, clock_ms(CLOCK_MONOTONIC));
	streams_tend(admin->server.streams);
	serve(admin);
}

static unsigned connections(struct admin *admin)
{
	unsigned count = 0;

	for (unsigned i = 0; i < admin->door_count; i++)
		count += connections_of(&admin->doors[i]);
	return count;
}

/* Nobody new is let in; who waits is told why, and gets a moment to read it. */
static void farewell(struct admin *admin)
{
	int64_t until_ms = clock_ms(CLOCK_MONOTONIC) + FAREWELL_MS;
	int64_t left_ms = FAREWELL_MS;

	for (unsigned i = 0; i < admin->door_count; i++) {
		int fd = MHD_quiesce_daemon(admin->doors[i].http);

		if (fd >= 0)
			close(fd);
	}
	http_request_wake_all(&admin->server);
	streams_end(admin->server.streams);
	serve(admin);
	while (connections(admin) && left_ms > 0) {
		turn(admin, left_ms);
		http_request_wake_all(&admin->server);
		left_ms = until_ms - clock_ms(CLOCK_MONOTONIC);
	}
	http_request_wake_all(&admin->server);
}

static void run(void *context)
{
	struct admin *admin = context;

	while (!atomic_load(&admin->ending))
		turn(admin, POLL_MS_MAX);
	farewell(admin);
}

/* Takes the listening descriptor over once it gives 0. */
static int open_door(struct admin *admin, int fd, const char *token)
{
	struct door *door = &admin->doors[admin->door_count];
	const union MHD_DaemonInfo *info;

	door->way_in = (struct http_door){&admin->server, token};
	door->http = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
	    http_request_handle, &door->way_in, MHD_OPTION_LISTEN_SOCKET, fd,
	    MHD_OPTION_NOTIFY_COMPLETED, http_request_completed, NULL, MHD_OPTION_CONNECTION_LIMIT,
	    CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_S,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES, MHD_OPTION_END);
	if (!door->http)
		return ERR_IO;
	admin->door_count++;
	info = MHD_get_daemon_info(door->http, MHD_DAEMON_INFO_EPOLL_FD);
	if (!info)
		return ERR_IO;
	door->fd = info->epoll_fd;
	return 0;
}

static int open_tcp(struct admin *admin, const struct netaddr *listen, struct buf *message)
{
	int fd, error = admin_tcp_open(listen, message, &fd);

	if (error)
		return error;
	error = open_door(admin, fd, admin->token);
	if (error)
		close(fd);
	return error;
}

static int fill(struct admin *admin, const struct admin_config *config)
{
	admin->state_dir = strdup(config->state_dir);
	admin->node = strdup(config->node ? config->node : "");
	admin->version = strdup(config->version ? config->version : "");
	admin->token = strdup(config->token ? config->token : "");
	admin->id = strdup(config->id ? config->id : "");
	admin->server = (struct http_server){
	    .routes = api_routes(),
	    .pending = pending_new(config->seat),
	    .streams = streams_new(config->submit, config->submit_context),
	    .submit = config->submit,
	    .submit_context = config->submit_context,
	    .edit = config->edit,
	    .wake = wake_thread,
	    .wake_context = admin,
	    .restart = config->restart,
	    .restart_context = config->restart_context,
	    .machine = config->machine ? config->machine : "its own",
	    .is_held = config->is_held,
	    .decide = config->decide,
	    .id = admin->id,
	    .boot = config->boot,
	    .wait_ms = config->wait_ms ? config->wait_ms : WAIT_MS,
	    .state_dir = admin->state_dir,
	    .node = admin->node,
	    .version = admin->version,
	    .started_ms = clock_ms(CLOCK_REALTIME),
	};
	if (!admin->state_dir || !admin->node || !admin->version || !admin->token || !admin->id ||
	    !admin->server.pending || !admin->server.streams)
		return ERR_MEMORY;
	admin->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return admin->wake_fd < 0 ? ERR_IO : 0;
}

/* Of an admin whose thread does not run. The listening descriptor is libmicrohttpd's to close. */
static void release(struct admin *admin)
{
	if (admin->socket.path)
		admin_socket_remove(&admin->socket);
	for (unsigned i = 0; i < admin->door_count; i++)
		MHD_stop_daemon(admin->doors[i].http);
	if (admin->wake_fd >= 0)
		close(admin->wake_fd);
	streams_free(&admin->server.streams);
	pending_free(&admin->server.pending);
	free(admin->state_dir);
	free(admin->node);
	free(admin->version);
	if (admin->token)
		explicit_bzero(admin->token, strlen(admin->token));
	free(admin->token);
	free(admin->id);
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
		error = open_door(admin, admin->socket.fd, NULL);
	}
	if (!error && config->listen) {
		assert(config->token && *config->token);
		error = open_tcp(admin, config->listen, message);
		if (error)
			goto out;
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

void admin_answer(struct admin *admin, const struct answer *answer)
{
	if (answer->kind == ANSWER_TRACE) {
		if (streams_put(admin->server.streams, &answer->trace))
			wake_thread(admin);
		return;
	}
	if (pending_put(admin->server.pending, answer, clock_ms(CLOCK_REALTIME)))
		wake_thread(admin);
}

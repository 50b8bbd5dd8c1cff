// SPDX-License-Identifier: Apache-2.0
/*
 * The network over loopback: batches, local addresses both ways, listeners
 * opened on demand, routes, and that answers never come from inside a call.
 */
#include "net/net.h"

#include "base/error.h"
#include "net/backlog.h"
#include "net/sockaddr.h"
#include "test/kit/unit.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_MS 5000

struct world {
	uv_loop_t loop;
	struct net *net;
	uv_timer_t guard;
	bool gave_up;

	uint32_t datagrams, refused;
	struct flow flow; /* of the last datagram */
	char last[2048];
	size_t last_n;

	uint32_t events;
	struct event event; /* the last one, without its text */
	char why[256];
};

static void received(void *owner, const struct flow *flow, struct slice datagram)
{
	struct world *w = owner;

	w->datagrams++;
	w->flow = *flow;
	w->last_n = datagram.n < sizeof(w->last) ? datagram.n : sizeof(w->last);
	memcpy(w->last, datagram.p, w->last_n);
}

static void happened(void *owner, const struct event *event)
{
	struct world *w = owner;
	struct slice why = event->kind == EVENT_RESOLVED ? event->resolved.why : event->flow.why;

	w->events++;
	w->event = *event;
	snprintf(w->why, sizeof(w->why), "%.*s", SLICE_ARG(why));
}

static void give_up(uv_timer_t *timer)
{
	((struct world *)timer->data)->gave_up = true;
}

static struct netaddr address(const char *text)
{
	struct netaddr addr;

	assert_int_equal(netaddr_parse(slice_of(text), &addr), 0);
	return addr;
}

static void refused(void *owner, const struct netaddr *peer, uint32_t count, const char *why)
{
	struct world *w = owner;

	assert_int_equal(peer->port, 9);
	assert_non_null(why);
	w->refused += count;
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct net_handlers handlers = {received, happened, refused, w};

	assert_non_null(w);
	assert_int_equal(uv_loop_init(&w->loop), 0);
	uv_timer_init(&w->loop, &w->guard);
	w->guard.data = w;
	w->net = net_new(&w->loop, &handlers, NULL);
	assert_non_null(w->net);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	uv_close((uv_handle_t *)&w->guard, NULL);
	net_free(&w->net);
	assert_null(w->net);
	assert_int_equal(uv_run(&w->loop, UV_RUN_DEFAULT), 0);
	assert_int_equal(uv_loop_close(&w->loop), 0);
	free(w);
	return 0;
}

/* Turns the loop until `*counter` has reached `target`. */
static void run_until(struct world *w, const uint32_t *counter, uint32_t target)
{
	uv_timer_start(&w->guard, give_up, PATIENCE_MS, 0);
	while (*counter < target && !w->gave_up)
		uv_run(&w->loop, UV_RUN_ONCE);
	uv_timer_stop(&w->guard);
	assert_int_equal(*counter, target);
}

static struct netaddr listen_on(struct world *w, const char *place)
{
	char text[128];
	struct buf why = buf_over(text, sizeof(text));
	struct netaddr local = address(place);
	uint32_t listener;

	assert_int_equal(net_listen(w->net, SIP_UDP, &local, &listener, &why), 0);
	return *net_local(w->net, listener);
}

/* A peer: a plain blocking socket at that place, port 0 for any. */
static int peer_at(const char *place, struct netaddr *addr_r)
{
	struct timeval patience = {.tv_sec = PATIENCE_MS / 1000};
	struct netaddr addr = address(place);
	struct sockaddr_storage storage;
	socklen_t n = sockaddr_put(&addr, &storage);
	int fd = socket(storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&storage, n), 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
	n = sizeof(storage);
	getsockname(fd, (struct sockaddr *)&storage, &n);
	sockaddr_get((struct sockaddr *)&storage, addr_r);
	return fd;
}

static void peer_sends(int fd, const struct netaddr *to, const char *text)
{
	struct sockaddr_storage storage;
	socklen_t n = sockaddr_put(to, &storage);

	assert_int_equal(sendto(fd, text, strlen(text), 0, (struct sockaddr *)&storage, n),
	    (ssize_t)strlen(text));
}

static struct netaddr peer_receives(int fd, char *text, size_t size)
{
	struct sockaddr_storage storage = {0};
	socklen_t m = sizeof(storage);
	struct netaddr from;
	ssize_t n = recvfrom(fd, text, size - 1, 0, (struct sockaddr *)&storage, &m);

	assert_true(n >= 0);
	text[n] = 0;
	sockaddr_get((struct sockaddr *)&storage, &from);
	return from;
}

static void answers_leave_from_the_address_that_was_asked(void **state)
{
	static const char *const cases[][3] = {
	    {"0.0.0.0:0", "127.0.0.2", "127.0.0.1:0"},
	    {"127.0.0.3:0", "127.0.0.3", "127.0.0.1:0"},
	    {"[::]:0", "::1", "[::1]:0"},
	};
	struct world *w = *state;

	for (uint32_t i = 0; i < 3; i++) {
		struct netaddr listener = listen_on(w, cases[i][0]);
		struct netaddr asked = address(cases[i][1]), peer, from;
		struct effect_send send;
		char text[64];
		int fd = peer_at(cases[i][2], &peer);

		asked.port = listener.port;
		peer_sends(fd, &asked, "ask");
		run_until(w, &w->datagrams, i + 1);
		assert_memory_equal(w->last, "ask", 3);
		assert_int_equal(w->flow.listener, i + 1);
		assert_int_equal(w->flow.transport, SIP_UDP);
		assert_true(netaddr_equal(&w->flow.local, &asked));
		assert_true(netaddr_equal(&w->flow.peer, &peer));

		send = (struct effect_send){w->flow, SLICE("answer")};
		net_send(w->net, &send);
		uv_run(&w->loop, UV_RUN_NOWAIT);
		from = peer_receives(fd, text, sizeof(text));
		assert_string_equal(text, "answer");
		assert_true(netaddr_equal(&from, &asked));
		close(fd);
	}
}

static void find_socket(uv_handle_t *handle, void *context)
{
	struct sockaddr_storage storage;
	socklen_t n = sizeof(storage);
	uv_os_fd_t fd;

	if (uv_handle_get_type(handle) == UV_POLL && uv_fileno(handle, &fd) == 0 &&
	    getsockname(fd, (struct sockaddr *)&storage, &n) == 0 && storage.ss_family == AF_INET)
		*(int *)context = fd;
}

/* Connected for a moment, the socket hears that nobody is at the other end (ICMP). */
static void put_error_on(int fd)
{
	struct sockaddr_storage storage;
	struct sockaddr nobody = {.sa_family = AF_UNSPEC};
	struct netaddr gone;
	socklen_t n;

	close(peer_at("127.0.0.1:0", &gone));
	n = sockaddr_put(&gone, &storage);
	assert_int_equal(connect(fd, (struct sockaddr *)&storage, n), 0);
	assert_int_equal(send(fd, "x", 1, 0), 1);
	assert_int_equal(connect(fd, &nobody, sizeof(nobody)), 0);
}

static void an_error_on_a_socket_does_not_deafen_it(void **state)
{
	struct world *w = *state;
	struct netaddr to, peer;
	int listener = -1, fd = peer_at("127.0.0.1:0", &peer);
	char place[32];

	/* A port of its own choice, or the socket would lose it when it is disconnected. */
	snprintf(place, sizeof(place), "127.0.0.9:%u", peer.port);
	to = listen_on(w, place);
	uv_walk(&w->loop, find_socket, &listener);
	assert_true(listener >= 0);
	put_error_on(listener);
	uv_run(&w->loop, UV_RUN_NOWAIT);
	uv_run(&w->loop, UV_RUN_NOWAIT);
	peer_sends(fd, &to, "still there?");
	run_until(w, &w->datagrams, 1);
	close(fd);
}

static void batches_keep_order_and_lose_nothing(void **state)
{
	enum { COUNT = 3 * UDP_BATCH + 5 };
	struct world *w = *state;
	struct netaddr to = listen_on(w, "127.0.0.1:0"), peer;
	struct effect_send send;
	char text[2048];
	int fd = peer_at("127.0.0.1:0", &peer);

	for (int i = 0; i < COUNT; i++) {
		snprintf(text, sizeof(text), "%d", i);
		peer_sends(fd, &to, text);
	}
	run_until(w, &w->datagrams, COUNT);
	assert_int_equal(atoi(w->last), COUNT - 1);

	send.flow = w->flow;
	for (int i = 0; i < COUNT; i++) {
		snprintf(text, sizeof(text), "%d%*s", i, i, "");
		send.bytes = slice_of(text);
		net_send(w->net, &send);
	}
	uv_run(&w->loop, UV_RUN_NOWAIT);
	for (int i = 0; i < COUNT; i++) {
		peer_receives(fd, text, sizeof(text));
		assert_int_equal(atoi(text), i);
	}
	assert_int_equal(net_counters(w->net)->received, COUNT);
	assert_int_equal(net_counters(w->net)->sent, COUNT);
	assert_int_equal(net_counters(w->net)->dropped, 0);
	close(fd);
}

static void one_turn_reads_no_more_than_its_budget(void **state)
{
	enum { BUDGET = UDP_BATCH * UDP_TURN_BATCHES };
	struct world *w = *state;
	struct netaddr to = listen_on(w, "127.0.0.1:0"), peer;
	int fd = peer_at("127.0.0.1:0", &peer);

	for (int i = 0; i < BUDGET + 10; i++)
		peer_sends(fd, &to, "x");
	uv_run(&w->loop, UV_RUN_NOWAIT);
	assert_int_equal(w->datagrams, BUDGET);
	run_until(w, &w->datagrams, BUDGET + 10);
	close(fd);
}

static void a_port_in_use_is_told(void **state)
{
	struct world *w = *state;
	struct netaddr taken;
	char text[128];
	struct buf why = buf_over(text, sizeof(text));
	uint32_t listener = 0;
	int fd = peer_at("127.0.0.1:0", &taken);

	assert_int_equal(net_listen(w->net, SIP_UDP, &taken, &listener, &why), ERR_IO);
	assert_string_equal(buf_text(&why), "Address already in use");
	assert_null(net_local(w->net, 1));
	buf_reset(&why);
	assert_int_equal(net_listen(w->net, SIP_TCP, &taken, &listener, &why), ERR_UNSUPPORTED);
	close(fd);
	buf_reset(&why);
	assert_int_equal(net_listen(w->net, SIP_UDP, &taken, &listener, &why), 0);
	assert_int_equal(listener, 1);
}

static void open_flow(struct world *w, const char *preferred, uint16_t port, const char *target)
{
	struct effect_flow_open open = {.asker = 77, .transport = SIP_UDP};
	uint32_t before = w->events;

	if (preferred)
		open.preferred = address(preferred);
	open.preferred.port = port;
	open.target = address(target);
	net_flow_open(w->net, &open);
	assert_int_equal(w->events, before);
	run_until(w, &w->events, before + 1);
	assert_int_equal(w->event.flow.asker, 77);
}

static void assert_up(struct world *w, uint32_t listener, const char *local, uint16_t port)
{
	struct netaddr expected = address(local);

	expected.port = port;
	assert_int_equal(w->event.kind, EVENT_FLOW_UP);
	assert_int_equal(w->event.flow.flow.listener, listener);
	assert_true(netaddr_equal(&w->event.flow.flow.local, &expected));
}

static void routes_choose_listener_and_address(void **state)
{
	struct world *w = *state;
	uint16_t first = listen_on(w, "0.0.0.0:0").port;
	uint16_t second = listen_on(w, "127.0.0.4:0").port;
	uint16_t third = listen_on(w, "[::1]:0").port;
	struct netaddr target = address("127.0.0.1:9");

	open_flow(w, NULL, 0, "127.0.0.1:9");
	assert_up(w, 1, "127.0.0.1", first);
	assert_true(netaddr_equal(&w->event.flow.flow.peer, &target));
	open_flow(w, "127.0.0.9", 0, "127.0.0.1:9");
	assert_up(w, 1, "127.0.0.9", first);
	open_flow(w, "127.0.0.4", 0, "127.0.0.1:9");
	assert_up(w, 2, "127.0.0.4", second);
	open_flow(w, NULL, second, "127.0.0.1:9");
	assert_up(w, 2, "127.0.0.4", second);
	open_flow(w, NULL, 0, "[::1]:9");
	assert_up(w, 3, "::1", third);
}

static void further_listeners_are_opened_once_and_shared(void **state)
{
	struct world *w = *state;
	struct netaddr free_place;
	int fd = peer_at("0.0.0.0:0", &free_place);
	uint16_t port = free_place.port;

	listen_on(w, "0.0.0.0:0");
	open_flow(w, NULL, port, "127.0.0.1:9");
	assert_int_equal(w->event.kind, EVENT_FLOW_DOWN);
	assert_non_null(strstr(w->why, "Address already in use"));
	close(fd);

	open_flow(w, NULL, port, "127.0.0.1:9");
	assert_up(w, 2, "127.0.0.1", port);
	open_flow(w, NULL, port, "127.0.0.1:10");
	assert_up(w, 2, "127.0.0.1", port);
	open_flow(w, "127.0.0.8", port, "127.0.0.1:10");
	assert_up(w, 2, "127.0.0.8", port);
	assert_null(net_local(w->net, 3));
}

static void what_cannot_be_reached_is_down_with_a_reason(void **state)
{
	struct world *w = *state;

	listen_on(w, "127.0.0.1:0");
	open_flow(w, NULL, 0, "[::1]:9");
	assert_int_equal(w->event.kind, EVENT_FLOW_DOWN);
	assert_string_equal(w->why, "no UDP listener for IPv6");
	open_flow(w, "::1", 0, "127.0.0.1:9");
	assert_int_equal(w->event.kind, EVENT_FLOW_DOWN);
	assert_string_equal(
	    w->why, "local address [::1] and the target are of different IP versions");
	open_flow(w, "192.0.2.77", 0, "127.0.0.1:9");
	assert_int_equal(w->event.kind, EVENT_FLOW_DOWN);
	assert_non_null(strstr(w->why, "cannot open udp:192.0.2.77:"));
}

static void a_vanished_address_takes_its_flow_down(void **state)
{
	struct world *w = *state;
	struct effect_send send = {.bytes = SLICE("x")};

	send.flow.local = listen_on(w, "0.0.0.0:0");
	send.flow.transport = SIP_UDP;
	send.flow.listener = 1;
	send.flow.peer = address("127.0.0.1:9");
	memcpy(send.flow.local.ip, address("192.0.2.77").ip, 4);
	net_send(w->net, &send);
	run_until(w, &w->events, 1);
	assert_int_equal(w->event.kind, EVENT_FLOW_DOWN);
	assert_int_equal(w->event.flow.asker, 0);
	assert_true(netaddr_equal(&w->event.flow.flow.local, &send.flow.local));
	assert_int_equal(net_counters(w->net)->send_errors, 1);
	assert_int_equal(w->refused, 1);
	/* It is told once, and counted each time. */
	net_send(w->net, &send);
	run_until(w, &w->events, 2);
	assert_int_equal(net_counters(w->net)->send_errors, 2);
	assert_int_equal(w->refused, 1);
}

static void the_backlog_is_bounded_and_keeps_order(void **state)
{
	static char large[60000];
	struct backlog backlog;
	struct netaddr from = address("127.0.0.1:1"), to = address("127.0.0.1:2");
	uint32_t next = 0, first = 0;

	(void)state;
	assert_int_equal(backlog_init(&backlog), 0);
	/* Round the bytes many times over, never empty, each item marked with its number. */
	for (int round = 0; round < 200; round++) {
		memcpy(large, &next, sizeof(next));
		while (backlog_put(&backlog, &from, &to,
		           slice_make(large, 100 + next * 977 % 50000)) == 0) {
			next++;
			memcpy(large, &next, sizeof(next));
		}
		assert_true(backlog.count > 0 && backlog.count <= BACKLOG_MAX);
		for (uint32_t taken = backlog.count / 2 + 1; taken > 0; taken--) {
			const struct backlog_item *item = backlog_at(&backlog, 0);

			assert_memory_equal(backlog_bytes(&backlog, item), &first, sizeof(first));
			assert_int_equal(item->n, 100 + first * 977 % 50000);
			backlog_take(&backlog, 1);
			first++;
		}
	}
	backlog_take(&backlog, backlog.count);
	for (uint32_t i = 0; i < BACKLOG_MAX; i++)
		assert_int_equal(backlog_put(&backlog, &from, &to, SLICE("x")), 0);
	assert_int_equal(backlog_put(&backlog, &from, &to, SLICE("x")), ERR_FULL);
	backlog_destroy(&backlog);
}

/* Adoption. */

/* What the wall clock is ahead of the kernel's stamps, in s; the linker sends all calls here. */
static time_t ahead_s;

int __real_clock_gettime(clockid_t clock, struct timespec *time_r);
int __wrap_clock_gettime(clockid_t clock, struct timespec *time_r);

int __wrap_clock_gettime(clockid_t clock, struct timespec *time_r)
{
	int rc = __real_clock_gettime(clock, time_r);

	if (clock == CLOCK_REALTIME)
		time_r->tv_sec += ahead_s;
	return rc;
}

/* A second hold on a listener's socket, as a service manager has it. */
static int keep(struct world *w, const struct netaddr *local)
{
	for (uint32_t i = 1; net_local(w->net, i); i++)
		if (netaddr_equal(net_local(w->net, i), local))
			return dup(net_keep(w->net, i));
	return -1;
}

static void a_kept_socket_is_adopted(void **state)
{
	struct world *before = *state, *w;
	struct netaddr peer_addr, local = listen_on(before, "127.0.0.1:0");
	int peer = peer_at("127.0.0.1:0", &peer_addr), fd = keep(before, &local);
	struct sockaddr_storage to;
	socklen_t n = sockaddr_put(&local, &to);
	uint32_t listener;

	/* Sent before anybody reads: to the process before, and it lies there. */
	assert_int_equal(sendto(peer, "old", 3, 0, (struct sockaddr *)&to, n), 3);
	setup((void **)&w);
	assert_int_equal(net_adopt(w->net, fd, &local, &listener), 0);
	assert_true(netaddr_equal(net_local(w->net, listener), &local));
	run_until(w, &w->datagrams, 1);
	assert_memory_equal(w->last, "old", 3);
	/* Half a minute later nobody wants an answer any more. */
	assert_int_equal(sendto(peer, "older", 5, 0, (struct sockaddr *)&to, n), 5);
	ahead_s = 34;
	while (net_counters(w->net)->stale == 0)
		uv_run(&w->loop, UV_RUN_ONCE);
	ahead_s = 0;
	assert_int_equal(w->datagrams, 1);
	assert_int_equal(sendto(peer, "new", 3, 0, (struct sockaddr *)&to, n), 3);
	run_until(w, &w->datagrams, 2);
	assert_memory_equal(w->last, "new", 3);
	teardown((void **)&w);
	close(peer);
}

static void a_socket_elsewhere_is_not_adopted(void **state)
{
	struct world *w = *state;
	struct netaddr bound, other = address("127.0.0.1:9");
	int fd = peer_at("127.0.0.1:0", &bound), stream = socket(AF_INET, SOCK_STREAM, 0);
	uint32_t listener;

	assert_int_equal(net_adopt(w->net, fd, &other, &listener), ERR_STATE);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	assert_int_equal(net_adopt(w->net, stream, &other, &listener), ERR_STATE);
	assert_null(net_local(w->net, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
	        answers_leave_from_the_address_that_was_asked, setup, teardown),
	    cmocka_unit_test_setup_teardown(
	        an_error_on_a_socket_does_not_deafen_it, setup, teardown),
	    cmocka_unit_test_setup_teardown(batches_keep_order_and_lose_nothing, setup, teardown),
	    cmocka_unit_test_setup_teardown(
	        one_turn_reads_no_more_than_its_budget, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_port_in_use_is_told, setup, teardown),
	    cmocka_unit_test_setup_teardown(routes_choose_listener_and_address, setup, teardown),
	    cmocka_unit_test_setup_teardown(
	        further_listeners_are_opened_once_and_shared, setup, teardown),
	    cmocka_unit_test_setup_teardown(
	        what_cannot_be_reached_is_down_with_a_reason, setup, teardown),
	    cmocka_unit_test_setup_teardown(
	        a_vanished_address_takes_its_flow_down, setup, teardown),
	    cmocka_unit_test(the_backlog_is_bounded_and_keeps_order),
	    cmocka_unit_test_setup_teardown(a_kept_socket_is_adopted, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_socket_elsewhere_is_not_adopted, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

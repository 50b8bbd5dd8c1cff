// SPDX-License-Identifier: Apache-2.0
/*
 * Further listeners: opened for who asks, closed when nobody does any more. The
 * choice among those that are there is seen in net_test.c.
 */
#include "net/route.h"

#include "base/error.h"
#include "base/now.h"
#include "net/sockaddr.h"
#include "test/kit/unit.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define PORTS 3

struct world {
	uv_loop_t loop;
	struct udp *udp;
	struct route *route;
	uint64_t now_us;
	uint32_t node; /* the listener that was not opened for a flow */
	struct netaddr places[PORTS];
};

static void received(void *owner, const struct flow *flow, struct slice datagram)
{
	(void)owner;
	(void)flow;
	(void)datagram;
}

static void lost(void *owner, const struct flow *flow, int error)
{
	(void)owner;
	(void)flow;
	(void)error;
}

static void refused(void *owner, const struct netaddr *peer, int error)
{
	(void)owner;
	(void)peer;
	(void)error;
}

static struct netaddr address(const char *text)
{
	struct netaddr addr;

	assert_int_equal(netaddr_parse(slice_of(text), &addr), 0);
	return addr;
}

/* -1 where the place is taken. */
static int bind_at(const struct netaddr *place, struct netaddr *bound_r)
{
	struct sockaddr_storage storage;
	socklen_t n = sockaddr_put(place, &storage);
	int fd = socket(storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	if (bind(fd, (struct sockaddr *)&storage, n) < 0) {
		close(fd);
		return -1;
	}
	n = sizeof(storage);
	getsockname(fd, (struct sockaddr *)&storage, &n);
	sockaddr_get((struct sockaddr *)&storage, bound_r);
	return fd;
}

static bool is_free(const struct netaddr *place)
{
	struct netaddr bound;
	int fd = bind_at(place, &bound);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct udp_handlers handlers = {received, w, lost, refused, w};
	struct netaddr any = address("127.0.0.1:0");
	int fds[PORTS];

	assert_non_null(w);
	assert_int_equal(uv_loop_init(&w->loop), 0);
	w->udp = udp_new(&w->loop, &handlers);
	assert_non_null(w->udp);
	w->route = route_new(w->udp);
	assert_non_null(w->route);
	assert_int_equal(udp_open(w->udp, &any, &w->node), 0);
	w->now_us = 1000 * US_PER_S;
	for (int i = 0; i < PORTS; i++)
		fds[i] = bind_at(&any, &w->places[i]);
	for (int i = 0; i < PORTS; i++)
		close(fds[i]);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	route_free(&w->route);
	udp_free(&w->udp);
	assert_int_equal(uv_run(&w->loop, UV_RUN_DEFAULT), 0);
	assert_int_equal(uv_loop_close(&w->loop), 0);
	free(w);
	return 0;
}

/* The listener of a flow from that place. */
static uint32_t find(struct world *w, const struct netaddr *place)
{
	struct netaddr target = address("127.0.0.1:9");
	char text[128];
	struct buf why = buf_over(text, sizeof(text));
	struct flow flow;

	assert_int_equal(route_find(w->route, place, &target, w->now_us, &flow, &why), 0);
	assert_true(netaddr_equal(&flow.local, place));
	return flow.listener;
}

/* So much later; true where there may be more to close. */
static bool close_after(struct world *w, uint64_t us)
{
	bool is_more;

	w->now_us += us;
	is_more = route_close_unneeded(w->route, w->now_us);
	uv_run(&w->loop, UV_RUN_NOWAIT);
	return is_more;
}

static void one_that_is_needed_stays(void **state)
{
	struct world *w = *state;
	uint32_t a = find(w, &w->places[0]), b = find(w, &w->places[1]);

	assert_true(route_has_further(w->route));
	assert_true(route_need(w->route, a, true, w->now_us));
	assert_true(route_need(w->route, b, true, w->now_us));
	assert_false(close_after(w, 10 * ROUTE_LINGER_US));
	assert_true(route_need(w->route, a, false, w->now_us));
	assert_true(close_after(w, ROUTE_LINGER_US - 1));
	assert_false(is_free(&w->places[0]));
	assert_false(close_after(w, 1));
	assert_true(is_free(&w->places[0]));
	assert_null(udp_local(w->udp, a));
	assert_false(is_free(&w->places[1]));
	assert_false(route_need(w->route, a, true, w->now_us));
}

static void one_that_is_chosen_again_stays(void **state)
{
	struct world *w = *state;
	uint32_t a = find(w, &w->places[0]);

	assert_true(close_after(w, ROUTE_LINGER_US - 1));
	assert_int_equal(find(w, &w->places[0]), a);
	assert_true(close_after(w, ROUTE_LINGER_US - 1));
	assert_true(route_need(w->route, a, true, w->now_us));
	assert_false(close_after(w, ROUTE_LINGER_US));
	assert_int_equal(find(w, &w->places[0]), a);
}

static void one_that_nobody_took_goes(void **state)
{
	struct world *w = *state;

	find(w, &w->places[0]);
	assert_false(close_after(w, ROUTE_LINGER_US));
	assert_true(is_free(&w->places[0]));
	assert_false(route_has_further(w->route));
}

static void those_of_the_node_stay(void **state)
{
	struct world *w = *state;
	struct netaddr own = *udp_local(w->udp, w->node);

	assert_int_equal(find(w, &own), w->node);
	assert_false(route_need(w->route, w->node, false, w->now_us));
	assert_false(close_after(w, 10 * ROUTE_LINGER_US));
	assert_non_null(udp_local(w->udp, w->node));
	assert_false(is_free(&own));
}

/* A further one may be closed under those who did not ask for it. */
static void who_prefers_nothing_goes_by_the_node(void **state)
{
	struct world *w = *state;
	struct netaddr own = *udp_local(w->udp, w->node), none = {0};
	struct netaddr ours = address("127.0.0.1:9"), other = address("[::1]:9");
	struct netaddr preferred = {.family = 6, .port = w->places[0].port};
	char text[128];
	struct buf why = buf_over(text, sizeof(text));
	struct flow flow;

	preferred.ip[15] = 1;
	assert_int_equal(route_find(w->route, &preferred, &other, w->now_us, &flow, &why), 0);
	assert_true(netaddr_equal(&flow.local, &preferred));
	assert_int_equal(
	    route_find(w->route, &none, &other, w->now_us, &flow, &why), ERR_NOT_FOUND);
	assert_true(slice_equal(buf_slice(&why), SLICE("no UDP listener for IPv6")));
	assert_int_equal(route_find(w->route, &none, &ours, w->now_us, &flow, &why), 0);
	assert_true(netaddr_equal(&flow.local, &own));
}

/* What the core still sends through one that is gone must not leave through another. */
static void no_number_comes_twice(void **state)
{
	struct world *w = *state;
	struct flow flow = {.transport = SIP_UDP, .peer = address("127.0.0.1:9")};
	uint32_t before = 0;

	for (int i = 0; i < 3 * LISTENERS_MAX; i++) {
		uint32_t number = find(w, &w->places[i % PORTS]);

		assert_true(number > before);
		before = number;
		assert_false(close_after(w, ROUTE_LINGER_US));
	}
	flow.listener = before;
	udp_send(w->udp, &flow, SLICE("x"));
	udp_flush(w->udp);
	assert_int_equal(udp_counters(w->udp)->send_errors, 1);
	assert_int_equal(udp_counters(w->udp)->sent, 0);
	assert_int_equal(udp_next(w->udp, LISTENER_NONE), w->node);
	assert_int_equal(udp_next(w->udp, w->node), LISTENER_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(one_that_is_needed_stays, setup, teardown),
	    cmocka_unit_test_setup_teardown(one_that_is_chosen_again_stays, setup, teardown),
	    cmocka_unit_test_setup_teardown(one_that_nobody_took_goes, setup, teardown),
	    cmocka_unit_test_setup_teardown(those_of_the_node_stay, setup, teardown),
	    cmocka_unit_test_setup_teardown(who_prefers_nothing_goes_by_the_node, setup, teardown),
	    cmocka_unit_test_setup_teardown(no_number_comes_twice, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

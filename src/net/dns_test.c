// SPDX-License-Identifier: Apache-2.0
/*
 * Lookups against a name server that lives inside the test, on the same loop:
 * addresses, times to live, order, failures, and that silence has an end.
 */
#include "net/dns.h"

#include "net/sockaddr.h"
#include "test/kit/unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define TYPE_A     1
#define TYPE_CNAME 5
#define TYPE_AAAA  28
#define PATIENCE   30000

struct world {
	uv_loop_t loop;
	uv_poll_t server;
	uv_timer_t guard;
	int fd;
	struct dns *dns;
	uint32_t questions, questions_a, questions_aaaa;
	char asked[64]; /* the last name, labels joined by dots */
	bool gave_up;
	uint32_t answers;
	struct event event;
	char why[128];
};

static void put16(uint8_t **p, uint16_t v)
{
	*(*p)++ = (uint8_t)(v >> 8);
	*(*p)++ = (uint8_t)v;
}

/* A record of the name that was asked for. */
static void put_record(uint8_t **p, uint16_t type, uint32_t ttl, const void *data, uint16_t n)
{
	put16(p, 0xc00c);
	put16(p, type);
	put16(p, 1);
	put16(p, (uint16_t)(ttl >> 16));
	put16(p, (uint16_t)ttl);
	put16(p, n);
	memcpy(*p, data, n);
	*p += n;
}

static uint16_t put_answers(const char *name, uint16_t type, uint8_t **p)
{
	static const uint8_t v6[16] = {0x20, 1, 0xd, 0xb8, [15] = 1};

	if (strcmp(name, "two.example") == 0 && type == TYPE_A) {
		put_record(p, TYPE_A, 300, "\xc0\x00\x02\x01", 4);
		put_record(p, TYPE_A, 120, "\xc0\x00\x02\x02", 4);
		return 2;
	}
	if (strcmp(name, "both.example") == 0) {
		put_record(p, type, 90000, type == TYPE_A ? (void *)"\xc0\x00\x02\x03" : (void *)v6,
		    type == TYPE_A ? 4 : 16);
		return 1;
	}
	if (strcmp(name, "short.example") == 0 && type == TYPE_A) {
		put_record(p, TYPE_A, 0, "\xc0\x00\x02\x04", 4);
		return 1;
	}
	return 0;
}

/* The one question's name; gives where its type begins. */
static const uint8_t *read_name(const uint8_t *p, char *name)
{
	char *out = name;

	for (p += 12; *p; p += *p + 1)
		out += sprintf(out, "%s%.*s", out == name ? "" : ".", *p, (const char *)p + 1);
	return p + 1;
}

static void serve(uv_poll_t *poll, int status, int events)
{
	struct world *w = poll->data;
	struct sockaddr_storage from;
	socklen_t m = sizeof(from);
	uint8_t packet[1024], *end;
	const uint8_t *type;
	ssize_t n = recvfrom(w->fd, packet, 512, 0, (struct sockaddr *)&from, &m);
	uint16_t count;

	(void)status;
	(void)events;
	if (n < 17)
		return;
	type = read_name(packet, w->asked);
	w->questions++;
	w->questions_a += type[1] == TYPE_A;
	w->questions_aaaa += type[1] == TYPE_AAAA;
	if (strcmp(w->asked, "silent.example") == 0)
		return;
	end = packet + (type + 4 - packet);
	count = put_answers(w->asked, type[1], &end);
	packet[2] |= 0x80;
	packet[3] = strcmp(w->asked, "none.example") == 0 ? 3 : 0;
	if (strcmp(w->asked, "troubled.example") == 0)
		packet[3] = 2; /* SERVFAIL */
	packet[6] = 0;
	packet[7] = (uint8_t)count;
	memset(packet + 8, 0, 4);
	sendto(w->fd, packet, (size_t)(end - packet), 0, (struct sockaddr *)&from, m);
}

static void answered(void *owner, const struct event *event)
{
	struct world *w = owner;

	w->answers++;
	w->event = *event;
	snprintf(w->why, sizeof(w->why), "%.*s", SLICE_ARG(event->resolved.why));
}

static void give_up(uv_timer_t *timer)
{
	((struct world *)timer->data)->gave_up = true;
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct sockaddr_in in = {.sin_family = AF_INET};
	socklen_t n = sizeof(in);
	char servers[32];

	assert_non_null(w);
	uv_loop_init(&w->loop);
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	w->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(w->fd, (struct sockaddr *)&in, sizeof(in)), 0);
	getsockname(w->fd, (struct sockaddr *)&in, &n);
	uv_poll_init(&w->loop, &w->server, w->fd);
	uv_timer_init(&w->loop, &w->guard);
	w->server.data = w->guard.data = w;
	uv_poll_start(&w->server, UV_READABLE, serve);
	snprintf(servers, sizeof(servers), "127.0.0.1:%u", ntohs(in.sin_port));
	w->dns = dns_new(&w->loop, servers, answered, w);
	assert_non_null(w->dns);
	dns_families(w->dns, true, false);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	uv_close((uv_handle_t *)&w->server, NULL);
	uv_close((uv_handle_t *)&w->guard, NULL);
	dns_free(&w->dns);
	assert_int_equal(uv_run(&w->loop, UV_RUN_DEFAULT), 0);
	assert_int_equal(uv_loop_close(&w->loop), 0);
	close(w->fd);
	free(w);
	return 0;
}

static const struct event_resolved *resolve(struct world *w, const char *name)
{
	uint32_t target = w->answers + 1;

	dns_resolve(w->dns, 42, slice_of(name), 5070);
	uv_timer_start(&w->guard, give_up, PATIENCE, 0);
	while (w->answers < target && !w->gave_up)
		uv_run(&w->loop, UV_RUN_ONCE);
	uv_timer_stop(&w->guard);
	assert_int_equal(w->answers, target);
	assert_int_equal(w->event.kind, EVENT_RESOLVED);
	assert_int_equal(w->event.resolved.asker, 42);
	return &w->event.resolved;
}

static void assert_address(const struct event_resolved *resolved, uint32_t i, const char *text)
{
	struct netaddr expected;

	assert_int_equal(netaddr_parse(slice_of(text), &expected), 0);
	assert_true(i < resolved->count);
	assert_true(netaddr_equal(&resolved->addresses[i], &expected));
}

static void localhost_needs_no_server(void **state)
{
	struct world *w = *state;
	static const char *const names[] = {"localhost", "LocalHost.", "sip.localhost"};
	const struct event_resolved *resolved;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		resolved = resolve(w, names[i]);
		assert_int_equal(resolved->count, 1);
		assert_address(resolved, 0, "127.0.0.1:5070");
		assert_int_equal(resolved->ttl_s, DNS_TTL_MAX_S);
	}
	dns_families(w->dns, false, true);
	resolved = resolve(w, "localhost");
	assert_int_equal(resolved->count, 1);
	assert_address(resolved, 0, "[::1]:5070");
	dns_families(w->dns, true, true);
	resolved = resolve(w, "localhost");
	assert_int_equal(resolved->count, 2);
	assert_address(resolved, 0, "127.0.0.1:5070");
	assert_address(resolved, 1, "[::1]:5070");
	assert_int_equal(w->questions, 0);
}

static void names_like_localhost_are_asked_for(void **state)
{
	struct world *w = *state;

	resolve(w, "mylocalhost");
	assert_string_equal(w->asked, "mylocalhost");
	resolve(w, "localhost.example");
	assert_string_equal(w->asked, "localhost.example");
}

static void addresses_come_in_order_with_the_smallest_ttl(void **state)
{
	struct world *w = *state;
	const struct event_resolved *resolved = resolve(w, "two.example");

	assert_int_equal(resolved->count, 2);
	assert_address(resolved, 0, "192.0.2.1:5070");
	assert_address(resolved, 1, "192.0.2.2:5070");
	assert_int_equal(resolved->ttl_s, 120);
	assert_int_equal(w->questions_a, 1);
	assert_int_equal(w->questions_aaaa, 0);
}

static void times_to_live_are_bounded(void **state)
{
	struct world *w = *state;

	assert_int_equal(resolve(w, "short.example")->ttl_s, DNS_TTL_MIN_S);
	assert_int_equal(resolve(w, "both.example")->ttl_s, DNS_TTL_MAX_S);
}

static void only_families_in_use_are_asked_for(void **state)
{
	struct world *w = *state;

	assert_int_equal(resolve(w, "both.example")->count, 1);
	dns_families(w->dns, false, true);
	assert_int_equal(resolve(w, "both.example")->count, 1);
	assert_address(&w->event.resolved, 0, "[2001:db8::1]:5070");
	assert_int_equal(w->questions_a, 1);
	assert_int_equal(w->questions_aaaa, 1);
	dns_families(w->dns, true, true);
	assert_int_equal(resolve(w, "both.example")->count, 2);
	assert_int_equal(w->questions_a, 2);
	assert_int_equal(w->questions_aaaa, 2);
}

static void failures_say_why_and_no_search_domain_is_tried(void **state)
{
	struct world *w = *state;

	assert_int_equal(resolve(w, "none.example")->count, 0);
	assert_true(w->why[0] != 0);
	assert_false(w->event.resolved.is_unanswered);
	assert_int_equal(w->questions, 1);
	assert_string_equal(w->asked, "none.example");
	assert_int_equal(resolve(w, "empty.example")->count, 0);
	assert_true(w->why[0] != 0);
	assert_false(w->event.resolved.is_unanswered);
	assert_int_equal(resolve(w, "troubled.example")->count, 0);
	assert_true(w->event.resolved.is_unanswered);
	assert_int_equal(resolve(w, "")->count, 0);
	assert_string_equal(w->why, "not a host name");
}

static void silence_ends_in_time_and_delays_nobody(void **state)
{
	struct world *w = *state;
	uint64_t begun_ms = uv_hrtime() / 1000000;

	dns_resolve(w->dns, 43, SLICE("silent.example"), 0);
	assert_int_equal(resolve(w, "two.example")->count, 2);
	assert_true(uv_hrtime() / 1000000 - begun_ms < 1000);
	while (w->answers < 2)
		uv_run(&w->loop, UV_RUN_ONCE);
	assert_int_equal(w->event.resolved.asker, 43);
	assert_int_equal(w->event.resolved.count, 0);
	assert_true(w->event.resolved.is_unanswered);
	assert_true(w->why[0] != 0);
	assert_true(uv_hrtime() / 1000000 - begun_ms < DNS_TOTAL_MS + 2000);
}

static void a_reload_asks_again_and_answers_once(void **state)
{
	struct world *w = *state;

	dns_resolve(w->dns, 43, SLICE("silent.example"), 0);
	while (w->questions < 1)
		uv_run(&w->loop, UV_RUN_ONCE);
	dns_reload(w->dns);
	assert_int_equal(w->answers, 0);
	assert_int_equal(resolve(w, "two.example")->count, 2);
	assert_int_equal(w->questions, 3);
	while (w->answers < 2)
		uv_run(&w->loop, UV_RUN_ONCE);
	assert_int_equal(w->event.resolved.asker, 43);
	assert_int_equal(w->event.resolved.count, 0);
}

static void a_lookup_under_way_ends_with_its_owner(void **state)
{
	struct world *w = *state;

	dns_resolve(w->dns, 43, SLICE("silent.example"), 0);
	uv_run(&w->loop, UV_RUN_NOWAIT);
	assert_int_equal(w->answers, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(localhost_needs_no_server, setup, teardown),
	    cmocka_unit_test_setup_teardown(names_like_localhost_are_asked_for, setup, teardown),
	    cmocka_unit_test_setup_teardown(
	        addresses_come_in_order_with_the_smallest_ttl, setup, teardown),
	    cmocka_unit_test_setup_teardown(times_to_live_are_bounded, setup, teardown),
	    cmocka_unit_test_setup_teardown(only_families_in_use_are_asked_for, setup, teardown),
	    cmocka_unit_test_setup_teardown(
	        failures_say_why_and_no_search_domain_is_tried, setup, teardown),
	    cmocka_unit_test_setup_teardown(
	        silence_ends_in_time_and_delays_nobody, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_reload_asks_again_and_answers_once, setup, teardown),
	    cmocka_unit_test_setup_teardown(
	        a_lookup_under_way_ends_with_its_owner, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

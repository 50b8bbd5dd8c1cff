// SPDX-License-Identifier: Apache-2.0
/*
 * Server transactions: a peer whose requests or answers get lost, doubled or late.
 */
#include "txn/server.h"

#include "test/kit/unit.h"
#include "txn/part.h"

#include <stdio.h>
#include <string.h>

#define BEGIN_US (100 * US_PER_S)
#define CAP      16
#define LONGS    (CAP / 8 + 1)

static struct wheel wheel;
static struct core_context core;
static struct servers *servers;

static const struct flow udp = {
    .transport = SIP_UDP, .listener = 1, .peer = {.family = 4, .ip = {192, 0, 2, 1}, .port = 5060}};
static const struct flow tcp = {.transport = SIP_TCP, .connection = 7};

static int setup(void **state)
{
	static const struct servers_config config = {.cap = CAP, .key = {5, 6}};

	(void)state;
	wheel_init(&wheel, BEGIN_US);
	core = (struct core_context){
	    .now = {BEGIN_US, 0}, .wheel = &wheel, .outbox = outbox_new(256, 1 << 20)};
	servers = servers_new(&config, &core);
	return core.outbox && servers ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	servers_free(&servers);
	outbox_free(&core.outbox);
	return 0;
}

/* What tells requests apart. */
struct asked {
	const char *method, *uri, *via, *from, *to, *call_id;
	uint32_t cseq;
};

static const struct asked plain = {
    .method = "REGISTER",
    .uri = "sip:example.org",
    .via = "SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1;rport",
    .from = "<sip:a@example.org>;tag=1",
    .to = "<sip:a@example.org>",
    .call_id = "c",
    .cseq = 41,
};

static const struct sip_message *request(const struct asked *asked)
{
	static struct sip_message message;
	static char text[4096];
	struct sip_error error;
	int n = snprintf(text, sizeof(text),
	    "%s %s SIP/2.0\r\nVia: %s\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\n"
	    "CSeq: %u %s\r\nContent-Length: 0\r\n\r\n",
	    asked->method, asked->uri, asked->via, asked->from, asked->to, asked->call_id,
	    asked->cseq, asked->method);

	assert_int_equal(sip_message_parse(slice_make(text, (size_t)n), &message, &error), 0);
	return &message;
}

static bool is_repeated(const struct asked *asked, const struct flow *flow)
{
	struct server_key key;

	return servers_repeated(servers, request(asked), flow, &key);
}

static int begin(const struct asked *asked, const struct flow *flow, pool_handle *server_r)
{
	struct server_key key;

	assert_false(servers_repeated(servers, request(asked), flow, &key));
	return server_begin(servers, &key, flow, server_r);
}

static pool_handle begin_plain(const struct flow *flow)
{
	pool_handle server;

	assert_int_equal(begin(&plain, flow, &server), 0);
	return server;
}

/* Time goes on to `after_us` behind the beginning. */
static void run(uint64_t after_us)
{
	while (core.now.mono_us < BEGIN_US + after_us) {
		struct wheel_node *node;

		core.now.mono_us += US_PER_MS;
		while ((node = wheel_pop(&wheel, core.now.mono_us))) {
			assert_int_equal(node->kind, TIMER_SERVER);
			servers_timer(servers, node);
		}
	}
}

/* True where since the last look just this was sent, `count` times. */
static bool was_sent(const char *begins, uint32_t count)
{
	bool is_so = outbox_count(core.outbox) == count;

	for (uint32_t i = 0; is_so && i < count; i++)
		is_so = slice_starts(outbox_at(core.outbox, i)->send.bytes, slice_of(begins));
	outbox_reset(core.outbox);
	return is_so;
}

static bool was_nothing_sent(void)
{
	return was_sent("", 0);
}

/* The answer is lost, so the request comes again; timer J ends it. */
static void repeats_an_answer_that_was_lost(void **state)
{
	pool_handle server = begin_plain(&udp);

	(void)state;
	assert_true(was_nothing_sent());
	assert_int_equal(server_answer(servers, server, SLICE("SIP/2.0 200 OK")), 0);
	assert_true(was_sent("SIP/2.0 200", 1));
	run(500 * US_PER_MS);
	assert_true(is_repeated(&plain, &udp));
	assert_true(is_repeated(&plain, &udp));
	assert_true(was_sent("SIP/2.0 200", 2));
	run(SIP_TJ_US - US_PER_S);
	assert_true(is_repeated(&plain, &udp));
	assert_true(was_sent("SIP/2.0 200", 1));
	run(SIP_TJ_US + 10 * US_PER_MS);
	assert_int_equal(servers_count(servers), 0);
	assert_false(is_repeated(&plain, &udp));
	assert_true(was_nothing_sent());
}

/* It goes to where the repetition came from: a NAT may have bound another port meanwhile. */
static void answers_where_the_repetition_came_from(void **state)
{
	pool_handle server = begin_plain(&udp);
	struct flow moved = udp;

	(void)state;
	assert_int_equal(server_answer(servers, server, SLICE("SIP/2.0 200 OK")), 0);
	moved.peer.port = 40000;
	assert_true(is_repeated(&plain, &moved));
	assert_int_equal(outbox_at(core.outbox, 0)->send.flow.peer.port, 5060);
	assert_int_equal(outbox_at(core.outbox, 1)->send.flow.peer.port, 40000);
}

static void answers_once(void **state)
{
	pool_handle server = begin_plain(&udp);

	(void)state;
	assert_int_equal(server_answer(servers, server, SLICE("SIP/2.0 200 OK")), 0);
	assert_int_equal(server_answer(servers, server, SLICE("SIP/2.0 500 No")), ERR_STATE);
	assert_true(was_sent("SIP/2.0 200", 1));
	assert_true(is_repeated(&plain, &udp));
	assert_true(was_sent("SIP/2.0 200", 1));
}

/* RFC 4320 4.1: no 100 before 3.5 s, one then, and again for repetitions. */
static void says_100_when_the_answer_takes_long(void **state)
{
	pool_handle server = begin_plain(&udp);

	(void)state;
	server_defer(servers, server, request(&plain));
	run(500 * US_PER_MS);
	assert_true(is_repeated(&plain, &udp));
	run(3490 * US_PER_MS);
	assert_true(was_nothing_sent());
	run(3510 * US_PER_MS);
	assert_true(was_sent("SIP/2.0 100 ", 1));
	assert_true(is_repeated(&plain, &udp));
	assert_true(was_sent("SIP/2.0 100 ", 1));
	run(5 * US_PER_S);
	assert_int_equal(server_answer(servers, server, SLICE("SIP/2.0 200 OK")), 0);
	assert_true(is_repeated(&plain, &udp));
	assert_true(was_sent("SIP/2.0 200", 2));
	run(5 * US_PER_S + SIP_TJ_US - US_PER_S);
	assert_int_equal(servers_count(servers), 1);
	run(5 * US_PER_S + SIP_TJ_US + 10 * US_PER_MS);
	assert_int_equal(servers_count(servers), 0);
	assert_true(was_nothing_sent());
}

static void an_answer_in_time_needs_no_100(void **state)
{
	pool_handle server = begin_plain(&udp);

	(void)state;
	server_defer(servers, server, request(&plain));
	run(3 * US_PER_S);
	assert_int_equal(server_answer(servers, server, SLICE("SIP/2.0 200 OK")), 0);
	run(10 * US_PER_S);
	assert_true(was_sent("SIP/2.0 200", 1));
}

/* RFC 4320 4.2: neither a 408 nor a late answer. */
static void what_is_never_answered_ends_in_silence(void **state)
{
	pool_handle first = begin_plain(&udp), second;
	struct asked other = plain;

	(void)state;
	other.call_id = "d";
	assert_int_equal(begin(&other, &udp, &second), 0);
	server_defer(servers, first, request(&plain));
	run(4 * US_PER_S);
	assert_true(was_sent("SIP/2.0 100 ", 1));
	run(SIP_TJ_US + 10 * US_PER_MS);
	assert_int_equal(servers_count(servers), 0);
	assert_int_equal(server_answer(servers, first, SLICE("SIP/2.0 200 OK")), ERR_STATE);
	assert_int_equal(server_answer(servers, second, SLICE("SIP/2.0 200 OK")), ERR_STATE);
	assert_true(was_nothing_sent());
}

/* RFC 3261 17.2.2: timer J is 0 there. */
static void keeps_nothing_on_a_reliable_transport(void **state)
{
	pool_handle server = begin_plain(&tcp);

	(void)state;
	assert_int_equal(server_answer(servers, server, SLICE("SIP/2.0 200 OK")), 0);
	assert_true(was_sent("SIP/2.0 200", 1));
	assert_int_equal(servers_count(servers), 0);
}

/* Each change makes another request of it; with the cookie, From and the URI do not matter. */
static void tells_requests_apart_by_their_branch(void **state)
{
	struct asked others[6];
	struct asked same = plain;

	(void)state;
	assert_int_equal(server_answer(servers, begin_plain(&udp), SLICE("SIP/2.0 200 OK")), 0);
	for (int i = 0; i < 6; i++)
		others[i] = plain;
	others[0].method = "MESSAGE";
	others[1].via = "SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK2;rport";
	others[2].via = "SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK1;rport";
	others[3].via = "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1;rport";
	others[4].call_id = "C";
	others[5].cseq = 42;
	for (int i = 0; i < 6; i++)
		assert_false(is_repeated(&others[i], &udp));
	same.uri = "sip:example.net";
	same.from = "<sip:b@example.org>;tag=2";
	assert_true(is_repeated(&same, &udp));
}

/* RFC 3261 17.2.3: without the cookie a branch proves nothing. */
static void tells_requests_apart_as_rfc_2543_does(void **state)
{
	struct asked old = plain, others[5];
	pool_handle server;

	(void)state;
	old.via = "SIP/2.0/UDP 10.0.0.1:5060;branch=1";
	assert_int_equal(begin(&old, &udp, &server), 0);
	assert_int_equal(server_answer(servers, server, SLICE("SIP/2.0 200 OK")), 0);
	for (int i = 0; i < 5; i++)
		others[i] = old;
	others[0].uri = "sip:example.net";
	others[1].from = "<sip:a@example.org>;tag=2";
	others[2].to = "<sip:a@example.org>;tag=3";
	others[3].via = "SIP/2.0/UDP 10.0.0.1:5060";
	others[4].cseq = 42;
	for (int i = 0; i < 5; i++)
		assert_false(is_repeated(&others[i], &udp));
	assert_true(is_repeated(&old, &udp));
}

static pool_handle begin_nth(uint32_t n)
{
	struct asked asked = plain;
	pool_handle server = 0;

	asked.cseq = n;
	if (begin(&asked, &udp, &server) < 0)
		return 0;
	return server;
}

static void a_peer_cannot_make_them_grow(void **state)
{
	pool_handle first = begin_nth(0);

	(void)state;
	for (uint32_t i = 1; i < CAP; i++)
		assert_int_not_equal(begin_nth(i), 0);
	assert_int_equal(begin_nth(CAP), 0);
	assert_int_equal(servers_count(servers), CAP);
	assert_int_equal(server_answer(servers, first, SLICE("SIP/2.0 200 OK")), 0);
	run(SIP_TJ_US + 10 * US_PER_MS);
	assert_int_not_equal(begin_nth(CAP), 0);
}

/* There are fewer long buffers; without one the answer is sent all the same. */
static void few_long_answers_are_kept(void **state)
{
	static char text[SERVER_LONG_SIZE + 1];
	struct slice longest = slice_make(text, SERVER_LONG_SIZE);

	(void)state;
	memset(text, 'x', sizeof(text));
	for (uint32_t i = 0; i < LONGS; i++)
		assert_int_equal(server_answer(servers, begin_nth(i), longest), 0);
	assert_int_equal(server_answer(servers, begin_nth(LONGS), longest), ERR_FULL);
	assert_int_equal(
	    server_answer(servers, begin_nth(LONGS + 1), slice_make(text, sizeof(text))),
	    ERR_LIMIT);
	assert_true(was_sent("xxx", LONGS + 2));
	assert_int_equal(servers_count(servers), LONGS);
	run(SIP_TJ_US + 10 * US_PER_MS);
	assert_int_equal(servers_count(servers), 0);
	assert_int_equal(server_answer(servers, begin_nth(0), longest), 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(repeats_an_answer_that_was_lost),
	    CASE(answers_where_the_repetition_came_from),
	    CASE(answers_once),
	    CASE(says_100_when_the_answer_takes_long),
	    CASE(an_answer_in_time_needs_no_100),
	    CASE(what_is_never_answered_ends_in_silence),
	    CASE(keeps_nothing_on_a_reliable_transport),
	    CASE(tells_requests_apart_by_their_branch),
	    CASE(tells_requests_apart_as_rfc_2543_does),
	    CASE(a_peer_cannot_make_them_grow),
	    CASE(few_long_answers_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Responses without a transaction: where they go, and what they refuse.
 */
#include "txn/stateless.h"

#include "test/kit/unit.h"
#include "txn/require.h"

#include <stdio.h>

static struct core_context core;

static const struct flow udp = {.transport = SIP_UDP,
    .listener = 1,
    .peer = {.family = 4, .ip = {192, 0, 2, 1}, .port = 40000}};
static const struct flow tcp = {.transport = SIP_TCP,
    .connection = 7,
    .peer = {.family = 4, .ip = {192, 0, 2, 1}, .port = 40000}};

static int setup(void **state)
{
	(void)state;
	core = (struct core_context){
	    .outbox = outbox_new(64, 1 << 20), .user_agent = SLICE("Regent/test")};
	return core.outbox ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	outbox_free(&core.outbox);
	return 0;
}

static const struct sip_message *request(const char *via, const char *more)
{
	static struct sip_message message;
	static char text[4096];
	struct sip_error error;
	int n = snprintf(text, sizeof(text),
	    "OPTIONS sip:example.org SIP/2.0\r\nVia: %s\r\nFrom: <sip:a@example.org>;tag=1\r\n"
	    "To: <sip:a@example.org>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\n%s"
	    "Content-Length: 0\r\n\r\n",
	    via, more);

	assert_int_equal(sip_message_parse(slice_make(text, (size_t)n), &message, &error), 0);
	return &message;
}

static void assert_way(const char *via, const struct flow *flow, const char *peer)
{
	struct flow way = stateless_way(request(via, ""), flow);
	char text[NETADDR_TEXT_MAX];
	struct buf b = buf_over(text, sizeof(text));

	netaddr_put(&b, &way.peer);
	assert_string_equal(buf_text(&b), peer);
}

static void a_response_goes_where_the_via_says(void **state)
{
	(void)state;
	assert_way("SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bK1;rport", &udp, "192.0.2.1:40000");
	assert_way("SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bK1", &udp, "192.0.2.1:5070");
	assert_way("SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1", &udp, "192.0.2.1:5060");
	assert_way(
	    "SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bK1;maddr=192.0.2.9", &udp, "192.0.2.9:5070");
	/* A name for maddr, or an address of the other family, is left alone. */
	assert_way(
	    "SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bK1;maddr=a.example", &udp, "192.0.2.1:5070");
	/* Behind a NAT its own port is no use. */
	assert_way("SIP/2.0/UDP 10.0.0.1:5070;branch=z9hG4bK1", &udp, "192.0.2.1:40000");
	assert_way("SIP/2.0/TCP 192.0.2.1:5070;branch=z9hG4bK1", &tcp, "192.0.2.1:40000");
}

static void every_require_line_counts(void **state)
{
	static const char *const spoken[] = {"path", NULL};
	const struct sip_message *message = request(
	    "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1", "Require: one, Path\r\nRequire: two\r\n");
	char text[128];
	struct buf b = buf_over(text, sizeof(text));

	(void)state;
	assert_true(require_put_unsupported(&b, message, spoken));
	assert_string_equal(buf_text(&b), "Unsupported: one, two\r\n");
	assert_true(require_lists(message, SIP_REQUIRE, "path"));
	assert_false(require_lists(message, SIP_SUPPORTED, "path"));
}

static void the_same_request_gets_the_same_response(void **state)
{
	const struct effect_send *first, *second;

	(void)state;
	for (int i = 0; i < 2; i++)
		stateless_answer(&core, request("SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1", ""), &udp,
		    480, SLICE("Retry-After: 5\r\n"));
	first = &outbox_at(core.outbox, 0)->send;
	second = &outbox_at(core.outbox, 1)->send;
	assert_true(slice_equal(first->bytes, second->bytes));
	assert_true(slice_starts(first->bytes, SLICE("SIP/2.0 480 ")));
}

static void what_is_too_long_is_not_sent(void **state)
{
	char storage[64];
	struct buf b = buf_over(storage, sizeof(storage));
	const struct sip_message *message = request("SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1", "");

	(void)state;
	stateless_begin(&core, &b, message, &udp, 200, (struct slice){NULL, 0});
	assert_false(stateless_send(&core, &b, message, &udp));
	assert_int_equal(outbox_count(core.outbox), 0);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(a_response_goes_where_the_via_says),
	    CASE(every_require_line_counts),
	    CASE(the_same_request_gets_the_same_response),
	    CASE(what_is_too_long_is_not_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

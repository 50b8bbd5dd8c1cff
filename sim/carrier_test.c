// SPDX-License-Identifier: Apache-2.0
/*
 * The strict upstream as a registrar: RFC 3261 10.3, and what carriers do to it.
 */
#include "sim/carrier_client.h"
#include "test/kit/unit.h"

#include <stdio.h>

static void binds_refreshes_and_unbinds(void **state)
{
	struct client *c = *state;
	struct carrier_binding b;
	uint32_t cursor = 0;

	assert_int_equal(client_send(c, 3600), 401);
	assert_int_equal(carrier_bindings(c->carrier), 0);
	assert_int_equal(client_register(c, 3600), 200);
	assert_int_equal(client_listed(c, c->contact), 3600);
	client_wait(c, 1000);
	assert_int_equal(client_register(c, 1800), 200);
	assert_true(carrier_binding_next(c->carrier, &cursor, &b));
	assert_true(slice_equal(b.aor, SLICE("sip:1001@carrier.example")));
	assert_true(slice_equal(b.contact, slice_of(c->contact)));
	assert_true(slice_equal(b.call_id, slice_of(c->call_id)));
	assert_int_equal(b.cseq, c->cseq);
	assert_int_equal(b.refreshes, 1);
	assert_int_equal(b.expires_us, c->now_us + 1800 * US_PER_S);
	assert_false(carrier_binding_next(c->carrier, &cursor, &b));
	assert_int_equal(carrier_bindings_of(c->carrier, "1001"), 1);
	assert_int_equal(client_register(c, 0), 200);
	assert_int_equal(client_listed_count(c), 0);
	assert_int_equal(carrier_bindings(c->carrier), 0);
	assert_int_equal(carrier_counter(c->carrier, CARRIER_UNBOUND), 1);
	assert_int_equal(carrier_offences(c->carrier), 0);
}

static void expires(void **state)
{
	struct client *c = *state;

	assert_int_equal(client_register(c, 60), 200);
	assert_in_range(carrier_next_deadline(c->carrier), c->now_us, c->now_us + 60 * US_PER_S);
	client_wait(c, 59);
	assert_int_equal(carrier_bindings(c->carrier), 1);
	client_wait(c, 2);
	assert_int_equal(carrier_bindings(c->carrier), 0);
	assert_int_equal(carrier_counter(c->carrier, CARRIER_EXPIRED), 1);
}

static void lists_what_is_left(void **state)
{
	struct client *c = *state;

	assert_int_equal(client_register(c, 100), 200);
	client_wait(c, 30);
	c->now_us += US_PER_S / 2; /* half a second is rounded up */
	c->lines = "";
	assert_int_equal(client_register(c, 0), 200);
	assert_int_equal(client_listed(c, c->contact), 70);
	assert_int_equal(carrier_counter(c->carrier, CARRIER_FETCHES), 2); /* challenged once */
	client_set(c, "fetch", "off");
	assert_int_equal(client_register(c, 0), 400);
}

static void repeats_its_answer(void **state)
{
	struct client *c = *state;
	char first[4096];
	size_t n;

	assert_int_equal(client_register(c, 3600), 200);
	n = c->answer.bytes.n;
	assert_true(n < sizeof(first));
	memcpy(first, c->answer_bytes, n);
	client_wait(c, 5);
	assert_int_equal(client_repeat(c), 200);
	assert_int_equal(c->answer.bytes.n, n);
	assert_memory_equal(c->answer_bytes, first, n);
	assert_int_equal(carrier_counter(c->carrier, CARRIER_REPEATS), 1);
	assert_int_equal(carrier_counter(c->carrier, CARRIER_REFRESHED), 0);
	/* Its memory ends: the same request is then an old one with a nonce used before. */
	client_wait(c, 40);
	assert_int_equal(client_repeat(c), 401);
}

static void answers_where_the_via_says(void **state)
{
	struct client *c = *state;

	c->source.port = 40000;
	assert_int_equal(client_send(c, 600), 401);
	assert_int_equal(c->sent.to.port, 40000);
	c->via = "127.0.0.1:5090";
	assert_int_equal(client_send(c, 600), 401);
	assert_int_equal(c->sent.to.port, 5090);
	c->via = "host.example";
	assert_int_equal(client_send(c, 600), 401);
	assert_int_equal(c->sent.to.port, 5060);
	assert_true(netaddr_equal_ip(&c->sent.to, &c->source));
}

static void is_all_or_nothing(void **state)
{
	struct client *c = *state;

	client_set(c, "min-expires", "60");
	c->lines = "Contact: <sip:a@127.0.0.1:5060>;expires=600\r\n"
	           "Contact: <sip:b@127.0.0.1:5060>;expires=30\r\nExpires: 600\r\n";
	assert_int_equal(client_register(c, 0), 423);
	assert_true(slice_equal(sip_message_value(&c->answer, SIP_MIN_EXPIRES), SLICE("60")));
	assert_int_equal(carrier_bindings(c->carrier), 0);
	client_set(c, "min-expires", "30");
	assert_int_equal(client_register(c, 0), 200);
	assert_int_equal(carrier_bindings(c->carrier), 2);
}

static void refuses_a_lower_cseq(void **state)
{
	struct client *c = *state;

	c->cseq = 100;
	assert_int_equal(client_register(c, 3600), 200);
	c->cseq = 50;
	assert_int_equal(client_register(c, 0), 500);
	assert_int_equal(carrier_bindings(c->carrier), 1);
	assert_true(carrier_counter(c->carrier, CARRIER_LATE) > 0);
	assert_int_equal(carrier_offence(c->carrier, CARRIER_CSEQ_NOT_RISING), 0);
	client_set(c, "cseq-order", "off");
	c->cseq = 60;
	assert_int_equal(client_register(c, 0), 200);
	assert_int_equal(carrier_bindings(c->carrier), 0);
}

static void an_overtaken_register_does_not_come_back(void **state)
{
	struct client *c = *state;

	c->cseq = 100;
	assert_int_equal(client_register(c, 3600), 200);
	assert_int_equal(client_register(c, 0), 200);
	c->cseq = 50;
	assert_int_equal(client_register(c, 3600), 500);
	assert_int_equal(carrier_bindings(c->carrier), 0);
	client_wait(c, 41);
	c->cseq = 60;
	assert_int_equal(client_register(c, 3600), 200);
	client_set(c, "cseq-memory", "0");
	assert_int_equal(client_register(c, 0), 200);
	c->cseq = 55;
	assert_int_equal(client_register(c, 3600), 200);
	assert_int_equal(carrier_bindings(c->carrier), 1);
}

static void star_takes_all(void **state)
{
	struct client *c = *state;

	assert_int_equal(client_register(c, 3600), 200);
	assert_int_equal(carrier_plant(c->carrier, c->now_us, "sip:1001@carrier.example",
	                     "sip:x@192.0.2.1", 600),
	    0);
	c->lines = "Contact: *\r\nExpires: 10\r\n";
	assert_int_equal(client_register(c, 0), 400);
	assert_int_equal(carrier_bindings(c->carrier), 2);
	c->lines = "Contact: *\r\nExpires: 0\r\n";
	assert_int_equal(client_register(c, 0), 200);
	assert_int_equal(carrier_bindings(c->carrier), 0);
	assert_true(carrier_offence(c->carrier, CARRIER_STAR) > 0);
}

static void limits_contacts(void **state)
{
	struct client *c = *state;

	client_set(c, "max-contacts", "1");
	assert_int_equal(client_register(c, 3600), 200);
	c->contact = "sip:r2@127.0.0.1:5060";
	c->call_id = "call-2";
	assert_int_equal(client_register(c, 3600), 403);
	client_set(c, "replace-oldest", "on");
	assert_int_equal(client_register(c, 3600), 200);
	assert_int_equal(client_listed(c, "sip:r2@127.0.0.1:5060"), 3600);
	assert_int_equal(carrier_bindings(c->carrier), 1);
	assert_int_equal(carrier_counter(c->carrier, CARRIER_REPLACED), 1);
	/* One for another in a single request needs no room. */
	client_set(c, "replace-oldest", "off");
	c->lines = "Contact: <sip:r2@127.0.0.1:5060>;expires=0, "
	           "<sip:r3@127.0.0.1:5060>;expires=600\r\nExpires: 600\r\n";
	assert_int_equal(client_register(c, 0), 200);
	assert_int_equal(carrier_bindings(c->carrier), 1);
}

static void answers_423_in_every_manner(void **state)
{
	struct client *c = *state;

	client_set(c, "min-expires", "120");
	client_set(c, "brief", "no-header");
	assert_int_equal(client_register(c, 60), 423);
	assert_null(sip_message_header(&c->answer, SIP_MIN_EXPIRES, 0));
	client_set(c, "brief", "low");
	assert_int_equal(client_register(c, 60), 423);
	assert_true(slice_equal(sip_message_value(&c->answer, SIP_MIN_EXPIRES), SLICE("30")));
	client_set(c, "brief", "forever");
	assert_int_equal(client_register(c, 7200), 423);
	assert_true(slice_equal(sip_message_value(&c->answer, SIP_MIN_EXPIRES), SLICE("7260")));
	assert_int_equal(client_register(c, 0), 200);
	client_set(c, "brief", "cancel");
	assert_int_equal(client_register(c, 0), 423);
	assert_int_equal(client_register(c, 120), 200);
}

static void grants_as_it_likes(void **state)
{
	struct client *c = *state;

	client_set(c, "grant-less", "10");
	assert_int_equal(client_register(c, 600), 200);
	assert_int_equal(client_listed(c, c->contact), 590);
	client_set(c, "grant-less", "0");
	client_set(c, "grant-more", "100");
	assert_int_equal(client_register(c, 600), 200);
	assert_int_equal(client_listed(c, c->contact), 700);
	client_set(c, "grant", "0");
	assert_int_equal(client_register(c, 600), 200);
	assert_int_equal(client_listed(c, c->contact), 0);
	assert_int_equal(carrier_bindings(c->carrier), 0);
	client_set(c, "grant", "45");
	assert_int_equal(client_register(c, 600), 200);
	assert_int_equal(client_listed(c, c->contact), 45);
	client_set(c, "grant", "-1");
	client_set(c, "grant-more", "0");
	assert_int_equal(client_register(c, 99999), 200);
	assert_int_equal(client_listed(c, c->contact), 3600);
}

static void reports_as_it_likes(void **state)
{
	struct client *c = *state;

	client_set(c, "report", "bare");
	assert_int_equal(client_register(c, 600), 200);
	assert_int_equal(client_listed(c, c->contact), -1);
	assert_int_equal(client_listed_count(c), 1);
	assert_true(slice_equal(sip_message_value(&c->answer, SIP_EXPIRES), SLICE("600")));
	client_set(c, "report", "expires");
	assert_int_equal(client_register(c, 600), 200);
	assert_int_equal(client_listed_count(c), 0);
	assert_non_null(sip_message_header(&c->answer, SIP_EXPIRES, 0));
	client_set(c, "report", "nothing");
	assert_int_equal(client_register(c, 600), 200);
	assert_int_equal(client_listed_count(c), 0);
	assert_null(sip_message_header(&c->answer, SIP_EXPIRES, 0));
}

static void rewrites_contacts(void **state)
{
	struct client *c = *state;

	client_set(c, "rewrite", "host");
	assert_int_equal(client_register(c, 600), 200);
	assert_int_equal(client_listed(c, "sip:r1@203.0.113.77:5060"), 600);
	client_set(c, "rewrite", "port");
	assert_int_equal(client_register(c, 600), 200);
	assert_int_equal(client_listed(c, "sip:r1@127.0.0.1:40961"), 600);
	client_set(c, "rewrite", "whole");
	assert_int_equal(client_register(c, 600), 200);
	assert_int_equal(client_listed(c, c->contact), -1);
	assert_int_equal(client_listed(c, "sip:u0@203.0.113.77:40961"), 600);
	/* A cancel of the URI as it was listed finds the binding. */
	c->contact = "sip:u0@203.0.113.77:40961";
	assert_int_equal(client_register(c, 0), 200);
	assert_int_equal(carrier_bindings(c->carrier), 0);
}

static void lists_strangers(void **state)
{
	struct client *c = *state;

	client_set(c, "extra", "foreign");
	assert_int_equal(client_register(c, 600), 200);
	assert_int_equal(client_listed(c, "sip:somebody@198.51.100.99:5062"), 2400);
	assert_int_equal(client_listed(c, c->contact), 600);
	client_set(c, "extra", "only");
	assert_int_equal(client_register(c, 600), 200);
	assert_int_equal(client_listed(c, c->contact), -1);
	assert_int_equal(client_listed_count(c), 1);
	client_set(c, "extra", "stale");
	assert_int_equal(client_register(c, 600), 200);
	assert_int_equal(client_listed(c, "sip:stale@198.51.100.98:5062"), 0);
	assert_int_equal(carrier_bindings(c->carrier), 1);
}

static void cancels_as_it_likes(void **state)
{
	struct client *c = *state;

	client_set(c, "cancel", "ignored");
	assert_int_equal(client_register(c, 600), 200);
	assert_int_equal(client_register(c, 0), 200);
	assert_int_equal(client_listed(c, c->contact), 600);
	client_set(c, "cancel", "zero");
	assert_int_equal(client_register(c, 0), 200);
	assert_int_equal(client_listed(c, c->contact), 0);
	assert_int_equal(carrier_bindings(c->carrier), 0);
}

static void obeys_rules(void **state)
{
	struct client *c = *state;

	client_set(c, "answer", "503:retry-after=30,after=10,for=20");
	assert_int_equal(client_register(c, 600), 200);
	client_wait(c, 15);
	assert_int_equal(client_register(c, 600), 503);
	assert_true(slice_equal(sip_message_value(&c->answer, SIP_RETRY_AFTER), SLICE("30")));
	client_wait(c, 16);
	client_set(c, "answer", "403:user=1001,only=cancel,count=1");
	assert_int_equal(client_register(c, 600), 200);
	assert_int_equal(client_register(c, 0), 403);
	assert_int_equal(client_register(c, 0), 200);
	client_set(c, "answer", "none");
	client_set(c, "answer", "403:user=1002");
	assert_int_equal(client_register(c, 600), 200);
	client_set(c, "answer", "302:contact=sip:127.0.0.2:5080,only=refresh");
	assert_int_equal(client_register(c, 600), 302);
	assert_int_equal(client_listed_count(c), 1);
	client_set(c, "answer", "none");
	client_set(c, "answer", "drop:count=1");
	assert_int_equal(client_send(c, 600), 0);
	assert_int_equal(client_repeat(c), 401);
	/* Done, but its answer is lost; the retransmission brings it. */
	client_set(c, "answer", "lose:authenticated,count=1,only=cancel");
	assert_int_equal(client_register(c, 0), 0);
	assert_int_equal(carrier_bindings(c->carrier), 0);
	assert_int_equal(client_repeat(c), 200);
}

static void is_slow_silent_or_lossy(void **state)
{
	struct client *c = *state;

	client_set(c, "delay", "2000");
	assert_int_equal(client_send(c, 600), 401);
	assert_int_equal(c->sent.delay_us, 2 * US_PER_S);
	client_wait(c, 1);
	assert_int_equal(client_repeat(c), 0); /* under way: absorbed */
	client_wait(c, 1);
	assert_int_equal(client_repeat(c), 401);
	client_set(c, "prompt-challenges", "");
	assert_int_equal(client_send(c, 600), 401);
	assert_int_equal(c->sent.delay_us, 0);
	client_set(c, "delay", "0");
	client_set(c, "duplicate", "100");
	assert_int_equal(client_send(c, 600), 401);
	assert_int_equal(c->answers, 2);
	client_set(c, "loss-answers", "100");
	assert_int_equal(client_send(c, 600), 0);
	assert_int_equal(carrier_counter(c->carrier, CARRIER_LOST_ANSWERS), 1);
	client_set(c, "silent", "on");
	assert_int_equal(client_send(c, 600), 0);
	assert_int_equal(carrier_counter(c->carrier, CARRIER_REQUESTS), 4);
}

static void bans_a_flood(void **state)
{
	struct client *c = *state;

	client_set(c, "antiflood", "16/2/300");
	for (int i = 0; i < 16; i++)
		assert_int_equal(client_send(c, 600), 401);
	assert_int_equal(client_send(c, 600), 0);
	client_wait(c, 299);
	assert_int_equal(client_send(c, 600), 0);
	client_wait(c, 2);
	assert_int_equal(client_send(c, 600), 401);
	assert_int_equal(carrier_counter(c->carrier, CARRIER_BANS), 1);
	/* The pace that is allowed: 8 a second for ever. */
	for (int i = 0; i < 100; i++) {
		c->now_us += US_PER_S / 8;
		assert_int_equal(client_send(c, 600), 401);
	}
	assert_int_equal(carrier_counter(c->carrier, CARRIER_BANS), 1);
}

static void forgets_and_restarts(void **state)
{
	struct client *c = *state;

	c->keep_nonce = true;
	assert_int_equal(client_register(c, 3600), 200);
	carrier_restart(c->carrier, c->now_us, true);
	assert_int_equal(carrier_bindings(c->carrier), 1);
	assert_int_equal(client_send(c, 3600), 401); /* its nonces are gone */
	c->has_nonce[0] = false;
	carrier_restart(c->carrier, c->now_us, false);
	assert_int_equal(carrier_bindings(c->carrier), 0);
	assert_int_equal(carrier_counter(c->carrier, CARRIER_FORGOTTEN), 1);
	assert_int_equal(client_register(c, 3600), 200);
	client_set(c, "forget", "100");
	client_wait(c, 101);
	assert_int_equal(carrier_bindings(c->carrier), 0);
}

static void sends_requests_of_its_own(void **state)
{
	struct client *c = *state;
	struct carrier_send send;
	struct sip_message msg;
	char answer[2048];
	int n;

	assert_int_equal(client_register(c, 3600), 200);
	assert_int_equal(carrier_request(c->carrier, c->now_us, "1001", SIP_NOTIFY), 1);
	assert_true(carrier_next_send(c->carrier, &send));
	assert_int_equal(send.to.port, 5060);
	assert_int_equal(sip_message_parse(send.bytes, &msg, NULL), 0);
	assert_int_equal(msg.method, SIP_NOTIFY);
	assert_true(slice_equal(msg.uri, slice_of(c->contact)));
	n = snprintf(answer, sizeof(answer),
	    "SIP/2.0 481 Gone\r\nVia: %.*s\r\nFrom: %.*s\r\nTo: %.*s;tag=1\r\nCall-ID: %.*s\r\n"
	    "CSeq: 1 NOTIFY\r\nContent-Length: 0\r\n\r\n",
	    SLICE_ARG(sip_message_value(&msg, SIP_VIA)),
	    SLICE_ARG(sip_message_value(&msg, SIP_FROM)),
	    SLICE_ARG(sip_message_value(&msg, SIP_TO)), SLICE_ARG(msg.call_id));
	client_raw(c, answer, (size_t)n);
	assert_int_equal(carrier_counter(c->carrier, CARRIER_PINGS_481), 1);
	client_raw(c, answer, (size_t)n);
	assert_int_equal(carrier_counter(c->carrier, CARRIER_STRAYS), 1);
	/* Unanswered: again at 0.5, 1.5, 3.5, 7.5, ... and given up after 32 s. */
	assert_int_equal(carrier_request(c->carrier, c->now_us, "1001", SIP_OPTIONS), 1);
	for (n = 0; n < 350; n++) {
		c->now_us += US_PER_S / 10;
		carrier_advance(c->carrier, c->now_us);
	}
	for (n = 0; carrier_next_send(c->carrier, &send); n++)
		;
	assert_in_range(n, 9, 12);
	assert_int_equal(carrier_counter(c->carrier, CARRIER_PINGS_DEAD), 1);
	assert_int_equal(carrier_request(c->carrier, c->now_us, "1002", SIP_OPTIONS), 0);
}

static void pings_each_binding(void **state)
{
	struct client *c = *state;
	struct carrier_send send;

	client_set(c, "ping", "10");
	assert_int_equal(client_register(c, 3600), 200);
	client_wait(c, 9);
	assert_false(carrier_next_send(c->carrier, &send));
	client_wait(c, 2);
	assert_true(carrier_next_send(c->carrier, &send));
	assert_true(slice_starts(send.bytes, SLICE("OPTIONS sip:r1@")));
}

static void answers_other_methods(void **state)
{
	struct client *c = *state;

	c->lines = "";
	c->method = "OPTIONS";
	assert_int_equal(client_send(c, 0), 200);
	c->method = "SUBSCRIBE";
	assert_int_equal(client_send(c, 0), 405);
	assert_non_null(sip_message_header(&c->answer, SIP_ALLOW, 0));
	c->method = "BYE";
	assert_int_equal(client_send(c, 0), 481);
	c->method = "ACK";
	assert_int_equal(client_send(c, 0), 0);
	assert_int_equal(client_raw(c, "\r\n\r\n", 4), 0);
	assert_int_equal(carrier_counter(c->carrier, CARRIER_KEEPALIVES), 1);
}

static void keeps_accounts(void **state)
{
	struct client *c = *state;
	struct carrier_account a;
	uint32_t cursor = 0;

	assert_int_equal(client_register(c, 600), 200);
	assert_int_equal(client_register(c, 0), 200);
	assert_true(carrier_account_next(c->carrier, &cursor, &a));
	assert_int_equal(a.requests, 4);
	assert_int_equal(a.challenged, 2);
	assert_int_equal(a.registered, 1);
	assert_int_equal(a.cancelled, 1);
	assert_int_equal(a.last_status, 200);
	carrier_account_remove(c->carrier, "1001");
	assert_int_equal(client_register(c, 600), 401);
	client_set(c, "any-account", "secret");
	c->user = "4711";
	assert_int_equal(client_register(c, 600), 200);
	client_set(c, "domain", "other.example");
	assert_int_equal(client_register(c, 600), 404);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, client_setup, client_teardown)
	    T(binds_refreshes_and_unbinds),
	    T(expires),
	    T(lists_what_is_left),
	    T(repeats_its_answer),
	    T(answers_where_the_via_says),
	    T(is_all_or_nothing),
	    T(refuses_a_lower_cseq),
	    T(an_overtaken_register_does_not_come_back),
	    T(star_takes_all),
	    T(limits_contacts),
	    T(answers_423_in_every_manner),
	    T(grants_as_it_likes),
	    T(reports_as_it_likes),
	    T(rewrites_contacts),
	    T(lists_strangers),
	    T(cancels_as_it_likes),
	    T(obeys_rules),
	    T(is_slow_silent_or_lossy),
	    T(bans_a_flood),
	    T(forgets_and_restarts),
	    T(sends_requests_of_its_own),
	    T(pings_each_binding),
	    T(answers_other_methods),
	    T(keeps_accounts),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

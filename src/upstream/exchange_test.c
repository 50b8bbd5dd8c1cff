// SPDX-License-Identifier: Apache-2.0
/*
 * Gateways that ask OPTIONS of their peer through this room alone: from a name to an
 * answer, over challenge, rest, failover, redirect and silence. Nothing of the parts
 * that stand above it is linked.
 */
#include "upstream/exchange.h"

#include "sip/build.h"
#include "upstream/authorization.h"
#include "upstream/entries.h"
#include "upstream/pace.h"
#include "upstream/queue.h"
#include "upstream/reach.h"
#include "upstream/redirect.h"
#include "upstream/reply.h"
#include "upstream/untaken.h"

#include "test/kit/unit.h"

#include <stdio.h>

#define START_US     (1000 * US_PER_S)
#define GATEWAYS     40
#define KIND_GATEWAY 3
#define NAME         "sip:trunk.example"

struct gateway {
	struct exchange exchange;
	pool_handle home;
	uint32_t cseq;
	uint16_t listener_place;
	unsigned granted;
	enum verdict verdict; /* of the last answer */
	char why[80];         /* of the last silence, or of no way */
};

static struct core_context core;
static struct upstreams *u;
static struct wheel wheel;
static struct journal journal;
static struct random random_;
static struct params params;
static struct pool *gateways;

/* What the shell has seen. */
static unsigned sent, asked_names;
static struct flow last_flow;
static char last_bytes[TXN_LONG_SIZE], last_log[400];
static size_t last_n;
static bool has_no_way;

static struct gateway *gateway_of(const struct exchange *exchange)
{
	return (struct gateway *)((char *)exchange - offsetof(struct gateway, exchange));
}

/* ---- a gateway ---- */

static void begin(struct gateway *gateway)
{
	reach_upstream(u, &gateway->exchange);
}

static struct exchange *find(void *context, pool_handle owner)
{
	struct gateway *gateway = pool_get(context, owner);

	return gateway ? &gateway->exchange : NULL;
}

static pool_handle who(const struct exchange *exchange)
{
	return exchange->owner;
}

static pool_handle home(const struct exchange *exchange)
{
	return gateway_of(exchange)->home;
}

static struct netaddr leaves_from(const struct exchange *exchange)
{
	(void)exchange;
	return (struct netaddr){0};
}

static uint16_t *listener_place(struct exchange *exchange)
{
	return &gateway_of(exchange)->listener_place;
}

static void put_name(const struct exchange *exchange, struct buf *b)
{
	(void)exchange;
	buf_puts(b, "gateway=trunk");
}

static void put_own_headers(struct buf *b, const struct txn *txn)
{
	sip_put_header_name(b, SIP_VIA);
	buf_puts(b, "SIP/2.0/UDP 192.0.2.100:5060;branch=");
	txn_put_branch(core.txns, txn, b);
	sip_put_crlf(b);
	sip_put_header(b, SIP_FROM, SLICE("<sip:gateway@here.example>;tag=1"));
	sip_put_header(b, SIP_TO, SLICE("<sip:trunk.example>"));
	sip_put_header(b, SIP_CALL_ID, SLICE("1@here.example"));
	sip_put_header_name(b, SIP_CSEQ);
	buf_put_u64(b, txn->cseq);
	buf_puts(b, " OPTIONS");
	sip_put_crlf(b);
}

static void write(
    void *context, struct exchange *exchange, struct txn *txn, const void *asked, struct buf *b)
{
	struct authorization auth = {
	    .username = SLICE("trunk-user"),
	    .password = SLICE("secret"),
	    .uri = slice_of(asked),
	    .method = SIP_OPTIONS,
	    .random = core.random,
	};

	(void)context;
	txn->cseq = ++gateway_of(exchange)->cseq;
	sip_put_request_line(b, SIP_OPTIONS, slice_of(asked));
	put_own_headers(b, txn);
	authorization_put(&exchange->auths, b, &auth);
	sip_put_body(b, (struct slice){NULL, 0});
}

static void reached(void *context, struct exchange *exchange)
{
	(void)context;
	assert_int_equal(queue_join(u, exchange, QUEUE_FIRST, core.now.mono_us), 0);
}

static void unreachable(
    void *context, struct exchange *exchange, enum obstacle obstacle, struct slice why)
{
	struct gateway *gateway = gateway_of(exchange);

	(void)context;
	snprintf(gateway->why, sizeof(gateway->why), "%.*s", (int)why.n, why.p);
	if (obstacle == OBSTACLE_REST)
		begin(gateway);
}

static void turn(void *context, struct exchange *exchange)
{
	struct exchange_request request = {
	    .method = SIP_OPTIONS,
	    .give_up_us = core.now.mono_us + ATTEMPT_MAX_US,
	    .asked = NAME,
	};

	(void)context;
	assert_int_equal(exchange_send(u, exchange, &request), 0);
}

static void answered(void *context, struct exchange *exchange, enum verdict verdict,
    const struct sip_message *response, struct slice why)
{
	struct gateway *gateway = gateway_of(exchange);
	const char *reason;

	(void)context;
	(void)why;
	gateway->verdict = verdict;
	if (verdict == VERDICT_OK) {
		exchange_served(u, exchange);
		gateway->granted++;
	}
	if (verdict == VERDICT_REDIRECT)
		assert_true(redirect_follow(u, exchange, SLICE(""), response, &reason));
	if (verdict == VERDICT_REDIRECT || verdict == VERDICT_UNAVAILABLE)
		begin(gateway);
}

static void timed_out(void *context, struct exchange *exchange, struct slice why)
{
	struct gateway *gateway = gateway_of(exchange);

	(void)context;
	snprintf(gateway->why, sizeof(gateway->why), "%.*s", (int)why.n, why.p);
	begin(gateway);
}

/* No more than an owner has to give. */
static struct exchange_ops ops = {
    .part = PART_REGISTRANT, /* any */
    .find = find,
    .who = who,
    .home = home,
    .leaves_from = leaves_from,
    .listener_place = listener_place,
    .put_name = put_name,
    .write = write,
    .reached = reached,
    .unreachable = unreachable,
    .turn = turn,
    .answered = answered,
    .timed_out = timed_out,
};

static struct gateway *add(const char *hop)
{
	struct upstream *upstream;
	struct gateway *gateway;
	pool_handle handle;

	assert_int_equal(upstream_take(u, slice_of(hop), &upstream), 0);
	gateway = pool_take(gateways, &handle);
	exchange_init(&gateway->exchange, KIND_GATEWAY, handle);
	gateway->home = upstream->handle;
	upstream_hold(u, upstream->handle);
	exchange_set_route(u, &gateway->exchange, upstream);
	return gateway;
}

/* ---- core and shell ---- */

static void resolve(const struct effect_resolve *asked)
{
	struct event event = {
	    .kind = EVENT_RESOLVED,
	    .resolved = {.asker = asked->asker, .count = 2, .ttl_s = 3600},
	};

	asked_names++;
	assert_true(slice_equal(asked->host, SLICE("trunk.example")));
	for (uint8_t i = 0; i < 2; i++)
		event.resolved.addresses[i] = (struct netaddr){
		    .family = 4, .ip = {192, 0, 2, (uint8_t)(i + 1)}, .port = asked->port};
	upstreams_ops.event(u, &event);
}

static void open_flow(const struct effect_flow_open *asked)
{
	struct event event = {
	    .kind = has_no_way ? EVENT_FLOW_DOWN : EVENT_FLOW_UP,
	    .flow = {.asker = asked->asker, .why = SLICE("no route")},
	};

	event.flow.flow = (struct flow){
	    .transport = asked->transport,
	    .listener = 1,
	    .local = {.family = 4, .ip = {192, 0, 2, 100}, .port = 5060},
	    .peer = asked->target,
	};
	upstreams_ops.event(u, &event);
}

static void take_send(const struct effect_send *send)
{
	sent++;
	last_flow = send->flow;
	last_n = send->bytes.n;
	memcpy(last_bytes, send->bytes.p, send->bytes.n);
}

/* What is done may bring more of it. */
static void drain(void)
{
	for (uint32_t i = 0; i < outbox_count(core.outbox); i++) {
		struct effect effect = *outbox_at(core.outbox, i);

		if (effect.kind == EFFECT_SEND)
			take_send(&effect.send);
		else if (effect.kind == EFFECT_FLOW_OPEN)
			open_flow(&effect.flow_open);
		else if (effect.kind == EFFECT_RESOLVE)
			resolve(&effect.resolve);
		else if (effect.kind == EFFECT_LOG)
			snprintf(last_log, sizeof(last_log), "%.*s", (int)effect.log.text.n,
			    effect.log.text.p);
	}
	outbox_reset(core.outbox);
}

static void dispatch(struct wheel_node *node)
{
	struct txn *txn = (struct txn *)((char *)node - offsetof(struct txn, timer));

	if (node->kind == TIMER_TXN)
		reply_txn_timer(u, find(gateways, txn->owner), txn);
	else
		upstreams_ops.timer(u, node);
}

static void run(uint64_t us)
{
	uint64_t end_us = core.now.mono_us + us;
	struct wheel_node *node;

	drain();
	while (wheel_next(&wheel) <= end_us) {
		core.now.mono_us = max_u64(core.now.mono_us, wheel_next(&wheel));
		node = wheel_pop(&wheel, core.now.mono_us);
		if (node)
			dispatch(node);
		drain();
	}
	core.now.mono_us = end_us;
}

/* The peer answers what it got last, from there. */
static void answer_from(const struct netaddr *source, unsigned status, const char *headers)
{
	char text[TXN_LONG_SIZE];
	struct buf b = buf_over(text, sizeof(text));
	struct flow flow = last_flow;
	struct sip_message request, response;
	struct txn *txn = NULL;
	enum txn_match match;

	assert_int_equal(sip_message_parse(slice_make(last_bytes, last_n), &request, NULL), 0);
	sip_put_response(&b, &request, &last_flow.local, status, SLICE(""), SLICE("2"));
	buf_puts(&b, headers);
	sip_put_body(&b, (struct slice){NULL, 0});
	assert_int_equal(sip_message_parse(buf_slice(&b), &response, NULL), 0);
	flow.peer = *source;
	match = txns_match(core.txns, &response, &flow, &txn);
	assert_non_null(txn);
	if (match == TXN_ELSEWHERE)
		untaken_note(
		    u, find(gateways, txn->owner), txn, UNTAKEN_ELSEWHERE, "", &response, &flow);
	else if (txn->state == TXN_LOOSE)
		reply_late(u, find(gateways, txn->owner), txn, &response, &flow);
	else
		reply_received(u, find(gateways, txn->owner), txn, &response);
	drain();
}

static void answer(unsigned status, const char *headers)
{
	struct netaddr peer = last_flow.peer;

	answer_from(&peer, status, headers);
}

static bool has_sent(const char *text)
{
	return memmem(last_bytes, last_n, text, strlen(text)) != NULL;
}

static int setup(void **state)
{
	struct txns_config config = {.cap = 256, .in_flight = 64, .boot = 1, .key = {5, 6}};
	struct upstreams_config rooms = {
	    .core = &core, .hash_key = {1, 2}, .upstreams_max = 64, .targets_max = 64};

	(void)state;
	wheel_init(&wheel, START_US);
	random_seed(&random_, 7);
	params_defaults(&params);
	core = (struct core_context){
	    .now = {START_US, INT64_C(1800000000000)},
	    .wheel = &wheel,
	    .outbox = outbox_new(1024, 1024 * 1024),
	    .journal = &journal,
	    .random = &random_,
	    .params = &params,
	};
	journal_init(&journal, core.outbox);
	core.txns = txns_new(&config, &wheel, core.outbox);
	u = upstreams_new(&rooms);
	gateways = pool_new(sizeof(struct gateway), GATEWAYS);
	upstreams_add(u, KIND_GATEWAY, &ops, gateways);
	sent = asked_names = 0;
	last_n = 0;
	last_log[0] = '\0';
	has_no_way = false;
	return 0;
}

static int teardown(void **state)
{
	struct gateway *gateway;
	pool_handle handle;

	(void)state;
	for (uint32_t slot = 0; (gateway = pool_walk(gateways, slot, &handle));
	     slot = pool_handle_slot(handle) + 1) {
		exchange_clear(u, &gateway->exchange);
		upstream_release(u, gateway->home);
		pool_give(gateways, handle);
	}
	assert_int_equal(pool_count(u->upstreams), 0);
	pool_free(&gateways);
	upstreams_free(&u);
	txns_free(&core.txns);
	outbox_free(&core.outbox);
	return 0;
}

/* ---- cases ---- */

static void from_a_name_to_an_answer(void **state)
{
	struct gateway *gateway = add(NAME);

	(void)state;
	begin(gateway);
	run(US_PER_S);
	assert_int_equal(asked_names, 1);
	assert_int_equal(sent, 1 + 1); /* repeated after 500 ms */
	assert_int_equal(last_flow.peer.ip[3], 1);
	assert_true(has_sent("OPTIONS sip:trunk.example SIP/2.0\r\n"));
	assert_false(has_sent("Authorization"));
	answer(200, "");
	assert_int_equal(gateway->granted, 1);
	assert_int_equal(gateway->exchange.phase, EXCHANGE_IDLE);
	assert_int_equal(u->traffic.requests, 1);
	assert_int_equal(u->traffic.repetitions, 1);
	run(60 * US_PER_S);
	assert_int_equal(sent, 2);
}

static void a_challenge_is_answered_and_its_nonce_kept(void **state)
{
	struct gateway *gateway = add(NAME);

	(void)state;
	begin(gateway);
	run(US_PER_MS);
	answer(401, "WWW-Authenticate: Digest realm=\"trunk\", nonce=\"n1\", qop=\"auth\"\r\n");
	run(250 * US_PER_MS);
	assert_int_equal(sent, 2);
	assert_true(has_sent("username=\"trunk-user\""));
	assert_true(has_sent("nc=00000001"));
	answer(200, "");
	assert_int_equal(gateway->granted, 1);
	begin(gateway);
	run(250 * US_PER_MS);
	assert_int_equal(sent, 3);
	assert_true(has_sent("nc=00000002"));
	answer(200, "");
	assert_int_equal(gateway->granted, 2);
}

/* Its request is written twice, the second time into a long buffer. */
static void a_long_answer_counts_its_nonce_once(void **state)
{
	char nonce[TXN_BUFFER_SIZE], challenge[TXN_BUFFER_SIZE + 80];
	struct gateway *gateway = add(NAME);

	(void)state;
	memset(nonce, 'n', sizeof(nonce) - 1);
	nonce[sizeof(nonce) - 1] = '\0';
	snprintf(challenge, sizeof(challenge),
	    "WWW-Authenticate: Digest realm=\"trunk\", nonce=\"%s\", qop=\"auth\"\r\n", nonce);
	begin(gateway);
	run(US_PER_MS);
	answer(401, challenge);
	run(250 * US_PER_MS);
	assert_int_equal(sent, 2);
	assert_true(last_n > TXN_BUFFER_SIZE);
	assert_true(has_sent("nc=00000001"));
	answer(200, "");
	assert_int_equal(gateway->granted, 1);
}

static void a_wrong_password_is_a_verdict(void **state)
{
	struct gateway *gateway = add(NAME);

	(void)state;
	begin(gateway);
	run(US_PER_MS);
	answer(401, "WWW-Authenticate: Digest realm=\"trunk\", nonce=\"n1\"\r\n");
	run(250 * US_PER_MS);
	answer(403, "");
	assert_int_equal(gateway->verdict, VERDICT_REJECTED);
	assert_int_equal(sent, 2);
}

static void a_503_rests_its_address_and_the_other_is_asked(void **state)
{
	struct gateway *gateway = add(NAME);
	const struct target *first;

	(void)state;
	begin(gateway);
	run(US_PER_MS);
	first = target_get(u, gateway->exchange.target);
	answer(503, "Retry-After: 60\r\n");
	assert_int_equal(gateway->verdict, VERDICT_UNAVAILABLE);
	assert_true(target_open_at_us(u, first) == core.now.mono_us + 60 * US_PER_S);
	run(US_PER_MS);
	assert_int_equal(sent, 2);
	assert_int_equal(last_flow.peer.ip[3], 2);
	answer(200, "");
	assert_int_equal(gateway->granted, 1);
}

static void a_full_outbox_only_puts_the_move_off(void **state)
{
	struct gateway *gateway = NULL;
	const struct target *first;

	(void)state;
	for (int i = 0; i < 10; i++) {
		gateway = add(NAME);
		begin(gateway);
	}
	run(US_PER_MS);
	assert_int_equal(sent, 1);
	first = target_get(u, gateway->exchange.target);
	assert_int_equal(first->queued, 9);
	while (outbox_has_room(core.outbox))
		outbox_log(core.outbox, LOG_LEVEL_INFO, SLICE("full"));
	answer(503, "Retry-After: 60\r\n");
	assert_int_equal(first->queued, 9);
	run(US_PER_MS);
	assert_int_equal(first->queued, 0);
	run(US_PER_S);
	assert_int_equal(last_flow.peer.ip[3], 2);
}

static void silence_leads_to_the_other_address(void **state)
{
	struct gateway *gateway = add(NAME);

	(void)state;
	begin(gateway);
	run(31 * US_PER_S);
	assert_int_equal(last_flow.peer.ip[3], 1);
	assert_true(sent > 5);
	run(2 * US_PER_S);
	assert_string_equal(gateway->why, "no answer");
	assert_int_equal(last_flow.peer.ip[3], 2);
	assert_int_equal(u->traffic.timeouts, 1);
	answer(200, "");
	assert_int_equal(gateway->granted, 1);
}

static void a_late_answer_is_one_for_the_address(void **state)
{
	struct gateway *gateway = add("sip:192.0.2.1");

	(void)state;
	begin(gateway);
	run(US_PER_MS);
	exchange_abandon(u, &gateway->exchange);
	answer(200, "");
	assert_int_equal(u->traffic.late, 1);
	assert_int_equal(gateway->granted, 0);
	assert_int_equal(target_get(u, gateway->exchange.target)->unanswered, 0);
}

static void a_redirect_is_followed(void **state)
{
	struct gateway *gateway = add(NAME);

	(void)state;
	begin(gateway);
	run(US_PER_MS);
	answer(302, "Contact: <sip:192.0.2.9>;q=0.1, <sip:192.0.2.8>\r\n");
	run(US_PER_MS);
	assert_int_equal(last_flow.peer.ip[3], 8);
	answer(200, "");
	assert_int_equal(gateway->granted, 1);
	assert_true(gateway->exchange.is_redirected);
	assert_true(redirect_next(u, &gateway->exchange));
}

/* Whoever stands behind a redirect must not get a digest over a nonce of home. */
static void a_redirect_gets_no_answer_to_home_s_challenge(void **state)
{
	struct gateway *gateway = add(NAME);

	(void)state;
	begin(gateway);
	run(US_PER_MS);
	answer(401, "WWW-Authenticate: Digest realm=\"trunk\", nonce=\"n1\"\r\n");
	run(250 * US_PER_MS);
	assert_true(has_sent("Authorization"));
	answer(302, "Contact: <sip:192.0.2.8>\r\n");
	run(US_PER_MS);
	assert_int_equal(last_flow.peer.ip[3], 8);
	assert_false(has_sent("Authorization"));
	answer(200, "");
	assert_int_equal(gateway->granted, 1);
}

static void go_to_next_contact(struct gateway *gateway, const char *hop)
{
	assert_true(redirect_next(u, &gateway->exchange));
	assert_string_equal(upstream_get(u, gateway->exchange.route)->hop, hop);
}

static void contacts_of_an_earlier_redirect_come_last(void **state)
{
	struct gateway *gateway = add(NAME);

	(void)state;
	begin(gateway);
	run(US_PER_MS);
	answer(302, "Contact: <sip:192.0.2.9>;q=0.1, <sip:192.0.2.8>\r\n");
	run(US_PER_MS);
	answer(302, "Contact: <sip:192.0.2.7>, <sip:192.0.2.6>;q=0.1\r\n");
	run(US_PER_MS);
	assert_int_equal(last_flow.peer.ip[3], 7);
	go_to_next_contact(gateway, "sip:192.0.2.6");
	go_to_next_contact(gateway, "sip:192.0.2.9");
	assert_false(redirect_next(u, &gateway->exchange));
}

/* How far apart requests leave in a stop that has 600 ms left for those that wait. */
static uint64_t apart_in_stop_us(const struct gateway *gateway)
{
	struct core_stop before = core.stop;
	uint64_t interval_us;

	core.stop.mode = CORE_STOPS;
	core.stop.half_us = core.now.mono_us;
	core.stop.eighty_us = core.now.mono_us + 600 * US_PER_MS;
	interval_us = pace_interval_us(u, target_get(u, gateway->exchange.target));
	core.stop = before;
	return interval_us;
}

/* A request takes two places if it will be challenged, and one place stays free. */
static void a_stop_has_a_place_for_each_answer_to_come(void **state)
{
	struct gateway *first = add("sip:192.0.2.1"), *second = add("sip:192.0.2.1");

	(void)state;
	params.upstream_rate = 1;
	begin(first);
	begin(second);
	run(US_PER_MS);
	answer(200, "");
	assert_int_equal(first->granted, 1);
	assert_int_equal(second->exchange.phase, EXCHANGE_QUEUED);
	assert_int_equal(apart_in_stop_us(second), 200 * US_PER_MS);
	run(1100 * US_PER_MS);
	answer(401, "WWW-Authenticate: Digest realm=\"trunk\", nonce=\"n1\"\r\n");
	assert_int_equal(second->exchange.phase, EXCHANGE_QUEUED);
	assert_int_equal(apart_in_stop_us(second), 300 * US_PER_MS);
}

static void a_stop_sends_only_what_it_needs(void **state)
{
	struct gateway *gateway = add("sip:192.0.2.1"), *needed = add("sip:192.0.2.2");

	(void)state;
	core.stop.mode = CORE_STOPS;
	core.stop.half_us = core.stop.eighty_us = core.stop.end_us = TIME_NEVER;
	begin(gateway);
	run(US_PER_MS);
	assert_int_equal(sent, 0);
	ops.sends_in_stop = true;
	begin(needed);
	run(US_PER_MS);
	ops.sends_in_stop = false;
	assert_int_equal(sent, 1);
	assert_int_equal(last_flow.peer.ip[3], 2);
}

static void many_share_the_pace_of_an_address(void **state)
{
	(void)state;
	for (int i = 0; i < GATEWAYS; i++)
		begin(add("sip:192.0.2.1"));
	run(490 * US_PER_MS); /* before anything is repeated */
	/* Five a second, with the room that a place leaves. */
	assert_in_range(sent, 2, 4);
}

static void a_way_that_is_not_there_is_an_obstacle(void **state)
{
	struct gateway *gateway = add("sip:192.0.2.1");

	(void)state;
	has_no_way = true;
	begin(gateway);
	run(US_PER_S);
	assert_string_equal(gateway->why, "no route");
	assert_int_equal(sent, 0);
}

static void an_answer_from_elsewhere_is_told_by_the_owner_s_name(void **state)
{
	struct netaddr elsewhere = {.family = 4, .ip = {192, 0, 2, 66}, .port = 5060};
	struct gateway *gateway = add(NAME);

	(void)state;
	begin(gateway);
	run(US_PER_MS);
	answer_from(&elsewhere, 200, "");
	assert_int_equal(gateway->granted, 0);
	assert_int_equal(u->traffic.elsewhere, 1);
	assert_non_null(strstr(last_log, "gateway=trunk event=answers-not-taken"));
	assert_non_null(strstr(last_log, "answers come from 192.0.2.66:5060"));
}

/* A number that was kept outlives its owner, as a flow that comes up late. */
static void a_number_finds_nobody_when_its_owner_is_gone(void **state)
{
	struct gateway *gateway = add(NAME);
	uint64_t number = exchange_number(&gateway->exchange);

	(void)state;
	assert_ptr_equal(exchange_find(u, number), &gateway->exchange);
	exchange_clear(u, &gateway->exchange);
	upstream_release(u, gateway->home);
	pool_give(gateways, gateway->exchange.owner);
	assert_null(exchange_find(u, number));
	assert_null(exchange_find(u, UINT64_C(1) << 32 | 1)); /* of a kind that nobody added */
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(from_a_name_to_an_answer),
	    CASE(a_challenge_is_answered_and_its_nonce_kept),
	    CASE(a_long_answer_counts_its_nonce_once),
	    CASE(a_wrong_password_is_a_verdict),
	    CASE(a_503_rests_its_address_and_the_other_is_asked),
	    CASE(a_full_outbox_only_puts_the_move_off),
	    CASE(silence_leads_to_the_other_address),
	    CASE(a_late_answer_is_one_for_the_address),
	    CASE(a_redirect_is_followed),
	    CASE(a_redirect_gets_no_answer_to_home_s_challenge),
	    CASE(contacts_of_an_earlier_redirect_come_last),
	    CASE(a_stop_has_a_place_for_each_answer_to_come),
	    CASE(a_stop_sends_only_what_it_needs),
	    CASE(many_share_the_pace_of_an_address),
	    CASE(a_way_that_is_not_there_is_an_obstacle),
	    CASE(an_answer_from_elsewhere_is_told_by_the_owner_s_name),
	    CASE(a_number_finds_nobody_when_its_owner_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

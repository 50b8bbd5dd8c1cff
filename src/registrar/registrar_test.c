// SPDX-License-Identifier: Apache-2.0
/*
 * A phone that registers, refreshes, moves and leaves, and others that try to.
 */
#include "registrar/registrar.h"

#include "param/params.h"
#include "registrar/endpoint.h"
#include "sip/auth.h"
#include "sip/message.h"
#include "test/kit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BEGIN_US     (1000 * US_PER_S)
#define TEXT_MAX     8192
#define PASSWORD_OF  "secret"
#define CONTACT_HERE "<sip:2001@192.0.2.1:5060>"

static struct wheel wheel;
static struct random dice;
static struct journal journal;
static struct params params;
static struct core_context core;
static struct guard *guard;
static struct registrar *registrar;
static bool keeps;

/* What the last entry wrote of bindings. */
static unsigned records, logs;
static struct binding_record last_record;
static char last_contact[256];

static const struct flow phone_flow = {.transport = SIP_UDP,
    .listener = 1,
    .local = {.family = 4, .ip = {192, 0, 2, 100}, .port = 5060},
    .peer = {.family = 4, .ip = {192, 0, 2, 1}, .port = 5060}};
static const struct flow other_flow = {.transport = SIP_UDP,
    .listener = 1,
    .local = {.family = 4, .ip = {192, 0, 2, 100}, .port = 5060},
    .peer = {.family = 4, .ip = {198, 51, 100, 7}, .port = 5060}};

/* ---- the bed ---- */

static void put_endpoint(const char *username, uint16_t max_contacts, const char *networks)
{
	struct endpoint_config config;
	struct command command = {.kind = COMMAND_PUT, .object = OBJECT_ENDPOINT, .put = &config};

	object_defaults(OBJECT_ENDPOINT, &config);
	config.username = slice_of(username);
	config.password = SLICE(PASSWORD_OF);
	config.networks = slice_of(networks);
	config.settings.max_contacts = max_contacts;
	registrar_command(registrar, &command);
	assert_int_equal(outbox_at(core.outbox, 0)->answer->reply.error, 0);
	outbox_reset(core.outbox);
}

static int setup(void **state)
{
	static const struct slice domains[] = {{"example.org", 11}, {"example.net", 11}};
	struct guard_config for_guard = {.core = &core,
	    .nonce_key = {1, 2},
	    .index_key = {3, 4},
	    .boot = 1,
	    .realm = SLICE("example.org"),
	    .nonces_max = 1000,
	    .pairs_max = 1000};
	struct registrar_config config = {.core = &core,
	    .hash_key = {5, 6},
	    .domains = domains,
	    .domain_count = 2,
	    .endpoints_max = 100,
	    .bindings_max = 40,
	    .keeps_bindings = keeps};

	(void)state;
	wheel_init(&wheel, BEGIN_US);
	random_seed(&dice, 7);
	params_defaults(&params);
	core = (struct core_context){
	    .now = {BEGIN_US, INT64_C(1700000000000)},
	    .wheel = &wheel,
	    .outbox = outbox_new(256, 1 << 20),
	    .random = &dice,
	    .binding_journal = &journal,
	    .params = &params,
	    .user_agent = SLICE("Regent/test"),
	};
	journal_init(&journal, core.outbox);
	guard = guard_new(&for_guard);
	config.guard = guard;
	registrar = registrar_new(&config);
	assert_non_null(registrar);
	put_endpoint("2001", 1, "");
	return 0;
}

static int setup_kept(void **state)
{
	keeps = true;
	return setup(state);
}

static int teardown(void **state)
{
	keeps = false;
	(void)state;
	registrar_free(&registrar);
	guard_free(&guard);
	outbox_free(&core.outbox);
	return 0;
}

static void wait_s(uint64_t seconds)
{
	uint64_t until_us = core.now.mono_us + seconds * US_PER_S;
	struct wheel_node *node;

	while ((node = wheel_pop(&wheel, until_us))) {
		core.now.mono_us = node->when_us;
		registrar_ops.timer(registrar, node);
	}
	core.now.mono_us = until_us;
	core.now.wall_ms += (int64_t)seconds * 1000;
}

/* ---- a phone ---- */

struct phone {
	const char *user, *password, *domain, *call_id;
	const struct flow *flow;
	const char *expires; /* of the header; NULL: none */
	const char *headers; /* more of them; NULL: none */
	uint32_t cseq;
	uint32_t nc; /* last used with the nonce; 0: there is no nonce */
	char nonce[256];
	char request[TEXT_MAX]; /* the last one */
	char response[TEXT_MAX];
	unsigned status; /* of the last response; 0: there was none */
};

static struct phone phone_of(const char *user)
{
	return (struct phone){.user = user,
	    .password = PASSWORD_OF,
	    .domain = "example.org",
	    .call_id = "call-1",
	    .flow = &phone_flow};
}

/* The bytes that are sent; the rest is noted. */
static struct slice take_effects(void)
{
	struct slice bytes = {NULL, 0};

	records = logs = 0;
	for (uint32_t i = 0; i < outbox_count(core.outbox); i++) {
		const struct effect *effect = outbox_at(core.outbox, i);

		logs += effect->kind == EFFECT_LOG;
		if (effect->kind == EFFECT_BINDING) {
			records++;
			last_record = effect->binding.record;
			snprintf(last_contact, sizeof(last_contact), "%.*s",
			    SLICE_ARG(last_record.contact));
		} else if (effect->kind == EFFECT_SEND) {
			assert_int_equal(bytes.n, 0);
			bytes = effect->send.bytes;
		}
	}
	return bytes;
}

static void take_response(struct phone *phone)
{
	struct slice bytes = take_effects();
	struct sip_message message;

	phone->status = 0;
	phone->response[0] = '\0';
	if (bytes.n == 0) {
		outbox_reset(core.outbox);
		return;
	}
	memcpy(phone->response, bytes.p, bytes.n);
	phone->response[bytes.n] = '\0';
	assert_int_equal(sip_message_parse(bytes, &message, NULL), 0);
	phone->status = message.status;
	outbox_reset(core.outbox);
}

static void send_bytes(struct phone *phone)
{
	struct sip_message message;

	assert_int_equal(sip_message_parse(slice_of(phone->request), &message, NULL), 0);
	registrar_request(registrar, &message, phone->flow);
	take_response(phone);
}

static void put_credentials(struct phone *phone, struct buf *b)
{
	char hex[SIP_DIGEST_HEX_MAX];
	struct sip_digest_input input = {
	    .algorithm = SIP_DIGEST_MD5,
	    .qop = SIP_QOP_AUTH,
	    .username = slice_of(phone->user),
	    .realm = SLICE("example.org"),
	    .password = slice_of(phone->password),
	    .nonce = slice_of(phone->nonce),
	    .cnonce = SLICE("c"),
	    .nc = ++phone->nc,
	    .method = SLICE("REGISTER"),
	    .uri = SLICE("sip:example.org"),
	};
	struct sip_credentials credentials = {
	    .username = input.username,
	    .realm = input.realm,
	    .nonce = input.nonce,
	    .uri = input.uri,
	    .algorithm_name = SLICE("MD5"),
	    .algorithm = SIP_DIGEST_MD5,
	    .cnonce = input.cnonce,
	    .qop = SIP_QOP_AUTH,
	    .nc = phone->nc,
	};

	credentials.response = slice_make(hex, sip_digest_response(&input, hex));
	buf_puts(b, "Authorization: ");
	sip_credentials_put(b, &credentials);
	buf_puts(b, "\r\n");
}

static void write_request(struct phone *phone, const char *contacts)
{
	struct buf b = buf_over(phone->request, sizeof(phone->request));
	char head[1024];

	phone->cseq++;
	snprintf(head, sizeof(head),
	    "REGISTER sip:%s SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK%u;rport\r\n"
	    "From: <sip:%s@%s>;tag=1\r\nTo: <sip:%s@%s>\r\nCall-ID: %s\r\nCSeq: %u REGISTER\r\n",
	    phone->domain, phone->cseq, phone->user, phone->domain, phone->user, phone->domain,
	    phone->call_id, phone->cseq);
	buf_puts(&b, head);
	if (contacts) {
		buf_puts(&b, "Contact: ");
		buf_puts(&b, contacts);
		buf_puts(&b, "\r\n");
	}
	if (phone->expires) {
		buf_puts(&b, "Expires: ");
		buf_puts(&b, phone->expires);
		buf_puts(&b, "\r\n");
	}
	if (phone->headers)
		buf_puts(&b, phone->headers);
	if (phone->nonce[0])
		put_credentials(phone, &b);
	buf_puts(&b, "Content-Length: 0\r\n\r\n");
	assert_true(*buf_text(&b));
}

/* The last challenge is the one for MD5. */
static void learn_nonce(struct phone *phone)
{
	const char *at = NULL, *next = phone->response;

	while ((next = strstr(next, "nonce=\""))) {
		next += strlen("nonce=\"");
		at = next;
	}
	assert_non_null(at);
	snprintf(phone->nonce, sizeof(phone->nonce), "%.*s", (int)strcspn(at, "\""), at);
	phone->nc = 0;
}

static unsigned send_register(struct phone *phone, const char *contacts)
{
	write_request(phone, contacts);
	send_bytes(phone);
	return phone->status;
}

/* With one answer to a challenge. */
static unsigned do_register(struct phone *phone, const char *contacts)
{
	if (send_register(phone, contacts) != 401)
		return phone->status;
	learn_nonce(phone);
	return send_register(phone, contacts);
}

static uint32_t bindings(void)
{
	return registrar_usage(registrar).bindings;
}

static bool says(const struct phone *phone, const char *text)
{
	return strstr(phone->response, text);
}

/* ---- RFC 3261 10.3 ---- */

static void a_phone_registers_refreshes_and_leaves(void **state)
{
	struct phone phone = phone_of("2001");

	(void)state;
	phone.expires = "600";
	assert_int_equal(do_register(&phone, CONTACT_HERE), 200);
	assert_true(says(&phone, "Contact: <sip:2001@192.0.2.1:5060>;expires=600\r\n"));
	assert_int_equal(bindings(), 1);
	wait_s(300);
	assert_int_equal(send_register(&phone, CONTACT_HERE), 200);
	wait_s(599);
	assert_int_equal(bindings(), 1);
	assert_int_equal(send_register(&phone, NULL), 200);
	assert_true(says(&phone, ";expires=1\r\n"));
	phone.expires = "0";
	assert_int_equal(send_register(&phone, CONTACT_HERE), 200);
	assert_false(says(&phone, "Contact:"));
	assert_int_equal(bindings(), 0);
}

static void a_binding_expires(void **state)
{
	struct phone phone = phone_of("2001");

	(void)state;
	assert_int_equal(do_register(&phone, CONTACT_HERE ";expires=60"), 200);
	wait_s(61);
	assert_int_equal(bindings(), 0);
}

static void the_longest_grant_is_spread(void **state)
{
	struct phone phone = phone_of("2001");
	char *at;

	(void)state;
	assert_int_equal(do_register(&phone, CONTACT_HERE ";expires=86400"), 200);
	at = strstr(phone.response, ";expires=");
	assert_in_range(atoi(at + strlen(";expires=")), 3240, 3600);
	assert_int_equal(send_register(&phone, CONTACT_HERE ";expires=3600"), 200);
	assert_true(says(&phone, ";expires=3600\r\n"));
}

static void too_short_is_423(void **state)
{
	struct phone phone = phone_of("2001");

	(void)state;
	assert_int_equal(do_register(&phone, CONTACT_HERE ";expires=5"), 423);
	assert_true(says(&phone, "Min-Expires: 20\r\n"));
	assert_int_equal(bindings(), 0);
}

static void a_star_removes_all(void **state)
{
	struct phone phone = phone_of("2002");

	(void)state;
	put_endpoint("2002", 5, "");
	assert_int_equal(
	    do_register(&phone, "<sip:a@192.0.2.1>;q=0.5, <sip:b@192.0.2.1>;q=0.25"), 200);
	assert_true(says(&phone, ";q=0.5\r\n"));
	assert_true(says(&phone, ";q=0.25\r\n"));
	assert_int_equal(bindings(), 2);
	assert_int_equal(send_register(&phone, "*"), 400);
	phone.expires = "0";
	assert_int_equal(send_register(&phone, "*, <sip:a@192.0.2.1>"), 400);
	assert_int_equal(bindings(), 2);
	assert_int_equal(send_register(&phone, "*"), 200);
	assert_int_equal(bindings(), 0);
}

/* F31: a lower CSeq of the same Call-ID changes nothing. */
static void an_old_request_changes_nothing(void **state)
{
	struct phone phone = phone_of("2001");

	(void)state;
	phone.cseq = 10;
	assert_int_equal(do_register(&phone, CONTACT_HERE), 200);
	phone.cseq = 4;
	phone.expires = "0";
	assert_int_equal(send_register(&phone, CONTACT_HERE), 500);
	assert_int_equal(send_register(&phone, "*"), 500);
	assert_int_equal(bindings(), 1);
	phone.call_id = "call-2";
	assert_int_equal(send_register(&phone, CONTACT_HERE), 200);
	assert_int_equal(bindings(), 0);
}

static void all_or_nothing(void **state)
{
	struct phone phone = phone_of("2002");

	(void)state;
	put_endpoint("2002", 5, "");
	assert_int_equal(
	    do_register(&phone, "<sip:a@192.0.2.1>, <sip:b@192.0.2.1>;expires=5"), 423);
	assert_int_equal(send_register(&phone, "<sip:a@192.0.2.1>, <bad"), 400);
	assert_int_equal(bindings(), 0);
}

/* Over UDP the response got lost: the phone repeats its request to the byte. */
static void a_repetition_is_answered_alike(void **state)
{
	struct phone phone = phone_of("2001");
	char first[TEXT_MAX];

	(void)state;
	assert_int_equal(do_register(&phone, CONTACT_HERE ";expires=600"), 200);
	strcpy(first, phone.response);
	send_bytes(&phone);
	assert_string_equal(phone.response, first);
	/* A removal leaves nothing behind but the mark. */
	assert_int_equal(send_register(&phone, CONTACT_HERE ";expires=0"), 200);
	send_bytes(&phone);
	assert_int_equal(phone.status, 200);
	assert_int_equal(bindings(), 0);
}

/* The same bytes after another request came between are a replay. */
static void a_replay_is_challenged(void **state)
{
	struct phone phone = phone_of("2001");
	char kept[TEXT_MAX];

	(void)state;
	assert_int_equal(do_register(&phone, CONTACT_HERE), 200);
	strcpy(kept, phone.request);
	assert_int_equal(send_register(&phone, CONTACT_HERE ";expires=0"), 200);
	strcpy(phone.request, kept);
	send_bytes(&phone);
	assert_int_equal(phone.status, 401);
	assert_true(says(&phone, "stale=true"));
	assert_int_equal(bindings(), 0);
}

/* ---- who may ---- */

static void a_wrong_password_gets_nothing(void **state)
{
	struct phone phone = phone_of("2001");

	(void)state;
	phone.password = "guess";
	assert_int_equal(do_register(&phone, CONTACT_HERE), 401);
	assert_false(says(&phone, "stale=true"));
	assert_int_equal(bindings(), 0);
}

static void who_guesses_is_suspended(void **state)
{
	struct phone phone = phone_of("2001"), owner = phone_of("2001");
	unsigned status = 0;

	(void)state;
	owner.flow = &other_flow;
	owner.call_id = "owner";
	phone.password = "guess";
	for (int i = 0; i < 8 && status != 403; i++)
		status = do_register(&phone, CONTACT_HERE);
	assert_int_equal(status, 403);
	assert_int_equal(send_register(&phone, CONTACT_HERE), 0);
	/* The real user is elsewhere. */
	assert_int_equal(do_register(&owner, "<sip:2001@198.51.100.7>"), 200);
}

/* Both are behind one NAT: the phone that is registered, and one with an old password. */
static void a_device_that_is_bound_goes_on(void **state)
{
	struct phone bound = phone_of("2001"), stale = phone_of("2001");
	unsigned status = 0;

	(void)state;
	stale.call_id = "stale";
	stale.password = "old";
	assert_int_equal(do_register(&bound, CONTACT_HERE), 200);
	for (int i = 0; i < 8 && status != 403; i++)
		status = do_register(&stale, "<sip:other@192.0.2.1:6000>");
	assert_int_equal(status, 403);
	assert_int_equal(send_register(&bound, CONTACT_HERE), 200);
}

static void unknown_and_known_names_are_alike(void **state)
{
	struct phone known = phone_of("2001"), unknown = phone_of("2099");

	(void)state;
	assert_int_equal(send_register(&known, CONTACT_HERE), 401);
	assert_int_equal(send_register(&unknown, CONTACT_HERE), 401);
	assert_int_equal(strlen(known.response), strlen(unknown.response));
	learn_nonce(&known);
	learn_nonce(&unknown);
	known.password = unknown.password = "guess";
	assert_int_equal(send_register(&known, CONTACT_HERE), 401);
	assert_int_equal(send_register(&unknown, CONTACT_HERE), 401);
	assert_int_equal(strlen(known.response), strlen(unknown.response));
}

static void nobody_registers_for_another(void **state)
{
	struct phone phone = phone_of("2001");
	char *to;

	(void)state;
	put_endpoint("2002", 1, "");
	assert_int_equal(do_register(&phone, CONTACT_HERE), 200);
	write_request(&phone, CONTACT_HERE);
	to = strstr(phone.request, "To: <sip:2001");
	memcpy(to, "To: <sip:2002", 13);
	send_bytes(&phone);
	assert_int_equal(phone.status, 403);
}

static void the_digest_user_may_name_the_domain(void **state)
{
	struct phone phone = phone_of("2001");
	char *at;

	(void)state;
	assert_int_equal(send_register(&phone, CONTACT_HERE), 401);
	learn_nonce(&phone);
	phone.user = "2001@example.net";
	write_request(&phone, CONTACT_HERE);
	phone.user = "2001";
	/* Only the digest user names it so. */
	while ((at = strstr(phone.request, "2001@example.net@")))
		memmove(at + 4, at + 16, strlen(at + 16) + 1);
	send_bytes(&phone);
	assert_int_equal(phone.status, 200);
}

/* RFC 3261 10.3 5.: an escaped character is the character. */
static void escapes_of_the_user_are_resolved(void **state)
{
	struct phone phone = phone_of("2001");
	char *to;

	(void)state;
	assert_int_equal(send_register(&phone, CONTACT_HERE), 401);
	learn_nonce(&phone);
	write_request(&phone, CONTACT_HERE);
	to = strstr(phone.request, "To: <sip:2001@");
	memmove(to + 12, to + 10, strlen(to + 10) + 1);
	memcpy(to, "To: <sip:%32", 12);
	send_bytes(&phone);
	assert_int_equal(phone.status, 200);
}

static void another_domain_is_404(void **state)
{
	struct phone phone = phone_of("2001");

	(void)state;
	phone.domain = "elsewhere.example";
	assert_int_equal(send_register(&phone, CONTACT_HERE), 404);
	phone.domain = "example.net";
	assert_int_equal(do_register(&phone, CONTACT_HERE), 200);
}

static void networks_are_kept_to(void **state)
{
	struct phone phone = phone_of("2003");

	(void)state;
	put_endpoint("2003", 1, "198.51.100.0/24");
	assert_int_equal(do_register(&phone, CONTACT_HERE), 403);
	phone.flow = &other_flow;
	phone.nonce[0] = '\0';
	assert_int_equal(do_register(&phone, CONTACT_HERE), 200);
}

/* SS_REPLY_UNAUTHORIZED Off. */
static void strangers_get_silence(void **state)
{
	struct phone phone = phone_of("2001");

	(void)state;
	params.reply_unauthorized = false;
	phone.domain = "elsewhere.example";
	assert_int_equal(send_register(&phone, CONTACT_HERE), 0);
	phone.domain = "example.org";
	phone.password = "guess";
	assert_int_equal(do_register(&phone, CONTACT_HERE), 0);
	phone.password = PASSWORD_OF;
	phone.nonce[0] = '\0';
	assert_int_equal(do_register(&phone, CONTACT_HERE), 200);
	phone.domain = "elsewhere.example";
	assert_int_equal(send_register(&phone, CONTACT_HERE), 404);
}

/* ---- SS_ENDPOINT_REGISTER_REPLACE ---- */

static void another_device_replaces(void **state)
{
	struct phone first = phone_of("2001"), second = phone_of("2001");

	(void)state;
	second.flow = &other_flow;
	second.call_id = "call-2";
	assert_int_equal(do_register(&first, CONTACT_HERE), 200);
	assert_int_equal(do_register(&second, "<sip:x@198.51.100.7>"), 200);
	assert_int_equal(bindings(), 1);
	assert_true(says(&second, "<sip:x@198.51.100.7>"));
}

static void another_device_is_refused(void **state)
{
	struct phone first = phone_of("2001"), second = phone_of("2001");

	(void)state;
	params.endpoint_replace = false;
	second.flow = &other_flow;
	second.call_id = "call-2";
	assert_int_equal(do_register(&first, CONTACT_HERE ";expires=60"), 200);
	assert_int_equal(do_register(&second, "<sip:x@198.51.100.7>"), 403);
	assert_true(says(&second, "Warning: 399 "));
	/* The same device at another port goes on: same source, same host and user. */
	assert_int_equal(send_register(&first, "<sip:2001@192.0.2.1:6000>;expires=60"), 200);
	assert_int_equal(bindings(), 1);
	wait_s(61);
	assert_int_equal(do_register(&second, "<sip:x@198.51.100.7>"), 200);
}

static void an_instance_keeps_its_place(void **state)
{
	struct phone phone = phone_of("2001");

	(void)state;
	params.endpoint_replace = false;
	assert_int_equal(
	    do_register(&phone, "<sip:a@192.0.2.1>;+sip.instance=\"<urn:uuid:1>\""), 200);
	assert_int_equal(
	    send_register(&phone, "<sip:b@192.0.2.9>;+sip.instance=\"<urn:uuid:1>\""), 200);
	assert_int_equal(bindings(), 1);
	assert_true(says(&phone, "<sip:b@192.0.2.9>"));
}

static void too_many_contacts_are_refused(void **state)
{
	struct phone phone = phone_of("2001");

	(void)state;
	assert_int_equal(do_register(&phone, "<sip:a@192.0.2.1>, <sip:b@192.0.2.1>"), 403);
	assert_int_equal(bindings(), 0);
}

/* ---- extensions ---- */

/* RFC 5626: two flows of one instance are one Contact of max_contacts. */
static void flows_of_an_instance_are_one_contact(void **state)
{
	struct phone phone = phone_of("2001");

	(void)state;
	phone.headers = "Supported: outbound, gruu\r\n";
	assert_int_equal(
	    do_register(&phone, CONTACT_HERE ";+sip.instance=\"<urn:uuid:1>\";reg-id=1"), 200);
	assert_true(says(&phone, "Require: outbound\r\n"));
	assert_true(says(&phone, "Flow-Timer: "));
	assert_true(says(&phone, ";reg-id=1"));
	assert_true(says(&phone, ";pub-gruu=\"sip:2001@example.org;gr=urn:uuid:1\""));
	assert_int_equal(
	    send_register(&phone, CONTACT_HERE ";+sip.instance=\"<urn:uuid:1>\";reg-id=2"), 200);
	assert_int_equal(bindings(), 2);
	/* Without outbound in Supported the flow is ignored. */
	phone.headers = NULL;
	assert_int_equal(
	    send_register(&phone, CONTACT_HERE ";+sip.instance=\"<urn:uuid:1>\";reg-id=3"), 200);
	assert_false(says(&phone, ";reg-id=3"));
	/* It has taken the place of both, and leaves by its Contact. */
	assert_int_equal(bindings(), 1);
	phone.expires = "0";
	assert_int_equal(send_register(&phone, CONTACT_HERE), 200);
	assert_int_equal(bindings(), 0);
}

/* One names the flow, the other its Contact: the last one counts. */
static void two_names_of_one_binding(void **state)
{
	struct phone phone = phone_of("2001");

	(void)state;
	phone.headers = "Supported: outbound\r\n";
	assert_int_equal(
	    do_register(&phone, CONTACT_HERE ";+sip.instance=\"<urn:uuid:1>\";reg-id=1"), 200);
	assert_int_equal(
	    send_register(&phone, CONTACT_HERE
	        ";+sip.instance=\"<urn:uuid:1>\";reg-id=1;expires=0, " CONTACT_HERE ";expires=60"),
	    200);
	assert_int_equal(bindings(), 1);
	assert_int_equal(
	    send_register(&phone, CONTACT_HERE ";expires=60, " CONTACT_HERE ";expires=0"), 200);
	assert_int_equal(bindings(), 0);
}

static void a_flow_needs_a_proxy_that_knows_flows(void **state)
{
	struct phone phone = phone_of("2001");

	(void)state;
	phone.headers = "Supported: outbound, path\r\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKx\r\n"
	                "Path: <sip:edge.example;lr>\r\n";
	assert_int_equal(
	    do_register(&phone, CONTACT_HERE ";+sip.instance=\"<urn:uuid:1>\";reg-id=1"), 439);
	phone.headers = "Supported: outbound, path\r\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKx\r\n"
	                "Path: <sip:core.example;lr>\r\nPath: <sip:edge.example;lr;ob>\r\n";
	assert_int_equal(
	    send_register(&phone, CONTACT_HERE ";+sip.instance=\"<urn:uuid:1>\";reg-id=1"), 200);
	assert_true(
	    says(&phone, "Path: <sip:core.example;lr>\r\nPath: <sip:edge.example;lr;ob>\r\n"));
}

static void what_is_not_spoken_is_420(void **state)
{
	struct phone phone = phone_of("2001");

	(void)state;
	phone.headers = "Require: path, sec-agree\r\nRequire: precondition\r\n";
	assert_int_equal(send_register(&phone, CONTACT_HERE), 420);
	assert_true(says(&phone, "Unsupported: sec-agree, precondition\r\n"));
}

/* ---- operators ---- */

static const struct answer *ask(struct command command)
{
	outbox_reset(core.outbox);
	registrar_command(registrar, &command);
	return outbox_at(core.outbox, 0)->answer;
}

static void operators_see_what_is_there(void **state)
{
	struct phone phone = phone_of("2001");
	const struct answer *answer;

	(void)state;
	phone.headers = "User-Agent: Desk/1\r\n";
	assert_int_equal(do_register(&phone, CONTACT_HERE ";expires=600"), 200);
	answer = ask((struct command){.kind = COMMAND_ENDPOINTS, .list.limit = 10});
	assert_int_equal(answer->kind, ANSWER_ENDPOINT);
	assert_int_equal(answer->endpoint.view.contacts, 1);
	answer = ask((struct command){.kind = COMMAND_BINDINGS, .bindings.limit = 10});
	assert_int_equal(answer->kind, ANSWER_BINDING);
	assert_true(slice_equal(answer->binding.user_agent, SLICE("Desk/1")));
	assert_true(slice_equal(answer->binding.received, SLICE("192.0.2.1:5060")));
	assert_int_equal(answer->binding.granted_s, 600);
	outbox_reset(core.outbox);
}

/* Its nonce would be good for one more REGISTER. */
static void a_removed_binding_must_prove_again(void **state)
{
	struct phone phone = phone_of("2001");
	struct command command = {.kind = COMMAND_BINDINGS_REMOVE, .bindings.name = SLICE("2001")};

	(void)state;
	assert_int_equal(do_register(&phone, CONTACT_HERE), 200);
	assert_int_equal(ask(command)->reply.count, 1);
	assert_int_equal(bindings(), 0);
	assert_int_equal(ask(command)->reply.error, ERR_NOT_FOUND);
	outbox_reset(core.outbox);
	assert_int_equal(send_register(&phone, CONTACT_HERE), 401);
	learn_nonce(&phone);
	assert_int_equal(send_register(&phone, CONTACT_HERE), 200);
}

static void a_disabled_endpoint_has_no_bindings(void **state)
{
	struct phone phone = phone_of("2001");
	struct endpoint_config config;
	struct command command = {.kind = COMMAND_PUT, .object = OBJECT_ENDPOINT, .put = &config};

	(void)state;
	assert_int_equal(do_register(&phone, CONTACT_HERE), 200);
	object_defaults(OBJECT_ENDPOINT, &config);
	config.username = SLICE("2001");
	config.password = SLICE(PASSWORD_OF);
	config.settings.enabled = false;
	assert_int_equal(ask(command)->reply.error, 0);
	outbox_reset(core.outbox);
	assert_int_equal(bindings(), 0);
	assert_int_equal(send_register(&phone, CONTACT_HERE), 401);
}

/* F29: where there is no room, 503 with Retry-After, and nothing is stored. */
static void no_room_is_503(void **state)
{
	char user[16], contact[64];
	unsigned status = 200;

	(void)state;
	for (unsigned i = 0; i < 41; i++) {
		struct phone phone;

		snprintf(user, sizeof(user), "3%03u", i);
		snprintf(contact, sizeof(contact), "<sip:%s@192.0.2.1>", user);
		put_endpoint(user, 1, "");
		phone = phone_of(user);
		status = do_register(&phone, contact);
		if (status != 200)
			assert_true(says(&phone, "Retry-After: "));
	}
	assert_int_equal(status, 503);
	assert_int_equal(bindings(), 40);
}

/* ---- what outlives the process ---- */

static void tell(const struct event *event)
{
	registrar_ops.event(registrar, event);
}

static void tell_kind(enum event_kind kind)
{
	const struct event event = {.kind = kind, .why = SLICE("disk full")};

	tell(&event);
}

static void tell_durable(void)
{
	const struct event event = {.kind = EVENT_BINDINGS_DURABLE, .ticket = journal.ticket};

	tell(&event);
}

static void loaded(void)
{
	tell_kind(EVENT_BINDINGS_LOADED);
	take_effects();
	outbox_reset(core.outbox);
}

/* The response that was held. */
static unsigned hear(struct phone *phone)
{
	wait_s(0);
	take_response(phone);
	return phone->status;
}

static unsigned register_through(struct phone *phone, const char *contacts)
{
	unsigned status = do_register(phone, contacts);

	if (status != 0)
		return status;
	tell_durable();
	return hear(phone);
}

static struct event kept_event_of(const char *user, int64_t left_ms)
{
	return (struct event){.kind = EVENT_BINDING_KEPT,
	    .kept.record = {.op = BINDING_PUT,
	        .id = 7,
	        .terms = {core.now.wall_ms + left_ms, 600, 5},
	        .username = slice_of(user),
	        .contact = SLICE("sip:2001@192.0.2.1:5060"),
	        .call_id = SLICE("call-1"),
	        .agent = SLICE("Phone/1"),
	        .flow = phone_flow,
	        .q_milli = 1000}};
}

static void a_new_binding_is_kept_before_its_200(void **state)
{
	struct phone phone = phone_of("2001");

	(void)state;
	loaded();
	assert_int_equal(do_register(&phone, CONTACT_HERE ";expires=600"), 0);
	assert_int_equal(records, 1);
	assert_int_equal(last_record.op, BINDING_PUT);
	assert_string_equal(last_contact, "sip:2001@192.0.2.1:5060");
	assert_int_equal(last_record.terms.expires_ms, core.now.wall_ms + 600000);
	/* A repetition gets nothing as long as the first one has got nothing. */
	send_bytes(&phone);
	assert_int_equal(phone.status, 0);
	assert_int_equal(records, 0);
	tell_durable();
	assert_int_equal(hear(&phone), 200);
	assert_true(says(&phone, ";expires=600"));
	send_bytes(&phone);
	assert_int_equal(phone.status, 200);
}

static void a_refresh_waits_for_no_disk(void **state)
{
	struct phone phone = phone_of("2001");

	(void)state;
	loaded();
	assert_int_equal(register_through(&phone, CONTACT_HERE ";expires=600"), 200);
	wait_s(10);
	assert_int_equal(send_register(&phone, CONTACT_HERE ";expires=600"), 200);
	assert_int_equal(records, 1);
	assert_int_equal(last_record.op, BINDING_REFRESHED);
	assert_int_equal(last_record.terms.cseq, phone.cseq);
	assert_int_equal(last_record.terms.expires_ms, core.now.wall_ms + 600000);
}

static void what_else_changes_waits(void **state)
{
	struct phone phone = phone_of("2001");

	(void)state;
	loaded();
	assert_int_equal(register_through(&phone, CONTACT_HERE), 200);
	/* Another q, another flow, another Contact, none. */
	assert_int_equal(send_register(&phone, CONTACT_HERE ";q=0.5"), 0);
	assert_int_equal(last_record.op, BINDING_PUT);
	tell_durable();
	assert_int_equal(hear(&phone), 200);
	phone.flow = &other_flow;
	assert_int_equal(do_register(&phone, CONTACT_HERE ";q=0.5"), 0);
	assert_int_equal(last_record.op, BINDING_PUT);
	tell_durable();
	assert_int_equal(hear(&phone), 200);
	assert_int_equal(send_register(&phone, "<sip:2001@198.51.100.7>"), 0);
	assert_int_equal(records, 2);
	tell_durable();
	assert_int_equal(hear(&phone), 200);
	assert_int_equal(send_register(&phone, "<sip:2001@198.51.100.7>;expires=0"), 0);
	assert_int_equal(records, 1);
	assert_int_equal(last_record.op, BINDING_GONE);
	/* Nobody is told of it before it is kept, and whoever only asks is not either. */
	assert_int_equal(send_register(&phone, NULL), 0);
	tell_durable();
	wait_s(0);
	assert_int_equal(outbox_count(core.outbox), 2);
	outbox_reset(core.outbox);
}

static void an_expiry_is_kept(void **state)
{
	struct phone phone = phone_of("2001");

	(void)state;
	loaded();
	assert_int_equal(register_through(&phone, CONTACT_HERE ";expires=60"), 200);
	wait_s(61);
	take_effects();
	assert_int_equal(records, 1);
	assert_int_equal(last_record.op, BINDING_GONE);
}

static void where_the_disk_refuses_phones_are_served(void **state)
{
	struct phone phone = phone_of("2001");

	(void)state;
	loaded();
	assert_int_equal(do_register(&phone, CONTACT_HERE), 0);
	tell_kind(EVENT_BINDINGS_FAILED);
	assert_int_equal(hear(&phone), 200);
	assert_int_equal(logs, 1);
	tell_kind(EVENT_BINDINGS_FAILED);
	assert_int_equal(send_register(&phone, CONTACT_HERE ";q=0.5"), 200);
	assert_int_equal(logs, 0);
	tell_durable();
	take_effects();
	assert_int_equal(logs, 1);
	outbox_reset(core.outbox);
	assert_int_equal(send_register(&phone, CONTACT_HERE ";q=0.6"), 0);
}

static void a_disk_that_hangs_counts_as_one_that_refuses(void **state)
{
	struct phone phone = phone_of("2001");

	(void)state;
	loaded();
	assert_int_equal(do_register(&phone, CONTACT_HERE), 0);
	wait_s(3);
	assert_int_equal(outbox_count(core.outbox), 0);
	wait_s(2);
	take_response(&phone);
	assert_int_equal(phone.status, 200);
	assert_true(journal.is_failing);
}

static void what_was_lost_is_written_again(void **state)
{
	struct phone phone = phone_of("2001");

	(void)state;
	loaded();
	assert_int_equal(register_through(&phone, CONTACT_HERE), 200);
	tell_kind(EVENT_BINDINGS_LOST);
	outbox_reset(core.outbox);
	assert_int_equal(send_register(&phone, CONTACT_HERE), 0);
	assert_int_equal(last_record.op, BINDING_PUT);
	tell_durable();
	assert_int_equal(hear(&phone), 200);
	assert_int_equal(send_register(&phone, CONTACT_HERE), 200);
	assert_int_equal(last_record.op, BINDING_REFRESHED);
}

static void until_all_are_loaded_it_is_503(void **state)
{
	struct phone phone = phone_of("2001");

	(void)state;
	assert_int_equal(send_register(&phone, NULL), 503);
	assert_true(says(&phone, "Retry-After: "));
	loaded();
	assert_int_equal(do_register(&phone, NULL), 200);
}

static void a_kept_binding_is_there(void **state)
{
	struct event kept = kept_event_of("2001", 300000);
	struct phone phone = phone_of("2001");

	(void)state;
	tell(&kept);
	loaded();
	assert_int_equal(do_register(&phone, NULL), 200);
	assert_true(says(&phone, "Contact: <sip:2001@192.0.2.1:5060>;expires=300\r\n"));
	/* Its Call-ID goes on where it was. */
	phone.cseq = 4;
	assert_int_equal(send_register(&phone, CONTACT_HERE), 500);
	assert_int_equal(send_register(&phone, CONTACT_HERE), 200);
	assert_int_equal(last_record.op, BINDING_REFRESHED);
	assert_int_equal(last_record.id, 7);
}

static void assert_not_loaded(const struct event *kept)
{
	uint32_t before = bindings();

	tell(kept);
	take_effects();
	outbox_reset(core.outbox);
	assert_int_equal(bindings(), before);
	assert_int_equal(records, 1);
	assert_int_equal(last_record.op, BINDING_GONE);
	assert_int_equal(last_record.id, 7);
}

static void what_is_of_no_use_is_not_loaded(void **state)
{
	struct event kept = kept_event_of("2001", 0), nobody = kept_event_of("2009", 60000);

	(void)state;
	assert_not_loaded(&kept);
	assert_not_loaded(&nobody);
	kept = kept_event_of("2001", 60000);
	kept.kept.record.contact.n = 0;
	assert_not_loaded(&kept);
}

/* A refresh that a kill has lost came before `unsure_ms`, or a moment later. */
static void a_lost_refresh_costs_no_binding(void **state)
{
	struct event kept = kept_event_of("2001", 1000);

	(void)state;
	kept.kept.unsure_ms = core.now.wall_ms - 5000;
	tell(&kept);
	loaded();
	wait_s(594);
	assert_int_equal(bindings(), 1);
	wait_s(2);
	assert_int_equal(bindings(), 0);
}

static void a_clock_that_was_set_back_grants_no_more(void **state)
{
	struct event kept = kept_event_of("2001", INT64_C(86400000));
	struct event step = {.kind = EVENT_CLOCK_STEPPED, .step_ms = -5000};

	(void)state;
	tell(&kept);
	loaded();
	tell(&step);
	take_effects();
	assert_int_equal(last_record.op, BINDING_SHIFTED);
	assert_int_equal(last_record.step_ms, -5000);
	wait_s(599);
	assert_int_equal(bindings(), 1);
	wait_s(2);
	assert_int_equal(bindings(), 0);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

#define KEPT(test) cmocka_unit_test_setup_teardown(test, setup_kept, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(a_phone_registers_refreshes_and_leaves),
	    CASE(a_binding_expires),
	    CASE(the_longest_grant_is_spread),
	    CASE(too_short_is_423),
	    CASE(a_star_removes_all),
	    CASE(an_old_request_changes_nothing),
	    CASE(all_or_nothing),
	    CASE(a_repetition_is_answered_alike),
	    CASE(a_replay_is_challenged),
	    CASE(a_wrong_password_gets_nothing),
	    CASE(who_guesses_is_suspended),
	    CASE(a_device_that_is_bound_goes_on),
	    CASE(unknown_and_known_names_are_alike),
	    CASE(nobody_registers_for_another),
	    CASE(the_digest_user_may_name_the_domain),
	    CASE(escapes_of_the_user_are_resolved),
	    CASE(another_domain_is_404),
	    CASE(networks_are_kept_to),
	    CASE(strangers_get_silence),
	    CASE(another_device_replaces),
	    CASE(another_device_is_refused),
	    CASE(an_instance_keeps_its_place),
	    CASE(too_many_contacts_are_refused),
	    CASE(flows_of_an_instance_are_one_contact),
	    CASE(two_names_of_one_binding),
	    CASE(a_flow_needs_a_proxy_that_knows_flows),
	    CASE(what_is_not_spoken_is_420),
	    CASE(operators_see_what_is_there),
	    CASE(a_removed_binding_must_prove_again),
	    CASE(a_disabled_endpoint_has_no_bindings),
	    CASE(no_room_is_503),
	    KEPT(a_new_binding_is_kept_before_its_200),
	    KEPT(a_refresh_waits_for_no_disk),
	    KEPT(what_else_changes_waits),
	    KEPT(an_expiry_is_kept),
	    KEPT(where_the_disk_refuses_phones_are_served),
	    KEPT(a_disk_that_hangs_counts_as_one_that_refuses),
	    KEPT(what_was_lost_is_written_again),
	    KEPT(until_all_are_loaded_it_is_503),
	    KEPT(a_kept_binding_is_there),
	    KEPT(what_is_of_no_use_is_not_loaded),
	    KEPT(a_lost_refresh_costs_no_binding),
	    KEPT(a_clock_that_was_set_back_grants_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

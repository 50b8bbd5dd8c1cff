// SPDX-License-Identifier: Apache-2.0
/*
 * The strict upstream as a judge of digests and of manners: every offence is
 * seen when it is committed, and none is seen in a client that behaves.
 */
#include "sim/carrier_client.h"
#include "test/kit/unit.h"

/* This offence was seen once, no other was, and its message is the last request. */
static void assert_only(struct client *c, enum carrier_offence offence)
{
	struct slice message = carrier_offence_message(c->carrier, offence);

	for (unsigned i = 0; i < CARRIER_OFFENCES; i++)
		if (carrier_offence(c->carrier, (enum carrier_offence)i) && i != offence)
			fail_msg("%s", carrier_offence_name((enum carrier_offence)i));
	assert_int_equal(carrier_offence(c->carrier, offence), 1);
	assert_true(slice_equal(message, slice_make(c->request, c->request_n)));
}

static void every_algorithm(void **state)
{
	static const char *const names[] = {
	    "MD5", "MD5-sess", "SHA-256", "SHA-256-sess", "SHA-512-256", "SHA-512-256-sess"};
	struct client *c = *state;

	for (unsigned i = 0; i < 6; i++) {
		client_set(c, "algorithms", names[i]);
		c->algorithm = names[i];
		assert_int_equal(client_register(c, 600), 200);
	}
	client_set(c, "algorithms", "FOO-999, SHA-256,MD5");
	c->algorithm = "SHA-256";
	assert_int_equal(client_register(c, 600), 200);
	c->algorithm = "MD5";
	assert_int_equal(client_register(c, 600), 200);
	assert_int_equal(carrier_offences(c->carrier), 0);
}

static void every_kind_of_challenge(void **state)
{
	struct client *c = *state;

	client_set(c, "challenge", "407");
	assert_int_equal(client_send(c, 600), 407);
	assert_int_equal(client_register(c, 600), 200);
	client_set(c, "challenge", "both");
	client_set(c, "realm", "a \"quoted\\ realm");
	assert_int_equal(client_send(c, 600), 407);
	assert_int_equal(client_try(c, 600, 1), 401);
	assert_int_equal(client_register(c, 600), 200);
	client_set(c, "opaque", "xyz");
	client_set(c, "qop", "none");
	client_set(c, "challenge", "401");
	assert_int_equal(client_register(c, 600), 200);
	client_set(c, "challenge", "none");
	assert_int_equal(client_send(c, 600), 200);
	assert_int_equal(carrier_offences(c->carrier), 0);
}

static void wrong_passwords(void **state)
{
	struct client *c = *state;

	c->password = "guess";
	assert_int_equal(client_register(c, 600), 401);
	assert_false(c->stale);
	assert_int_equal(carrier_counter(c->carrier, CARRIER_WRONG), 2);
	client_set(c, "wrong-status", "403");
	assert_int_equal(client_register(c, 600), 403);
	assert_int_equal(carrier_bindings(c->carrier), 0);
	assert_int_equal(carrier_offences(c->carrier), 0);
}

static void nonces_are_reused_and_run_out(void **state)
{
	struct client *c = *state;

	c->keep_nonce = true;
	assert_int_equal(client_register(c, 600), 200);
	assert_int_equal(client_send(c, 600), 200);
	assert_int_equal(client_send(c, 600), 200);
	assert_int_equal(c->nc, 3);
	client_wait(c, 301);
	assert_int_equal(client_register(c, 600), 200);
	assert_true(c->stale);
	assert_int_equal(c->nc, 1);
	client_set(c, "stale", "never");
	client_wait(c, 301);
	assert_int_equal(client_register(c, 600), 200);
	assert_false(c->stale);
	assert_int_equal(carrier_offences(c->carrier), 0);
}

static void nonces_good_for_once(void **state)
{
	struct client *c = *state;

	c->keep_nonce = true;
	client_set(c, "fresh-nonce", "on");
	assert_int_equal(client_register(c, 600), 200);
	assert_int_equal(client_send(c, 600), 401);
	assert_int_equal(client_register(c, 600), 200);
	client_set(c, "next-nonce", "on");
	assert_int_equal(client_register(c, 600), 200);
	assert_non_null(sip_message_header(&c->answer, SIP_AUTHENTICATION_INFO, 0));
	client_set(c, "stale", "always");
	assert_int_equal(client_try(c, 600, 5), 401);
	assert_true(c->stale);
	assert_int_equal(carrier_offences(c->carrier), 0);
}

static void nc_must_rise(void **state)
{
	struct client *c = *state;

	c->keep_nonce = true;
	assert_int_equal(client_register(c, 600), 200);
	c->nc = 0;
	assert_int_equal(client_send(c, 600), 401);
	assert_only(c, CARRIER_NC_NOT_RISING);
}

static void nc_may_be_overtaken(void **state)
{
	struct client *c = *state;

	client_set(c, "ordered", "off");
	c->keep_nonce = true;
	assert_int_equal(client_register(c, 600), 200);
	c->nc = 4;
	assert_int_equal(client_send(c, 600), 200);
	c->nc = 2;
	assert_int_equal(client_send(c, 600), 200);
	assert_int_equal(carrier_offences(c->carrier), 0);
	c->nc = 2;
	assert_int_equal(client_send(c, 600), 401);
	assert_only(c, CARRIER_NC_NOT_RISING);
	/* Too far below to be told from a repeated one: 67 - 1 = 66. */
	c->nc = 66;
	assert_int_equal(client_send(c, 600), 200);
	c->nc = 0;
	assert_int_equal(client_send(c, 600), 401);
	assert_int_equal(carrier_offence(c->carrier, CARRIER_NC_NOT_RISING), 2);
}

/* The registrar has forgotten the transaction by then; whoever sent the copy did nothing wrong. */
static void a_copy_may_come_after_its_transaction(void **state)
{
	struct client *c = *state;

	c->keep_nonce = true;
	assert_int_equal(client_register(c, 600), 200);
	client_wait(c, 33);
	assert_int_equal(client_repeat(c), 401);
	assert_int_equal(carrier_offences(c->carrier), 0);
	c->nc = 0;
	assert_int_equal(client_send(c, 600), 401);
	assert_only(c, CARRIER_NC_NOT_RISING);
}

static void nc_is_hexadecimal(void **state)
{
	struct client *c = *state;

	c->keep_nonce = true;
	assert_int_equal(client_register(c, 600), 200);
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(client_send(c, 600), 200);
	assert_int_equal(carrier_offences(c->carrier), 0);
	c->nc_format = "%x";
	client_send(c, 600);
	assert_true(carrier_offence(c->carrier, CARRIER_NC_NOT_HEX) == 1);
}

static void decimal_is_seen(void **state)
{
	struct client *c = *state;

	c->keep_nonce = true;
	assert_int_equal(client_register(c, 600), 200);
	c->nc = 8;
	assert_int_equal(client_send(c, 600), 200);
	c->nc = 0xf;
	assert_int_equal(client_send(c, 600), 200);
	assert_only(c, CARRIER_NC_NOT_HEX);
}

static void request_uri_without_user(void **state)
{
	struct client *c = *state;

	c->request_uri = "sip:1001@carrier.example";
	client_send(c, 600);
	assert_only(c, CARRIER_REQUEST_URI_USER);
}

static void no_to_tag(void **state)
{
	struct client *c = *state;

	c->to_params = ";tag=x";
	client_send(c, 600);
	assert_only(c, CARRIER_TO_TAG);
}

static void max_forwards_needed(void **state)
{
	struct client *c = *state;

	c->max_forwards = "";
	client_send(c, 600);
	assert_only(c, CARRIER_NO_MAX_FORWARDS);
}

static void single_headers(void **state)
{
	struct client *c = *state;

	c->max_forwards = "Max-Forwards: 70\r\nMax-Forwards: 70\r\n";
	client_send(c, 600);
	assert_only(c, CARRIER_DUPLICATE_HEADER);
}

static void branches(void **state)
{
	struct client *c = *state;

	client_send(c, 600);
	c->branch--;
	client_send(c, 600);
	assert_only(c, CARRIER_BRANCH_REUSED);
}

static void branch_cookie(void **state)
{
	struct client *c = *state;

	c->branch_base = "old";
	client_send(c, 600);
	assert_only(c, CARRIER_BAD_BRANCH);
}

static void altered_repeat(void **state)
{
	struct client *c = *state;

	client_send(c, 600);
	c->branch--;
	c->resend_cseq = true;
	client_send(c, 601);
	assert_only(c, CARRIER_ALTERED_REPEAT);
}

static void cseq_must_rise(void **state)
{
	struct client *c = *state;

	client_send(c, 600);
	c->resend_cseq = true;
	client_send(c, 600);
	assert_only(c, CARRIER_CSEQ_NOT_RISING);
}

static void cseq_repeated_on_a_disordered_network(void **state)
{
	struct client *c = *state;

	client_set(c, "ordered", "off");
	c->cseq = 10;
	client_send(c, 600);
	c->cseq = 4;
	client_send(c, 600);
	assert_int_equal(carrier_offences(c->carrier), 0);
	c->resend_cseq = true;
	client_send(c, 600);
	assert_only(c, CARRIER_CSEQ_NOT_RISING);
}

static void from_tags(void **state)
{
	struct client *c = *state;

	client_send(c, 600);
	c->from_tag = "other";
	client_send(c, 600);
	assert_only(c, CARRIER_FROM_TAG_CHANGED);
}

static void call_id_of_a_binding(void **state)
{
	struct client *c = *state;

	assert_int_equal(client_register(c, 600), 200);
	c->call_id = "call-2";
	assert_int_equal(client_register(c, 600), 200);
	assert_only(c, CARRIER_CALL_ID_CHANGED);
}

static void source_of_a_binding(void **state)
{
	struct client *c = *state;

	assert_int_equal(client_register(c, 600), 200);
	c->source.port = 5061;
	assert_int_equal(client_register(c, 600), 200);
	assert_only(c, CARRIER_SOURCE_CHANGED);
}

static void source_of_a_nonce(void **state)
{
	struct client *c = *state;

	c->keep_nonce = true;
	client_set(c, "max-contacts", "0");
	assert_int_equal(client_register(c, 0), 200);
	c->source.port = 5061;
	assert_int_equal(client_send(c, 600), 200);
	assert_only(c, CARRIER_NONCE_MOVED);
}

static void cancels_are_whole(void **state)
{
	struct client *c = *state;

	client_set(c, "challenge", "none");
	c->lines = "Contact: <sip:r1@127.0.0.1:5060>\r\nExpires: 0\r\n";
	client_send(c, 0);
	assert_only(c, CARRIER_HALF_CANCEL);
	c->lines = "Contact: <sip:r1@127.0.0.1:5060>;expires=0\r\n";
	client_send(c, 0);
	assert_int_equal(carrier_offence(c->carrier, CARRIER_HALF_CANCEL), 2);
	/* The old Contact beside the new one is not a cancel. */
	c->lines = "Contact: <sip:r1@127.0.0.1:5060>;expires=0, <sip:r2@127.0.0.1>;expires=60\r\n"
	           "Expires: 60\r\n";
	client_send(c, 0);
	assert_int_equal(carrier_offences(c->carrier), 2);
}

static void expiry_is_said(void **state)
{
	struct client *c = *state;

	c->lines = "Contact: <sip:r1@127.0.0.1:5060>\r\n";
	client_send(c, 600);
	assert_only(c, CARRIER_NO_EXPIRY);
}

static void digest_names_the_request(void **state)
{
	struct client *c = *state;

	c->digest_uri = "sip:other.example";
	assert_int_equal(client_register(c, 600), 400);
	assert_only(c, CARRIER_DIGEST_URI);
}

static void the_pace(void **state)
{
	struct client *c = *state;

	client_set(c, "rate-limit", "10");
	for (unsigned i = 0; i < 10; i++)
		client_send(c, 600);
	assert_int_equal(carrier_offences(c->carrier), 0);
	client_send(c, 600);
	assert_only(c, CARRIER_TOO_FAST);
	assert_int_equal(carrier_counter(c->carrier, CARRIER_PEAK_1S), 11);
}

static void bytes_that_are_no_message(void **state)
{
	struct client *c = *state;
	const char *damaged = "REGISTER sip:carrier.example SIP/2.0\r\n"
	                      "Via: SIP/2.0/UDP 127.0.0.1:5060;rport;branch=z9hG4bKx\r\n"
	                      "From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCSeq: 1 REGISTER\r\n\r\n";

	assert_int_equal(carrier_offences(c->carrier), 0);
	client_raw(c, "hello there", 11);
	assert_int_equal(carrier_offence(c->carrier, CARRIER_BAD_SYNTAX), 1);
	carrier_receive(c->carrier, c->now_us, &c->source, &c->local, slice_of(damaged));
	assert_int_equal(carrier_offence(c->carrier, CARRIER_BAD_SYNTAX), 2);
	assert_true(slice_equal(
	    carrier_offence_message(c->carrier, CARRIER_BAD_SYNTAX), slice_of(damaged)));
	assert_true(carrier_next_send(c->carrier, &c->sent));
	assert_true(slice_starts(c->sent.bytes, SLICE("SIP/2.0 400 ")));
}

static void settings_say_what_is_wrong(void **state)
{
	struct carrier_config config;
	struct carrier_setting setting;
	const char *what;
	unsigned i;

	(void)state;
	carrier_config_default(&config);
	assert_int_equal(carrier_config_set(&config, "nonsense", "1", &what), ERR_NOT_FOUND);
	assert_int_equal(carrier_config_set(&config, "loss", "101", &what), ERR_RANGE);
	assert_string_equal(what, "PERCENT");
	assert_int_equal(carrier_config_set(&config, "stale", "perhaps", &what), ERR_SYNTAX);
	assert_string_equal(what, "honest|always|never|loose");
	assert_int_equal(carrier_config_set(&config, "antiflood", "16/2", &what), ERR_SYNTAX);
	assert_int_equal(carrier_config_set(&config, "antiflood", "16/2/300/1", &what), ERR_SYNTAX);
	assert_int_equal(carrier_config_set(&config, "answer", "99", &what), ERR_RANGE);
	assert_int_equal(
	    carrier_config_set(&config, "answer", "503:colour=red", &what), ERR_SYNTAX);
	assert_int_equal(carrier_config_set(&config, "antiflood", "16/2/300", &what), 0);
	assert_int_equal(config.flood_ban_s, 300);
	for (i = 0; i < 16; i++)
		assert_int_equal(carrier_config_set(&config, "answer", "503", &what), 0);
	assert_int_equal(carrier_config_set(&config, "answer", "503", &what), ERR_LIMIT);
	for (i = 0; carrier_setting(i, &setting); i++)
		assert_true(setting.name[0] && setting.value[0] && setting.help[0]);
	assert_true(i > 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, client_setup_ordered, client_teardown)
	    T(every_algorithm),
	    T(every_kind_of_challenge),
	    T(wrong_passwords),
	    T(nonces_are_reused_and_run_out),
	    T(nonces_good_for_once),
	    T(nc_must_rise),
	    T(nc_may_be_overtaken),
	    T(a_copy_may_come_after_its_transaction),
	    T(nc_is_hexadecimal),
	    T(decimal_is_seen),
	    T(request_uri_without_user),
	    T(no_to_tag),
	    T(max_forwards_needed),
	    T(single_headers),
	    T(branches),
	    T(branch_cookie),
	    T(altered_repeat),
	    T(cseq_must_rise),
	    T(cseq_repeated_on_a_disordered_network),
	    T(from_tags),
	    T(call_id_of_a_binding),
	    T(source_of_a_binding),
	    T(source_of_a_nonce),
	    T(cancels_are_whole),
	    T(expiry_is_said),
	    T(digest_names_the_request),
	    T(the_pace),
	    T(bytes_that_are_no_message),
	    T(settings_say_what_is_wrong),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * The strict upstream with the manners of registrars that were met in the field:
 * Kamailio, OpenSIPS, ejabberd, Net::SIP, session border controllers, carriers.
 */
#include "sim/carrier_client.h"
#include "test/kit/unit.h"

#include <stdio.h>

#define HOLDER "sip:1001@198.51.100.9:5060"

static bool has_text(const struct client *c, const char *text)
{
	return memmem(c->answer_bytes, c->answer.bytes.n, text, strlen(text)) != NULL;
}

static void plant(struct client *c, const char *contact)
{
	assert_int_equal(
	    carrier_plant(c->carrier, c->now_us, "sip:1001@carrier.example", contact, 3000), 0);
}

/* ---- refusals ---- */

static void refuses_and_binds(void **state)
{
	struct client *c = *state;

	client_set(c, "answer", "420:done,without=path");
	assert_int_equal(client_register(c, 600), 420);
	assert_true(has_text(c, "\r\nUnsupported: path\r\n"));
	assert_int_equal(client_listed(c, c->contact), 600);
	assert_int_equal(carrier_bindings(c->carrier), 1);
	assert_int_equal(client_register(c, 0), 420);
	assert_int_equal(client_listed(c, c->contact), -1);
	assert_int_equal(carrier_bindings(c->carrier), 0);
	assert_int_equal(carrier_counter(c->carrier, CARRIER_UNBOUND), 1);
	c->lines = "Supported: outbound, Path\r\n"
	           "Contact: <sip:r1@127.0.0.1:5060>;expires=600\r\nExpires: 600\r\n";
	assert_int_equal(client_register(c, 0), 200);
}

static void refuses_and_lists(void **state)
{
	struct client *c = *state;

	assert_int_equal(client_register(c, 600), 200);
	client_wait(c, 100);
	client_set(c, "answer", "503:lists,retry-after=20,count=1");
	assert_int_equal(client_register(c, 600), 503);
	assert_int_equal(client_listed(c, c->contact), 500);
	assert_true(slice_equal(sip_message_value(&c->answer, SIP_RETRY_AFTER), SLICE("20")));
	/* The challenge has not used its count up; the refusal has. */
	assert_int_equal(client_register(c, 600), 200);
	client_set(c, "answer", "421:without=path");
	assert_int_equal(client_register(c, 600), 421);
	assert_true(has_text(c, "\r\nRequire: path\r\n"));
	assert_int_equal(client_listed_count(c), 0);
}

static void obeys_a_rule_now_and_then(void **state)
{
	struct client *c = *state;
	unsigned refused = 0;

	client_set(c, "challenge", "none");
	client_set(c, "answer", "503:percent=30");
	for (int i = 0; i < 100; i++)
		refused += client_register(c, 600) == 503;
	assert_in_range(refused, 10, 60);
}

/* ---- full accounts ---- */

static void says_who_holds_a_full_account(void **state)
{
	struct client *c = *state;

	client_set(c, "max-contacts", "1");
	client_set(c, "limit-status", "503");
	plant(c, HOLDER);
	assert_int_equal(client_register(c, 600), 503);
	assert_true(has_text(c, "\r\nP-Registrar-Error: Too many registered contacts\r\n"));
	assert_int_equal(client_listed(c, HOLDER), 3000);
	assert_int_equal(client_listed_count(c), 1);
	assert_true(slice_is_empty(sip_message_value(&c->answer, SIP_RETRY_AFTER)));
	client_set(c, "limit-retry-after", "1800");
	assert_int_equal(client_register(c, 600), 503);
	assert_true(slice_equal(sip_message_value(&c->answer, SIP_RETRY_AFTER), SLICE("1800")));
	assert_int_equal(client_register(c, 0), 200);
	assert_int_equal(client_listed(c, HOLDER), 3000);
}

static void plays_a_full_account_by_rule(void **state)
{
	struct client *c = *state;

	client_set(c, "answer", "503:user=100*,only=register,full");
	assert_int_equal(client_register(c, 600), 503);
	assert_int_equal(client_listed(c, HOLDER), 3000);
	assert_true(has_text(c, "\r\nP-Registrar-Error: "));
	assert_int_equal(client_register(c, 0), 200);
}

/* ---- what it lists ---- */

static void shows_the_address_it_saw(void **state)
{
	struct client *c = *state;

	plant(c, HOLDER);
	c->source.port = 41000;
	client_set(c, "rewrite", "seen");
	assert_int_equal(client_register(c, 600), 200);
	assert_int_equal(client_listed(c, "sip:1001@127.0.0.1:41000"), 600);
	assert_int_equal(client_listed(c, HOLDER), 3000);
	assert_int_equal(client_listed(c, c->contact), -1);
	client_set(c, "nat", "on");
	assert_int_equal(client_register(c, 600), 200);
	assert_int_equal(client_listed(c, "sip:1001@203.0.0.1:21000"), 600);
	assert_true(has_text(c, ";received=203.0.0.1"));
	assert_true(has_text(c, ";rport=21000"));
	assert_int_equal(c->sent.to.port, 41000);
	assert_int_equal(carrier_bindings(c->carrier), 2);
	assert_int_equal(client_register(c, 0), 200);
	assert_int_equal(carrier_bindings(c->carrier), 1);
}

static void changes_parameters(void **state)
{
	struct client *c = *state;

	c->contact = "sip:r1@127.0.0.1:5060;ob;x=1";
	client_set(c, "rewrite", "adds");
	assert_int_equal(client_register(c, 600), 200);
	assert_true(has_text(c, "<sip:r1@127.0.0.1:5060;ob;x=1;transport=udp;line=0>"));
	client_set(c, "rewrite", "drops");
	assert_int_equal(client_register(c, 600), 200);
	assert_true(has_text(c, "<sip:r1@127.0.0.1:5060>"));
	assert_int_equal(carrier_bindings(c->carrier), 1);
	assert_int_equal(client_register(c, 0), 200);
	assert_int_equal(carrier_bindings(c->carrier), 0);
}

static void lists_its_own_only(void **state)
{
	struct client *c = *state;

	plant(c, HOLDER);
	client_set(c, "report", "own");
	assert_int_equal(client_register(c, 600), 200);
	assert_int_equal(client_listed_count(c), 1);
	assert_int_equal(client_listed(c, c->contact), 600);
	assert_int_equal(client_register(c, 0), 200);
	assert_int_equal(client_listed_count(c), 0);
}

/* ---- what becomes of bindings ---- */

static void has_nothing_to_cancel(void **state)
{
	struct client *c = *state;

	client_set(c, "gone-status", "404");
	assert_int_equal(client_send(c, 0), 401);
	assert_int_equal(client_register(c, 0), 404);
	assert_int_equal(client_register(c, 600), 200);
	assert_int_equal(client_register(c, 0), 200);
	assert_int_equal(client_register(c, 0), 404);
	c->lines = "";
	assert_int_equal(client_register(c, 0), 404);
}

static void takes_each_register_for_the_whole(void **state)
{
	struct client *c = *state;

	client_set(c, "replaces", "on");
	plant(c, HOLDER);
	assert_int_equal(client_register(c, 600), 200);
	assert_int_equal(client_listed_count(c), 1);
	assert_int_equal(carrier_counter(c->carrier, CARRIER_REPLACED), 1);
	assert_int_equal(client_register(c, 600), 200);
	assert_int_equal(carrier_bindings(c->carrier), 1);
	c->lines = "";
	assert_int_equal(client_register(c, 0), 200);
	assert_int_equal(client_listed_count(c), 0);
	assert_int_equal(carrier_bindings(c->carrier), 0);
}

static void brings_back_what_was_not_written(void **state)
{
	struct client *c = *state;
	struct carrier_binding b;
	uint32_t cursor = 0;

	client_set(c, "write-back", "60");
	assert_int_equal(client_register(c, 600), 200);
	client_wait(c, 60);
	assert_int_equal(client_register(c, 0), 200);
	assert_int_equal(carrier_bindings(c->carrier), 0);
	c->contact = "sip:r2@127.0.0.1:5060";
	assert_int_equal(client_register(c, 600), 200);
	carrier_restart(c->carrier, c->now_us, true);
	assert_int_equal(carrier_bindings(c->carrier), 1);
	assert_true(carrier_binding_next(c->carrier, &cursor, &b));
	assert_true(slice_equal(b.contact, SLICE("sip:r1@127.0.0.1:5060")));
	assert_true(b.returned);
	assert_int_equal(b.expires_us, c->now_us + 540 * US_PER_S);
	assert_int_equal(carrier_counter(c->carrier, CARRIER_RETURNED), 1);
	assert_int_equal(carrier_counter(c->carrier, CARRIER_FORGOTTEN), 1);
	/* Another crash makes nothing of it that was asked for. */
	client_wait(c, 60);
	carrier_restart(c->carrier, c->now_us, true);
	cursor = 0;
	assert_true(carrier_binding_next(c->carrier, &cursor, &b));
	assert_true(b.returned);
	/* Cancelled again and written, it stays away. */
	c->contact = "sip:r1@127.0.0.1:5060";
	assert_int_equal(client_register(c, 0), 200);
	client_wait(c, 60);
	carrier_restart(c->carrier, c->now_us, true);
	assert_int_equal(carrier_bindings(c->carrier), 0);
	assert_int_equal(carrier_offences(c->carrier), 0);
}

static void writes_nothing_back_by_itself(void **state)
{
	struct client *c = *state;

	assert_int_equal(client_register(c, 600), 200);
	carrier_restart(c->carrier, c->now_us, true);
	assert_int_equal(carrier_bindings(c->carrier), 1);
	client_set(c, "write-back", "60");
	client_wait(c, 60);
	carrier_restart(c->carrier, c->now_us, false);
	carrier_restart(c->carrier, c->now_us, true);
	assert_int_equal(carrier_bindings(c->carrier), 0);
}

static void asks_for_ever_more(void **state)
{
	struct client *c = *state;

	client_set(c, "min-expires", "240");
	client_set(c, "brief", "rising");
	assert_int_equal(client_register(c, 60), 423);
	assert_true(slice_equal(sip_message_value(&c->answer, SIP_MIN_EXPIRES), SLICE("120")));
	assert_int_equal(client_register(c, 120), 423);
	assert_true(slice_equal(sip_message_value(&c->answer, SIP_MIN_EXPIRES), SLICE("240")));
	assert_int_equal(client_register(c, 240), 200);
	assert_int_equal(client_register(c, 0), 200);
}

/* ---- credentials ---- */

static void refuses_a_spent_nonce(void **state)
{
	struct client *c = *state;

	c->keep_nonce = true;
	client_set(c, "fresh-nonce", "on");
	client_set(c, "spent-status", "403");
	assert_int_equal(client_register(c, 600), 200);
	assert_int_equal(client_send(c, 600), 403);
	client_set(c, "spent-status", "0");
	assert_int_equal(client_send(c, 600), 0);
	client_set(c, "spent-status", "401");
	assert_int_equal(client_send(c, 600), 401);
	/* One that it has never heard of is challenged all the same. */
	client_set(c, "spent-status", "480");
	carrier_restart(c->carrier, c->now_us, true);
	assert_int_equal(client_send(c, 600), 401);
}

static void has_several_front_ends(void **state)
{
	struct client *c = *state;
	char realm[256];

	client_set(c, "front-ends", "2");
	client_set(c, "front-end-life", "100");
	assert_int_equal(client_register(c, 600), 200);
	snprintf(realm, sizeof(realm), "%s", c->realm[0]);
	assert_int_equal(strncmp(realm, "fe-", 3), 0);
	client_wait(c, 100);
	assert_int_equal(client_register(c, 600), 200);
	assert_string_not_equal(realm, c->realm[0]);
	client_wait(c, 100);
	assert_int_equal(client_register(c, 600), 200);
	assert_string_equal(realm, c->realm[0]);
	client_set(c, "front-end-life", "0");
	assert_int_equal(client_register(c, 600), 200);
	snprintf(realm, sizeof(realm), "%s", c->realm[0]);
	c->local.ip[3]++;
	assert_int_equal(client_register(c, 600), 200);
	assert_string_not_equal(realm, c->realm[0]);
}

/* The credentials of the other front end first, then its own. */
static void reads_the_first_credentials_alone(void **state)
{
	struct client *c = *state;
	char lines[1024];

	c->keep_nonce = true;
	assert_int_equal(client_register(c, 600), 200);
	snprintf(lines, sizeof(lines),
	    "Authorization: Digest username=\"1001\", realm=\"fe-9\", nonce=\"x\", "
	    "uri=\"sip:carrier.example\", response=\"00000000000000000000000000000000\"\r\n"
	    "Contact: <%s>;expires=600\r\nExpires: 600\r\n",
	    c->contact);
	c->lines = lines;
	assert_int_equal(client_send(c, 600), 200);
	client_set(c, "first-credentials", "on");
	assert_int_equal(client_send(c, 600), 401);
	assert_false(has_text(c, "stale=true"));
	client_set(c, "stale", "loose");
	assert_int_equal(client_send(c, 600), 401);
	assert_true(has_text(c, "stale=true"));
	c->lines = NULL;
	assert_int_equal(client_send(c, 600), 200);
}

static void cannot_do_the_stronger_algorithm(void **state)
{
	struct client *c = *state;

	client_set(c, "algorithms", "SHA-256,MD5");
	client_set(c, "wrong-algorithms", "SHA-256");
	client_set(c, "wrong-status", "403");
	c->algorithm = "SHA-256";
	assert_int_equal(client_register(c, 600), 403);
	assert_int_equal(carrier_counter(c->carrier, CARRIER_WRONG), 1);
	c->algorithm = "MD5";
	assert_int_equal(client_register(c, 600), 200);
}

static void settings_are_read(void **state)
{
	struct carrier_config config;
	const char *what;

	(void)state;
	carrier_config_default(&config);
	assert_int_equal(carrier_config_set(&config, "answer", "503:done=1", &what), ERR_SYNTAX);
	assert_int_equal(carrier_config_set(&config, "answer", "503:percent", &what), ERR_SYNTAX);
	assert_int_equal(carrier_config_set(&config, "answer", "420:done,without=path", &what), 0);
	assert_true(config.rules[0].done && config.rules[0].lists && config.rules[0].authenticated);
	assert_int_equal(carrier_config_set(&config, "front-ends", "101", &what), ERR_RANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, client_setup, client_teardown)
	    T(refuses_and_binds),
	    T(refuses_and_lists),
	    T(obeys_a_rule_now_and_then),
	    T(says_who_holds_a_full_account),
	    T(plays_a_full_account_by_rule),
	    T(shows_the_address_it_saw),
	    T(changes_parameters),
	    T(lists_its_own_only),
	    T(has_nothing_to_cancel),
	    T(takes_each_register_for_the_whole),
	    T(brings_back_what_was_not_written),
	    T(writes_nothing_back_by_itself),
	    T(asks_for_ever_more),
	    T(refuses_a_spent_nonce),
	    T(has_several_front_ends),
	    T(reads_the_first_credentials_alone),
	    T(cannot_do_the_stronger_algorithm),
	    T(settings_are_read),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

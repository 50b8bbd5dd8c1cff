// SPDX-License-Identifier: Apache-2.0
/*
 * What a field of an object refuses: for each rule the message, with line and
 * column, as an operator reads it.
 */
#include "config/objects.h"

#include <stdio.h>
#include <string.h>

#include "test/kit/unit.h"

#define X60  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X64  X60 "xxxx"
#define X128 X64 X64
#define X256 X128 X128

struct row {
	const char *fields;
	const char *expected; /* from the column on */
};

/* A registration that is right but for `fields`, which stand in line 2 from column 4 on. */
static const struct row registrations[] = {
    {"enabled: maybe", "13: registrations[0].enabled: maybe; on or off would be right"},
    {"auth_username: \"a\\nb\"", "19: registrations[0].auth_username: a?b; UTF-8 text without "
                                 "control characters would be right"},
    {"auth_username: " X128 "x",
        "19: registrations[0].auth_username: " X64 "… is longer than 128 bytes"},
    {"password: \"a\\nb\"", "14: registrations[0].password: (not shown); UTF-8 text without "
                            "control characters would be right"},
    {"password: " X256 "x", "14: registrations[0].password: (not shown) is longer than 256 bytes"},
    {"password: \"\"", "14: registrations[0].password: is empty; a password, in quotes where it "
                       "begins with #, would be right"},
    {"password_file: /nowhere/at/all",
        "19: registrations[0].password_file: /nowhere/at/all: No such file or directory"},
    {"password_file: /dev/null",
        "19: registrations[0].password_file: /dev/null: is not a regular file"},
    {"password: a, password_file: b", "32: registrations[0].password_file: password and "
                                      "password_file; one of them would be right"},
    {"proxy: tel:+4930", "11: registrations[0].proxy: tel:+4930; a SIP URI as "
                         "\"sip:192.0.2.1:5060\" would be right"},
    {"proxy: 192.0.2.1:5060", "11: registrations[0].proxy: 192.0.2.1:5060; a SIP URI as "
                              "\"sip:192.0.2.1:5060\" would be right"},
    {"proxy: \"sip:192.0.2.1:99999\"",
        "11: registrations[0].proxy: sip:192.0.2.1:99999: URI: port is not 1 to 65535; a SIP URI "
        "as \"sip:192.0.2.1:5060\" would be right"},
    {"proxy: \"sips:192.0.2.1\"",
        "11: registrations[0].proxy: sips:192.0.2.1: TLS is known, but not in this version"},
    {"proxy: \"sip:192.0.2.1;transport=tcp\"",
        "11: registrations[0].proxy: sip:192.0.2.1;transport=tcp: transport TCP is known, but not "
        "in this version"},
    {"proxy: \"sip:192.0.2.1;transport=tls\"",
        "11: registrations[0].proxy: sip:192.0.2.1;transport=tls: transport TLS is known, but not "
        "in this version"},
    {"proxy: \"sip:192.0.2.1;transport=pigeon\"",
        "11: registrations[0].proxy: sip:192.0.2.1;transport=pigeon; a transport of udp would be "
        "right"},
    {"proxy: \"sip:" X256 X256 "\"",
        "11: registrations[0].proxy: sip:" X60 "… is longer than 512 bytes"},
    {"contact_host: \"a b\"",
        "18: registrations[0].contact_host: a b; a host name or an address would be right"},
    {"contact_user: \"\"", "18: registrations[0].contact_user: \"\"; \"derived\", \"username\" or "
                           "a user part would be right"},
    {"contact_user: \"a\\nb\"", "18: registrations[0].contact_user: a?b; UTF-8 text without "
                                "control characters would be right"},
    {"contact_user: 1001, bulk: on", "18: registrations[0].contact_user: 1001; with bulk on the "
                                     "Contact has no user: \"derived\" would be right"},
    {"signaling_port: 0",
        "20: registrations[0].signaling_port: 0; a port, 1–65535, would be right"},
    {"signaling_port: 65536",
        "20: registrations[0].signaling_port: 65536; a port, 1–65535, would be right"},
    {"local_address: eth0",
        "19: registrations[0].local_address: eth0; an IP address of this machine would be right"},
    {"period: 0", "12: registrations[0].period: 0 is outside 20–7200 s (or \"auto\")"},
    {"period: 19", "12: registrations[0].period: 19 is outside 20–7200 s (or \"auto\")"},
    {"period: 7201", "12: registrations[0].period: 7201 is outside 20–7200 s (or \"auto\")"},
    {"period: soon",
        "12: registrations[0].period: soon; 20–7200 s (or \"auto\" or \"default\") would be right"},
    {"line_limit: 100001",
        "16: registrations[0].line_limit: 100001 is outside 0–100000 calls (0: no limit)"},
    {"line_limit: many",
        "16: registrations[0].line_limit: many; a number of calls (0: no limit) would be right"},
    {"display_name: \"a\\nb\"", "18: registrations[0].display_name: a?b; UTF-8 text without "
                                "control characters would be right"},
    {"display_name: " X128 "x",
        "18: registrations[0].display_name: " X64 "… is longer than 128 bytes"},
    {"user_agent: \"a\\nb\"", "16: registrations[0].user_agent: a?b; UTF-8 text without control "
                              "characters would be right"},
    {"outbound: maybe", "14: registrations[0].outbound: maybe; auto, on or off would be right"},
    {"bulk: maybe", "10: registrations[0].bulk: maybe; on or off would be right"},
    {"multi_contact: maybe", "19: registrations[0].multi_contact: maybe; on or off would be right"},
    {"keepalive: 0",
        "15: registrations[0].keepalive: 0 is outside 10–300 s (or \"auto\" or \"off\")"},
    {"keepalive: 9",
        "15: registrations[0].keepalive: 9 is outside 10–300 s (or \"auto\" or \"off\")"},
    {"keepalive: 301",
        "15: registrations[0].keepalive: 301 is outside 10–300 s (or \"auto\" or \"off\")"},
    {"keepalive: 65535",
        "15: registrations[0].keepalive: 65535 is outside 10–300 s (or \"auto\" or \"off\")"},
    {"keepalive: 4294967306",
        "15: registrations[0].keepalive: 4294967306 is outside 10–300 s (or \"auto\" or \"off\")"},
    {"keepalive: on",
        "15: registrations[0].keepalive: on; 10–300 s (or \"auto\" or \"off\") would be right"},
    {"digest_min: ROT13",
        "16: registrations[0].digest_min: ROT13; MD5, SHA-256 or SHA-512-256 would be right"},
    {"send_unregister: maybe",
        "21: registrations[0].send_unregister: maybe; on, off or inherit would be right"},
    {"retry_delay: 0", "17: registrations[0].retry_delay: 0 is outside 30–600 s (or \"inherit\")"},
    {"retry_delay: 29",
        "17: registrations[0].retry_delay: 29 is outside 30–600 s (or \"inherit\")"},
    {"retry_delay: 601",
        "17: registrations[0].retry_delay: 601 is outside 30–600 s (or \"inherit\")"},
    {"retry_delay: soon",
        "17: registrations[0].retry_delay: soon; 30–600 s (or \"inherit\") would be right"},
    {"route_to: routes", "4: registrations[0].route_to: known, but not in this version"},
    {"called_from: auto", "4: registrations[0].called_from: known, but not in this version"},
    {"caller_as: pass", "4: registrations[0].caller_as: known, but not in this version"},
    {"identity: none", "4: registrations[0].identity: known, but not in this version"},
    {"privacy: inherit", "4: registrations[0].privacy: known, but not in this version"},
    {"keep_alive: 30", "4: registrations[0].keep_alive: unknown; did you mean keepalive?"},
    {"bulk: on, bulk: on", "14: registrations[0].bulk: there twice"},
    {"bulk: [on]", "10: registrations[0].bulk: a list; a single value would be right"},
};

/* The fields that every registration has, in line 2 from column 4 on. */
static const struct row registrations_required[] = {
    {"username: u, host: h", "3: registrations[0].name: is missing; a registration needs a name"},
    {"name: a/b, username: u, host: h", "10: registrations[0].name: a/b; 1–64 letters, digits, "
                                        "\".\", \"_\" and \"-\" would be right"},
    {"name: " X64 "x, username: u, host: h",
        "10: registrations[0].name: " X64
        "…; 1–64 letters, digits, \".\", \"_\" and \"-\" would be right"},
    {"name: a, host: h",
        "3: registrations[0].username: is missing; the user part of the AOR would be right"},
    {"name: a, username: \"a\\nb\", host: h",
        "23: registrations[0].username: a?b; UTF-8 text without control characters would be right"},
    {"name: a, username: " X128 "x, host: h",
        "23: registrations[0].username: " X64 "… is longer than 128 bytes"},
    {"name: a, username: u",
        "3: registrations[0].host: is missing; the domain of the AOR would be right"},
    {"name: a, username: u, host: \"h:5060\"",
        "32: registrations[0].host: h:5060; a host name or an address without a port would be "
        "right; a port stands in proxy, as in sip:HOST:PORT"},
    {"name: a, username: u, host: " X256,
        "32: registrations[0].host: " X64 "… is longer than 253 bytes"},
};

static const struct row endpoints[] = {
    {"enabled: maybe", "13: endpoints[0].enabled: maybe; on or off would be right"},
    {"password_file: /dev/null",
        "19: endpoints[0].password_file: /dev/null: is not a regular file"},
    {"max_contacts: 0", "18: endpoints[0].max_contacts: 0 is outside 1–32 devices"},
    {"max_contacts: 65", "18: endpoints[0].max_contacts: 65 is outside 1–32 devices"},
    {"max_contacts: many", "18: endpoints[0].max_contacts: many; 1–32 devices would be right"},
    {"transports: pigeon", "16: endpoints[0].transports: pigeon; any or udp would be right"},
    {"transports: tcp", "16: endpoints[0].transports: tcp: known, but not in this version"},
    {"transports: TLS", "16: endpoints[0].transports: TLS: known, but not in this version"},
    {"networks: phone.example",
        "14: endpoints[0].networks: phone.example; addresses and networks as \"192.0.2.0/24, "
        "2001:db8::/32\" would be right"},
    {"networks: 192.0.2.1/24", "14: endpoints[0].networks: 192.0.2.1/24 has bits outside its "
                               "prefix; 192.0.2.0/24 would be right"},
    {"networks: 192.0.2.0/33",
        "14: endpoints[0].networks: 192.0.2.0/33; addresses and networks as \"192.0.2.0/24, "
        "2001:db8::/32\" would be right"},
    {"networks: [192.0.2.0/24, 10.0.0.1/8]",
        "14: endpoints[0].networks: 10.0.0.1/8 has bits outside its prefix; 10.0.0.0/8 would be "
        "right"},
    {"networks: [192.0.2.1, [192.0.2.2]]",
        "26: endpoints[0].networks: a list; a single value would be right"},
    {"networks: {a: b}",
        "14: endpoints[0].networks: a map; a list or a single value would be right"},
    {"caller_id: [a]", "15: endpoints[0].caller_id: a list; a single value would be right"},
    {"caller_id: \"a\\nb\"", "15: endpoints[0].caller_id: a?b; UTF-8 text without control "
                             "characters would be right"},
    {"caller_id: " X128 "x", "15: endpoints[0].caller_id: " X64 "… is longer than 128 bytes"},
    {"line_limit: 100001",
        "16: endpoints[0].line_limit: 100001 is outside 0–100000 calls (0: no limit)"},
    {"name: a", "4: endpoints[0].name: unknown; username, enabled, password, password_file, "
                "max_contacts, transports, networks, caller_id or line_limit would be right"},
    {"max_contact: 2", "4: endpoints[0].max_contact: unknown; did you mean max_contacts?"},
};

static const struct row endpoints_required[] = {
    {"password: p",
        "3: endpoints[0].username: is missing; the user name of the phone would be right"},
    {"username: a/b, password: p", "14: endpoints[0].username: a/b; 1–64 letters, digits, \".\", "
                                   "\"_\", \"-\" and \"+\" would be right"},
    {"username: u", "3: endpoints[0].password: is missing; an endpoint needs a password"},
    {"username: u, password: null",
        "27: endpoints[0].password: is missing; an endpoint needs a password"},
    {"username: u, password: \"\"",
        "27: endpoints[0].password: is empty; a password, in quotes where it begins with #, would "
        "be right"},
    {"username: u, password: a, password_file: b",
        "45: endpoints[0].password_file: password and password_file; one of them would be right"},
};

static int take(void *context, enum object_kind kind, const void *object)
{
	(void)kind;
	(void)object;
	++*(unsigned *)context;
	return 0;
}

static void check(const char *section, const struct row *row, const char *rest)
{
	char text[2048], line[PROBLEM_LINE_MAX];
	struct buf b = buf_over(line, sizeof(line));
	struct problems problems;
	unsigned taken = 0;
	const struct objects_sink sink = {.context = &taken, .object = take};
	const char *said;

	snprintf(text, sizeof(text), "%s:\n- {%s%s}\n", section, row->fields, rest);
	problems_init(&problems, "o");
	assert_int_equal(objects_read_text(slice_of(text), "/tmp", &sink, &problems), ERR_SYNTAX);
	assert_int_equal(problems.count, 1);
	assert_int_equal(taken, 0);
	problems_put(&b, &problems, 0);
	said = buf_text(&b);
	assert_int_equal(strncmp(said, "o:2:", 4), 0);
	if (strcmp(said + 4, row->expected) != 0)
		fail_msg("%s\nsaid    %s\nand not %s", row->fields, said + 4, row->expected);
}

#define CHECK(section, rows, rest)                                                                 \
	for (size_t i = 0; i < sizeof(rows) / sizeof((rows)[0]); i++)                              \
	check(section, &(rows)[i], rest)

static void test_registrations(void **state)
{
	(void)state;
	CHECK("registrations", registrations, ",\n   name: a, username: u, host: h");
	CHECK("registrations", registrations_required, "");
}

/* A password_file takes the place of the password. */
static void test_endpoints(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(endpoints) / sizeof(endpoints[0]); i++)
		check("endpoints", &endpoints[i],
		    strstr(endpoints[i].fields, "password") ? ",\n   username: u"
		                                            : ",\n   username: u, password: p");
	CHECK("endpoints", endpoints_required, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_registrations),
	    cmocka_unit_test(test_endpoints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

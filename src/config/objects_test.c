// SPDX-License-Identifier: Apache-2.0
/*
 * Objects files, right and wrong: what comes out, and which line is blamed.
 */
#include "config/objects.h"

#include "model/endpoint_config.h"
#include "model/registration_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "test/kit/unit.h"

static struct problems problems;
static char line[PROBLEM_LINE_MAX];
static struct registration_config *last;
static unsigned registrations;
static struct params params;
static int sink_error;

static int take_parameter(void *context, const struct param_row *row, struct slice text)
{
	char message[256];
	struct buf b = buf_over(message, sizeof(message));

	(void)context;
	return sink_error ? sink_error : params_set(&params, slice_of(row->name), text, &b);
}

static int take_object(void *context, enum object_kind kind, const void *object)
{
	(void)context;
	if (kind != OBJECT_REGISTRATION)
		return sink_error;
	registrations++;
	registration_config_free(&last);
	last = registration_config_copy(object);
	return sink_error;
}

static int unseal(void *context, struct slice text, char *plain_r, size_t cap, size_t *n_r)
{
	(void)context;
	assert_true(cap >= 512);
	if (slice_equal(text, SLICE("other")))
		return ERR_ACCESS;
	if (slice_equal(text, SLICE("broken")))
		return ERR_SYNTAX;
	memcpy(plain_r, "opened", 6);
	*n_r = 6;
	return 0;
}

static const struct objects_sink sink = {
    .parameter = take_parameter,
    .object = take_object,
    .unseal = unseal,
};

static int read_text(const char *text)
{
	registrations = 0;
	registration_config_free(&last);
	params_defaults(&params);
	problems_init(&problems, "objects.yaml");
	return objects_read_text(slice_of(text), "/tmp", &sink, &problems);
}

static const char *problem(unsigned i)
{
	struct buf b = buf_over(line, sizeof(line));

	assert_true(i < problems_lines(&problems));
	problems_put(&b, &problems, i);
	return buf_text(&b);
}

static void refused(const char *text, const char *expected)
{
	assert_int_equal(read_text(text), ERR_SYNTAX);
	assert_string_equal(problem(0), expected);
	assert_int_equal(problems.count, 1);
}

/* One registration that is right but for `fields`, whose line is the second. */
static void refused_field(const char *fields, const char *expected)
{
	char text[512];

	snprintf(text, sizeof(text), "registrations:\n- {%s,\n   name: a, username: u, host: h}\n",
	    fields);
	refused(text, expected);
	assert_int_equal(registrations, 0);
}

static void test_everything(void **state)
{
	(void)state;
	assert_int_equal(read_text("parameters: {SS_SIP_USER_AGENT_EXPIRE: 300, "
	                           "SS_SIP_USER_AGENT_SEND_UNREGISTER: Off}\n"
	                           "registrations:\n"
	                           "  - {name: carrier-a, username: \"1001\", password: secret,\n"
	                           "     host: carrier.example, proxy: \"sip:127.0.0.1:5070\"}\n"
	                           "  - name: carrier-b\n"
	                           "    enabled: no\n"
	                           "    username: 1002\n"
	                           "    auth_username: user@carrier\n"
	                           "    host: carrier.example\n"
	                           "    contact_host: sw.example\n"
	                           "    contact_user: username\n"
	                           "    signaling_port: 5062\n"
	                           "    local_address: 127.0.0.1\n"
	                           "    period: auto\n"
	                           "    line_limit: 30\n"
	                           "    display_name: Zürich\n"
	                           "    user_agent: Thing/1\n"
	                           "    digest_min: SHA-256\n"
	                           "    send_unregister: off\n"
	                           "    retry_delay: 30\n"),
	    0);
	assert_int_equal(params.expire_s, 300);
	assert_false(params.send_unregister);
	assert_int_equal(registrations, 2);
	assert_true(slice_equal(last->name, SLICE("carrier-b")));
	assert_false(last->settings.enabled);
	assert_true(slice_equal(last->username, SLICE("1002")));
	assert_true(slice_equal(last->auth_username, SLICE("user@carrier")));
	assert_true(slice_equal(last->contact_host, SLICE("sw.example")));
	assert_true(slice_equal(last->contact_user, SLICE("username")));
	assert_int_equal(last->settings.local.port, 5062);
	assert_int_equal(last->settings.local.family, 4);
	assert_int_equal(last->settings.local.ip[0], 127);
	assert_int_equal(last->settings.period_s, PERIOD_AUTO);
	assert_int_equal(last->settings.line_limit, 30);
	assert_true(slice_equal(last->display_name, SLICE("Zürich")));
	assert_true(slice_equal(last->user_agent, SLICE("Thing/1")));
	assert_int_equal(last->settings.digest_min, 2);
	assert_int_equal(last->settings.send_unregister, SWITCH_OFF);
	assert_int_equal(last->settings.retry_delay_s, 30);
}

static void test_defaults(void **state)
{
	struct registration_config config;

	(void)state;
	assert_int_equal(read_text("registrations: [{name: a, username: u, host: h}]\n"), 0);
	registration_config_defaults(&config);
	config.name = SLICE("a");
	config.username = SLICE("u");
	config.host = SLICE("h");
	assert_true(registration_config_equal(&config, last));
}

static void test_fields_refused(void **state)
{
	(void)state;
	refused_field("period: 10",
	    "objects.yaml:2:12: registrations[0].period: 10 is outside 20–7200 s (or \"auto\")");
	refused_field("period: 99999999999999999999",
	    "objects.yaml:2:12: registrations[0].period: 99999999999999999999 is outside 20–7200 s "
	    "(or "
	    "\"auto\")");
	refused_field("period: soon",
	    "objects.yaml:2:12: registrations[0].period: soon; 20–7200 s (or \"auto\" or "
	    "\"default\") would be right");
	refused_field("pasword: x",
	    "objects.yaml:2:4: registrations[0].pasword: unknown; did you mean password?");
	/* Where the space is forgotten, the value stands in the key: it is not shown. */
	refused_field("password:secret",
	    "objects.yaml:2:4: registrations[0].password…: unknown; \"NAME: VALUE\" with a space "
	    "after the colon would be right");
	refused_field("password secret",
	    "objects.yaml:2:4: registrations[0].password…: unknown; \"NAME: VALUE\" with a space "
	    "after the colon would be right");
	refused_field("identity: pai",
	    "objects.yaml:2:4: registrations[0].identity: known, but not in this version");
	refused_field("privacy: [id]",
	    "objects.yaml:2:4: registrations[0].privacy: known, but not in this version");
	refused_field("proxy: \"sip:h;transport=tcp\"",
	    "objects.yaml:2:11: registrations[0].proxy: sip:h;transport=tcp: transport TCP is "
	    "known, but not in this version");
	refused_field("digest_min: ROT13",
	    "objects.yaml:2:16: registrations[0].digest_min: ROT13; MD5, SHA-256 or SHA-512-256 "
	    "would be right");
	refused_field("signaling_port: 0",
	    "objects.yaml:2:20: registrations[0].signaling_port: 0; a port, 1–65535, would be "
	    "right");
	refused_field("password: a, password_file: b",
	    "objects.yaml:2:32: registrations[0].password_file: password and password_file; one "
	    "of them would be right");
	refused_field("password: \"\"",
	    "objects.yaml:2:14: registrations[0].password: is empty; a password, in quotes where "
	    "it begins with #, would be right");
	refused_field("password: &secret",
	    "objects.yaml:2:15: an anchor; a plain value would be right, in quotes where it "
	    "begins with &");
	refused_field("password: @secret",
	    "objects.yaml:2:14: not YAML: plain scalar cannot start with '@'; texts with special "
	    "characters go in quotes");
	refused_field("password: !sealed other",
	    "objects.yaml:2:22: registrations[0].password: was sealed with another key than "
	    "STATE/key of this node, or changed since; the password itself would be right");
	refused_field("password: !sealed broken",
	    "objects.yaml:2:22: registrations[0].password: !sealed is followed by what an export "
	    "wrote, unchanged");
	refused_field("proxy: !sealed abc",
	    "objects.yaml:2:19: registrations[0].proxy: only a password is !sealed");
	refused_field("password: !other abc",
	    "objects.yaml:2:21: a tag; a plain value would be right, in quotes where it begins "
	    "with !");
}

static void test_refused(void **state)
{
	(void)state;
	refused("registrations: [{username: u, host: h}]",
	    "objects.yaml:1:17: registrations[0].name: is missing; a registration needs a name");
	refused("registrations:\n- {name: a, username: u, host: h}\n- {name: b, username: u, host: "
	        "h}\n- {name: a, username: v, host: h}\n",
	    "objects.yaml:4:10: registrations[2].name: a is there twice, first in line 2");
	refused("endpoints:\n- {username: a, password: p}\n- {username: a, password: q}\n",
	    "objects.yaml:3:14: endpoints[1].username: a is there twice, first in line 2");
	refused(
	    "gateways: [{name: g}]", "objects.yaml:1:1: gateways: known, but not in this version");
	refused("registration: []",
	    "objects.yaml:1:1: registration: unknown; did you mean registrations?");
	refused("registrations: {name: a}",
	    "objects.yaml:1:16: registrations: a map; a list of registrations would be right");
	refused("registrations: [a]",
	    "objects.yaml:1:17: registrations[0]: a map of fields would be right");
	refused("parameters: {SS_SIP_USER_AGENT_EXPIRE: 10}",
	    "objects.yaml:1:40: parameters.SS_SIP_USER_AGENT_EXPIRE: 10 is outside 20–7200 s (or "
	    "\"Auto\")");
	refused("parameters: {RG_SOURCE_RATE: auto}",
	    "objects.yaml:1:14: parameters.RG_SOURCE_RATE: known, but not in this version");
	refused("parameters: {RG_STOP_DEADLINE: 5, rg_stop_deadline: 6}",
	    "objects.yaml:1:35: parameters.RG_STOP_DEADLINE: there twice");
	refused("parameters: {RG_STOP_DEADLINE: [5]}",
	    "objects.yaml:1:32: RG_STOP_DEADLINE: a list; a single value would be right");
}

static struct endpoint_config *endpoint;

static int take_endpoint(void *context, enum object_kind kind, const void *object)
{
	(void)context;
	assert_int_equal(kind, OBJECT_ENDPOINT);
	object_free(kind, endpoint);
	endpoint = object_copy(kind, object);
	return 0;
}

static void read_endpoint(const char *fields)
{
	const struct objects_sink own = {.object = take_endpoint};
	char text[1024];

	snprintf(text, sizeof(text), "endpoints:\n- {username: \"2001\", %s}\n", fields);
	problems_init(&problems, "objects.yaml");
	assert_int_equal(objects_read_text(slice_of(text), "/tmp", &own, &problems), 0);
}

/* A list is the text that stands for it. */
static void test_a_list(void **state)
{
	(void)state;
	read_endpoint("password: p, networks: [192.0.2.0/24, \"2001:db8::/32\"]");
	assert_true(slice_equal(endpoint->networks, SLICE("192.0.2.0/24, 2001:db8::/32")));
	read_endpoint("password: p, networks: []");
	assert_true(slice_equal(endpoint->networks, SLICE("")));
	read_endpoint("password: p, networks: 192.0.2.7");
	assert_true(slice_equal(endpoint->networks, SLICE("192.0.2.7")));
	object_free(OBJECT_ENDPOINT, endpoint);
	endpoint = NULL;
}

/* Without a key it cannot be opened, and its length is not that of the password. */
static void test_sealed_is_not_judged(void **state)
{
	char fields[512];

	(void)state;
	snprintf(fields, sizeof(fields), "password: !sealed \"%0400d\"", 0);
	read_endpoint(fields);
	assert_true(slice_equal(endpoint->username, SLICE("2001")));
	object_free(OBJECT_ENDPOINT, endpoint);
	endpoint = NULL;
}

static void test_nothing_after_a_problem(void **state)
{
	(void)state;
	assert_int_equal(read_text("registrations:\n"
	                           "- {name: a, username: u, host: h}\n"
	                           "- {name: b, username: u, host: h, period: 1}\n"
	                           "- {name: c, username: u, host: h}\n"
	                           "- {name: d, username: u, host: \"h:1\"}\n"),
	    ERR_SYNTAX);
	assert_int_equal(registrations, 1);
	assert_int_equal(problems.count, 2);
	assert_true(
	    strncmp(problem(1), "objects.yaml:5:32: registrations[3].host: h:1; ", 46) == 0);
}

static void test_sink_ends_it(void **state)
{
	(void)state;
	sink_error = ERR_FULL;
	assert_int_equal(read_text("registrations:\n"
	                           "- {name: a, username: u, host: h}\n"
	                           "- {name: b, username: u, host: h}\n"),
	    ERR_FULL);
	assert_int_equal(registrations, 1);
	assert_int_equal(problems.count, 0);
	assert_int_equal(read_text("parameters: {RG_STOP_DEADLINE: 5, RG_GHOSTS: off}\n"
	                           "registrations:\n"
	                           "- {name: a, username: u, host: h}\n"),
	    ERR_FULL);
	assert_int_equal(problems.count, 0);
	sink_error = 0;
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void test_password_file(void **state)
{
	char directory[] = "/tmp/regent-objects-XXXXXX", path[64], objects[64];

	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/pw", directory);
	snprintf(objects, sizeof(objects), "%s/objects.yaml", directory);
	write_file(
	    objects, "registrations: [{name: a, username: u, host: h, password_file: pw}]\n");

	write_file(path, "s3cret \n");
	assert_int_equal(objects_read(objects, &sink, &problems), 0);
	assert_true(slice_equal(last->password, SLICE("s3cret ")));

	write_file(path, "");
	assert_int_equal(objects_read(objects, &sink, &problems), ERR_SYNTAX);
	assert_non_null(strstr(problem(0), "registrations[0].password_file: pw: is empty"));

	unlink(path);
	assert_int_equal(objects_read(objects, &sink, &problems), ERR_SYNTAX);
	assert_non_null(strstr(problem(0), "pw: No such file or directory"));
	unlink(objects);
	rmdir(directory);
	assert_int_equal(objects_read(objects, &sink, &problems), ERR_IO);
}

static int read_one(const char *text, const struct registration_config *base, const char *name)
{
	registrations = 0;
	problems_init(&problems, "body");
	return objects_read_one(
	    slice_of(text), OBJECT_REGISTRATION, base, slice_of(name), &sink, &problems);
}

static void one_refused(const char *text, const char *name, const char *expected)
{
	assert_int_equal(read_one(text, NULL, name), ERR_SYNTAX);
	assert_int_equal(registrations, 0);
	assert_string_equal(problem(0), expected);
}

static void test_one(void **state)
{
	struct registration_config *base;

	(void)state;
	assert_int_equal(read_one("{\"name\": \"a\", \"username\": \"u\", \"host\": \"h\", "
	                          "\"password\": \"s\", \"period\": 300, \"enabled\": false}",
	                     NULL, ""),
	    0);
	assert_int_equal(registrations, 1);
	assert_false(last->settings.enabled);
	assert_int_equal(last->settings.period_s, 300);
	base = last;
	last = NULL;
	/* Only what is named changes, and null is the default. */
	assert_int_equal(
	    read_one(
	        "{\"host\": \"other\", \"period\": null, \"signaling_port\": 5070}", base, "a"),
	    0);
	assert_true(slice_equal(last->name, SLICE("a")));
	assert_true(slice_equal(last->host, SLICE("other")));
	assert_true(slice_equal(last->password, SLICE("s")));
	assert_int_equal(last->settings.period_s, PERIOD_DEFAULT);
	assert_int_equal(last->settings.local.port, 5070);
	assert_int_equal(read_one("{\"password\": null}", base, "a"), 0);
	assert_int_equal(last->password.n, 0);
	assert_int_equal(read_one("{\"password\": \"null\"}", base, "a"), 0);
	assert_true(slice_equal(last->password, SLICE("null")));
	/* A null beside it takes nothing away, in whichever order. */
	assert_int_equal(
	    read_one("{\"password\": \"new\", \"password_file\": null}", base, "a"), 0);
	assert_true(slice_equal(last->password, SLICE("new")));
	assert_int_equal(
	    read_one("{\"password_file\": null, \"password\": \"new\"}", base, "a"), 0);
	assert_true(slice_equal(last->password, SLICE("new")));
	assert_int_equal(read_one("password: !sealed abc\n", base, "a"), 0);
	assert_true(slice_equal(last->password, SLICE("opened")));
	registration_config_free(&base);
}

static void test_one_refused(void **state)
{
	(void)state;
	one_refused("{\"name\": \"b\", \"username\": \"u\", \"host\": \"h\"}", "a",
	    "body:1:10: name: cannot change; a new registration, and the removal of a, would be "
	    "right");
	one_refused("{\"username\": \"u\", \"host\": \"h\", \"period\": 10}", "a",
	    "body:1:42: period: 10 is outside 20–7200 s (or \"auto\")");
	one_refused(
	    "{\"usrname\": \"u\"}", "a", "body:1:2: usrname: unknown; did you mean username?");
	one_refused("[]", "a",
	    "body:1:1: is not a map; the fields of one registration as {\"host\": \"sip.example\"} "
	    "would be right");
	one_refused("", "a",
	    "body: is not a map; the fields of one registration as {\"host\": \"sip.example\"} "
	    "would "
	    "be right");
	one_refused("{\"password_file\": \"pw\", \"username\": \"u\", \"host\": \"h\"}", "a",
	    "body:1:19: password_file: pw: a relative path, but this text lies in no directory; an "
	    "absolute one would be right");
	assert_int_equal(
	    read_one("{\"username\": \"u\", \"host\": \"h\"} {", NULL, "a"), ERR_SYNTAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_everything),
	    cmocka_unit_test(test_defaults),
	    cmocka_unit_test(test_fields_refused),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_a_list),
	    cmocka_unit_test(test_sealed_is_not_judged),
	    cmocka_unit_test(test_nothing_after_a_problem),
	    cmocka_unit_test(test_sink_ends_it),
	    cmocka_unit_test(test_password_file),
	    cmocka_unit_test(test_one),
	    cmocka_unit_test(test_one_refused),
	};
	int rc = cmocka_run_group_tests(tests, NULL, NULL);

	registration_config_free(&last);
	return rc;
}

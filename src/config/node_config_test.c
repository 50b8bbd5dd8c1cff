// SPDX-License-Identifier: Apache-2.0
/*
 * regent.yaml, right and wrong: what comes out, and which line is blamed.
 */
#include "config/node_config.h"

#include "base/error.h"
#include "sip/uri.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test/kit/unit.h"

static struct node_config config;
static struct problems problems;
static char line[PROBLEM_LINE_MAX];

static int read_text(const char *text)
{
	problems_init(&problems, "regent.yaml");
	return node_config_read_text(slice_of(text), "/etc/regent", &config, &problems);
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

static void test_empty_is_defaults(void **state)
{
	char host[65] = "";

	(void)state;
	gethostname(host, sizeof(host) - 1);
	assert_int_equal(read_text(""), 0);
	assert_string_equal(config.node, host);
	assert_string_equal(config.state, "/var/lib/regent");
	assert_string_equal(config.admin_socket, "/run/regent/admin.sock");
	assert_int_equal(config.listen_count, 1);
	assert_int_equal(config.listen[0].transport, SIP_UDP);
	assert_int_equal(config.listen[0].address.port, 5060);
	assert_true(netaddr_is_any(&config.listen[0].address));
	assert_null(config.advertise);
	assert_int_equal(config.domain_count, 0);
	assert_string_equal(config.realm, "regent");
	assert_false(config.is_portable);
	assert_int_equal(config.log_level, LOG_LEVEL_INFO);
	node_config_free(&config);
	assert_int_equal(read_text("# nothing\n"), 0);
	node_config_free(&config);
}

static void test_everything(void **state)
{
	struct netaddr expected;

	(void)state;
	assert_int_equal(read_text("node: sw1\n"
	                           "listen: [udp:127.0.0.1:5062, \"udp:[::1]:5062\"]\n"
	                           "advertise: 203.0.113.5\n"
	                           "state: lib\n"
	                           "database: sqlite\n"
	                           "fabric: none\n"
	                           "identity: portable\n"
	                           "admin: {socket: /run/a.sock}\n"
	                           "log: {level: debug, format: json}\n"),
	    0);
	assert_string_equal(config.node, "sw1");
	assert_int_equal(config.listen_count, 2);
	assert_int_equal(netaddr_parse(SLICE("127.0.0.1:5062"), &expected), 0);
	assert_true(netaddr_equal(&config.listen[0].address, &expected));
	assert_int_equal(netaddr_parse(SLICE("[::1]:5062"), &expected), 0);
	assert_true(netaddr_equal(&config.listen[1].address, &expected));
	assert_true(config.is_portable);
	assert_string_equal(config.advertise, "203.0.113.5");
	assert_string_equal(config.state, "/etc/regent/lib");
	assert_string_equal(config.admin_socket, "/run/a.sock");
	assert_int_equal(config.log_level, LOG_LEVEL_DEBUG);
	assert_int_equal(config.log_format, LOG_FORMAT_JSON);
	node_config_free(&config);
}

static void test_refused(void **state)
{
	(void)state;
	refused("nod: sw1\n", "regent.yaml:1:1: nod: unknown; did you mean node?");
	refused("identity: mine\n",
	    "regent.yaml:1:11: identity: mine; machine or portable would be right");
	refused("node: a\nnode: b\n", "regent.yaml:2:1: node: there twice");
	refused("listen: [udp:0.0.0.0]\n", "regent.yaml:1:10: listen[0]: udp:0.0.0.0; "
	                                   "udp:ADDRESS:PORT (IPv6 in brackets) would be right");
	refused("listen: []\n",
	    "regent.yaml:1:9: listen: empty; a list as [udp:0.0.0.0:5060] would be right");
	refused("listen: [tcp:0.0.0.0:5060]\n",
	    "regent.yaml:1:10: listen[0]: tcp: known, but not in this version");
	refused("listen: [udp:1.2.3.4:5, udp:1.2.3.4:5]\n",
	    "regent.yaml:1:25: listen[1]: udp:1.2.3.4:5; an address that is not there yet would "
	    "be right");
	refused("tls: {ca: x}\n", "regent.yaml:1:1: tls: known, but not in this version");
	refused("database: postgresql://u:hush@h/d\n",
	    "regent.yaml:1:11: database: postgresql://…: known, but not in this version");
	refused("fabric: carrier-pigeon\n",
	    "regent.yaml:1:9: fabric: carrier-pigeon; none would be right");
	refused("log: {level: loud}\n",
	    "regent.yaml:1:14: log.level: loud; error, warning, info or debug would be right");
	refused(
	    "log: loud\n", "regent.yaml:1:6: log: loud; a map of names to values would be right");
	refused("node: [a]\n", "regent.yaml:1:7: node: a list; a single value would be right");
	refused("advertise: 203.0.113.5:5060\n",
	    "regent.yaml:1:12: advertise: 203.0.113.5:5060; a host name or an address without a "
	    "port would be right");
	refused("[a]\n", "regent.yaml:1:1: the file is not a map of names to values");
	refused("node: &x a\n", "regent.yaml:1:10: an anchor; a plain value would be right, in "
	                        "quotes where it begins with &");
}

static void test_domains(void **state)
{
	(void)state;
	assert_int_equal(read_text("domains: [example.com, 192.0.2.1, \"[2001:db8::1]\"]\n"), 0);
	assert_int_equal(config.domain_count, 3);
	assert_string_equal(config.domains[0], "example.com");
	assert_string_equal(config.domains[2], "[2001:db8::1]");
	assert_string_equal(config.realm, "example.com");
	node_config_free(&config);
	assert_int_equal(read_text("realm: Our phones\ndomains: [example.com]\n"), 0);
	assert_string_equal(config.realm, "Our phones");
	node_config_free(&config);
	assert_int_equal(read_text("domains: []\n"), 0);
	assert_int_equal(config.domain_count, 0);
	assert_string_equal(config.realm, "regent");
	node_config_free(&config);
	assert_int_equal(read_text("domains: [a, b, c, d, e, f, g, h]\n"), 0);
	node_config_free(&config);
	refused("domains: [a, b, c, d, e, f, g, h, i]\n",
	    "regent.yaml:1:35: domains[8]: i; at most 8 of them would be right");
	refused("domains: [example.com, Example.COM]\n",
	    "regent.yaml:1:24: domains[1]: Example.COM; a domain that is not there yet would be "
	    "right");
	refused("domains: example.com\n",
	    "regent.yaml:1:10: domains: example.com; a list as [example.com] would be right");
	refused("domains: [example.com:5060]\n",
	    "regent.yaml:1:11: domains[0]: example.com:5060; a host name or an address without a "
	    "port would be right");
	refused(
	    "domains: [[a]]\n", "regent.yaml:1:11: domains[0]: a list; a domain would be right");
	refused("realm: \"\"\n",
	    "regent.yaml:1:8: realm: \"\"; a text of 1–128 bytes without \" and "
	    "\\ would be right");
	refused("realm: 'a\"b'\n",
	    "regent.yaml:1:8: realm: a\"b; a text of 1–128 bytes without \" and "
	    "\\ would be right");
}

static void test_several(void **state)
{
	(void)state;
	assert_int_equal(read_text("nod: 1\nstate:\nlog: {colour: red}\n"), ERR_SYNTAX);
	assert_int_equal(problems.count, 3);
	assert_string_equal(problem(0), "regent.yaml:1:1: nod: unknown; did you mean node?");
	assert_string_equal(problem(1), "regent.yaml:2:1: state: \"\"; a path would be right");
	assert_string_equal(
	    problem(2), "regent.yaml:3:7: log.colour: unknown; level or format would be right");
}

static void test_bounded(void **state)
{
	char text[1024] = "";

	(void)state;
	for (int i = 0; i < 30; i++)
		sprintf(text + strlen(text), "x%d: 1\n", i);
	assert_int_equal(read_text(text), ERR_SYNTAX);
	assert_int_equal(problems_lines(&problems), PROBLEMS_MAX + 1);
	assert_string_equal(problem(PROBLEMS_MAX), "regent.yaml: and 10 more");
}

static void test_broken_yaml(void **state)
{
	(void)state;
	assert_int_equal(read_text("node: sw1\nlog: {level: info\n"), ERR_SYNTAX);
	assert_int_equal(problems.count, 1);
	assert_non_null(strstr(problem(0), "regent.yaml:"));
	assert_non_null(strstr(problem(0), "not YAML: "));
	assert_int_equal(read_text("node: \"sw1\nstate: x\n"), ERR_SYNTAX);
	assert_int_equal(read_text("node: a\n---\nnode: b\n"), ERR_SYNTAX);
	assert_string_equal(
	    problem(0), "regent.yaml:2:1: a second document; one a file would be right");
}

static void test_bytes(void **state)
{
	(void)state;
	refused("node: a\n%YAML 1.2\n", "regent.yaml:2:1: a directive; none is needed here");
	refused("node: \"\xc3\xbc\xff\"\n", "regent.yaml:1:9: a byte that is not UTF-8");
	refused("node: \xed\xa0\x80\n", "regent.yaml:1:7: a byte that is not UTF-8");
	refused("node: a\x1b[0m\n", "regent.yaml:1:8: a control character");
	assert_int_equal(read_text("\xef\xbb\xbfnode: 50%\r\n"), 0);
	assert_string_equal(config.node, "50%");
	node_config_free(&config);
}

static void test_files(void **state)
{
	char path[] = "/tmp/regent-node-XXXXXX", expected[128];
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "state: s\n", 9), 9);
	close(fd);
	assert_int_equal(node_config_read(path, &config, &problems), 0);
	assert_string_equal(config.state, "/tmp/s");
	node_config_free(&config);
	unlink(path);
	assert_int_equal(node_config_read(path, &config, &problems), ERR_IO);
	snprintf(expected, sizeof(expected), "%s: cannot be read: No such file or directory", path);
	assert_string_equal(problem(0), expected);
	assert_int_equal(node_config_read("/tmp", &config, &problems), ERR_IO);
	assert_string_equal(problem(0), "/tmp: is not a regular file");
}

static void test_socket_near_a_deep_directory(void **state)
{
	char deep[128] = "/tmp/regent-";
	size_t n = strlen(deep);

	(void)state;
	memset(deep + n, 'x', sizeof(deep) - n - 1);
	snprintf(deep + sizeof(deep) - 9, 9, "%08x", (unsigned)getpid());
	assert_int_equal(mkdir(deep, 0700), 0);
	assert_int_equal(chdir(deep), 0);
	problems_init(&problems, "regent.yaml");
	assert_int_equal(node_config_read_text(SLICE("admin: {socket: a/b.sock}\nstate: s\n"), deep,
	                     &config, &problems),
	    0);
	assert_string_equal(config.admin_socket, "a/b.sock");
	assert_int_equal(config.state[0], '/');
	node_config_free(&config);
	assert_int_equal(chdir("/"), 0);
	rmdir(deep);
	problems_init(&problems, "regent.yaml");
	assert_int_equal(
	    node_config_read_text(SLICE("admin: {socket: a/b.sock}\n"), deep, &config, &problems),
	    ERR_SYNTAX);
	assert_non_null(strstr(problem(0), "longer than the 107 bytes"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_empty_is_defaults),
	    cmocka_unit_test(test_everything),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_domains),
	    cmocka_unit_test(test_several),
	    cmocka_unit_test(test_bounded),
	    cmocka_unit_test(test_broken_yaml),
	    cmocka_unit_test(test_bytes),
	    cmocka_unit_test(test_files),
	    cmocka_unit_test(test_socket_near_a_deep_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

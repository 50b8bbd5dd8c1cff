// SPDX-License-Identifier: Apache-2.0
/*
 * Edits over a real socket: the API, the editing thread and its database are
 * real, the core is made up and counts what it is given.
 */
#include "admin/admin.h"
#include "admin/fake_edit.h"
#include "admin/fake_loop.h"
#include "base/error.h"
#include "test/kit/fault_vfs.h"
#include "test/kit/unit.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define TOKEN "a-token-for-tests-only"

static char dir[64], socket_path[96];
static struct fake_loop *loop;
static struct fake_edit *edit;
static struct admin *admin;
static char *body; /* of the last answer */
static json_t *json;

static bool is_held; /* what start() says */
static atomic_int decision;

static void decided(void *context, enum admin_decision what)
{
	(void)context;
	atomic_store(&decision, (int)what);
}

static void start(const struct netaddr *listen)
{
	char storage[256];
	struct buf message = buf_over(storage, sizeof(storage));
	struct admin_config config = {
	    .socket_path = socket_path,
	    .state_dir = dir,
	    .node = "sw1",
	    .version = "0.1.0",
	    .listen = listen,
	    .token = TOKEN,
	    .submit = fake_loop_submit,
	    .is_held = is_held,
	    .decide = decided,
	};

	loop = fake_loop_new(3, FAKE_ANSWERS);
	edit = fake_edit_new(dir);
	config.submit_context = loop;
	config.edit = fake_edit_edit(edit);
	assert_int_equal(admin_start(&config, &message, &admin), 0);
	fake_loop_start(loop, admin);
}

static void stop(void)
{
	fake_loop_end(loop);
	fake_edit_hold(edit, false);
	edit_close(fake_edit_edit(edit));
	assert_int_equal(edit_stop(fake_edit_edit(edit), 10000), 0);
	admin_stop(&admin);
	fake_edit_free(&edit);
	fake_loop_free(&loop);
}

static int set_up(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/regent-edits-XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(socket_path, sizeof(socket_path), "%s/s", dir);
	start(NULL);
	return 0;
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	stop();
	free(body);
	json_decref(json);
	body = NULL;
	json = NULL;
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command);
}

static int dial(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(address.sun_path, socket_path);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void put_all(int fd, const char *text, size_t n)
{
	while (n > 0) {
		ssize_t wrote = write(fd, text, n);

		/* Who may not ask is answered before the body is read. */
		if (wrote < 0)
			return;
		text += wrote;
		n -= (size_t)wrote;
	}
}

static void send_head(int fd, const char *method, const char *path, const char *header, size_t size)
{
	char head[512];
	int n = snprintf(head, sizeof(head),
	    "%s /api/v1%s HTTP/1.1\r\nHost: regent\r\n%sContent-Length: %zu\r\n\r\n", method, path,
	    header, size);

	put_all(fd, head, (size_t)n);
}

/* The status; `body` and `json` are the answer's. */
static int hear(int fd)
{
	size_t n = 0, cap = 4 << 20;
	char *text = malloc(cap), *at;
	ssize_t got;
	int status = 0;

	while ((got = read(fd, text + n, cap - n - 1)) > 0)
		n += (size_t)got;
	close(fd);
	text[n] = 0;
	assert_int_equal(sscanf(text, "HTTP/1.1 %d", &status), 1);
	at = strstr(text, "\r\n\r\n");
	assert_non_null(at);
	free(body);
	json_decref(json);
	body = strdup(at + 4);
	json = json_loads(body, 0, NULL);
	free(text);
	return status;
}

static int ask(const char *method, const char *path, const char *text)
{
	int fd = dial();

	send_head(fd, method, path, "", strlen(text));
	put_all(fd, text, strlen(text));
	return hear(fd);
}

static const char *word(const char *key)
{
	const char *text = json_string_value(json_object_get(json, key));

	return text ? text : "(none)";
}

static int64_t number(const char *key)
{
	return json_integer_value(json_object_get(json, key));
}

static void expect_error(int status, int expected, const char *field, const char *error)
{
	assert_int_equal(status, expected);
	assert_string_equal(word("field"), field ? field : "(none)");
	if (!strstr(word("error"), error))
		fail_msg("'%s' is not in '%s'", error, word("error"));
}

#define X16 "xxxxxxxxxxxxxxxx"
#define X64 X16 X16 X16 X16

#define CARRIER                                                                                    \
	"{\"name\":\"a\",\"username\":\"u\",\"host\":\"sw.example\",\"password\":\"geheim\"}"

static void test_a_registration_is_edited(void **state)
{
	(void)state;
	assert_int_equal(ask("POST", "/registrations", CARRIER), 201);
	assert_string_equal(word("action"), "added");
	assert_int_equal(fake_edit_objects(edit), 1);
	expect_error(ask("POST", "/registrations", CARRIER), 409, "name", "there already");
	assert_int_equal(ask("PATCH", "/registrations/a", "{\"period\": 300}"), 200);
	assert_string_equal(word("action"), "changed");
	assert_string_equal(
	    json_string_value(json_array_get(json_object_get(json, "fields"), 0)), "period");
	assert_int_equal(fake_edit_objects(edit), 2);
	/* What changes nothing goes no further. */
	assert_int_equal(ask("PATCH", "/registrations/a", "{\"period\": 300}"), 200);
	assert_string_equal(word("action"), "unchanged");
	assert_int_equal(fake_edit_objects(edit), 2);
	assert_int_equal(ask("PUT", "/registrations/a", CARRIER), 200);
	assert_string_equal(word("action"), "changed");
	assert_int_equal(
	    ask("PUT", "/registrations/b", "{\"username\":\"u\",\"host\":\"h\"}"), 201);
	assert_int_equal(fake_edit_objects(edit), 4);
	assert_int_equal(ask("DELETE", "/registrations/b", ""), 200);
	assert_string_equal(word("action"), "removed");
	assert_int_equal(fake_edit_objects(edit), 5);
	expect_error(ask("DELETE", "/registrations/b", ""), 404, NULL, "no registration");
	expect_error(ask("PATCH", "/registrations/b", "{}"), 404, NULL, "no registration");
}

static void test_what_is_wrong_is_said(void **state)
{
	char *large = malloc(300000);

	(void)state;
	expect_error(ask("POST", "/registrations", "{\"name\":\"a\",\"username\":\"u\"}"), 400,
	    "host", "is missing");
	expect_error(ask("POST", "/registrations", "{\"name\":\"a\",\"usrname\":\"u\"}"), 400,
	    "usrname", "did you mean username?");
	expect_error(ask("POST", "/registrations", "{\"name\": \"a\""), 400, NULL, "not YAML");
	expect_error(ask("POST", "/registrations", ""), 400, NULL, "is not a map");
	expect_error(ask("PUT", "/registrations/a%20b", "{}"), 400, NULL, "1 to 64");
	expect_error(
	    ask("PUT", "/registrations/a",
	        "{\"username\":\"u\",\"host\":\"h\",\"password\":\"!sealed\",\"period\":1}"),
	    400, "period", "20–7200");
	memset(large, ' ', 299999);
	large[299999] = '\0';
	expect_error(ask("POST", "/registrations", large), 413, NULL, "at most 262144");
	free(large);
	assert_int_equal(fake_edit_objects(edit), 0);
	assert_int_equal(ask("PUT", "/registrations", "{}"), 405);
	assert_int_equal(ask("PATCH", "/registrations/a/refresh", "{}"), 405);
	assert_int_equal(ask("POST", "/registrations/a/b/refresh", "{}"), 404);
	/* Longer than any name: no overload, which would go away by waiting. */
	expect_error(ask("GET", "/registrations?order=name&cursor=" X64 X64 X64 X64, ""), 400, NULL,
	    "longer than any");
}

static void test_parameters(void **state)
{
	(void)state;
	assert_int_equal(ask("GET", "/parameters", ""), 200);
	assert_true(json_array_size(json_object_get(json, "items")) >= 6);
	assert_int_equal(
	    ask("PUT", "/parameters/ss_sip_user_agent_expire", "{\"value\": 600}"), 200);
	assert_int_equal(number("value"), 600);
	assert_true(json_is_false(json_object_get(json, "is_default")));
	assert_int_equal(fake_edit_params(edit), 1);
	expect_error(ask("PUT", "/parameters/SS_SIP_USER_AGENT_EXPIRE", "{\"value\": 6}"), 400,
	    "value", "20–7200");
	expect_error(
	    ask("PUT", "/parameters/SS_SIP_USER_AGENT_EXPIRE", "{}"), 400, NULL, "no value");
	expect_error(ask("PUT", "/parameters/SS_SIP_USER_AGENT_EXPIR", "{\"value\": 600}"), 404,
	    NULL, "did you mean");
	expect_error(ask("GET", "/parameters/nonsense", ""), 404, NULL, "no such parameter");
	assert_int_equal(ask("DELETE", "/parameters/SS_SIP_USER_AGENT_EXPIRE", ""), 200);
	assert_string_equal(word("value"), "Auto");
	assert_true(json_is_true(json_object_get(json, "is_default")));
	assert_int_equal(fake_edit_params(edit), 2);
	/* Nothing changes, nothing is told. */
	assert_int_equal(ask("DELETE", "/parameters/SS_SIP_USER_AGENT_EXPIRE", ""), 200);
	assert_int_equal(fake_edit_params(edit), 2);
}

/* `count` registrations, the period of each the given one. */
static char *file_of(unsigned first, unsigned count, unsigned period)
{
	size_t room = 128 + (size_t)count * 96, n;
	char *text = malloc(room);

	n = (size_t)snprintf(
	    text, room, "parameters: {SS_SIP_USER_AGENT_EXPIRE: 900}\nregistrations:\n");
	for (unsigned i = first; i < first + count; i++)
		n += (size_t)snprintf(text + n, room - n,
		    "- {name: r%u, username: u%u, host: sw.example, password: p%u, period: %u}\n",
		    i, i, i, period);
	return text;
}

static int apply(const char *query, char *file)
{
	char path[64];
	int status;

	snprintf(path, sizeof(path), "/apply%s", query);
	status = ask("POST", path, file);
	free(file);
	return status;
}

static void expect_counts(int added, int changed, int removed, int unchanged)
{
	assert_int_equal(number("added"), added);
	assert_int_equal(number("changed"), changed);
	assert_int_equal(number("removed"), removed);
	assert_int_equal(number("unchanged"), unchanged);
}

static void test_a_file_is_applied(void **state)
{
	(void)state;
	assert_int_equal(apply("?dry_run=1", file_of(0, 1200, 60)), 200);
	expect_counts(1200, 1, 0, 0);
	assert_true(json_is_true(json_object_get(json, "dry_run")));
	assert_int_equal(json_array_size(json_object_get(json, "items")), 1000);
	assert_int_equal(apply("?dry_run", file_of(0, 1200, 60)), 200);
	assert_true(json_is_true(json_object_get(json, "dry_run")));
	assert_int_equal(fake_edit_objects(edit), 0);
	assert_int_equal(apply("", file_of(0, 1200, 60)), 200);
	expect_counts(1200, 1, 0, 0);
	assert_int_equal(fake_edit_objects(edit), 1200);
	assert_int_equal(fake_edit_params(edit), 1);
	/* The same again reaches nobody. */
	assert_int_equal(apply("", file_of(0, 1200, 60)), 200);
	expect_counts(0, 0, 0, 1201);
	assert_int_equal(fake_edit_objects(edit), 1200);
	assert_int_equal(fake_edit_params(edit), 1);
	/* Only prune removes. */
	assert_int_equal(apply("", file_of(1000, 300, 60)), 200);
	expect_counts(100, 0, 0, 201);
	assert_int_equal(apply("?prune=1&dry_run=1", file_of(1000, 300, 90)), 200);
	expect_counts(0, 300, 1000, 1);
	assert_int_equal(fake_edit_objects(edit), 1300);
	assert_int_equal(apply("?prune=1", file_of(1000, 300, 90)), 200);
	expect_counts(0, 300, 1000, 1);
	assert_int_equal(fake_edit_objects(edit), 2600);
	assert_int_equal(ask("GET", "/apply", ""), 200);
	assert_int_equal(number("read"), 300);
	assert_int_equal(number("delivered"), 1300);
	assert_true(json_is_false(json_object_get(json, "running")));
	/* New ones first, and then some that are there. */
	assert_int_equal(apply("", file_of(990, 20, 60)), 200);
	expect_counts(10, 10, 0, 1);
	assert_int_equal(fake_edit_objects(edit), 2620);
	assert_int_equal(apply("", file_of(980, 30, 60)), 200);
	expect_counts(10, 0, 0, 21);
	assert_int_equal(fake_edit_objects(edit), 2630);
}

static void test_a_wrong_file_changes_nothing(void **state)
{
	char *file = file_of(0, 300, 60);
	json_t *problem;

	(void)state;
	strcpy(strstr(file, "period: 60}\n- {name: r200"), "period: 1}\n");
	assert_int_equal(apply("", file), 400);
	problem = json_array_get(json_object_get(json, "problems"), 0);
	assert_int_equal(json_integer_value(json_object_get(problem, "line")), 202);
	assert_non_null(
	    strstr(json_string_value(json_object_get(problem, "message")), "registrations[199]"));
	assert_int_equal(fake_edit_objects(edit), 0);
	assert_int_equal(ask("GET", "/export", ""), 200);
	assert_null(strstr(body, "registrations:"));
	assert_int_equal(ask("GET", "/parameters/SS_SIP_USER_AGENT_EXPIRE", ""), 200);
	assert_true(json_is_true(json_object_get(json, "is_default")));
}

static void test_an_export_applies_to_nothing(void **state)
{
	char *first, *sealed;

	(void)state;
	assert_int_equal(ask("POST", "/registrations",
	                     "{\"name\":\"odd\",\"username\":\"null\",\"host\":\"sw.example\","
	                     "\"password\":\"a: b # c\",\"display_name\":\"O'N \\\"x\\\"\"}"),
	    201);
	assert_int_equal(apply("", file_of(0, 50, 60)), 200);
	assert_int_equal(ask("GET", "/export", ""), 200);
	first = strdup(body);
	assert_null(strstr(first, "a: b # c"));
	assert_non_null(strstr(first, "password: !sealed \""));
	assert_int_equal(fake_edit_objects(edit), 51);
	assert_int_equal(apply("?prune=1", strdup(first)), 200);
	expect_counts(0, 0, 0, 52);
	assert_int_equal(fake_edit_objects(edit), 51);
	assert_int_equal(ask("GET", "/export", ""), 200);
	assert_string_equal(first, body);
	/* Under another key it is told, and not taken for damage. */
	sealed = strstr(first, "!sealed \"") + strlen("!sealed \"");
	sealed[20] = sealed[20] == 'B' ? 'C' : 'B';
	assert_int_equal(apply("", first), 400);
	assert_non_null(strstr(word("error"), "another key"));
}

static void test_a_refusal_of_the_core_is_told(void **state)
{
	(void)state;
	fake_edit_refuse(edit);
	expect_error(ask("POST", "/registrations", CARRIER), 507, NULL, "the core is full");
	assert_non_null(strstr(word("error"), "kept"));
	assert_int_equal(ask("GET", "/export", ""), 200);
	assert_non_null(strstr(body, "name: \"a\""));
}

/* What the disk refuses is told, changes nothing, and is possible again later. */
static void test_a_full_disk(void **state)
{
	(void)state;
	assert_int_equal(apply("", file_of(0, 20, 60)), 200);
	fault_vfs_full(true);
	expect_error(ask("POST", "/registrations", CARRIER), 507, NULL, "disk is full");
	expect_error(ask("DELETE", "/registrations/r1", ""), 507, NULL, "disk is full");
	expect_error(ask("PUT", "/parameters/SS_SIP_USER_AGENT_EXPIRE", "{\"value\": 600}"), 507,
	    NULL, "disk is full");
	expect_error(apply("?prune=1", file_of(0, 10, 90)), 507, NULL, "disk is full");
	fault_vfs_full(false);
	assert_int_equal(fake_edit_objects(edit), 20);
	assert_int_equal(fake_edit_params(edit), 1);
	assert_int_equal(apply("?prune=1", file_of(0, 20, 60)), 200);
	expect_counts(0, 0, 0, 21);
	assert_int_equal(ask("POST", "/registrations", CARRIER), 201);
	assert_int_equal(fake_edit_objects(edit), 21);
}

static void *add_fifty(void *context)
{
	for (unsigned i = 0; i < 50; i++) {
		char text[128];
		int fd = dial();
		char answer[512];
		ssize_t n;

		snprintf(text, sizeof(text),
		    "{\"name\":\"%s%u\",\"username\":\"u\",\"host\":\"h\"}", (const char *)context,
		    i);
		send_head(fd, "POST", "/registrations", "", strlen(text));
		put_all(fd, text, strlen(text));
		n = read(fd, answer, sizeof(answer) - 1);
		answer[n > 0 ? n : 0] = '\0';
		close(fd);
		if (!strstr(answer, " 201 "))
			return (void *)"refused";
	}
	return NULL;
}

static void test_two_at_once(void **state)
{
	pthread_t one, other;
	void *wrong;

	(void)state;
	pthread_create(&one, NULL, add_fifty, (void *)(uintptr_t) "x");
	pthread_create(&other, NULL, add_fifty, (void *)(uintptr_t) "y");
	pthread_join(one, &wrong);
	assert_null(wrong);
	pthread_join(other, &wrong);
	assert_null(wrong);
	assert_int_equal(fake_edit_objects(edit), 100);
}

/* Who waits for an edit when the daemon goes is told what became of it. */
static void test_an_end_while_the_core_is_slow(void **state)
{
	int fd = dial();

	(void)state;
	fake_edit_hold(edit, true);
	send_head(fd, "POST", "/registrations", "", strlen(CARRIER));
	put_all(fd, CARRIER, strlen(CARRIER));
	while (ask("GET", "/apply", "") != 200 || fake_edit_held(edit) == 0)
		;
	edit_close(fake_edit_edit(edit));
	assert_int_equal(hear(fd), 503);
	assert_non_null(strstr(word("error"), "kept"));
	expect_error(ask("DELETE", "/registrations/a", ""), 503, NULL, "stopping");
}

/* What waits to be applied lies on the disk of the ledger: there is one at a time. */
static void test_one_file_at_a_time(void **state)
{
	static const char file[] = "parameters: {RG_GHOSTS: Off}\n";
	int fd = dial();

	(void)state;
	fake_edit_hold(edit, true);
	send_head(fd, "POST", "/apply", "", strlen(file));
	put_all(fd, file, strlen(file));
	while (!edit_is_busy(fake_edit_edit(edit)))
		assert_int_equal(ask("GET", "/apply", ""), 200);
	expect_error(ask("POST", "/apply", file), 503, NULL, "sent or applied just now");
	fake_edit_hold(edit, false);
	assert_int_equal(hear(fd), 200);
	assert_int_equal(ask("POST", "/apply", file), 200);
	assert_int_equal(number("unchanged"), 1);
}

static int ask_tcp(const struct netaddr *at, const char *header)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(at->port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(&address.sin_addr, at->ip, 4);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	send_head(fd, "GET", "/node", header, 0);
	return hear(fd);
}

static uint16_t free_port(void)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &n), 0);
	close(fd);
	return ntohs(address.sin_port);
}

static void test_a_node_elsewhere_waits_for_a_decision(void **state)
{
	(void)state;
	assert_int_equal(ask("POST", "/node/adopt", ""), 409);
	assert_int_equal(ask("POST", "/node/renew", ""), 409);
	stop();
	is_held = true;
	start(NULL);
	is_held = false;
	assert_int_equal(ask("POST", "/registrations",
	                     "{\"name\":\"a\",\"username\":\"1\",\"host\":\"h.example\"}"),
	    409);
	assert_int_equal(ask("GET", "/export", ""), 200);
	assert_int_equal(atomic_load(&decision), ADMIN_UNDECIDED);
	assert_int_equal(ask("POST", "/node/renew", ""), 202);
	assert_int_equal(atomic_load(&decision), ADMIN_RENEW);
	assert_string_equal(word("decision"), "renew");
	atomic_store(&decision, ADMIN_UNDECIDED);
}

static void test_tcp_wants_the_token(void **state)
{
	struct netaddr at = {.family = 4, .ip = {127, 0, 0, 1}};

	(void)state;
	stop();
	at.port = free_port();
	start(&at);
	assert_int_equal(ask_tcp(&at, ""), 401);
	assert_int_equal(ask_tcp(&at, "Authorization: Bearer wrong\r\n"), 401);
	assert_int_equal(ask_tcp(&at, "Authorization: Bearer \r\n"), 401);
	assert_int_equal(ask_tcp(&at, "Authorization: Bearer " TOKEN TOKEN "\r\n"), 401);
	assert_int_equal(ask_tcp(&at, "Authorization: Basic " TOKEN "\r\n"), 401);
	assert_null(strstr(body, TOKEN));
	assert_int_equal(ask_tcp(&at, "Authorization: Bearer " TOKEN "\r\n"), 200);
	assert_string_equal(word("node"), "sw1");
	/* The socket is guarded by its mode. */
	assert_int_equal(ask("GET", "/node", ""), 200);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_a_registration_is_edited),
	    TEST(test_what_is_wrong_is_said),
	    TEST(test_parameters),
	    TEST(test_a_file_is_applied),
	    TEST(test_a_wrong_file_changes_nothing),
	    TEST(test_an_export_applies_to_nothing),
	    TEST(test_a_refusal_of_the_core_is_told),
	    TEST(test_a_full_disk),
	    TEST(test_two_at_once),
	    TEST(test_an_end_while_the_core_is_slow),
	    TEST(test_a_node_elsewhere_waits_for_a_decision),
	    TEST(test_one_file_at_a_time),
	    TEST(test_tcp_wants_the_token),
	};

	signal(SIGPIPE, SIG_IGN);
	fault_vfs_install();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

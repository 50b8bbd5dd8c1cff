// SPDX-License-Identifier: Apache-2.0
/*
 * Endpoints, bindings and suspensions over a real socket, in front of a made-up
 * loop: each field of their JSON, and what is refused.
 */
#include "admin/admin.h"
#include "admin/fake_loop.h"
#include "test/kit/unit.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static char dir[64], socket_path[96], body[8192];
static struct fake_loop *loop;
static struct admin *admin;

static int set_up(void **state)
{
	char storage[256];
	struct buf message = buf_over(storage, sizeof(storage));
	struct admin_config config = {
	    .socket_path = socket_path,
	    .state_dir = dir,
	    .node = "sw1",
	    .version = "0.1.0",
	    .submit = fake_loop_submit,
	};

	(void)state;
	strcpy(dir, "/tmp/regent-phones-XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(socket_path, sizeof(socket_path), "%s/s", dir);
	config.submit_context = loop = fake_loop_new(0, FAKE_ANSWERS);
	assert_int_equal(admin_start(&config, &message, &admin), 0);
	fake_loop_start(loop, admin);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fake_loop_end(loop);
	admin_stop(&admin);
	fake_loop_free(&loop);
	return rmdir(dir);
}

/* The status; `body` has the answer. */
static int ask(const char *method, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), status = 0;
	char text[sizeof(body)];
	ssize_t got;
	size_t n;

	strcpy(address.sun_path, socket_path);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	n = (size_t)snprintf(text, sizeof(text),
	    "%s /api/v1%s HTTP/1.1\r\nHost: regent\r\nContent-Length: 0\r\n\r\n", method, path);
	assert_int_equal(write(fd, text, n), n);
	for (n = 0; (got = read(fd, text + n, sizeof(text) - n - 1)) > 0;)
		n += (size_t)got;
	close(fd);
	text[n] = 0;
	assert_int_equal(sscanf(text, "HTTP/1.1 %d", &status), 1);
	strcpy(body, strstr(text, "\r\n\r\n") + 4);
	return status;
}

/* The answer is that JSON, in whatever order of keys. */
static void expect(const char *path, const char *expected)
{
	json_t *said, *wanted = json_loads(expected, 0, NULL);

	assert_int_equal(ask("GET", path), 200);
	said = json_loads(body, 0, NULL);
	assert_non_null(wanted);
	if (!json_equal(said, wanted))
		fail_msg("%s\nsaid    %s\nand not %s", path, body, expected);
	json_decref(said);
	json_decref(wanted);
}

static void test_endpoints(void **state)
{
	(void)state;
	expect("/endpoints?limit=2",
	    "{\"items\": [{\"name\": \"+4930\", \"enabled\": false, \"online\": false, "
	    "\"contacts\": 0, \"max_contacts\": 3, \"last_seen\": null, \"calls\": 0},"
	    "{\"name\": \"2001\", \"enabled\": true, \"online\": true, \"contacts\": 1, "
	    "\"max_contacts\": 1, \"last_seen\": \"2026-01-01T00:00:00.250Z\", \"calls\": 0}],"
	    "\"next\": null}");
	expect("/endpoints?cursor=2001", "{\"items\": [], \"next\": null}");
	expect("/endpoints/%2B4930",
	    "{\"name\": \"+4930\", \"enabled\": false, \"online\": false, \"contacts\": 0, "
	    "\"max_contacts\": 3, \"last_seen\": null, \"calls\": 0, \"config\": {\"username\": "
	    "\"+4930\", \"enabled\": true, \"password\": \"set\", \"max_contacts\": 1, "
	    "\"transports\": \"any\", \"networks\": null, \"caller_id\": null, "
	    "\"line_limit\": 0}}");
	assert_int_equal(ask("GET", "/endpoints/2002"), 404);
	assert_string_equal(body, "{\"error\":\"there is no endpoint of this name\"}");
	assert_int_equal(ask("GET", "/endpoints/a%20b"), 400);
	assert_string_equal(
	    body, "{\"error\":\"endpoint: the username has 1 to 64 of A-Z a-z 0-9 . _ - +\"}");
	assert_int_equal(ask("GET", "/endpoints?limit=257"), 400);
}

static void test_bindings(void **state)
{
	static const char one[] =
	    "{\"items\": [{\"aor\": \"2001\", \"contact\": \"sip:2001@192.0.2.7\", "
	    "\"call_id\": \"a\\\"b\", \"cseq\": 7, \"expires_at\": \"2026-01-01T00:00:00.250Z\", "
	    "\"granted_s\": 600, \"q\": 0.25, \"path\": null, \"received\": \"192.0.2.7:5060\", "
	    "\"flow\": \"192.0.2.1:5060\", \"transport\": \"UDP\", "
	    "\"user_agent\": \"Phone \\u001b[31m\\ufffd\", \"instance\": null, \"reg_id\": 2, "
	    "\"reachable\": null}], \"next\": null}";

	(void)state;
	expect("/bindings", one);
	expect("/bindings?endpoint=2001", one);
	expect("/bindings?endpoint=%2B4930&limit=1", "{\"items\": [], \"next\": null}");
	assert_int_equal(ask("GET", "/bindings?endpoint=nobody"), 404);
	assert_int_equal(ask("GET", "/bindings?cursor=-1"), 400);
	assert_int_equal(ask("DELETE", "/bindings/2001"), 200);
	assert_string_equal(body, "{\"removed\":2}");
	assert_int_equal(ask("DELETE", "/bindings/2001?contact=sip%3A2001%40192.0.2.7"), 200);
	assert_string_equal(body, "{\"removed\":1}");
	assert_int_equal(ask("DELETE", "/bindings/a%20b"), 400);
	assert_int_equal(ask("DELETE", "/bindings"), 405);
}

static void test_suspensions(void **state)
{
	(void)state;
	expect("/suspensions",
	    "{\"items\": [{\"name\": \"2001\", \"source\": \"2001:db8::\", \"until\": "
	    "\"2026-01-01T00:00:00.250Z\", \"failures\": 6}, {\"name\": null, \"source\": "
	    "\"2001:db8::\", \"until\": \"2026-01-01T00:00:00.250Z\", \"failures\": 6}], "
	    "\"next\": null}");
	assert_int_equal(ask("DELETE", "/suspensions/2001:db8::?name=2001"), 200);
	assert_string_equal(body, "{\"source\":\"2001:db8::\"}");
	assert_int_equal(ask("DELETE", "/suspensions/2001:db8::"), 404);
	assert_int_equal(ask("DELETE", "/suspensions/192.0.2.1?name=2001"), 404);
	assert_int_equal(ask("DELETE", "/suspensions/phone.example"), 400);
}

#define PHONES_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    PHONES_TEST(test_endpoints),
	    PHONES_TEST(test_bindings),
	    PHONES_TEST(test_suspensions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

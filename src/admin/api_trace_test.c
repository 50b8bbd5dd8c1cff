// SPDX-License-Identifier: Apache-2.0
/*
 * The trace over a real socket, in front of the made-up loop: lines as they
 * come, a slow client, one that goes, and a daemon that goes.
 */
#include "admin/admin.h"
#include "admin/fake_loop.h"
#include "base/error.h"
#include "test/kit/unit.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct bench {
	char dir[64];
	char socket_path[96];
	struct fake_loop *loop;
	struct admin *admin;
};

static int setup(void **state)
{
	static struct bench bench;
	char storage[256];
	struct buf message = buf_over(storage, sizeof(storage));
	struct admin_config config = {
	    .socket_path = bench.socket_path, .state_dir = bench.dir, .submit = fake_loop_submit};

	strcpy(bench.dir, "/tmp/regent-trace-XXXXXX");
	assert_non_null(mkdtemp(bench.dir));
	snprintf(bench.socket_path, sizeof(bench.socket_path), "%s/s", bench.dir);
	bench.loop = fake_loop_new(9, FAKE_ANSWERS);
	config.submit_context = bench.loop;
	assert_int_equal(admin_start(&config, &message, &bench.admin), 0);
	fake_loop_start(bench.loop, bench.admin);
	*state = &bench;
	return 0;
}

static void end(struct bench *bench)
{
	if (!bench->admin)
		return;
	fake_loop_end(bench->loop);
	admin_stop(&bench->admin);
}

static int teardown(void **state)
{
	struct bench *bench = *state;

	end(bench);
	fake_loop_free(&bench->loop);
	assert_int_equal(rmdir(bench->dir), 0);
	return 0;
}

/* HTTP/1.0, so that the body comes in one piece without chunks between its lines. */
static FILE *look_on(const struct bench *bench, const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char text[256];
	int n = snprintf(text, sizeof(text), "GET /api/v1/trace/%s HTTP/1.0\r\n\r\n", name);

	strcpy(address.sun_path, bench->socket_path);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(write(fd, text, (size_t)n), n);
	return fdopen(fd, "r");
}

/* The status; the head is read. */
static int read_head(FILE *file, bool is_stream)
{
	char line[512];
	int status = 0;
	bool found = false;

	assert_non_null(fgets(line, sizeof(line), file));
	assert_int_equal(sscanf(line, "HTTP/1.%*d %d", &status), 1);
	while (fgets(line, sizeof(line), file) && strcmp(line, "\r\n") != 0)
		found = found || strstr(line, "application/x-ndjson");
	assert_int_equal(found, is_stream);
	return status;
}

static json_t *read_line(FILE *file)
{
	static char line[65536];
	json_t *json;

	if (!fgets(line, sizeof(line), file))
		return NULL;
	json = json_loads(line, 0, NULL);
	assert_non_null(json);
	return json;
}

static void expect(json_t *json, const char *key, const char *text)
{
	json_t *value = json_object_get(json, key);

	assert_non_null(value);
	if (text)
		assert_string_equal(json_string_value(value), text);
	else
		assert_true(json_is_null(value));
}

static void lines_come_as_they_are_made(void **state)
{
	struct bench *bench = *state;
	FILE *file = look_on(bench, "reg-00001");
	json_t *json;

	assert_int_equal(read_head(file, true), 200);
	json = read_line(file);
	assert_int_equal(json_object_size(json), 8);
	expect(json, "at", "2026-01-01T00:00:00.250Z");
	expect(json, "kind", "state");
	expect(json, "summary", "registering");
	expect(json, "direction", NULL);
	expect(json, "local", NULL);
	expect(json, "retransmission", NULL);
	json_decref(json);
	json = read_line(file);
	expect(json, "kind", "message");
	expect(json, "direction", "out");
	expect(json, "local", "192.0.2.7:5060");
	expect(json, "peer", "198.51.100.1:5060");
	expect(json, "text", "REGISTER sip:h SIP/2.0\r\n");
	assert_int_equal(json_integer_value(json_object_get(json, "retransmission")), 1);
	json_decref(json);
	fclose(file);
	/* Who goes is noticed although nothing is written to him: TRACE, then UNTRACE. */
	fake_loop_wait_asked(bench->loop, 2);
}

static void a_slow_client_is_told_what_it_lost(void **state)
{
	struct bench *bench = *state;
	FILE *file = look_on(bench, "reg-00002");
	uint32_t lost = 0, got = 0, notes = 0;
	json_t *json;

	/* All of it has been made before the client reads a byte. */
	fake_loop_wait_traced(bench->loop);
	assert_int_equal(read_head(file, true), 200);
	while ((json = read_line(file))) {
		const char *summary = json_string_value(json_object_get(json, "summary"));
		unsigned number;
		bool is_last = strcmp(summary, "last") == 0;

		if (sscanf(summary, "%u record", &number) == 1 && strstr(summary, " lost")) {
			lost += number;
			notes++;
		} else {
			got++;
		}
		json_decref(json);
		if (is_last)
			break;
	}
	assert_true(notes > 0 && lost > 0);
	assert_int_equal(lost + got, FAKE_FLOOD + 3);
	fclose(file);
}

static void a_refusal_is_told_and_ends_nobody_elses_trace(void **state)
{
	struct bench *bench = *state;
	FILE *file = look_on(bench, "nobody");

	assert_int_equal(read_head(file, false), 404);
	fclose(file);
	file = look_on(bench, "reg-00001");
	assert_int_equal(read_head(file, true), 200);
	fclose(file);
	fake_loop_wait_asked(bench->loop, 3);
	assert_int_equal(fake_loop_untraced(bench->loop), 1);
}

static void only_so_many_look_on(void **state)
{
	struct bench *bench = *state;
	FILE *files[17];

	for (int i = 0; i < 17; i++) {
		files[i] = look_on(bench, "reg-00001");
		assert_int_equal(read_head(files[i], i < 16), i < 16 ? 200 : 503);
	}
	for (int i = 0; i < 17; i++)
		fclose(files[i]);
	fake_loop_wait_asked(bench->loop, 32);
	files[0] = look_on(bench, "reg-00001");
	assert_int_equal(read_head(files[0], true), 200);
	fclose(files[0]);
}

/* What was made is written, then the stream ends as a whole. */
static void the_end_of_the_daemon_ends_it(void **state)
{
	struct bench *bench = *state;
	FILE *file = look_on(bench, "reg-00001");
	json_t *json;
	int lines = 0;

	fake_loop_wait_traced(bench->loop);
	assert_int_equal(read_head(file, true), 200);
	end(bench);
	while ((json = read_line(file))) {
		lines++;
		json_decref(json);
	}
	assert_int_equal(lines, 3);
	assert_true(feof(file));
	fclose(file);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
	    T(lines_come_as_they_are_made),
	    T(a_slow_client_is_told_what_it_lost),
	    T(a_refusal_is_told_and_ends_nobody_elses_trace),
	    T(only_so_many_look_on),
	    T(the_end_of_the_daemon_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * The admin API over a real socket, in front of a made-up loop on a thread of
 * its own; the daemon's side of the crossing is tried under ThreadSanitizer with
 * the same tests.
 */
#include "admin/admin.h"
#include "admin/fake_loop.h"
#include "base/error.h"
#include "test/kit/unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define SEAT 0xAD

struct bench {
	char dir[64];
	char socket_path[96];
	struct fake_loop *loop;
	struct admin *admin;
	unsigned wait_ms;
	atomic_uint restarts;
};

static void bench_path(struct bench *bench)
{
	strcpy(bench->dir, "/tmp/regent-admin-XXXXXX");
	assert_non_null(mkdtemp(bench->dir));
	snprintf(bench->socket_path, sizeof(bench->socket_path), "%s/s", bench->dir);
}

static void restart(void *context)
{
	atomic_fetch_add(&((struct bench *)context)->restarts, 1);
}

static int bench_admin(struct bench *bench, struct buf *message, struct admin **admin_r)
{
	struct admin_config config = {
	    .seat = SEAT,
	    .socket_path = bench->socket_path,
	    .state_dir = bench->dir,
	    .node = "sw1",
	    .version = "0.1.0",
	    .wait_ms = bench->wait_ms,
	    .submit = fake_loop_submit,
	    .submit_context = bench->loop,
	    .restart = restart,
	    .restart_context = bench,
	};

	return admin_start(&config, message, admin_r);
}

static void bench_start_waiting(
    struct bench *bench, uint32_t registrations, enum fake_mood mood, unsigned wait_ms)
{
	char storage[256];
	struct buf message = buf_over(storage, sizeof(storage));

	bench_path(bench);
	bench->wait_ms = wait_ms;
	atomic_init(&bench->restarts, 0);
	bench->loop = fake_loop_new(registrations, mood);
	assert_int_equal(bench_admin(bench, &message, &bench->admin), 0);
	fake_loop_start(bench->loop, bench->admin);
}

static void bench_start(struct bench *bench, uint32_t registrations, enum fake_mood mood)
{
	bench_start_waiting(bench, registrations, mood, mood == FAKE_SILENT ? 60 : 0);
}

static void bench_end(struct bench *bench)
{
	char command[128];

	fake_loop_end(bench->loop);
	admin_stop(&bench->admin);
	assert_null(bench->admin);
	assert_int_equal(access(bench->socket_path, F_OK), -1);
	fake_loop_free(&bench->loop);
	snprintf(command, sizeof(command), "rm -r %s", bench->dir);
	assert_int_equal(system(command), 0);
}

static int dial(const struct bench *bench)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(address.sun_path, bench->socket_path);
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void ask(int fd, const char *method, const char *path)
{
	char text[512];
	int n = snprintf(text, sizeof(text),
	    "%s %s HTTP/1.1\r\nHost: regent\r\nContent-Length: 0\r\n\r\n", method, path);

	assert_int_equal(write(fd, text, (size_t)n), n);
}

/* Reads to the end; the status, and the body as JSON (NULL where it is none). */
static int hear(int fd, char **head_r, json_t **json_r)
{
	size_t n = 0, cap = 1 << 20;
	char *text = malloc(cap), *body;
	ssize_t got;
	int status = 0;

	assert_non_null(text);
	while ((got = read(fd, text + n, cap - n - 1)) > 0)
		n += (size_t)got;
	close(fd);
	text[n] = 0;
	assert_int_equal(sscanf(text, "HTTP/1.1 %d", &status), 1);
	body = strstr(text, "\r\n\r\n");
	assert_non_null(body);
	*json_r = json_loads(body + 4, 0, NULL);
	if (head_r)
		*head_r = text;
	else
		free(text);
	return status;
}

static int get(const struct bench *bench, const char *path, json_t **json_r)
{
	int fd = dial(bench);

	ask(fd, "GET", path);
	return hear(fd, NULL, json_r);
}

/* Expects that status and an error that holds `word`. */
static void expect_error(
    const struct bench *bench, const char *method, const char *path, int status, const char *word)
{
	json_t *json;
	const char *text;
	int fd = dial(bench);

	ask(fd, method, path);
	assert_int_equal(hear(fd, NULL, &json), status);
	text = json_string_value(json_object_get(json, "error"));
	assert_non_null(text);
	if (!strstr(text, word))
		fail_msg("'%s' is not in '%s'", word, text);
	json_decref(json);
}

static void test_pages_hold_every_registration_once(void **state)
{
	struct bench bench;
	char path[128] = "/api/v1/registrations";
	uint32_t seen = 0, pages = 0;

	(void)state;
	bench_start(&bench, 600, FAKE_ANSWERS);
	for (;;) {
		json_t *json, *next;
		size_t i;
		json_t *item;

		assert_int_equal(get(&bench, path, &json), 200);
		json_array_foreach(json_object_get(json, "items"), i, item)
		{
			char name[16];

			snprintf(name, sizeof(name), "reg-%05u", ++seen);
			assert_string_equal(json_string_value(json_object_get(item, "name")), name);
		}
		pages++;
		next = json_object_get(json, "next");
		assert_non_null(next);
		if (json_is_null(next)) {
			json_decref(json);
			break;
		}
		snprintf(path, sizeof(path), "/api/v1/registrations?limit=200&cursor=%s",
		    json_string_value(next));
		json_decref(json);
	}
	assert_int_equal(seen, 600);
	assert_int_equal(pages, 3);
	bench_end(&bench);
}

static void test_every_field_has_its_form(void **state)
{
	static const char *const fields[] = {"name", "state", "since", "bound_until",
	    "bound_at_most", "granted_s", "asked_s", "next_action", "next_at", "last_status",
	    "last_reason", "attempts", "upstream", "target", "contact", "call_id", "cseq", "rtt_ms",
	    "stale_window_s", "ghosts_removed", "ghost_bindings", "lookalike_bindings",
	    "foreign_bindings"};
	struct bench bench;
	json_t *json;

	(void)state;
	bench_start(&bench, 5, FAKE_ANSWERS);
	assert_int_equal(get(&bench, "/api/v1/registrations/reg-00005", &json), 200);
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		assert_non_null(json_object_get(json, fields[i]));
	assert_int_equal(json_object_size(json), sizeof(fields) / sizeof(*fields));
	assert_string_equal(json_string_value(json_object_get(json, "state")), "registered");
	assert_int_equal(json_string_length(json_object_get(json, "since")), 24);
	assert_true(json_real_value(json_object_get(json, "rtt_ms")) > 12.3);
	json_decref(json);

	assert_int_equal(get(&bench, "/api/v1/registrations/reg-00001", &json), 200);
	assert_string_equal(json_string_value(json_object_get(json, "last_reason")),
	    "Forbidden \x1b[31m\xef\xbf\xbd");
	json_decref(json);
	assert_int_equal(get(&bench, "/api/v1/registrations/reg-00002", &json), 200);
	assert_true(json_is_null(json_object_get(json, "last_status")));
	assert_true(json_is_null(json_object_get(json, "target")));
	json_decref(json);
	bench_end(&bench);
}

static void test_what_is_wrong_is_said(void **state)
{
	struct bench bench;
	char *head;
	json_t *json;
	int fd;

	(void)state;
	bench_start(&bench, 5, FAKE_ANSWERS);
	expect_error(&bench, "GET", "/api/v1/registrations/reg-00006", 404, "no registration");
	expect_error(&bench, "GET", "/api/v1/registrations/a%20b", 400, "1 to 64");
	expect_error(&bench, "GET", "/api/v1/registrations/", 404, "there is no");
	expect_error(&bench, "GET", "/api/v1/registrations?limit=0", 400, "1 to 256");
	expect_error(&bench, "GET", "/api/v1/registrations?limit=257", 400, "1 to 256");
	expect_error(&bench, "GET", "/api/v1/registrations?cursor=x", 400, "cursor=x");
	expect_error(&bench, "GET", "/api/v1/stop", 405, "POST");
	expect_error(&bench, "DELETE", "/api/v1/status", 405, "GET");
	expect_error(&bench, "GET", "/", 404, "there is no");
	expect_error(&bench, "GET", "/api/v1/last-stop", 404, "last-stop.json");
	fd = dial(&bench);
	ask(fd, "PUT", "/api/v1/stop");
	assert_int_equal(hear(fd, &head, &json), 405);
	assert_non_null(strstr(head, "Allow: POST\r\n"));
	free(head);
	json_decref(json);
	bench_end(&bench);
}

static void test_status_counts_and_stop_progresses(void **state)
{
	struct bench bench;
	json_t *json;
	int fd;

	(void)state;
	bench_start(&bench, 9, FAKE_ANSWERS);
	assert_int_equal(get(&bench, "/api/v1/status", &json), 200);
	assert_int_equal(json_integer_value(json_object_get(json, "registrations")), 9);
	assert_string_equal(json_string_value(json_object_get(json, "node")), "sw1");
	assert_true(json_is_false(json_object_get(json, "stopping")));
	assert_true(json_is_null(json_object_get(json, "stop")));
	assert_int_equal(
	    json_integer_value(json_object_get(json_object_get(json, "states"), "registered")), 6);
	json_decref(json);

	for (int i = 0; i < 2; i++) {
		fd = dial(&bench);
		ask(fd, "POST", "/api/v1/stop");
		assert_int_equal(hear(fd, NULL, &json), 202);
		assert_int_equal(json_integer_value(json_object_get(json, "cancels")), 9);
		assert_int_equal(json_is_true(json_object_get(json, "already")), i);
		assert_non_null(
		    strstr(json_string_value(json_object_get(json, "report")), bench.dir));
		json_decref(json);
	}
	assert_int_equal(get(&bench, "/api/v1/status", &json), 200);
	assert_int_equal(
	    json_integer_value(json_object_get(json_object_get(json, "stop"), "settled")), 3);
	json_decref(json);
	bench_end(&bench);
}

static void test_last_stop_is_the_file(void **state)
{
	struct bench bench;
	char path[128];
	json_t *json;
	FILE *file;

	(void)state;
	bench_start(&bench, 1, FAKE_ANSWERS);
	snprintf(path, sizeof(path), "%s/last-stop.json", bench.dir);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs("{\"clean\": 7}\n", file);
	fclose(file);
	assert_int_equal(get(&bench, "/api/v1/last-stop", &json), 200);
	assert_int_equal(json_integer_value(json_object_get(json, "clean")), 7);
	json_decref(json);
	bench_end(&bench);
}

/* More than may wait: the surplus is refused at once, the others get what the stop has written. */
static void test_who_waits_for_the_report_gets_it_when_the_daemon_goes(void **state)
{
	struct bench bench;
	char path[128];
	json_t *json;
	FILE *file;
	int fds[17], waited = 0;

	(void)state;
	bench_start(&bench, 1, FAKE_ANSWERS);
	snprintf(path, sizeof(path), "%s/last-stop.json", bench.dir);
	for (size_t i = 0; i < 16; i++) {
		fds[i] = dial(&bench);
		ask(fds[i], "GET", "/api/v1/last-stop?wait=end");
	}
	/* Whoever is one too many is refused while they sleep; it need not be the last. */
	fds[16] = dial(&bench);
	ask(fds[16], "GET", "/api/v1/last-stop?wait=end");
	assert_int_equal(get(&bench, "/api/v1/status", &json), 200);
	json_decref(json);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs("{\"clean\": 8}\n", file);
	fclose(file);
	bench_end(&bench);
	for (size_t i = 0; i < 17; i++) {
		int status = hear(fds[i], NULL, &json);

		assert_true(status == 200 || status == 503);
		if (status == 200)
			assert_int_equal(json_integer_value(json_object_get(json, "clean")), 8);
		waited += status == 200;
		json_decref(json);
	}
	assert_int_equal(waited, 16);
}

static void test_who_has_gone_waits_for_no_report(void **state)
{
	struct bench bench;
	json_t *json;
	int fds[16], fd;

	(void)state;
	bench_start(&bench, 1, FAKE_ANSWERS);
	for (size_t i = 0; i < 16; i++) {
		fds[i] = dial(&bench);
		ask(fds[i], "GET", "/api/v1/last-stop?wait=end");
	}
	/* All of them sleep once a later one is answered. */
	assert_int_equal(get(&bench, "/api/v1/status", &json), 200);
	json_decref(json);
	expect_error(&bench, "GET", "/api/v1/last-stop?wait=end", 503, "16 wait");
	for (size_t i = 0; i < 16; i++)
		close(fds[i]);
	fd = dial(&bench);
	ask(fd, "GET", "/api/v1/last-stop?wait=end");
	assert_int_equal(get(&bench, "/api/v1/status", &json), 200);
	json_decref(json);
	bench_end(&bench);
	/* It waited, and there is none. */
	assert_int_equal(hear(fd, NULL, &json), 404);
	json_decref(json);
}

static void test_a_silent_loop_is_a_504_and_later_answers_find_nobody(void **state)
{
	struct bench bench;
	struct answer late = {.kind = ANSWER_STATUS};

	(void)state;
	bench_start(&bench, 1, FAKE_SILENT);
	expect_error(&bench, "GET", "/api/v1/status", 504, "60 ms");
	for (uint64_t i = 0; i < 64; i++) {
		late.request = request_of_seat(SEAT) | UINT64_C(1) << 8 | i;
		admin_answer(bench.admin, &late);
	}
	expect_error(&bench, "GET", "/api/v1/status", 504, "60 ms");
	bench_end(&bench);
}

/* The stop is on its way to the loop, which has only not come to it. */
static void test_a_restart_that_takes_long_is_one(void **state)
{
	struct bench bench;

	(void)state;
	bench_start(&bench, 1, FAKE_SILENT);
	expect_error(&bench, "POST", "/api/v1/stop", 504, "60 ms");
	assert_int_equal(bench.restarts, 0);
	expect_error(&bench, "POST", "/api/v1/restart", 504, "60 ms");
	assert_int_equal(bench.restarts, 1);
	bench_end(&bench);
	bench_start(&bench, 1, FAKE_FULL);
	expect_error(&bench, "POST", "/api/v1/restart", 503, "try again");
	assert_int_equal(bench.restarts, 0);
	bench_end(&bench);
}

static void test_refusal_and_full_mailbox_are_told(void **state)
{
	struct bench bench;

	(void)state;
	bench_start(&bench, 1, FAKE_REFUSES);
	expect_error(&bench, "GET", "/api/v1/status", 409, "not while the fake refuses");
	bench_end(&bench);
	bench_start(&bench, 1, FAKE_FULL);
	expect_error(&bench, "GET", "/api/v1/registrations", 503, "try again");
	bench_end(&bench);
}

static unsigned open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned count = 0;

	assert_non_null(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

/* As many as are let in at once have gone: the next is heard at once, not when its thread wakes by
 * chance. */
static void test_a_full_house_lets_in_whoever_is_next(void **state)
{
	struct bench bench;
	struct timeval patience = {.tv_sec = 10};
	int fds[64], fd;
	unsigned before;
	json_t *json;

	(void)state;
	bench_start(&bench, 1, FAKE_ANSWERS);
	before = open_descriptors();
	for (size_t i = 0; i < 64; i++)
		fds[i] = dial(&bench);
	/* Its thread is of this process, and so is the other end of each. */
	while (open_descriptors() < before + 2 * 64)
		sched_yield();
	close(fds[0]);
	fd = dial(&bench);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	ask(fd, "GET", "/api/v1/nothing");
	assert_int_equal(hear(fd, NULL, &json), 404);
	json_decref(json);
	for (size_t i = 1; i < 64; i++)
		close(fds[i]);
	bench_end(&bench);
}

/* More than fit ask at once: each is answered, the surplus with 503. */
static void test_questions_are_bounded(void **state)
{
	struct bench bench;
	int fds[48];
	int refused = 0, waited = 0;

	(void)state;
	bench_start_waiting(&bench, 1, FAKE_SILENT, 1500);
	for (size_t i = 0; i < 48; i++) {
		fds[i] = dial(&bench);
		ask(fds[i], "GET", "/api/v1/status");
	}
	for (size_t i = 0; i < 48; i++) {
		json_t *json;
		int status = hear(fds[i], NULL, &json);

		refused += status == 503;
		waited += status == 504;
		json_decref(json);
	}
	assert_int_equal(refused + waited, 48);
	assert_true(waited >= 32);
	assert_true(refused >= 1);
	bench_end(&bench);
}

static void test_a_client_that_waits_is_told_that_the_daemon_goes(void **state)
{
	struct bench bench;
	json_t *json;
	int fd;

	(void)state;
	bench_start_waiting(&bench, 1, FAKE_SILENT, 0);
	fd = dial(&bench);
	ask(fd, "GET", "/api/v1/status");
	fake_loop_wait_asked(bench.loop, 1);
	bench_end(&bench);
	assert_int_equal(hear(fd, NULL, &json), 503);
	assert_non_null(strstr(json_string_value(json_object_get(json, "error")), "going down"));
	json_decref(json);
}

/* A stop with nothing to cancel ends at once: its beginning is still told. */
static void test_an_answer_that_came_is_not_lost_when_the_daemon_goes(void **state)
{
	struct answer begin = {.kind = ANSWER_STOP_BEGIN, .stop_begin = {.deadline_s = 20}};
	struct bench bench;
	json_t *json;
	int fd;

	(void)state;
	bench_start_waiting(&bench, 0, FAKE_SILENT, 0);
	fd = dial(&bench);
	ask(fd, "POST", "/api/v1/stop");
	fake_loop_wait_asked(bench.loop, 1);
	admin_answer(bench.admin, &begin);
	bench_end(&bench);
	assert_int_equal(hear(fd, NULL, &json), 202);
	assert_int_equal(json_integer_value(json_object_get(json, "deadline_s")), 20);
	json_decref(json);
}

#define CLIENTS 4
#define ROUNDS  40

static void *client(void *context)
{
	static const char *const paths[] = {"/api/v1/registrations", "/api/v1/status",
	    "/api/v1/registrations/reg-00123", "/api/v1/registrations?cursor=256"};
	struct bench *bench = context;
	uintptr_t good = 0;

	for (size_t i = 0; i < ROUNDS; i++) {
		json_t *json;

		good += get(bench, paths[i % 4], &json) == 200;
		json_decref(json);
	}
	return (void *)good;
}

static void test_many_clients_at_once(void **state)
{
	struct bench bench;
	pthread_t threads[CLIENTS];

	(void)state;
	bench_start(&bench, 300, FAKE_ANSWERS);
	for (size_t i = 0; i < CLIENTS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, client, &bench), 0);
	for (size_t i = 0; i < CLIENTS; i++) {
		void *good;

		pthread_join(threads[i], &good);
		assert_int_equal((uintptr_t)good, ROUNDS);
	}
	bench_end(&bench);
}

static void expect_start(struct bench *bench, int error, const char *word)
{
	char storage[256];
	struct buf message = buf_over(storage, sizeof(storage));
	struct admin *admin = NULL;

	assert_int_equal(bench_admin(bench, &message, &admin), error);
	if (word)
		assert_non_null(strstr(buf_text(&message), word));
	admin_stop(&admin);
}

static void test_only_a_dead_socket_is_replaced(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct bench bench;
	struct stat st;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	bench_start(&bench, 1, FAKE_ANSWERS);
	assert_int_equal(stat(bench.socket_path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0660);
	expect_start(&bench, ERR_LOCKED, "answers on it");
	assert_int_equal(access(bench.socket_path, F_OK), 0);

	snprintf(bench.socket_path, sizeof(bench.socket_path), "%s/dead", bench.dir);
	strcpy(address.sun_path, bench.socket_path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
	expect_start(&bench, 0, NULL);

	snprintf(bench.socket_path, sizeof(bench.socket_path), "%s/file", bench.dir);
	fd = open(bench.socket_path, O_CREAT | O_WRONLY, 0600);
	assert_true(fd >= 0);
	close(fd);
	expect_start(&bench, ERR_EXISTS, "not a socket");
	assert_int_equal(access(bench.socket_path, F_OK), 0);

	snprintf(bench.socket_path, sizeof(bench.socket_path), "%s/no/such", bench.dir);
	expect_start(&bench, ERR_IO, "No such file");
	snprintf(bench.socket_path, sizeof(bench.socket_path), "%s/s", bench.dir);
	bench_end(&bench);
}

static void test_too_long_a_path_is_refused(void **state)
{
	char path[200], storage[400];
	struct buf message = buf_over(storage, sizeof(storage));
	struct admin_config config = {
	    .socket_path = path, .state_dir = "/tmp", .submit = fake_loop_submit};
	struct admin *admin = NULL;

	(void)state;
	memset(path, 'x', sizeof(path));
	path[0] = '/';
	path[sizeof(path) - 1] = 0;
	assert_int_equal(admin_start(&config, &message, &admin), ERR_LIMIT);
	assert_non_null(strstr(buf_text(&message), "107"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pages_hold_every_registration_once),
	    cmocka_unit_test(test_every_field_has_its_form),
	    cmocka_unit_test(test_what_is_wrong_is_said),
	    cmocka_unit_test(test_status_counts_and_stop_progresses),
	    cmocka_unit_test(test_last_stop_is_the_file),
	    cmocka_unit_test(test_who_waits_for_the_report_gets_it_when_the_daemon_goes),
	    cmocka_unit_test(test_who_has_gone_waits_for_no_report),
	    cmocka_unit_test(test_a_silent_loop_is_a_504_and_later_answers_find_nobody),
	    cmocka_unit_test(test_a_restart_that_takes_long_is_one),
	    cmocka_unit_test(test_refusal_and_full_mailbox_are_told),
	    cmocka_unit_test(test_a_full_house_lets_in_whoever_is_next),
	    cmocka_unit_test(test_questions_are_bounded),
	    cmocka_unit_test(test_a_client_that_waits_is_told_that_the_daemon_goes),
	    cmocka_unit_test(test_an_answer_that_came_is_not_lost_when_the_daemon_goes),
	    cmocka_unit_test(test_many_clients_at_once),
	    cmocka_unit_test(test_only_a_dead_socket_is_replaced),
	    cmocka_unit_test(test_too_long_a_path_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

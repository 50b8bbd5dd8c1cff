// SPDX-License-Identifier: Apache-2.0
/* The messages as a service manager would read them from its socket. */
#include "daemon/service.h"

#include "test/kit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

static int manager = -1;
static uv_loop_t loop;

static int setup(void **state)
{
	struct timeval patience = {.tv_sec = 5};
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	char text[16];

	(void)state;
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(manager >= 0);
	setsockopt(manager, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	/* An abstract name leaves no file behind. */
	snprintf(un.sun_path + 1, sizeof(un.sun_path) - 1, "regent-service-test-%d", getpid());
	assert_int_equal(
	    bind(manager, (struct sockaddr *)&un,
	        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(un.sun_path + 1))),
	    0);
	un.sun_path[0] = '@';
	setenv("NOTIFY_SOCKET", un.sun_path, 1);
	snprintf(text, sizeof(text), "%d", getpid());
	setenv("WATCHDOG_PID", text, 1);
	setenv("WATCHDOG_USEC", "20000", 1);
	assert_int_equal(uv_loop_init(&loop), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	close(manager);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
	return 0;
}

static const char *heard(void)
{
	static char text[512];
	ssize_t n = recv(manager, text, sizeof(text) - 1, 0);

	assert_true(n > 0);
	text[n] = 0;
	return text;
}

static void the_manager_hears_of_ready_status_and_stop(void **state)
{
	struct service *service = service_new(&loop);
	unsigned long us = 0;

	(void)state;
	assert_non_null(service);
	service_ready(service);
	assert_string_equal(heard(), "READY=1");
	service_status(service, "%d registrations", 3);
	assert_string_equal(heard(), "STATUS=3 registrations");
	service_stopping(service, 20);
	assert_string_equal(heard(), "STOPPING=1");
	assert_int_equal(sscanf(heard(), "EXTEND_TIMEOUT_USEC=%lu", &us), 1);
	assert_in_range(us, 39000000, 40000000);
	service_free(&service);
	assert_null(service);
}

/* With the socket itself: what is written to it comes out of what the manager got. */
static void a_socket_is_given_to_the_manager(void **state)
{
	struct service *service = service_new(&loop);
	char text[128], control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = {.iov_base = text, .iov_len = sizeof(text) - 1};
	struct msghdr message = {.msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = control,
	    .msg_controllen = sizeof(control)};
	int fds[2], kept;
	ssize_t n;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	service_keep(service, fds[0], "udp-127.0.0.1_5060");
	n = recvmsg(manager, &message, 0);
	assert_true(n > 0);
	text[n] = 0;
	assert_string_equal(text, "FDSTORE=1\nFDNAME=udp-127.0.0.1_5060");
	assert_non_null(CMSG_FIRSTHDR(&message));
	memcpy(&kept, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(kept));
	assert_int_equal(write(fds[1], "x", 1), 1);
	assert_int_equal(read(kept, text, 1), 1);
	service_forget(service, "udp-127.0.0.1_5060");
	assert_string_equal(heard(), "FDSTOREREMOVE=1\nFDNAME=udp-127.0.0.1_5060");
	close(kept);
	close(fds[0]);
	close(fds[1]);
	service_free(&service);
}

static void stop_running(uv_timer_t *timer)
{
	uv_close((uv_handle_t *)timer, NULL);
}

static void the_watchdog_hears_of_a_loop_that_lives(void **state)
{
	struct service *service = service_new(&loop);
	uv_timer_t timer;

	(void)state;
	uv_timer_init(&loop, &timer);
	uv_timer_start(&timer, stop_running, 60, 0);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_string_equal(heard(), "WATCHDOG=1");
	assert_string_equal(heard(), "WATCHDOG=1");
	service_free(&service);
}

static void a_manager_that_hangs_holds_nobody_up(void **state)
{
	struct service *service = service_new(&loop);

	(void)state;
	/* More than any queue holds; a call that waits would never return. */
	for (int i = 0; i < 100000; i++)
		service_status(service, "%d", i);
	assert_string_equal(heard(), "STATUS=0");
	service_free(&service);
}

static void the_journal_is_known_by_its_stream(void **state)
{
	char text[64];
	struct stat st;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(fstat(fds[1], &st), 0);
	unsetenv("JOURNAL_STREAM");
	assert_false(service_is_journal(fds[1]));
	snprintf(text, sizeof(text), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	setenv("JOURNAL_STREAM", text, 1);
	assert_true(service_is_journal(fds[1]));
	setenv("JOURNAL_STREAM", "8:12345678901", 1);
	assert_false(service_is_journal(fds[1]));
	unsetenv("JOURNAL_STREAM");
	close(fds[0]);
	close(fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
	        the_manager_hears_of_ready_status_and_stop, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_socket_is_given_to_the_manager, setup, teardown),
	    cmocka_unit_test_setup_teardown(
	        the_watchdog_hears_of_a_loop_that_lives, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_manager_that_hangs_holds_nobody_up, setup, teardown),
	    cmocka_unit_test(the_journal_is_known_by_its_stream),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

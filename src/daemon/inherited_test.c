// SPDX-License-Identifier: Apache-2.0
/*
 * What a service manager does before it starts a program: descriptors from 3 on, and
 * words in the environment. A child of ours stands for the program.
 */
#include "daemon/inherited.h"

#include "test/kit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* In a child with two sockets, 3 and 4: its exit status is that of `run`. */
static int child(const char *names, bool is_its_pid, int (*run)(struct inherited *inherited))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		int one = socket(AF_INET, SOCK_DGRAM, 0), two = socket(AF_INET, SOCK_DGRAM, 0);
		struct inherited inherited;
		char text[16];

		one = fcntl(one, F_DUPFD, 50);
		two = fcntl(two, F_DUPFD, 50);
		dup2(one, 3);
		dup2(two, 4);
		snprintf(text, sizeof(text), "%d", getpid() + (is_its_pid ? 0 : 1));
		setenv("LISTEN_PID", text, 1);
		setenv("LISTEN_FDS", "2", 1);
		setenv("LISTEN_FDNAMES", names, 1);
		inherited_read(&inherited);
		if (getenv("LISTEN_FDS"))
			_exit(99);
		_exit(run(&inherited));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WEXITSTATUS(status);
}

static int two_are_found(struct inherited *inherited)
{
	int second = inherited_take(inherited, "udp-b"), first = inherited_take(inherited, "udp-a");

	if (inherited->count != 2 || first != 3 || second != 4)
		return 1;
	if (inherited_take(inherited, "udp-a") != -1 || inherited_take(inherited, "udp") != -1)
		return 2;
	return fcntl(3, F_GETFD) == FD_CLOEXEC ? 0 : 3;
}

static int rest_is_closed(struct inherited *inherited)
{
	if (inherited_take(inherited, "udp-a") != 3)
		return 1;
	if (inherited_close(inherited, NULL) != 1)
		return 3;
	return fcntl(3, F_GETFD) >= 0 && fcntl(4, F_GETFD) < 0 ? 0 : 2;
}

static int none_is_ours(struct inherited *inherited)
{
	return (int)inherited->count;
}

static int one_has_a_name(struct inherited *inherited)
{
	return inherited_take(inherited, "udp-a") == 3 && inherited_take(inherited, "") == 4 ? 0
	                                                                                     : 1;
}

static void sockets_are_found_by_name(void **state)
{
	(void)state;
	assert_int_equal(child("udp-a:udp-b", true, two_are_found), 0);
	assert_int_equal(child("udp-a", true, one_has_a_name), 0);
}

static void what_nobody_takes_is_closed(void **state)
{
	(void)state;
	assert_int_equal(child("udp-a:udp-b", true, rest_is_closed), 0);
}

static void what_is_for_another_process_is_left(void **state)
{
	(void)state;
	assert_int_equal(child("udp-a:udp-b", false, none_is_ours), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sockets_are_found_by_name),
	    cmocka_unit_test(what_nobody_takes_is_closed),
	    cmocka_unit_test(what_is_for_another_process_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

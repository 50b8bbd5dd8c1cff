// SPDX-License-Identifier: Apache-2.0
/*
 * The state directory, its lock among several processes, and its files.
 */
#include "store/state_dir.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test/kit/temp_dir.h"
#include "test/kit/unit.h"

static char parent[TEMP_DIR_MAX], path[TEMP_DIR_MAX + 8];
static struct store_error error;

static int set_up(void **state)
{
	(void)state;
	temp_dir_make(parent);
	snprintf(path, sizeof(path), "%s/state", parent);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	temp_dir_remove(path);
	temp_dir_remove(parent);
	return 0;
}

static unsigned mode_of(const char *name)
{
	char file[TEMP_DIR_MAX + 32];
	struct stat st;

	snprintf(file, sizeof(file), "%s/%s", path, name);
	assert_int_equal(stat(file, &st), 0);
	return st.st_mode & 0777;
}

static void test_made_private(void **state)
{
	struct state_dir dir;

	(void)state;
	assert_int_equal(state_dir_open(path, &dir, &error), 0);
	assert_int_equal(mode_of("."), 0700);
	assert_int_equal(mode_of("lock"), 0600);
	state_dir_close(&dir);
	assert_int_equal(state_dir_open(path, &dir, &error), 0);
	state_dir_close(&dir);
}

static void test_locked_names_the_holder(void **state)
{
	struct state_dir dir;
	char expected[64];
	int status;
	pid_t child;

	(void)state;
	assert_int_equal(state_dir_open(path, &dir, &error), 0);
	snprintf(expected, sizeof(expected), "lock: held by process %ld regentd", (long)getpid());
	child = fork();
	if (child == 0) {
		struct state_dir other;

		/* The inherited descriptor would be the same lock. */
		state_dir_close(&dir);
		if (state_dir_open(path, &other, &error) != ERR_LOCKED ||
		    error.failure != STORE_LOCKED || !strstr(error.text, expected))
			_exit(1);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	state_dir_close(&dir);
}

static void test_lock_ends_with_its_process(void **state)
{
	struct state_dir dir;
	int status;
	pid_t child = fork();

	(void)state;
	if (child == 0)
		_exit(state_dir_open(path, &dir, &error) == 0 ? 0 : 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(state_dir_open(path, &dir, &error), 0);
	state_dir_close(&dir);
}

/* A child that holds the directory, and ends with 9 when it is told to go; its id. */
static pid_t hold(bool gives_way)
{
	struct state_dir dir;
	int fds[2];
	char byte;
	pid_t child;

	assert_int_equal(pipe(fds), 0);
	child = fork();
	if (child == 0) {
		sigset_t wanted;
		int number;

		sigemptyset(&wanted);
		sigaddset(&wanted, SIGTERM);
		sigprocmask(SIG_BLOCK, &wanted, NULL);
		if (state_dir_open(path, &dir, &error) != 0)
			_exit(1);
		if (gives_way)
			state_dir_give_way(&dir);
		if (write(fds[1], "", 1) != 1)
			_exit(2);
		sigwait(&wanted, &number);
		_exit(9);
	}
	close(fds[1]);
	assert_int_equal(read(fds[0], &byte, 1), 1);
	close(fds[0]);
	return child;
}

static void test_only_a_farewell_is_dismissed(void **state)
{
	int status;
	pid_t child;

	(void)state;
	assert_false(state_dir_is_held(path));
	assert_int_equal(state_dir_dismiss(path), 0);
	child = hold(false);
	assert_true(state_dir_is_held(path));
	assert_int_equal(state_dir_dismiss(path), 0);
	assert_int_equal(waitpid(child, &status, WNOHANG), 0);
	kill(child, SIGTERM);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_false(state_dir_is_held(path));
	/* Its name still stands in the file, and nobody has the number any more. */
	assert_int_equal(state_dir_dismiss(path), 0);

	child = hold(true);
	assert_true(state_dir_is_held(path));
	assert_int_equal(state_dir_dismiss(path), child);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(WEXITSTATUS(status), 9);
	assert_int_equal(state_dir_dismiss(path), 0);
}

/* One who locks the file for a reason of his own is no farewell, whatever the file says. */
static void test_a_stranger_is_not_dismissed(void **state)
{
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fds[2], status, fd;
	char file[TEMP_DIR_MAX + 32], byte;
	pid_t child;

	(void)state;
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(pipe(fds), 0);
	snprintf(file, sizeof(file), "%s/lock", path);
	child = fork();
	if (child == 0) {
		fd = open(file, O_RDWR | O_CREAT, 0600);
		dprintf(fd, "%ld farewell\n", (long)getpid());
		if (fcntl(fd, F_SETLK, &whole) != 0 || write(fds[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	assert_int_equal(read(fds[0], &byte, 1), 1);
	assert_true(state_dir_is_held(path));
	assert_int_equal(state_dir_dismiss(path), 0);
	assert_int_equal(waitpid(child, &status, WNOHANG), 0);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	close(fds[0]);
	close(fds[1]);
}

static void test_unwritable(void **state)
{
	struct state_dir dir;
	char file[TEMP_DIR_MAX + 32];
	FILE *stream;

	(void)state;
	snprintf(file, sizeof(file), "%s/missing/state", parent);
	assert_int_equal(state_dir_open(file, &dir, &error), ERR_ACCESS);
	assert_int_equal(error.failure, STORE_UNWRITABLE);
	assert_non_null(strstr(error.text, "cannot be made: No such file or directory"));

	snprintf(file, sizeof(file), "%s/file", parent);
	stream = fopen(file, "w");
	assert_non_null(stream);
	fclose(stream);
	assert_int_equal(state_dir_open(file, &dir, &error), ERR_ACCESS);
	assert_int_equal(error.failure, STORE_UNWRITABLE);
	assert_int_equal(state_dir_open("/proc/regent", &dir, &error), ERR_ACCESS);
	assert_int_equal(error.failure, STORE_UNWRITABLE);
}

static void test_files(void **state)
{
	struct state_dir dir;
	char bytes[8];
	size_t n;

	(void)state;
	assert_int_equal(state_dir_open(path, &dir, &error), 0);
	assert_int_equal(
	    state_dir_read(&dir, "f", bytes, sizeof(bytes), &n, &error), ERR_NOT_FOUND);
	assert_false(state_dir_has(&dir, "f"));
	assert_int_equal(state_dir_write(&dir, "f", "one", 3, &error), 0);
	assert_int_equal(state_dir_write(&dir, "f", "eight 88", 8, &error), 0);
	assert_int_equal(mode_of("f"), 0600);
	assert_true(state_dir_has(&dir, "f"));
	assert_int_equal(state_dir_read(&dir, "f", bytes, sizeof(bytes), &n, &error), 0);
	assert_int_equal(n, 8);
	assert_memory_equal(bytes, "eight 88", 8);
	assert_int_equal(state_dir_read(&dir, "f", bytes, 7, &n, &error), ERR_DAMAGED);
	assert_false(state_dir_has(&dir, "f.tmp"));
	state_dir_close(&dir);
}

#define STATE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    STATE_TEST(test_made_private),
	    STATE_TEST(test_locked_names_the_holder),
	    STATE_TEST(test_lock_ends_with_its_process),
	    STATE_TEST(test_only_a_farewell_is_dismissed),
	    STATE_TEST(test_a_stranger_is_not_dismissed),
	    STATE_TEST(test_unwritable),
	    STATE_TEST(test_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

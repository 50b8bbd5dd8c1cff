// SPDX-License-Identifier: Apache-2.0
/*
 * Put before a regentd with LD_PRELOAD: holds its syncs of the ledger, or lets them fail, and no
 * others. REGENT_LEDGER_GATE names a file: while somebody else has an exclusive flock() on it,
 * they wait; where it is not empty, they fail with EIO. Only for tests, that no clock decides.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

int fsync(int fd);
int fdatasync(int fd);

static bool is_of_ledger(int fd)
{
	char link[64], path[PATH_MAX];
	const char *name;
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0)
		return false;
	path[n] = '\0';
	name = strrchr(path, '/');
	return name && !strncmp(name, "/ledger.", strlen("/ledger."));
}

/* Waits for its turn at the gate; true where the sync may be done. */
static bool pass(int fd)
{
	const char *gate = getenv("REGENT_LEDGER_GATE");
	struct stat st = {0};
	int gate_fd;

	if (!gate || !is_of_ledger(fd))
		return true;
	gate_fd = open(gate, O_RDONLY | O_CLOEXEC);
	if (gate_fd < 0)
		return true;
	while (flock(gate_fd, LOCK_SH) < 0 && errno == EINTR)
		;
	fstat(gate_fd, &st);
	close(gate_fd);
	return st.st_size == 0;
}

static int sync_as(const char *name, int fd)
{
	int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);

	if (pass(fd))
		return real(fd);
	errno = EIO;
	return -1;
}

int fsync(int fd)
{
	return sync_as("fsync", fd);
}

int fdatasync(int fd)
{
	return sync_as("fdatasync", fd);
}

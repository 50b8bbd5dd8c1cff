// SPDX-License-Identifier: Apache-2.0
/*
 * Asks who would be in the way of a lock, and takes none: a regentd that starts
 * meanwhile finds it free.
 */
#include "ctl/lock.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void read_holder(int fd, char holder[LOCK_HOLDER_MAX])
{
	ssize_t n = pread(fd, holder, LOCK_HOLDER_MAX - 1, 0);

	holder[n > 0 ? n : 0] = 0;
}

void lock_open(struct lock *lock, const char *path)
{
	const char *slash = strrchr(path, '/');
	char text[PATH_MAX];

	snprintf(text, sizeof(text), "%.*s/lock", slash ? (int)(slash - path) : 0, path);
	lock->fd = open(text, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (lock->fd >= 0)
		read_holder(lock->fd, lock->holder);
}

void lock_close(struct lock *lock)
{
	if (lock->fd >= 0)
		close(lock->fd);
	lock->fd = -1;
}

bool lock_is_held(const struct lock *lock)
{
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	char holder[LOCK_HOLDER_MAX];

	if (lock->fd < 0 || fcntl(lock->fd, F_OFD_GETLK, &whole) != 0 || whole.l_type == F_UNLCK)
		return false;
	read_holder(lock->fd, holder);
	return strcmp(holder, lock->holder) == 0;
}

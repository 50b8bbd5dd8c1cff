// SPDX-License-Identifier: Apache-2.0
/*
 * An ordinary file whose blocks are taken, not a hole.
 */
#include "store/reserve.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_NAME "reserve"
#define SIZE      (1 << 20) /* the numbers of many starts, or the owed marks of some thousand rows */

void reserve_make(const struct state_dir *dir)
{
	struct stat st;
	int fd;

	if (fstatat(dir->fd, FILE_NAME, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_size >= SIZE)
		return;
	fd = openat(
	    dir->fd, FILE_NAME, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (fd < 0)
		return;
	if (posix_fallocate(fd, 0, SIZE) != 0 || fsync(fd) != 0)
		unlinkat(dir->fd, FILE_NAME, 0);
	close(fd);
}

bool reserve_release(const struct state_dir *dir)
{
	return unlinkat(dir->fd, FILE_NAME, 0) == 0 && fsync(dir->fd) == 0;
}

// SPDX-License-Identifier: Apache-2.0
/*
 * An ordinary file whose blocks are taken, not a hole.
 */
#include "store/reserve.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_NAME "reserve"
#define SIZE      (1 << 20) /* the numbers of many starts, or the owed marks of some thousand rows */

/* Where the file system cannot do it, glibc reads what is there before it writes. */
static int take_blocks(int fd)
{
	int number = posix_fallocate(fd, 0, SIZE);

	return number == 0 && fsync(fd) != 0 ? errno : number;
}

int reserve_make(const struct state_dir *dir, struct store_error *error)
{
	char path[STATE_PATH_MAX];
	struct stat st;
	int fd, number;

	if (fstatat(dir->fd, FILE_NAME, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_size >= SIZE)
		return 0;
	state_dir_path(dir, FILE_NAME, path);
	fd = openat(
	    dir->fd, FILE_NAME, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (fd < 0)
		return store_fail_errno(error, errno, path, "made");
	number = take_blocks(fd);
	close(fd);
	if (number == 0)
		return 0;
	unlinkat(dir->fd, FILE_NAME, 0);
	return store_fail_errno(error, number, path, "made");
}

bool reserve_release(const struct state_dir *dir)
{
	return unlinkat(dir->fd, FILE_NAME, 0) == 0 && fsync(dir->fd) == 0;
}

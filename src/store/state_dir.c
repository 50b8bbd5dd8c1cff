// SPDX-License-Identifier: Apache-2.0
/*
 * The lock is an open-file-description lock on the first byte: it ends with the
 * process, however it ends, and another descriptor of ours on the same file does
 * not drop it. The file names process id and role. A farewell holds a record lock
 * of the old kind on the second byte as well: of those alone the kernel tells
 * whose they are.
 */
#include "store/state_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROLE_FAREWELL "farewell"
#define HOLDER_MAX    40 /* of the text in the file */

enum lock_byte { BYTE_HELD, BYTE_FAREWELL };

static struct flock lock_of(enum lock_byte byte)
{
	return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};
}

const char *state_dir_path(const struct state_dir *dir, const char *name, char *path_r)
{
	snprintf(path_r, STATE_PATH_MAX, "%s/%s", dir->path, name);
	return path_r;
}

static const char *kind_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return "a directory";
	case S_IFLNK:
		return "a symbolic link";
	case S_IFIFO:
		return "a pipe";
	case S_IFSOCK:
		return "a socket";
	default:
		return "a device";
	}
}

/* Opening it might wait for ever, or lead elsewhere. */
int state_file_check(const char *path, struct store_error *error)
{
	struct stat st;

	if (lstat(path, &st) != 0 || S_ISREG(st.st_mode))
		return 0;
	return store_fail(error, STORE_DAMAGED,
	    "%s: is damaged: %s stands in the place of the file", path, kind_of(st.st_mode));
}

static int refuse_locked(const char *path, int fd, struct store_error *error)
{
	char holder[HOLDER_MAX] = "";
	ssize_t n = pread(fd, holder, sizeof(holder) - 1, 0);

	if (n <= 0)
		return store_fail(error, STORE_LOCKED, "%s: held by another process", path);
	holder[strspn(holder, "0123456789 abcdefghijklmnopqrstuvwxyz")] = '\0';
	return store_fail(error, STORE_LOCKED, "%s: held by process %s", path, holder);
}

static int name_holder(int fd, const char *role)
{
	char text[HOLDER_MAX];
	int n = snprintf(text, sizeof(text), "%ld %s\n", (long)getpid(), role);

	/* In this order a full disk still has the block that the former name was in. */
	if (pwrite(fd, text, (size_t)n, 0) == n && ftruncate(fd, n) == 0)
		return 0;
	return errno ? errno : ENOSPC;
}

/*
 * On a disk that can only be read the file can only be locked for reading. That holds off who could
 * write, and flock() who cannot either.
 */
static int open_held(const char *path, int *fd_r)
{
	struct flock held = lock_of(BYTE_HELD);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0 && errno == EROFS) {
		held.l_type = F_RDLCK;
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	}
	*fd_r = fd;
	if (fd < 0)
		return errno;
	if (fcntl(fd, F_OFD_SETLK, &held) != 0)
		return errno == EACCES ? EAGAIN : errno;
	return held.l_type == F_RDLCK && flock(fd, LOCK_EX | LOCK_NB) != 0 ? errno : 0;
}

/* That it cannot be named in the file is no reason not to start: a full disk holds bindings too. */
static int take_lock(struct state_dir *dir, struct store_error *error)
{
	char path[STATE_PATH_MAX];
	int failed, rc = state_file_check(state_dir_path(dir, "lock", path), error);

	if (rc != 0)
		return rc;
	failed = open_held(path, &dir->lock_fd);
	if (failed == EAGAIN)
		return refuse_locked(path, dir->lock_fd, error);
	if (failed != 0)
		return store_fail_errno(
		    error, failed, path, dir->lock_fd < 0 ? "opened" : "locked");
	(void)name_holder(dir->lock_fd, "regentd");
	return 0;
}

/* Where this fails, a daemon that starts says who is in its way. */
void state_dir_give_way(const struct state_dir *dir)
{
	struct flock farewell = lock_of(BYTE_FAREWELL);

	(void)name_holder(dir->lock_fd, ROLE_FAREWELL);
	(void)fcntl(dir->lock_fd, F_SETLK, &farewell);
}

static int open_lock(const char *path)
{
	char name[STATE_PATH_MAX];
	int fd;

	snprintf(name, sizeof(name), "%s/lock", path);
	fd = open(name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 && errno == EROFS ? open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : fd;
}

bool state_dir_is_held(const char *path)
{
	struct flock held = lock_of(BYTE_HELD);
	int fd = open_lock(path);
	bool is_held = fd >= 0 && fcntl(fd, F_OFD_GETLK, &held) == 0 && held.l_type != F_UNLCK;

	if (fd >= 0)
		close(fd);
	return is_held;
}

static bool is_named(int fd, pid_t pid, const char *role)
{
	char text[HOLDER_MAX] = "", expected[HOLDER_MAX];

	snprintf(expected, sizeof(expected), "%ld %s\n", (long)pid, role);
	return pread(fd, text, sizeof(text) - 1, 0) > 0 && strcmp(text, expected) == 0;
}

/* Somebody else may lock the whole file for a reason of his own: the file must name him too. */
static pid_t farewell_of(int fd)
{
	struct flock farewell = lock_of(BYTE_FAREWELL);

	if (fcntl(fd, F_GETLK, &farewell) != 0 || farewell.l_type == F_UNLCK)
		return 0;
	if (farewell.l_start != BYTE_FAREWELL || farewell.l_len != 1 || farewell.l_pid <= 0)
		return 0;
	return is_named(fd, farewell.l_pid, ROLE_FAREWELL) ? farewell.l_pid : 0;
}

pid_t state_dir_dismiss(const char *path)
{
	int fd = open_lock(path), process = -1;
	pid_t pid = fd >= 0 ? farewell_of(fd) : 0;
	bool was_told = false;

	if (pid)
		process = pidfd_open(pid, 0);
	/* Asked again once the process is held: its number may have become another's meanwhile. */
	if (process >= 0 && farewell_of(fd) == pid)
		was_told = pidfd_send_signal(process, SIGTERM, NULL, 0) == 0;
	if (process >= 0)
		close(process);
	if (fd >= 0)
		close(fd);
	return was_told ? pid : 0;
}

int state_dir_open(const char *path, struct state_dir *dir_r, struct store_error *error)
{
	struct state_dir dir = {.fd = -1, .lock_fd = -1};
	int rc = 0;

	if (strlen(path) >= sizeof(dir.path))
		return store_fail(error, STORE_UNWRITABLE, "%.64s…: the path is too long", path);
	strcpy(dir.path, path);
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return store_fail_errno(error, errno, path, "made");
	dir.fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir.fd < 0)
		return store_fail_errno(error, errno, path, "opened");
	rc = take_lock(&dir, error);
	if (rc != 0)
		state_dir_close(&dir);
	else
		*dir_r = dir;
	return rc;
}

void state_dir_close(struct state_dir *dir)
{
	if (dir->lock_fd >= 0)
		close(dir->lock_fd);
	if (dir->fd >= 0)
		close(dir->fd);
	dir->lock_fd = dir->fd = -1;
}

bool state_dir_has(const struct state_dir *dir, const char *name)
{
	struct stat st;

	return fstatat(dir->fd, name, &st, 0) == 0 && st.st_size > 0;
}

int state_dir_sync(const struct state_dir *dir, struct store_error *error)
{
	return fsync(dir->fd) == 0 ? 0 : store_fail_errno(error, errno, dir->path, "synced");
}

int state_dir_remove(const struct state_dir *dir, const char *name, struct store_error *error)
{
	char path[STATE_PATH_MAX];

	if (unlinkat(dir->fd, name, 0) == 0 || errno == ENOENT)
		return 0;
	return store_fail_errno(error, errno, state_dir_path(dir, name, path), "removed");
}

int state_dir_rename(
    const struct state_dir *dir, const char *from, const char *to, struct store_error *error)
{
	char path[STATE_PATH_MAX];

	if (renameat(dir->fd, from, dir->fd, to) != 0)
		return store_fail_errno(error, errno, state_dir_path(dir, from, path), "renamed");
	return state_dir_sync(dir, error);
}

static int write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t put = write(fd, p, n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return errno;
		p += put;
		n -= (size_t)put;
	}
	return fsync(fd) == 0 ? 0 : errno;
}

int state_dir_write(const struct state_dir *dir, const char *name, const void *bytes, size_t n,
    struct store_error *error)
{
	char path[STATE_PATH_MAX], temporary[64];
	int fd, failed;

	state_dir_path(dir, name, path);
	snprintf(temporary, sizeof(temporary), "%s.tmp", name);
	/* What a killed process left behind may have another mode. */
	unlinkat(dir->fd, temporary, 0);
	fd = openat(dir->fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return store_fail_errno(error, errno, path, "written");
	failed = write_all(fd, bytes, n);
	close(fd);
	if (failed == 0 && renameat(dir->fd, temporary, dir->fd, name) != 0)
		failed = errno;
	if (failed != 0) {
		unlinkat(dir->fd, temporary, 0);
		return store_fail_errno(error, failed, path, "written");
	}
	return state_dir_sync(dir, error);
}

int state_dir_read(const struct state_dir *dir, const char *name, void *bytes_r, size_t cap,
    size_t *n_r, struct store_error *error)
{
	char path[STATE_PATH_MAX];
	size_t n = 0;
	int fd, rc = state_file_check(state_dir_path(dir, name, path), error);

	if (rc != 0)
		return rc;
	fd = openat(dir->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 && errno == ENOENT)
		return ERR_NOT_FOUND;
	if (fd < 0)
		return store_fail_errno(error, errno, path, "read");
	for (;;) {
		char more;
		ssize_t got = n < cap ? read(fd, (char *)bytes_r + n, cap - n) : read(fd, &more, 1);
		int number = errno;

		if (got < 0 && number == EINTR)
			continue;
		if (got <= 0 || n == cap) {
			close(fd);
			*n_r = n;
			if (got < 0)
				return store_fail_errno(error, number, path, "read");
			return got == 0 ? 0
			                : store_fail(error, STORE_DAMAGED,
			                      "%s: is damaged: too large", path);
		}
		n += (size_t)got;
	}
}

/* Not every file system knows files without a name. */
int state_dir_spool(const char *path)
{
	char name[STATE_PATH_MAX];
	int fd = open(path, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
		return fd;
	snprintf(name, sizeof(name), "%s/spool-XXXXXX", path);
	fd = mkostemp(name, O_CLOEXEC);
	if (fd >= 0)
		unlink(name);
	return fd;
}

// SPDX-License-Identifier: Apache-2.0
/*
 * A socket file outlives the process that made it. What is found at the path is
 * therefore asked first: a socket that refuses the connection has no process
 * behind it and goes, anything else stays.
 */
#include "admin/admin_socket.h"

#include "base/error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 64

static int fail(struct buf *message, int error, const char *path, const char *why)
{
	buf_puts(message, "admin.socket: ");
	buf_puts(message, path);
	buf_puts(message, ": ");
	buf_puts(message, why);
	return error;
}

static int fail_errno(struct buf *message, const char *path)
{
	int error = errno == EACCES || errno == EPERM ? ERR_ACCESS : ERR_IO;

	return fail(message, error, path, strerror(errno));
}

static int new_fd(void)
{
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/* 0 where a connection was taken, else the errno. A full backlog is somebody, too. */
static int probe(const struct sockaddr_un *address)
{
	int fd = new_fd();
	int error = 0;

	if (fd < 0)
		return errno;
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)))
		error = errno == EAGAIN ? 0 : errno;
	close(fd);
	return error;
}

static int make_room(const struct sockaddr_un *address, struct buf *message)
{
	const char *path = address->sun_path;
	struct stat st;
	int error;

	if (lstat(path, &st))
		return errno == ENOENT ? 0 : fail_errno(message, path);
	if (!S_ISSOCK(st.st_mode))
		return fail(message, ERR_EXISTS, path, "is there already and is not a socket");
	error = probe(address);
	if (!error)
		return fail(message, ERR_LOCKED, path, "another process answers on it");
	if (error != ECONNREFUSED) {
		errno = error;
		return fail_errno(message, path);
	}
	if (unlink(path) && errno != ENOENT)
		return fail_errno(message, path);
	return 0;
}

/*
 * Linux takes the mode of the new file from the socket's own inode, so that no
 * other process finds it open in between; chmod then adds what the umask took.
 */
static int bind_and_listen(
    int fd, const struct sockaddr_un *address, unsigned mode, struct stat *st_r)
{
	if (fchmod(fd, mode & 0600) || bind(fd, (const struct sockaddr *)address, sizeof(*address)))
		return -1;
	if (lstat(address->sun_path, st_r) || chmod(address->sun_path, mode) ||
	    listen(fd, BACKLOG)) {
		int error = errno;

		unlink(address->sun_path);
		errno = error;
		return -1;
	}
	return 0;
}

int admin_socket_open(
    const char *path, unsigned mode, struct buf *message, struct admin_socket *socket_r)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct stat st;
	char *copy;
	int error, fd;

	if (!*path || strlen(path) >= sizeof(address.sun_path))
		return fail(message, ERR_LIMIT, path, "a socket's path has 1 to 107 characters");
	memcpy(address.sun_path, path, strlen(path));
	error = make_room(&address, message);
	if (error)
		return error;
	fd = new_fd();
	if (fd < 0)
		return fail_errno(message, path);
	copy = strdup(path);
	if (!copy)
		error = fail(message, ERR_MEMORY, path, error_text(ERR_MEMORY));
	else if (bind_and_listen(fd, &address, mode, &st))
		error = fail_errno(message, path);
	if (error) {
		free(copy);
		close(fd);
		return error;
	}
	*socket_r = (struct admin_socket){fd, copy, st.st_dev, st.st_ino};
	return 0;
}

void admin_socket_remove(struct admin_socket *socket)
{
	struct stat st;

	if (!lstat(socket->path, &st) && st.st_dev == socket->device && st.st_ino == socket->inode)
		unlink(socket->path);
	free(socket->path);
	*socket = (struct admin_socket){.fd = -1};
}

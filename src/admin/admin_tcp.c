// SPDX-License-Identifier: Apache-2.0
/*
 * A plain listening socket; libmicrohttpd does the rest.
 */
#include "admin/admin_tcp.h"

#include "base/error.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 64

static socklen_t sockaddr_of(const struct netaddr *address, struct sockaddr_storage *storage_r)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)storage_r;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)storage_r;

	*storage_r = (struct sockaddr_storage){0};
	if (address->family == 4) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(address->port);
		memcpy(&v4->sin_addr, address->ip, sizeof(v4->sin_addr));
		return sizeof(*v4);
	}
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(address->port);
	v6->sin6_scope_id = address->scope;
	memcpy(&v6->sin6_addr, address->ip, sizeof(v6->sin6_addr));
	return sizeof(*v6);
}

int admin_tcp_open(const struct netaddr *address, struct buf *message, int *fd_r)
{
	struct sockaddr_storage storage;
	socklen_t n = sockaddr_of(address, &storage);
	int one = 1;
	int fd = socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int error;

	*fd_r = fd;
	if (fd >= 0 && !setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) &&
	    (address->family == 4 ||
	        !setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one))) &&
	    !bind(fd, (const struct sockaddr *)&storage, n) && !listen(fd, BACKLOG))
		return 0;
	error = errno;
	buf_puts(message, "admin.listen: ");
	netaddr_put(message, address);
	buf_puts(message, ": ");
	buf_puts(message, strerror(error));
	if (fd >= 0)
		close(fd);
	return error == EADDRINUSE ? ERR_EXISTS : ERR_IO;
}

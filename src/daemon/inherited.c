// SPDX-License-Identifier: Apache-2.0
/*
 * Inherited sockets; see inherited.h.
 */
#include "daemon/inherited.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_FD 3

static unsigned number_of(const char *name)
{
	const char *text = getenv(name);

	return text ? (unsigned)strtoul(text, NULL, 10) : 0;
}

static void add(struct inherited *inherited, int fd, const char *name, size_t n)
{
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return;
	if (inherited->count == INHERITED_MAX || n >= SERVICE_NAME_MAX) {
		close(fd);
		return;
	}
	inherited->sockets[inherited->count].fd = fd;
	memcpy(inherited->sockets[inherited->count].name, name, n);
	inherited->sockets[inherited->count].name[n] = '\0';
	inherited->count++;
}

void inherited_read(struct inherited *inherited_r)
{
	const char *names = getenv("LISTEN_FDNAMES");
	unsigned count = number_of("LISTEN_FDS");

	*inherited_r = (struct inherited){0};
	if (number_of("LISTEN_PID") != (unsigned)getpid() || !names)
		count = 0;
	for (unsigned i = 0; i < count && i < INHERITED_MAX; i++) {
		size_t n = strcspn(names, ":");

		add(inherited_r, FIRST_FD + (int)i, names, n);
		names += names[n] ? n + 1 : n;
	}
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
}

int inherited_take(struct inherited *inherited, const char *name)
{
	for (unsigned i = 0; i < inherited->count; i++) {
		int fd = inherited->sockets[i].fd;

		if (fd < 0 || strcmp(inherited->sockets[i].name, name) != 0)
			continue;
		inherited->sockets[i].fd = -1;
		return fd;
	}
	return -1;
}

unsigned inherited_close(struct inherited *inherited, struct service *service)
{
	unsigned closed = 0;

	for (unsigned i = 0; i < inherited->count; i++) {
		if (inherited->sockets[i].fd < 0)
			continue;
		close(inherited->sockets[i].fd);
		closed++;
		if (service)
			service_forget(service, inherited->sockets[i].name);
	}
	inherited->count = 0;
	return closed;
}

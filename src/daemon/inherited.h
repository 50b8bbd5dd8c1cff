// SPDX-License-Identifier: Apache-2.0
/*
 * Sockets that the service manager hands to a start: those that the process before
 * gave it to keep (LISTEN_FDS, sd_listen_fds(3)). Whether they still fit is for
 * whoever takes one to say.
 */
#pragma once

#include "daemon/service.h"

#define INHERITED_MAX 64

struct inherited {
	unsigned count;
	struct {
		int fd;
		char name[SERVICE_NAME_MAX];
	} sockets[INHERITED_MAX];
};

/*
 * Reads and clears the environment, before anything else opens a descriptor or
 * starts a process. Without a manager, or where its sockets are another's: none.
 */
void inherited_read(struct inherited *inherited_r);

/* The socket of that name, which is the caller's from here on; -1 without. */
int inherited_take(struct inherited *inherited, const char *name);

/*
 * Closes those that nobody took, and has the manager forget them; how many. It closes its
 * own a moment later. `service`: NULL without.
 */
unsigned inherited_close(struct inherited *inherited, struct service *service);

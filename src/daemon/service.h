// SPDX-License-Identifier: Apache-2.0
/*
 * What the service manager is told (sd_notify(3)): that we are ready, what we
 * do, that a stop takes its time, that the loop lives. No call ever
 * waits; without a manager every one does nothing.
 */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

/*
 * Asked for beyond a stop's deadline: the loop may have ended 5 s after it was
 * asked last, and the ledger gets 10 s to reach the disk.
 */
#define SERVICE_MARGIN_S 20

#define SERVICE_NAME_MAX 64 /* of a socket that the manager keeps, with its NUL */

/* True where what is written to `fd` goes to the journal (JOURNAL_STREAM, systemd.exec(5)). */
bool service_is_journal(int fd);

struct service;

/* Begins the watchdog's beat where the manager wants one. NULL without memory. */
struct service *service_new(uv_loop_t *loop);

/* Ends in the loop: run it once more. */
void service_free(struct service **service);

void service_ready(struct service *service);
PRINTF_LIKE(2, 3) void service_status(struct service *service, const char *format, ...);

/*
 * Asks the manager to keep a socket beyond our end, or no longer to (FDSTORE,
 * sd_pid_notify_with_fds(3)): the next start finds it by its name (daemon/inherited.h).
 */
void service_keep(struct service *service, int fd, const char *name);
void service_forget(struct service *service, const char *name);

/* True where there is a manager that may keep sockets. */
bool service_is_there(const struct service *service);

/* While objects and ledger are read and applied again (SIGHUP), then service_ready(). */
void service_reloading(struct service *service);

/* A stop began that ends at the latest `deadline_s` from now: asks for that time, and keeps asking.
 */
void service_stopping(struct service *service, uint32_t deadline_s);

// SPDX-License-Identifier: Apache-2.0
/*
 * Messages to the service manager; see service.h. The protocol is one datagram
 * to a Unix socket (sd_notify(3)). libsystemd would send it with a call that
 * waits: a manager that hangs, its queue full, would take the loop with it.
 */
#include "daemon/service.h"

#include "net/clock.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define RENEW_MS 5000

struct service {
	uv_timer_t beat;  /* WATCHDOG=1 */
	uv_timer_t renew; /* EXTEND_TIMEOUT_USEC while stopping */
	uint64_t stop_until_us;
	int fd;      /* -1 without a manager */
	int closing; /* handles whose close callback is still to come */
};

bool service_is_journal(int fd)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char own[48];
	struct stat st;

	if (!stream || fstat(fd, &st) != 0)
		return false;
	/* Inherited by a shell's children too, whose output may go elsewhere. */
	snprintf(own, sizeof(own), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	return strcmp(stream, own) == 0;
}

static int open_socket(void)
{
	const char *name = getenv("NOTIFY_SOCKET");
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	size_t n = name ? strlen(name) : 0;
	int fd;

	if (n < 2 || n >= sizeof(un.sun_path) || (name[0] != '/' && name[0] != '@'))
		return -1;
	memcpy(un.sun_path, name, n);
	if (name[0] == '@')
		un.sun_path[0] = 0;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&un,
	        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) == 0)
		return fd;
	close(fd);
	return -1;
}

/* What finds the manager's queue full is lost; all that matters is said again. */
PRINTF_LIKE(2, 3) static void tell(struct service *service, const char *format, ...)
{
	char text[320];
	va_list args;
	int n;

	if (service->fd < 0)
		return;
	va_start(args, format);
	n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (n > 0 && n < (int)sizeof(text))
		(void)!send(service->fd, text, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void service_keep(struct service *service, int fd, const char *name)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {{0}};
	char text[SERVICE_NAME_MAX + 24];
	struct iovec iov = {.iov_base = text};
	struct msghdr message = {
	    .msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = &control,
	    .msg_controllen = sizeof(control.bytes),
	};

	if (service->fd < 0)
		return;
	iov.iov_len = (size_t)snprintf(text, sizeof(text), "FDSTORE=1\nFDNAME=%s", name);
	control.align.cmsg_level = SOL_SOCKET;
	control.align.cmsg_type = SCM_RIGHTS;
	control.align.cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(&control.align), &fd, sizeof(fd));
	(void)!sendmsg(service->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void service_forget(struct service *service, const char *name)
{
	tell(service, "FDSTOREREMOVE=1\nFDNAME=%s", name);
}

bool service_is_there(const struct service *service)
{
	return service->fd >= 0;
}

static void beat(uv_timer_t *timer)
{
	tell(timer->data, "WATCHDOG=1");
}

/* How often the manager wants to hear of us, in us; 0 where it does not care. */
static uint64_t watchdog_us(void)
{
	const char *us = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");

	if (!us || (pid && strtol(pid, NULL, 10) != getpid()))
		return 0;
	return strtoull(us, NULL, 10);
}

struct service *service_new(uv_loop_t *loop)
{
	struct service *service = calloc(1, sizeof(*service));
	uint64_t beat_ms = watchdog_us() / 2 / US_PER_MS;

	if (!service)
		return NULL;
	service->fd = open_socket();
	uv_timer_init(loop, &service->beat);
	uv_timer_init(loop, &service->renew);
	service->beat.data = service->renew.data = service;
	if (beat_ms > 0)
		uv_timer_start(&service->beat, beat, 0, beat_ms);
	/* They serve the daemon and are no reason for its loop to go on. */
	uv_unref((uv_handle_t *)&service->beat);
	uv_unref((uv_handle_t *)&service->renew);
	return service;
}

static void closed(uv_handle_t *handle)
{
	struct service *service = handle->data;

	if (--service->closing == 0)
		free(service);
}

void service_free(struct service **service)
{
	if (!*service)
		return;
	if ((*service)->fd >= 0)
		close((*service)->fd);
	(*service)->closing = 2;
	uv_close((uv_handle_t *)&(*service)->beat, closed);
	uv_close((uv_handle_t *)&(*service)->renew, closed);
	*service = NULL;
}

void service_ready(struct service *service)
{
	tell(service, "READY=1");
}

void service_status(struct service *service, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	tell(service, "STATUS=%s", text);
}

void service_reloading(struct service *service)
{
	tell(service, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, uv_hrtime() / 1000);
}

/* The manager counts from each message anew, so what is asked for is what is left. */
static void extend(uv_timer_t *timer)
{
	struct service *service = timer->data;
	uint64_t now_us = clock_now().mono_us;
	uint64_t left_us = service->stop_until_us > now_us ? service->stop_until_us - now_us : 0;

	tell(service, "EXTEND_TIMEOUT_USEC=%" PRIu64, left_us + SERVICE_MARGIN_S * US_PER_S);
}

void service_stopping(struct service *service, uint32_t deadline_s)
{
	service->stop_until_us = clock_now().mono_us + deadline_s * US_PER_S;
	tell(service, "STOPPING=1");
	extend(&service->renew);
	uv_timer_start(&service->renew, extend, RENEW_MS, RENEW_MS);
}

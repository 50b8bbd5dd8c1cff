// SPDX-License-Identifier: Apache-2.0
/*
 * Messages to the service manager; see service.h.
 */
#include "daemon/service.h"

#include "net/clock.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>

#define RENEW_MS 5000

struct service {
	uv_timer_t beat;  /* WATCHDOG=1 */
	uv_timer_t renew; /* EXTEND_TIMEOUT_USEC while stopping */
	uint64_t stop_until_us;
	int closing; /* handles whose close callback is still to come */
};

static void beat(uv_timer_t *timer)
{
	(void)timer;
	sd_notify(0, "WATCHDOG=1");
}

struct service *service_new(uv_loop_t *loop)
{
	struct service *service = calloc(1, sizeof(*service));
	uint64_t watchdog_us = 0;

	if (!service)
		return NULL;
	uv_timer_init(loop, &service->beat);
	uv_timer_init(loop, &service->renew);
	service->beat.data = service->renew.data = service;
	if (sd_watchdog_enabled(0, &watchdog_us) > 0)
		uv_timer_start(&service->beat, beat, 0, watchdog_us / 2 / US_PER_MS + 1);
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
	(*service)->closing = 2;
	uv_close((uv_handle_t *)&(*service)->beat, closed);
	uv_close((uv_handle_t *)&(*service)->renew, closed);
	*service = NULL;
}

void service_ready(struct service *service)
{
	(void)service;
	sd_notify(0, "READY=1");
}

void service_status(struct service *service, const char *format, ...)
{
	char text[256];
	va_list args;

	(void)service;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	sd_notifyf(0, "STATUS=%s", text);
}

void service_reloading(struct service *service)
{
	(void)service;
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, uv_hrtime() / 1000);
}

/* The manager counts from each message anew, so what is asked for is what is left. */
static void extend(uv_timer_t *timer)
{
	struct service *service = timer->data;
	uint64_t now_us = clock_now().mono_us;
	uint64_t left_us = service->stop_until_us > now_us ? service->stop_until_us - now_us : 0;

	sd_notifyf(0, "EXTEND_TIMEOUT_USEC=%" PRIu64, left_us + SERVICE_MARGIN_S * US_PER_S);
}

void service_stopping(struct service *service, uint32_t deadline_s)
{
	service->stop_until_us = clock_now().mono_us + deadline_s * US_PER_S;
	sd_notify(0, "STOPPING=1");
	extend(&service->renew);
	uv_timer_start(&service->renew, extend, RENEW_MS, RENEW_MS);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Clocks; see clock.h.
 */
#include "net/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

struct clock_watch {
	uv_poll_t poll;
	int fd;
	clock_woken_fn woken;
	void *owner;
};

struct now clock_now(void)
{
	struct timespec mono, wall;

	clock_gettime(CLOCK_BOOTTIME, &mono);
	clock_gettime(CLOCK_REALTIME, &wall);
	return (struct now){
	    .mono_us = (uint64_t)mono.tv_sec * US_PER_S + (uint64_t)mono.tv_nsec / 1000,
	    .wall_ms = (int64_t)wall.tv_sec * 1000 + wall.tv_nsec / 1000000,
	};
}

int64_t clock_compare(struct clock_compare *compare, struct now now)
{
	int64_t difference_ms = now.wall_ms - (int64_t)(now.mono_us / US_PER_MS);
	int64_t change_ms = difference_ms - compare->difference_ms;

	/* Moving the base along lets NTP slew for months without being taken for a step. */
	compare->difference_ms = difference_ms;
	if (!compare->begun) {
		compare->begun = true;
		return 0;
	}
	return change_ms > CLOCK_STEP_MS || change_ms < -CLOCK_STEP_MS ? change_ms : 0;
}

static int arm(int fd)
{
	/* Never due by itself: it is there to be cancelled by whoever sets the clock. */
	struct itimerspec far = {.it_value.tv_sec = (time_t)1 << 40};

	return timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &far, NULL);
}

static void readable(uv_poll_t *poll, int status, int events)
{
	struct clock_watch *watch = poll->data;
	uint64_t expirations;

	(void)status;
	(void)events;
	if (read(watch->fd, &expirations, sizeof(expirations)) < 0 && errno == EAGAIN)
		return;
	if (arm(watch->fd) < 0)
		uv_poll_stop(&watch->poll);
	watch->woken(watch->owner);
}

static void closed(uv_handle_t *handle)
{
	struct clock_watch *watch = handle->data;

	close(watch->fd);
	free(watch);
}

struct clock_watch *clock_watch_new(uv_loop_t *loop, clock_woken_fn woken, void *owner)
{
	struct clock_watch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		return NULL;
	watch->woken = woken;
	watch->owner = owner;
	watch->fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	if (watch->fd < 0)
		goto out_free;
	if (arm(watch->fd) < 0 || uv_poll_init(loop, &watch->poll, watch->fd) < 0)
		goto out_close;
	watch->poll.data = watch;
	uv_poll_start(&watch->poll, UV_READABLE, readable);
	return watch;

out_close:
	close(watch->fd);
out_free:
	free(watch);
	return NULL;
}

void clock_watch_free(struct clock_watch **watch)
{
	if (!*watch)
		return;
	uv_close((uv_handle_t *)&(*watch)->poll, closed);
	*watch = NULL;
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Deadlines on the monotonic clock.
 */
#include "thread/deadline.h"

#include <errno.h>
#include <time.h>

static int64_t mono_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

int64_t deadline_after_ms(int64_t timeout_ms)
{
	return mono_ms() + timeout_ms;
}

bool deadline_is_past(int64_t deadline_ms)
{
	return mono_ms() >= deadline_ms;
}

void deadline_init_condition(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(condition, &attributes);
	pthread_condattr_destroy(&attributes);
}

bool deadline_wait(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t deadline_ms)
{
	struct timespec until = {deadline_ms / 1000, deadline_ms % 1000 * 1000000};

	return pthread_cond_timedwait(condition, lock, &until) != ETIMEDOUT;
}

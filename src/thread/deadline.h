// SPDX-License-Identifier: Apache-2.0
/*
 * Waiting with a deadline. Deadlines are milliseconds of CLOCK_MONOTONIC, since
 * the wall clock may step while a thread waits.
 */
#pragma once

#include "base/attr.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* The deadline that is so many milliseconds away; one in the past where that is negative. */
MUST_CHECK int64_t deadline_after_ms(int64_t timeout_ms);

bool deadline_is_past(int64_t deadline_ms);

/* Makes a condition whose waits may have a deadline; pthread_cond_destroy() ends it. */
void deadline_init_condition(pthread_cond_t *condition);

/*
 * With `lock` held: waits for a signal, until the deadline at the latest; like
 * pthread_cond_wait() it may also wake without either. False where the deadline has come.
 */
bool deadline_wait(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t deadline_ms);

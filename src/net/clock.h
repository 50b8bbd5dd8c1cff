// SPDX-License-Identifier: Apache-2.0
/*
 * The two clocks of struct now, and the watch over the wall clock: the
 * difference between the two changes by more than a second only when somebody
 * set the clock. A timerfd wakes the loop at that moment, and after a suspend.
 */
#pragma once

#include "base/now.h"

#include <stdbool.h>
#include <uv.h>

#define CLOCK_STEP_MS 1000 /* less is slewing or jitter */

struct now clock_now(void);

/* The comparison alone, with the clocks passed in. */
struct clock_compare {
	bool begun;
	int64_t difference_ms; /* wall - mono, as last seen */
};

/* How far the wall clock was set since the last call, in ms; 0 for no step. */
int64_t clock_compare(struct clock_compare *compare, struct now now);

/* The clock was set, or the machine slept: look at the time and at every timer anew. */
typedef void (*clock_woken_fn)(void *owner);

struct clock_watch;

/*
 * Watches from within `loop`. NULL where the system refuses; then only turns of
 * the loop that happen for other reasons notice a step.
 */
struct clock_watch *clock_watch_new(uv_loop_t *loop, clock_woken_fn woken, void *owner);

/* Ends in the loop: run it once more before it is closed. */
void clock_watch_free(struct clock_watch **watch);

// SPDX-License-Identifier: Apache-2.0
/*
 * The two clocks, read by the shell and handed to every entry of the core.
 * `mono_us` (CLOCK_BOOTTIME) never steps and carries every timer; `wall_ms`
 * (CLOCK_REALTIME, Unix epoch) is for what is stored or shown, and may step.
 */
#pragma once

#include <stdint.h>

#define US_PER_MS  UINT64_C(1000)
#define US_PER_S   UINT64_C(1000000)
#define TIME_NEVER UINT64_MAX

struct now {
	uint64_t mono_us;
	int64_t wall_ms;
};

/* The wall time, in ms, of the moment `mono_us`, as the clocks stand at `now`. */
static inline int64_t now_to_wall_ms(struct now now, uint64_t mono_us)
{
	int64_t delta_us = (int64_t)(mono_us - now.mono_us);

	return now.wall_ms + delta_us / 1000;
}

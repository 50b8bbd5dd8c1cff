// SPDX-License-Identifier: Apache-2.0
/*
 * Spreads what many have to do, again and again, over the seconds to come: each
 * books the least loaded second of a window, and those who are still to come count.
 * So what began together does not come back together.
 */
#pragma once

#include "base/random.h"

#include <stdbool.h>

#define SPREAD_MAX_S 8192 /* a window ends no later than so many seconds from now */

struct spread;

struct spread_wish {
	uint64_t now_us;       /* never less than the last time */
	uint32_t from_s, to_s; /* the window, in seconds from now; `to_s` is the first behind it */
	uint32_t population;   /* how many there are, those included that have booked nothing yet */
	bool is_newcomer;      /* it books for the first time */
};

/* NULL without memory. */
struct spread *spread_new(void);
void spread_free(struct spread **spread);

/*
 * Books a time within the window and returns it, in us. `place_r` is what was booked, never 0, for
 * spread_cancel(). A booking stays until it is cancelled, when its time has come, too.
 */
uint64_t spread_book(struct spread *spread, struct random *random, const struct spread_wish *wish,
    uint32_t *place_r);

/* Cancels the booking and sets `place` to 0. Without a booking (0) nothing happens. */
void spread_cancel(struct spread *spread, uint32_t *place);

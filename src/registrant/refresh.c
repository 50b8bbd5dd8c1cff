// SPDX-License-Identifier: Apache-2.0
/*
 * The plan is a ring of seconds with the number of refreshes booked in each.
 */
#include "registrant/refresh.h"

#include <assert.h>
#include <stdlib.h>

#define RING_S    8192 /* longer than the longest window */
#define GRANT_MAX 7200
#define UNBOOKED  0

struct refresh_plan {
	uint32_t booked[RING_S];
};

struct refresh_plan *refresh_plan_new(void)
{
	return calloc(1, sizeof(struct refresh_plan));
}

void refresh_plan_free(struct refresh_plan **plan)
{
	free(*plan);
	*plan = NULL;
}

void refresh_window(uint32_t granted_s, uint32_t *from_s_r, uint32_t *to_s_r)
{
	uint32_t grant = granted_s > GRANT_MAX ? GRANT_MAX : granted_s;
	uint32_t from = 80, to = 90;

	if (grant < 120) {
		from = 45;
		to = 55;
	} else if (grant < 1200) {
		from = 50;
		to = 75;
	}
	*from_s_r = grant * from / 100;
	*to_s_r = grant * to / 100;
}

/* Ties go to the first from a random place on, or the window's begin would fill first. */
static uint64_t least_loaded(struct registrant *r, uint64_t from_s, uint64_t to_s)
{
	const uint32_t *booked = r->refresh_plan->booked;
	uint64_t second = from_s + random_below(r->random, to_s - from_s + 1);
	uint64_t best = second;
	uint32_t least = booked[second % RING_S];

	for (uint64_t left = to_s - from_s; left > 0 && least > 0; left--) {
		second = second == to_s ? from_s : second + 1;
		if (booked[second % RING_S] < least) {
			least = booked[second % RING_S];
			best = second;
		}
	}
	return best;
}

uint64_t refresh_book(struct registrant *r, uint32_t granted_s, uint32_t *slot_r)
{
	uint64_t now_s = r->now.mono_us / US_PER_S;
	uint32_t from_s, to_s;
	uint64_t second;

	refresh_window(granted_s, &from_s, &to_s);
	if (to_s <= 2) {
		/* Too short to choose a second in. */
		*slot_r = UNBOOKED;
		return r->now.mono_us + (uint64_t)granted_s * US_PER_S / 2;
	}
	second = least_loaded(r, now_s + from_s, now_s + to_s - 1);
	r->refresh_plan->booked[second % RING_S]++;
	*slot_r = (uint32_t)(second % RING_S) + 1;
	return max_u64(
	    second * US_PER_S + random_below(r->random, US_PER_S), r->now.mono_us + US_PER_S);
}

void refresh_cancel(struct registrant *r, uint32_t *slot)
{
	if (*slot == UNBOOKED)
		return;
	assert(r->refresh_plan->booked[*slot - 1] > 0);
	r->refresh_plan->booked[*slot - 1]--;
	*slot = UNBOOKED;
}

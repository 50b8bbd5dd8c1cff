// SPDX-License-Identifier: Apache-2.0
/*
 * The plan is a ring of seconds with the number of refreshes booked in each.
 *
 * The second that is least loaded now is not the one that will be: while many
 * come up, or while a crowd of refreshes passes, all find the newest second of
 * their windows empty, and fill it up to the rate at which they come. Therefore
 * each counts on those who come after it: on refreshes that are booked, since
 * each books again, and on registrations that come up now. From them follows a
 * level that the seconds to come would have if all were spread evenly, and the
 * first second of the window below the level is taken. The next ones cannot
 * have it, and those behind leave room for the next.
 */
#include "registrant/refresh.h"

#include <assert.h>
#include <stdlib.h>

#define RING_S    8192 /* longer than the longest window */
#define GRANT_MAX 7200
#define UNBOOKED  0

#define RATE_ONE 8 /* newcomers are averaged over so many seconds */

struct refresh_plan {
	uint32_t booked[RING_S];
	uint32_t booked_sum;
	uint32_t newcomers; /* in this second */
	uint32_t rate;      /* newcomers a second, times RATE_ONE */

	/* As it was when the second `reckoned_s` began. */
	uint64_t reckoned_s;
	uint32_t before[RING_S + 1]; /* booked in so many seconds from then on */

	/* While that second lasts, for the window that was last asked for. */
	uint32_t from_s, to_s; /* 0: none was */
	uint64_t level;
	uint64_t next_s; /* no second of the window before it is below the level */
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

static void reckon_rate(struct refresh_plan *plan, uint64_t seconds)
{
	for (; seconds > 0 && plan->rate + plan->newcomers > 0; seconds--) {
		plan->rate += plan->newcomers;
		plan->rate -= (plan->rate + RATE_ONE - 1) / RATE_ONE;
		plan->newcomers = 0;
	}
}

/* Once a second: so many sums are too many for each booking. */
static void reckon(struct refresh_plan *plan, uint64_t now_s)
{
	uint32_t sum = 0;

	if (now_s == plan->reckoned_s)
		return;
	reckon_rate(plan, now_s - plan->reckoned_s);
	for (uint32_t i = 0; i < RING_S; i++) {
		plan->before[i] = sum;
		sum += plan->booked[(now_s + i) % RING_S];
	}
	plan->before[RING_S] = sum;
	plan->reckoned_s = now_s;
	plan->from_s = plan->to_s = 0;
}

/* Newcomers of the next `seconds`, if they go on coming as they do. */
static uint64_t expected(const struct registrant *r, uint32_t seconds)
{
	const struct refresh_plan *plan = r->refresh_plan;
	uint64_t all = pool_count(r->registrations);
	uint64_t left = all > plan->booked_sum ? all - plan->booked_sum : 0;

	return min_u64(left, (uint64_t)plan->rate * seconds / RATE_ONE);
}

/*
 * How many must share a second: those who book within the next `ahead` seconds can have the
 * seconds up to `to_s + ahead`, and nobody else wants these. The worst `ahead` counts.
 */
static uint64_t needed_level(const struct registrant *r, uint32_t from_s, uint32_t to_s)
{
	const uint32_t *before = r->refresh_plan->before;
	uint64_t level = 0;

	for (uint32_t ahead = from_s; ahead > 0; ahead -= ahead / 16 + 1) {
		uint64_t end = min_u64(to_s + ahead, RING_S);
		uint64_t load = before[end] - before[from_s] + before[ahead] + expected(r, ahead);

		level = max_u64(level, load / (to_s - from_s + ahead));
	}
	return level;
}

/* The first of the least loaded seconds from `from_s` up to `to_s`, or `best_s` where it is none.
 */
static uint64_t less_loaded(const uint32_t *booked, uint64_t from_s, uint64_t to_s, uint64_t best_s)
{
	uint32_t least = booked[best_s % RING_S];

	if (least == 0)
		return best_s;
	for (uint64_t second = from_s; second < to_s; second++) {
		uint32_t load = booked[second % RING_S];

		if (load >= least)
			continue;
		best_s = second;
		least = load;
		if (load == 0)
			break;
	}
	return best_s;
}

/* Ties go to the first from a random place on, or the window's begin would fill first. */
static uint64_t least_loaded(struct registrant *r, uint64_t from_s, uint64_t to_s)
{
	const uint32_t *booked = r->refresh_plan->booked;
	uint64_t first_s = from_s + random_below(r->core->random, to_s - from_s + 1);
	uint64_t best_s = less_loaded(booked, first_s, to_s + 1, first_s);

	return less_loaded(booked, from_s, first_s, best_s);
}

static uint64_t choose(struct registrant *r, uint64_t now_s, uint32_t from_s, uint32_t to_s)
{
	struct refresh_plan *plan = r->refresh_plan;

	if (plan->from_s != from_s || plan->to_s != to_s) {
		plan->from_s = from_s;
		plan->to_s = to_s;
		plan->level = needed_level(r, from_s, to_s);
		plan->next_s = now_s + from_s;
	}
	for (; plan->level > 0 && plan->next_s < now_s + to_s; plan->next_s++)
		if (plan->booked[plan->next_s % RING_S] < plan->level)
			return plan->next_s;
	return least_loaded(r, now_s + from_s, now_s + to_s - 1);
}

uint64_t refresh_book(struct registrant *r, uint32_t granted_s, bool is_newcomer, uint32_t *slot_r)
{
	struct refresh_plan *plan = r->refresh_plan;
	uint64_t now_s = r->core->now.mono_us / US_PER_S;
	uint64_t second, begin_us;
	uint32_t from_s, to_s;

	refresh_window(granted_s, &from_s, &to_s);
	if (to_s <= 2 || to_s == from_s) {
		/* Too short to choose a second in. */
		*slot_r = UNBOOKED;
		return r->core->now.mono_us + (uint64_t)granted_s * US_PER_S / 2;
	}
	reckon(plan, now_s);
	second = choose(r, now_s, from_s, to_s);
	plan->booked[second % RING_S]++;
	plan->booked_sum++;
	plan->newcomers += is_newcomer;
	*slot_r = (uint32_t)(second % RING_S) + 1;
	/* Of the window's first second only what is within it. */
	begin_us = max_u64(second * US_PER_S, r->core->now.mono_us + from_s * US_PER_S);
	return begin_us + random_below(r->core->random, (second + 1) * US_PER_S - begin_us);
}

void refresh_cancel(struct registrant *r, uint32_t *slot)
{
	if (*slot == UNBOOKED)
		return;
	assert(r->refresh_plan->booked[*slot - 1] > 0);
	r->refresh_plan->booked[*slot - 1]--;
	r->refresh_plan->booked_sum--;
	*slot = UNBOOKED;
}

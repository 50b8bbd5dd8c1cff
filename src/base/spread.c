// SPDX-License-Identifier: Apache-2.0
/*
 * A ring of seconds with the number of bookings in each.
 *
 * The second that is least loaded now is not the one that will be: while many
 * come up, or while a crowd of repetitions passes, all find the newest second of
 * their windows empty, and fill it up to the rate at which they come. Therefore
 * each counts on those who come after it: on what is booked, since each of these
 * books again, and on newcomers, who come up now. From them follows a level that
 * the seconds to come would have if all were spread evenly, and the first second
 * of the window below the level is taken. The next ones cannot have it, and those
 * behind leave room for the next.
 */
#include "base/spread.h"

#include "base/least.h"
#include "base/now.h"

#include <assert.h>
#include <stdlib.h>

#define RING_S SPREAD_MAX_S

#define RATE_ONE 8 /* newcomers are averaged over so many seconds */

struct spread {
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

struct spread *spread_new(void)
{
	return calloc(1, sizeof(struct spread));
}

void spread_free(struct spread **spread)
{
	free(*spread);
	*spread = NULL;
}

static void reckon_rate(struct spread *spread, uint64_t seconds)
{
	for (; seconds > 0 && spread->rate + spread->newcomers > 0; seconds--) {
		spread->rate += spread->newcomers;
		spread->rate -= (spread->rate + RATE_ONE - 1) / RATE_ONE;
		spread->newcomers = 0;
	}
}

/* Once a second: so many sums are too many for each booking. */
static void reckon(struct spread *spread, uint64_t now_s)
{
	uint32_t sum = 0;

	if (now_s == spread->reckoned_s)
		return;
	reckon_rate(spread, now_s - spread->reckoned_s);
	for (uint32_t i = 0; i < RING_S; i++) {
		spread->before[i] = sum;
		sum += spread->booked[(now_s + i) % RING_S];
	}
	spread->before[RING_S] = sum;
	spread->reckoned_s = now_s;
	spread->from_s = spread->to_s = 0;
}

/* Newcomers of the next `seconds`, if they go on coming as they do. */
static uint64_t expected(const struct spread *spread, uint32_t population, uint32_t seconds)
{
	uint64_t left = population > spread->booked_sum ? population - spread->booked_sum : 0;

	return min_u64(left, (uint64_t)spread->rate * seconds / RATE_ONE);
}

/*
 * How many must share a second: those who book within the next `ahead` seconds can have the
 * seconds up to `to_s + ahead`, and nobody else wants these. The worst `ahead` counts.
 */
static uint64_t needed_level(const struct spread *spread, const struct spread_wish *wish)
{
	const uint32_t *before = spread->before;
	uint32_t from_s = wish->from_s, to_s = wish->to_s;
	uint64_t level = 0;

	for (uint32_t ahead = from_s; ahead > 0; ahead -= ahead / 16 + 1) {
		uint64_t end = min_u64(to_s + ahead, RING_S);
		uint64_t load = before[end] - before[from_s] + before[ahead] +
		                expected(spread, wish->population, ahead);

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
static uint64_t least_loaded(
    const struct spread *spread, struct random *random, uint64_t from_s, uint64_t to_s)
{
	const uint32_t *booked = spread->booked;
	uint64_t first_s = from_s + random_below(random, to_s - from_s + 1);
	uint64_t best_s = less_loaded(booked, first_s, to_s + 1, first_s);

	return less_loaded(booked, from_s, first_s, best_s);
}

static uint64_t choose(
    struct spread *spread, struct random *random, const struct spread_wish *wish, uint64_t now_s)
{
	uint32_t from_s = wish->from_s, to_s = wish->to_s;

	if (spread->from_s != from_s || spread->to_s != to_s) {
		spread->from_s = from_s;
		spread->to_s = to_s;
		spread->level = needed_level(spread, wish);
		spread->next_s = now_s + from_s;
	}
	for (; spread->level > 0 && spread->next_s < now_s + to_s; spread->next_s++)
		if (spread->booked[spread->next_s % RING_S] < spread->level)
			return spread->next_s;
	return least_loaded(spread, random, now_s + from_s, now_s + to_s - 1);
}

uint64_t spread_book(
    struct spread *spread, struct random *random, const struct spread_wish *wish, uint32_t *place_r)
{
	uint64_t now_s = wish->now_us / US_PER_S;
	uint64_t second, begin_us;

	assert(wish->from_s < wish->to_s && wish->to_s <= SPREAD_MAX_S);
	reckon(spread, now_s);
	second = choose(spread, random, wish, now_s);
	spread->booked[second % RING_S]++;
	spread->booked_sum++;
	spread->newcomers += wish->is_newcomer;
	*place_r = (uint32_t)(second % RING_S) + 1;
	/* Of the window's first second only what is within it. */
	begin_us = max_u64(second * US_PER_S, wish->now_us + wish->from_s * US_PER_S);
	return begin_us + random_below(random, (second + 1) * US_PER_S - begin_us);
}

void spread_cancel(struct spread *spread, uint32_t *place)
{
	if (*place == 0)
		return;
	assert(spread->booked[*place - 1] > 0);
	spread->booked[*place - 1]--;
	spread->booked_sum--;
	*place = 0;
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Pairs lie in a pool, are found by their source, and wait in two queues in the order in which they
 * end. A pair that is over is passed over, until its source fails again or its place is needed.
 */
#include "guard/lockout.h"

#include "base/least.h"
#include "base/map.h"

#include <stdlib.h>

#define REFUSE_EVERY_US US_PER_S

struct lockout_pair {
	struct lockout_pair *next, *previous; /* in its queue */
	pool_handle handle;
	uint64_t since_us;      /* of the last failure; suspended: of the suspension */
	uint64_t may_refuse_us; /* the earliest moment */
	uint32_t failures;
	bool is_suspended;
	uint8_t name_n;
	struct source source;
	char name[LOCKOUT_NAME_MAX];
};

int lockout_init(struct lockout *lockout, const struct core_context *core, struct hash_key key,
    uint32_t pairs_max)
{
	*lockout = (struct lockout){
	    .core = core,
	    .key = key,
	    .pairs = pool_new(sizeof(struct lockout_pair), pairs_max),
	    .by_source = map_new_compared(pairs_max),
	};
	if (lockout->pairs && lockout->by_source)
		return 0;
	lockout_close(lockout);
	return ERR_MEMORY;
}

void lockout_close(struct lockout *lockout)
{
	pool_free(&lockout->pairs);
	map_free(&lockout->by_source);
}

struct slice lockout_name(struct slice username)
{
	ptrdiff_t at = slice_find(username, '@');

	if (at >= 0)
		username.n = (size_t)at;
	username.n = min_u64(username.n, LOCKOUT_NAME_MAX);
	return username;
}

static uint32_t retry(const struct lockout *lockout)
{
	return lockout->core->params->endpoint_retry;
}

static uint64_t ends_us(const struct lockout *lockout, const struct lockout_pair *pair)
{
	return pair->since_us + (pair->is_suspended
	                                ? lockout->core->params->endpoint_suspend_s * US_PER_S
	                                : LOCKOUT_FORGET_US);
}

static bool is_over(const struct lockout *lockout, const struct lockout_pair *pair)
{
	return ends_us(lockout, pair) <= lockout->core->now.mono_us;
}

/* With a retry of 0 nobody is refused, also those whose suspension began before. */
static bool is_suspended(const struct lockout *lockout, const struct lockout_pair *pair)
{
	return pair->is_suspended && !is_over(lockout, pair) && retry(lockout) > 0;
}

static struct slice name_of(const struct lockout_pair *pair)
{
	return slice_make(pair->name, pair->name_n);
}

static struct lockout_queue *queue_of(struct lockout *lockout, const struct lockout_pair *pair)
{
	return pair->is_suspended ? &lockout->suspended : &lockout->counted;
}

static void join(struct lockout *lockout, struct lockout_pair *pair)
{
	struct lockout_queue *queue = queue_of(lockout, pair);

	pair->next = NULL;
	pair->previous = queue->last;
	*(queue->last ? &queue->last->next : &queue->first) = pair;
	queue->last = pair;
}

static void leave(struct lockout *lockout, struct lockout_pair *pair)
{
	struct lockout_queue *queue = queue_of(lockout, pair);

	*(pair->previous ? &pair->previous->next : &queue->first) = pair->next;
	*(pair->next ? &pair->next->previous : &queue->last) = pair->previous;
}

static void drop(struct lockout *lockout, struct lockout_pair *pair)
{
	leave(lockout, pair);
	map_remove(lockout->by_source, source_hash(&pair->source, lockout->key), pair->handle);
	pool_give(lockout->pairs, pair->handle);
}

/* What there is of a source, seen from one name. */
struct view {
	struct lockout_pair *own;  /* the pair of that name */
	struct lockout_pair *rest; /* the pair of all names without one */
	struct lockout_pair *over; /* one that can go */
	unsigned names;
};

static void add_to_view(
    const struct lockout *lockout, struct view *view, struct lockout_pair *pair, struct slice name)
{
	if (is_over(lockout, pair)) {
		view->over = pair;
		return;
	}
	view->names += pair->name_n > 0;
	if (pair->name_n == 0)
		view->rest = pair;
	if (slice_equal(name_of(pair), name))
		view->own = pair;
}

static struct view look(
    const struct lockout *lockout, struct slice name, const struct source *source)
{
	uint64_t hash, handle;
	uint32_t cursor = 0;
	struct view view = {0};

	if (map_count(lockout->by_source) == 0)
		return view;
	hash = source_hash(source, lockout->key);
	while (map_next(lockout->by_source, hash, &cursor, &handle)) {
		struct lockout_pair *pair = pool_get(lockout->pairs, handle);

		if (source_equal(&pair->source, source))
			add_to_view(lockout, &view, pair, name);
	}
	return view;
}

/* The pair that holds for this name; NULL where nothing is counted. */
static struct lockout_pair *find(
    const struct lockout *lockout, struct slice name, const struct source *source)
{
	struct view view = look(lockout, name, source);

	return view.own || view.names < LOCKOUT_NAMES_MAX ? view.own : view.rest;
}

enum lockout_state lockout_look(
    const struct lockout *lockout, struct slice name, const struct source *source)
{
	const struct lockout_pair *pair = find(lockout, name, source);

	if (!pair || !is_suspended(lockout, pair))
		return LOCKOUT_NONE;
	return pair->failures < 2 * retry(lockout) ? LOCKOUT_SUSPENDED : LOCKOUT_SUSPENDED_TWICE;
}

/* The pairs of this source that are over go. */
static struct view sweep(struct lockout *lockout, struct slice name, const struct source *source)
{
	struct view view;

	while (view = look(lockout, name, source), view.over)
		drop(lockout, view.over);
	return view;
}

static void make_room(struct lockout *lockout)
{
	struct lockout_pair *counted = lockout->counted.first;
	struct lockout_pair *suspended = lockout->suspended.first;

	if (pool_count(lockout->pairs) < pool_cap(lockout->pairs))
		return;
	if (!counted || (suspended && is_over(lockout, suspended)))
		drop(lockout, suspended);
	else
		drop(lockout, counted);
}

/* NULL without memory. */
static struct lockout_pair *add(
    struct lockout *lockout, struct slice name, const struct source *source)
{
	struct lockout_pair *pair;
	pool_handle handle;

	make_room(lockout);
	pair = pool_take(lockout->pairs, &handle);
	if (!pair)
		return NULL;
	if (map_put(lockout->by_source, source_hash(source, lockout->key), handle) < 0) {
		pool_give(lockout->pairs, handle);
		return NULL;
	}
	pair->handle = handle;
	pair->source = *source;
	pair->name_n = (uint8_t)name.n;
	memcpy(pair->name, name.p, name.n);
	join(lockout, pair);
	return pair;
}

/* The pair that a failure is counted for; NULL without memory. */
static struct lockout_pair *find_or_add(
    struct lockout *lockout, struct slice name, const struct source *source)
{
	struct view view = sweep(lockout, name, source);

	if (view.own)
		return view.own;
	if (view.names < LOCKOUT_NAMES_MAX)
		return add(lockout, name, source);
	return view.rest ? view.rest : add(lockout, SLICE(""), source);
}

void lockout_count(struct lockout *lockout, struct slice name, const struct source *source)
{
	struct lockout_pair *pair = find_or_add(lockout, name, source);

	if (!pair)
		return;
	pair->failures++;
	if (pair->is_suspended)
		return;
	leave(lockout, pair);
	pair->since_us = lockout->core->now.mono_us;
	pair->is_suspended = retry(lockout) > 0 && pair->failures >= retry(lockout);
	join(lockout, pair);
}

void lockout_forgive(struct lockout *lockout, struct slice name, const struct source *source)
{
	struct lockout_pair *own = look(lockout, name, source).own;

	if (own && !is_suspended(lockout, own))
		drop(lockout, own);
}

bool lockout_may_refuse(struct lockout *lockout, struct slice name, const struct source *source)
{
	struct lockout_pair *pair = find(lockout, name, source);
	uint64_t now_us = lockout->core->now.mono_us;

	if (!pair || !is_suspended(lockout, pair) || now_us < pair->may_refuse_us)
		return false;
	pair->may_refuse_us = now_us + REFUSE_EVERY_US;
	return true;
}

int lockout_lift(struct lockout *lockout, struct slice name, const struct source *source)
{
	struct lockout_pair *own = look(lockout, name, source).own;

	if (!own)
		return ERR_NOT_FOUND;
	drop(lockout, own);
	return 0;
}

bool lockout_next(
    const struct lockout *lockout, uint32_t *cursor, struct lockout_suspension *suspension_r)
{
	const struct lockout_pair *pair;
	pool_handle handle;

	while ((pair = pool_walk(lockout->pairs, *cursor, &handle))) {
		*cursor = pool_handle_slot(handle) + 1;
		if (!is_suspended(lockout, pair))
			continue;
		*suspension_r = (struct lockout_suspension){
		    .name = name_of(pair),
		    .source = pair->source,
		    .until_us = ends_us(lockout, pair),
		    .failures = pair->failures,
		};
		return true;
	}
	return false;
}

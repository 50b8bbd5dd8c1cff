// SPDX-License-Identifier: Apache-2.0
/*
 * Answers in order of their age; the oldest goes when its time is over or when
 * the room is needed.
 */
#include "sim/carrier/replay.h"

#include "base/now.h"

int replays_init(struct replays *replays)
{
	*replays = (struct replays){0};
	replays->pool = pool_new(sizeof(struct replay), REPLAY_MAX);
	replays->map = map_new(REPLAY_MAX);
	return replays->pool && replays->map ? 0 : ERR_MEMORY;
}

static void drop_oldest(struct replays *replays)
{
	struct replay *r = pool_get(replays->pool, replays->oldest);
	pool_handle next = r->next;

	map_remove(replays->map, r->key, r->handle);
	owned_clear(&r->answer);
	pool_give(replays->pool, r->handle);
	replays->oldest = next;
	if (!next)
		replays->newest = 0;
}

void replays_forget(struct replays *replays)
{
	while (replays->oldest)
		drop_oldest(replays);
}

void replays_free(struct replays *replays)
{
	if (replays->pool && replays->map)
		replays_forget(replays);
	map_free(&replays->map);
	pool_free(&replays->pool);
}

struct replay *replays_find(struct replays *replays, uint64_t key, uint64_t now_us)
{
	uint32_t cursor = 0;
	uint64_t handle;
	struct replay *r;

	while ((r = pool_get(replays->pool, replays->oldest)) &&
	       now_us > r->answers_us + REPLAY_LIFE_S * US_PER_S)
		drop_oldest(replays);
	if (map_next(replays->map, key, &cursor, &handle))
		return pool_get(replays->pool, handle);
	return NULL;
}

void replays_add(struct replays *replays, const struct replay *replay, struct slice answer)
{
	pool_handle handle;
	struct replay *r, *last;

	if (pool_count(replays->pool) == REPLAY_MAX)
		drop_oldest(replays);
	r = pool_take(replays->pool, &handle);
	if (!r)
		return;
	*r = *replay;
	r->handle = handle;
	r->next = 0;
	r->answer = (struct owned){0};
	if (owned_set(&r->answer, answer) || map_put(replays->map, r->key, handle)) {
		owned_clear(&r->answer);
		pool_give(replays->pool, handle);
		return;
	}
	last = pool_get(replays->pool, replays->newest);
	if (last)
		last->next = handle;
	else
		replays->oldest = handle;
	replays->newest = handle;
}

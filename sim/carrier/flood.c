// SPDX-License-Identifier: Apache-2.0
/*
 * Sliding windows that remember each arrival: exact, so that a test of the pace
 * can rely on the verdict at the limit.
 */
#include "sim/carrier/flood.h"

#include "base/error.h"
#include "base/now.h"

#include <stdlib.h>

int flood_init(struct flood *flood, struct hash_key key)
{
	*flood = (struct flood){.key = key};
	flood->pool = pool_new(sizeof(struct flood_source), FLOOD_SOURCES_MAX);
	flood->map = map_new(FLOOD_SOURCES_MAX);
	return flood->pool && flood->map ? 0 : ERR_MEMORY;
}

static uint64_t hash_ip(const struct flood *flood, const struct netaddr *ip)
{
	return hash_bytes(flood->key, slice_make(ip->ip, ip->family == 4 ? 4 : 16));
}

void flood_forget(struct flood *flood)
{
	pool_handle handle;
	struct flood_source *s;

	while ((s = pool_walk(flood->pool, 0, &handle))) {
		free(s->ban.at);
		free(s->rate.at);
		map_remove(flood->map, hash_ip(flood, &s->ip), handle);
		pool_give(flood->pool, handle);
	}
}

void flood_free(struct flood *flood)
{
	if (flood->pool && flood->map)
		flood_forget(flood);
	map_free(&flood->map);
	pool_free(&flood->pool);
}

struct flood_source *flood_source(struct flood *flood, const struct netaddr *source)
{
	uint64_t hash = hash_ip(flood, source), value;
	uint32_t cursor = 0;
	pool_handle handle;
	struct flood_source *s;

	while (map_next(flood->map, hash, &cursor, &value)) {
		s = pool_get(flood->pool, value);
		if (netaddr_equal_ip(&s->ip, source))
			return s;
	}
	if (pool_count(flood->pool) == FLOOD_SOURCES_MAX)
		flood_forget(flood);
	s = pool_take(flood->pool, &handle);
	if (!s)
		return NULL;
	if (map_put(flood->map, hash, handle)) {
		pool_give(flood->pool, handle);
		return NULL;
	}
	s->ip = *source;
	s->ip.port = 0;
	return s;
}

bool flood_window_arrival(struct flood_window *w, uint64_t now_us, uint32_t limit, uint64_t span_us)
{
	uint64_t oldest;

	if (limit == 0)
		return false;
	if (w->limit != limit) {
		free(w->at);
		w->at = calloc(limit, sizeof(*w->at));
		w->limit = w->at ? limit : 0;
		w->next = 0;
		if (!w->at)
			return false;
	}
	/* The time `limit` arrivals ago, +1 so that 0 stands for none. */
	oldest = w->at[w->next];
	w->at[w->next] = now_us + 1;
	w->next = (w->next + 1) % limit;
	return oldest && now_us + 1 - oldest < span_us;
}

static uint64_t peak_sum(const struct peak *p, unsigned slots)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < slots; i++)
		sum += p->count[(p->slot - i) % PEAK_SLOTS];
	return sum;
}

void peak_arrival(struct peak *p, uint64_t now_us)
{
	uint64_t slot = now_us / (10 * US_PER_MS);
	uint64_t sum;

	if (slot - p->slot >= PEAK_SLOTS)
		memset(p->count, 0, sizeof(p->count));
	else
		for (uint64_t s = p->slot + 1; s <= slot; s++)
			p->count[s % PEAK_SLOTS] = 0;
	p->slot = slot;
	p->count[slot % PEAK_SLOTS]++;
	sum = peak_sum(p, 10);
	if (sum > p->most_100ms)
		p->most_100ms = sum;
	sum = peak_sum(p, 100);
	if (sum > p->most_1s)
		p->most_1s = sum;
}

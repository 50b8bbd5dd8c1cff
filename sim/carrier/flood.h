// SPDX-License-Identifier: Apache-2.0
/*
 * How fast requests come: per source address the antiflood ban of carriers (as
 * Kamailio's pike with a ban table does it) and a rate that must not be
 * exceeded; over all sources the peaks that were seen.
 */
#pragma once

#include "base/map.h"
#include "base/netaddr.h"
#include "base/pool.h"

#define FLOOD_SOURCES_MAX 4096

/* The times of the last `limit` arrivals, to tell when there was one too many within a span. */
struct flood_window {
	uint64_t *at;
	uint32_t limit, next;
};

struct flood_source {
	struct netaddr ip; /* its port is 0 */
	uint64_t banned_until_us;
	struct flood_window ban, rate;
};

struct flood {
	struct pool *pool;
	struct map *map;
	struct hash_key key;
};

MUST_CHECK int flood_init(struct flood *flood, struct hash_key key);
void flood_free(struct flood *flood);
void flood_forget(struct flood *flood);

/* The source's record; NULL without memory. */
struct flood_source *flood_source(struct flood *flood, const struct netaddr *source);

/* Notes an arrival; true where more than `limit` came within `span_us`. `limit` 0: never. */
bool flood_window_arrival(
    struct flood_window *window, uint64_t now_us, uint32_t limit, uint64_t span_us);

/* Most arrivals within 100 ms and within 1 s, in steps of 10 ms. */
#define PEAK_SLOTS 128
struct peak {
	uint32_t count[PEAK_SLOTS];
	uint64_t slot; /* the running 10 ms */
	uint64_t most_100ms, most_1s;
};
void peak_arrival(struct peak *peak, uint64_t now_us);

// SPDX-License-Identifier: Apache-2.0
/*
 * What was answered within the last 32 seconds, so that a retransmission gets
 * the same bytes again (RFC 3261 17.2.2): a bounded queue with an index by
 * branch, sent-by and method (17.2.3).
 */
#pragma once

#include "base/map.h"
#include "base/netaddr.h"
#include "base/pool.h"
#include "sim/carrier/owned.h"

#define REPLAY_MAX    (1u << 16)
#define REPLAY_LIFE_S 32

struct replay {
	pool_handle handle, next;
	uint64_t key;      /* branch, sent-by, method */
	uint64_t sequence; /* Call-ID and CSeq */
	uint64_t bytes;    /* the whole request */
	uint64_t began_us, answers_us;
	struct netaddr to;
	struct owned answer;
};

struct replays {
	struct pool *pool;
	struct map *map;
	pool_handle oldest, newest;
};

MUST_CHECK int replays_init(struct replays *replays);
void replays_free(struct replays *replays);
void replays_forget(struct replays *replays);

struct replay *replays_find(struct replays *replays, uint64_t key, uint64_t now_us);

/* Remembers what `replay` says (its handle and next are set here), the answer copied. */
void replays_add(struct replays *replays, const struct replay *replay, struct slice answer);

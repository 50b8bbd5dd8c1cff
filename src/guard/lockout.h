// SPDX-License-Identifier: Apache-2.0
/*
 * Failures of each pair of name and source, and the suspensions that follow from them
 * (SS_ENDPOINT_REGISTER_RETRY, SS_ENDPOINT_REGISTER_SUSPEND; both are read at the moment of use).
 *
 * A pair is forgotten LOCKOUT_FORGET_US after its last failure, or when its suspension is over. The
 * number of pairs has a cap. At the cap the pair that failed longest ago goes; where all are
 * suspended, the one whose suspension is the oldest. A source has a pair for each of
 * LOCKOUT_NAMES_MAX names, and one more, with the empty name, for all other names.
 */
#pragma once

#include "base/pool.h"
#include "effect/core_context.h"
#include "guard/source.h"

#define LOCKOUT_FORGET_US (600 * US_PER_S)
#define LOCKOUT_NAMES_MAX 32
#define LOCKOUT_NAME_MAX  63 /* bytes of a name that are kept; longer names are cut */

struct lockout_pair;

struct lockout_queue {
	struct lockout_pair *first, *last; /* `first` has been in it for the longest time */
};

struct lockout {
	const struct core_context *core;
	struct hash_key key;
	struct pool *pairs;
	struct map *by_source;
	struct lockout_queue counted, suspended; /* each pair is in one of them */
};

/* ERR_MEMORY. */
MUST_CHECK int lockout_init(struct lockout *lockout, const struct core_context *core,
    struct hash_key key, uint32_t pairs_max);
void lockout_close(struct lockout *lockout);

/* What a name is counted as: without `@` and what follows it, and cut. */
struct slice lockout_name(struct slice username);

/* Names below are what lockout_name() gives. */

enum lockout_state {
	LOCKOUT_NONE,
	LOCKOUT_SUSPENDED,       /* a device with a live binding goes on */
	LOCKOUT_SUSPENDED_TWICE, /* in the suspension it failed as often again: it does not */
};

enum lockout_state lockout_look(
    const struct lockout *lockout, struct slice name, const struct source *source);

/* Counts a failure, and begins a suspension where that was the last one allowed. */
void lockout_count(struct lockout *lockout, struct slice name, const struct source *source);

/* Somebody has proven to be `name`: its failures are forgotten, unless it is suspended. */
void lockout_forgive(struct lockout *lockout, struct slice name, const struct source *source);

/* True at most once a second for a suspended pair. */
bool lockout_may_refuse(struct lockout *lockout, struct slice name, const struct source *source);

/* ERR_NOT_FOUND. */
MUST_CHECK int lockout_lift(
    struct lockout *lockout, struct slice name, const struct source *source);

struct lockout_suspension {
	struct slice name;
	struct source source;
	uint64_t until_us;
	uint32_t failures;
};

/* Walks the suspensions: begin with `*cursor = 0`. False at the end. */
bool lockout_next(
    const struct lockout *lockout, uint32_t *cursor, struct lockout_suspension *suspension_r);

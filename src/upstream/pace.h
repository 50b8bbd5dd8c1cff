// SPDX-License-Identifier: Apache-2.0
/*
 * The pace of a target: how fast requests are sent to it, and the places that they
 * take.
 *
 * With RG_UPSTREAM_RATE auto, the pace begins at 5/s. It doubles after every 5 s of
 * real use without a loss or a refusal, up to 200/s. A 503 halves it, and so does a
 * second in which more than a tenth was lost. Sudden silence is taken for a ban: the
 * target rests for 60 s, and then a quarter of the pace is its ceiling for a day. The
 * proven pace is remembered (history.h), and a new target begins with it.
 *
 * A request that is repeated counts as lost only after twice the time that an answer
 * usually takes there: timer E of RFC 3261 repeats too early for a slow upstream.
 */
#pragma once

#include "upstream/target.h"

/* True while the pace is learned: RG_UPSTREAM_RATE is auto, and no stop is under way. */
bool pace_is_learned(const struct upstreams *u);

/* The present pace, in requests per 1000 s; 0: no limit. */
uint32_t pace_milli(const struct upstreams *u, const struct target *target);

/* The span between two requests at the present pace. */
uint64_t pace_interval_us(const struct upstreams *u, const struct target *target);

/* How many requests may wait for their answers; UINT32_MAX: no limit. */
uint32_t pace_window(const struct upstreams *u, const struct target *target);

/* Takes the next place: `next_send_us` moves on by one interval. */
void pace_take_place(struct upstreams *u, struct target *target);

/*
 * Takes a place for a repetition; `place_us_r` is when it may leave. In a stop,
 * repetitions give way to queued requests: false, and the caller asks again at
 * `place_us_r`.
 */
bool pace_reserve_us(struct upstreams *u, struct target *target, uint64_t *place_us_r);

/* Counts a transmission, which may move the pace; `is_lost`: it repeats a lost one. */
void pace_count(struct upstreams *u, struct target *target, bool is_lost);

/* Halves the pace, after a 503 or losses. */
void pace_halve(struct upstreams *u, struct target *target);

/* After a ban: a quarter of the pace at the last answer is the pace, and its ceiling for a day. */
void pace_quarter(struct upstreams *u, struct target *target);

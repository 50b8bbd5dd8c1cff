// SPDX-License-Identifier: Apache-2.0
/*
 * The pace of a target: how fast it is sent to, and the places of its requests.
 *
 * RG_UPSTREAM_RATE auto: 5/s, doubled every 5 s of real use without a loss or a
 * refusal, up to 200/s; more than a tenth lost within a second, or a 503, halves
 * it; sudden silence is taken for a ban: 60 s of rest, then a quarter, kept as
 * ceiling for a day. What was borne is remembered (history.h), and a target begins
 * with it. What is repeated counts as lost only where an answer has taken twice what
 * it usually takes there: RFC 3261's timer E knows no slow upstream.
 */
#pragma once

#include "upstream/target.h"

/* True while the pace follows what is borne: it is left to us, and no stop is under way. */
bool pace_is_learned(const struct upstreams *u);

/* The pace as it stands, in requests per 1000 s; 0 no limit. */
uint32_t pace_milli(const struct upstreams *u, const struct target *target);

/* Between two requests, as the pace stands. */
uint64_t pace_interval_us(const struct upstreams *u, const struct target *target);

/* How many requests may be without their answers; UINT32_MAX no limit. */
uint32_t pace_window(const struct upstreams *u, const struct target *target);

/* A request leaves, or will: the next one leaves an interval behind it. */
void pace_take_place(struct upstreams *u, struct target *target);

/*
 * A repetition's place: now, or when it may leave; the place is taken. In a stop it
 * gives way to what was not sent once: false, and it asks again then.
 */
bool pace_reserve_us(struct upstreams *u, struct target *target, uint64_t *place_us_r);

/* A transmission, which may raise the pace; `is_lost`: it repeats one that was lost. */
void pace_count(struct upstreams *u, struct target *target, bool is_lost);

/* After a 503 or losses. */
void pace_halve(struct upstreams *u, struct target *target);

/* After a ban: to a quarter of the pace at the last answer, which is the ceiling from then on. */
void pace_quarter(struct upstreams *u, struct target *target);

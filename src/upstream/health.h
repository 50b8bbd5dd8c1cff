// SPDX-License-Identifier: Apache-2.0
/*
 * The health of a target, by what was sent there and what came back: its pace rises
 * and falls by it, a 503 or a ban lets it rest, and silence opens its breaker: then
 * one probe at a time asks whether it answers.
 *
 * `who` is the user concerned, `needed` how many must meet the same before it counts.
 */
#pragma once

#include "upstream/target.h"

/* A request leaves: takes its place in the pace. */
void health_sent(struct upstreams *u, struct target *target, pool_handle who);

/* A repetition leaves in a place that it has reserved, so long after the first transmission. */
void health_repeated(
    struct upstreams *u, struct target *target, pool_handle who, uint64_t waited_us);

/* A request leaves that is no measure of the address: its silence says nothing. */
void health_probed(struct upstreams *u, struct target *target);

/* A response came. `took_us` is since the first transmission; 0: nobody knows. */
void health_answered(struct upstreams *u, struct target *target, unsigned status, uint64_t took_us);

/* It granted something: a rest that a 503 asked for is over. */
void health_served(struct upstreams *u, struct target *target, pool_handle who);

/*
 * A 503, and a request that was never answered. True where the address closed by it: what is
 * queued there may want to go elsewhere.
 */
bool health_refused(
    struct upstreams *u, struct target *target, pool_handle who, uint32_t needed, uint64_t rest_us);
bool health_timed_out(struct upstreams *u, struct target *target, pool_handle who, uint32_t needed);

/*
 * True where an address that has just sent a 503 to `who` serves others: it granted one of them
 * something lately, and does not refuse many in a row. One that `was_refused` before says less.
 */
bool health_serves_others(
    const struct upstreams *u, struct target *target, pool_handle who, bool was_refused);

/*
 * Looks whether sudden silence means a ban: not where it meets fewer than three. True where the
 * address closed by it.
 */
bool health_judge_silence(struct upstreams *u, struct target *target);

/* Our own network changed, which may have been the cause of its silence: a probe is free. */
void health_try_again(struct upstreams *u, struct target *target);

/*
 * Until when it is closed, as far as is known: a silent one until another probe has failed, in a
 * stop for ever. And what an address sends in that time, at the highest pace that it can have.
 */
uint64_t health_closed_until_us(const struct upstreams *u, const struct target *target);
uint64_t health_sent_while_closed(const struct upstreams *u, const struct target *target);

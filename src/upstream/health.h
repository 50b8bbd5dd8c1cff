// SPDX-License-Identifier: Apache-2.0
/*
 * The health of a target, judged by what was sent there and what came back. It
 * moves the pace; a 503 or a ban lets the target rest; silence opens its breaker,
 * and then one probe at a time asks whether it answers.
 *
 * `who` is the user concerned: the owner of the exchange. `needed` users, but at
 * most TROUBLE_MAX, must meet the same trouble before it counts.
 */
#pragma once

#include "upstream/target.h"

/* A request leaves and takes its place in the pace. */
void health_sent(struct upstreams *u, struct target *target, pool_handle who);

/* A repetition leaves in the place that it reserved, `waited_us` after the first transmission. */
void health_repeated(
    struct upstreams *u, struct target *target, pool_handle who, uint64_t waited_us);

/* A probe of a binding leaves. It takes a place, but silence to it says nothing of the address. */
void health_probed(struct upstreams *u, struct target *target);

/* A response came, `took_us` after the first transmission; 0: unknown. */
void health_answered(struct upstreams *u, struct target *target, unsigned status, uint64_t took_us);

/* The target granted something: a rest that a 503 asked for is over. */
void health_served(struct upstreams *u, struct target *target, pool_handle who);

/*
 * A 503 came, which asks for a rest of `rest_us`; a request timed out. True if that closed the
 * target: call queue_reroute(), since its requests may go elsewhere.
 */
bool health_refused(
    struct upstreams *u, struct target *target, pool_handle who, uint32_t needed, uint64_t rest_us);
bool health_timed_out(struct upstreams *u, struct target *target, pool_handle who, uint32_t needed);

/*
 * True if a target that has just sent a 503 to `who` serves others: it granted one of them
 * something lately, and did not refuse many in a row. `was_refused`: `who` got a 503 before; then
 * a grant within the last hour is enough.
 */
bool health_serves_others(
    const struct upstreams *u, struct target *target, pool_handle who, bool was_refused);

/*
 * Decides whether sudden silence, which met at least three users, means a ban. True if it closed
 * the target: call queue_reroute().
 */
bool health_judge_silence(struct upstreams *u, struct target *target);

/* Our own network changed, and may have been the cause of its silence: it may be probed now. */
void health_try_again(struct upstreams *u, struct target *target);

/*
 * Until when it is closed, as far as is known: a silent target until one more probe has failed.
 * TIME_NEVER in a stop.
 */
uint64_t health_closed_until_us(const struct upstreams *u, const struct target *target);

/* How many requests another target can send until then, at the highest pace it can have. */
uint64_t health_sent_while_closed(const struct upstreams *u, const struct target *target);

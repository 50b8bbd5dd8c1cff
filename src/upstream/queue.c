// SPDX-License-Identifier: Apache-2.0
/*
 * The order in which the exchanges at a target send.
 */
#include "upstream/queue.h"

#include "upstream/health.h"
#include "upstream/listener.h"

#include <assert.h>

#define NO_ROOM_US (100 * US_PER_MS)

/* When a rest must let its request through, as its owner says; TIME_NEVER: it may wait. */
static uint64_t lapses_at_us(const struct upstreams *u, const struct exchange *exchange)
{
	const struct exchange_ops *ops = exchange_ops(u, exchange);

	return ops->lapses_at_us ? ops->lapses_at_us(exchange_context(u, exchange), exchange)
	                         : TIME_NEVER;
}

/*
 * True if it answers a challenge to a request that the rest let through. Requests that were sent
 * before the rest may all be challenged at once, so their answers are let through one a second.
 */
static bool goes_on(
    const struct target *target, const struct exchange *exchange, enum queue_class class)
{
	return class == QUEUE_ANSWER && exchange->started_us > target->rests_since_us;
}

int queue_join(
    struct upstreams *u, struct exchange *exchange, enum queue_class class, uint64_t order)
{
	struct target *target = target_get(u, exchange->target);
	int rc;

	assert(exchange->phase == EXCHANGE_IDLE && exchange->has_flow);
	listener_use(u, exchange_ops(u, exchange)->listener_place(exchange),
	    exchange_flow(exchange)->listener);
	exchange->queue_key = target_key(class, order);
	exchange->is_bare = !auths_are_known(&exchange->auths) ||
	                    (class != QUEUE_ANSWER && target_takes_no_known_nonce(target));
	rc = target_queue(
	    u, target, exchange->queue_key, exchange_number(exchange), exchange->is_bare);
	if (rc < 0)
		return rc;
	exchange->phase = EXCHANGE_QUEUED;
	target_hold_until(u, target, lapses_at_us(u, exchange), goes_on(target, exchange, class));
	return 0;
}

/* The exchange of a queued pair; NULL if the pair is stale. */
static struct exchange *find_live(
    const struct upstreams *u, const struct target *target, const struct heap_pair *pair)
{
	struct exchange *exchange = exchange_find(u, pair->value);

	if (!exchange || exchange->phase != EXCHANGE_QUEUED || exchange->queue_key != pair->key ||
	    exchange->target != target->handle)
		return NULL;
	return exchange;
}

/* Takes the exchange out of the queue; a pair of it that is still there is stale. */
static void take(struct target *target, struct exchange *exchange)
{
	exchange->phase = EXCHANGE_IDLE;
	target_unqueue(target, exchange->is_bare);
}

static struct exchange *pop_live(struct upstreams *u, struct target *target)
{
	struct exchange *exchange;
	struct heap_pair pair;

	while (heap_peek(&target->queue, &pair)) {
		heap_pop(&target->queue);
		exchange = find_live(u, target, &pair);
		if (!exchange)
			continue;
		take(target, exchange);
		return exchange;
	}
	return NULL;
}

static bool may_go_elsewhere(
    const struct upstreams *u, const struct exchange *exchange, const struct target *target)
{
	const struct upstream *route = upstream_get(u, exchange->route);

	if (exchange->is_redirected && exchange_ops(u, exchange)->goes_home)
		return true;
	return upstream_other_open_at_us(u, route, target) < health_closed_until_us(u, target);
}

static void send_elsewhere(struct upstreams *u, struct exchange *exchange, struct target *target)
{
	take(target, exchange);
	exchange->is_answering = false;
	exchange_pass_target(u, exchange);
	exchange_ops(u, exchange)
	    ->unreachable(
	        exchange_context(u, exchange), exchange, OBSTACLE_REST, SLICE("address rests"));
}

/* Puts a pair back into the queue; if there is no memory, its exchange goes elsewhere. */
static void stay(struct upstreams *u, struct target *target, const struct heap_pair *pair)
{
	struct exchange *exchange = find_live(u, target, pair);

	if (exchange && heap_push(&target->queue, pair->key, pair->value) < 0)
		send_elsewhere(u, exchange, target);
}

/* Most upstreams have one address: this finds that out without taking a long queue apart. */
static bool may_anybody_go(struct upstreams *u, const struct target *target)
{
	for (uint32_t i = 0; i < target->queue.count; i++) {
		struct exchange *exchange = find_live(u, target, &target->queue.pairs[i]);

		if (exchange && may_go_elsewhere(u, exchange, target))
			return true;
	}
	return false;
}

/* Sends up to `most` exchanges elsewhere; the rest of them once the outbox has room again. */
static void reroute(struct upstreams *u, struct target *target, uint64_t most)
{
	struct heap staying = {0};
	struct exchange *exchange;
	struct heap_pair pair;

	if (!may_anybody_go(u, target))
		most = 0;
	while (most > 0 && outbox_has_room(u->core->outbox) && heap_peek(&target->queue, &pair)) {
		heap_pop(&target->queue);
		exchange = find_live(u, target, &pair);
		if (!exchange || (!may_go_elsewhere(u, exchange, target) &&
		                     heap_push(&staying, pair.key, pair.value) == 0))
			continue;
		most--;
		send_elsewhere(u, exchange, target);
	}
	target->leaving = heap_peek(&target->queue, &pair) ? most : 0;
	for (uint32_t i = 0; i < staying.count; i++)
		stay(u, target, &staying.pairs[i]);
	heap_clear(&staying);
	if (target->leaving > 0)
		target_arm(u, target);
}

/*
 * Two addresses that close in turns would send all exchanges to and fro. So no more go than another
 * address could send in that time.
 */
void queue_reroute(struct upstreams *u, struct target *target)
{
	reroute(u, target, health_sent_while_closed(u, target));
}

/*
 * A silent address gets one request at a time, and each time one of another class: it may be silent
 * to cancels, or to the requests of strangers, and answer others.
 */
static struct exchange *pop_probe(struct upstreams *u, struct target *target)
{
	struct exchange *best = NULL, *exchange;

	for (uint32_t i = 0; i < target->queue.count; i++) {
		const struct heap_pair *pair = &target->queue.pairs[i];

		if (target_key_class(pair->key) == target->probed ||
		    (best && pair->key >= best->queue_key))
			continue;
		exchange = find_live(u, target, pair);
		if (exchange)
			best = exchange;
	}
	if (best) {
		take(target, best);
	} else {
		best = pop_live(u, target);
	}
	if (best)
		target->probed = (uint8_t)target_key_class(best->queue_key);
	return best;
}

/* After a rest, an exchange that got no 503 goes first. */
static struct exchange *pop_other(struct upstreams *u, struct target *target)
{
	struct exchange *best = NULL, *exchange;

	target->has_rested = false;
	for (uint32_t i = 0; i < target->queue.count; i++) {
		const struct heap_pair *pair = &target->queue.pairs[i];

		if (best && pair->key >= best->queue_key)
			continue;
		exchange = find_live(u, target, pair);
		if (exchange && !exchange->was_refused)
			best = exchange;
	}
	if (!best)
		return pop_live(u, target);
	take(target, best);
	return best;
}

static struct exchange *pop_next(struct upstreams *u, struct target *target)
{
	if (core_is_stopping(u->core))
		return pop_live(u, target);
	if (target->is_broken)
		return pop_probe(u, target);
	return target->has_rested ? pop_other(u, target) : pop_live(u, target);
}

/* Lets a request through whose binding would lapse in the rest; the soonest to lapse first. */
static void let_through(struct upstreams *u, struct target *target)
{
	uint64_t first_us = TIME_NEVER, next_us = TIME_NEVER;
	struct exchange *first = NULL;

	if (target_let_through_us(u, target) > u->core->now.mono_us)
		return;
	for (uint32_t i = 0; i < target->queue.count; i++) {
		const struct heap_pair *pair = &target->queue.pairs[i];
		enum queue_class class = target_key_class(pair->key);
		struct exchange *exchange = find_live(u, target, pair);
		uint64_t until_us;

		if (!exchange || (class != QUEUE_REFRESH && class != QUEUE_ANSWER))
			continue;
		until_us = lapses_at_us(u, exchange);
		if (!goes_on(target, exchange, class))
			until_us = max_u64(until_us, target->let_through_us + LET_APART_US);
		next_us = min_u64(next_us, max_u64(until_us, first_us));
		if (until_us < first_us) {
			first_us = until_us;
			first = exchange;
		}
	}
	target->hold_until_us = first_us;
	if (first_us > u->core->now.mono_us)
		return;
	target_let_one(u, target, next_us);
	take(target, first);
	exchange_ops(u, first)->turn(exchange_context(u, first), first);
}

static bool has_room(const struct upstreams *u, const struct target *target)
{
	return outbox_has_room(u->core->outbox) && txns_have_room(u->core->txns, target->has_long);
}

static void pump(struct upstreams *u, struct target *target)
{
	pool_handle handle = target->handle;
	struct exchange *exchange;

	/* The exchange at the head of the queue may hold the last reference to the target. */
	target->refs++;
	if (target->leaving > 0 && target_open_at_us(u, target) > u->core->now.mono_us)
		reroute(u, target, target->leaving);
	else
		target->leaving = 0;
	if (target->queued > 0 && has_room(u, target))
		let_through(u, target);
	while (target->queued > 0 && target_slot_us(u, target) <= u->core->now.mono_us) {
		if (!has_room(u, target))
			break;
		exchange = pop_next(u, target);
		if (!exchange)
			break;
		exchange_ops(u, exchange)->turn(exchange_context(u, exchange), exchange);
	}
	if (target->queued > 0 && !txns_have_room(u->core->txns, target->has_long))
		wheel_set(u->core->wheel, &target->timer, u->core->now.mono_us + NO_ROOM_US);
	else
		target_arm(u, target);
	target_give(u, handle);
}

void queue_timer(struct upstreams *u, struct target *target)
{
	if (!target_forget_unused(u, target))
		pump(u, target);
}

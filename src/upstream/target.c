// SPDX-License-Identifier: Apache-2.0
/*
 * One address of upstreams: how a target is found, made and forgotten; its rest and
 * its queue.
 */
#include "upstream/target.h"

#include "base/broken.h"
#include "upstream/history.h"
#include "upstream/pace.h"

#include <assert.h>

#define KEY_CLASS_SHIFT 60
#define KEY_ORDER_MASK  ((UINT64_C(1) << KEY_CLASS_SHIFT) - 1)

static struct target *find(const struct upstreams *u, uint64_t hash, enum sip_transport transport,
    const struct netaddr *address)
{
	uint32_t cursor = 0;
	uint64_t value;

	while (map_next(u->target_addresses, hash, &cursor, &value)) {
		struct target *target = pool_get(u->targets, value);

		if (target->transport == transport && netaddr_equal(&target->address, address))
			return target;
	}
	return NULL;
}

struct target *target_find(
    const struct upstreams *u, enum sip_transport transport, const struct netaddr *address)
{
	return find(u, upstreams_hash_address(u, (uint8_t)transport, address), transport, address);
}

struct target *target_take(
    struct upstreams *u, enum sip_transport transport, const struct netaddr *address)
{
	uint64_t hash = upstreams_hash_address(u, (uint8_t)transport, address);
	struct target *target = find(u, hash, transport, address);
	pool_handle handle;

	if (target) {
		if (target->refs++ == 0)
			wheel_clear(u->core->wheel, &target->timer);
		return target;
	}
	target = pool_take(u->targets, &handle);
	if (!target)
		return NULL;
	if (map_put(u->target_addresses, hash, handle) < 0) {
		pool_give(u->targets, handle);
		return NULL;
	}
	target->handle = handle;
	target->refs = 1;
	target->transport = (uint8_t)transport;
	target->address = *address;
	target->rate_milli = RATE_FIRST_MILLI;
	target->answer_share = SHARE_ONE;
	target->timer.kind = TIMER_TARGET;
	history_recall(u, target);
	return target;
}

static void forget(struct upstreams *u, struct target *target)
{
	wheel_clear(u->core->wheel, &target->timer);
	map_remove(u->target_addresses,
	    upstreams_hash_address(u, target->transport, &target->address), target->handle);
	pool_give(u->targets, target->handle);
}

void target_give(struct upstreams *u, pool_handle handle)
{
	struct target *target = pool_get(u->targets, handle);

	if (!target || --target->refs > 0)
		return;
	heap_clear(&target->queue);
	target->queued = target->bare = 0;
	/* It stays until its next place, so that a new user cannot send sooner than that. */
	if (target->next_send_us > u->core->now.mono_us)
		wheel_set(u->core->wheel, &target->timer, target->next_send_us);
	else
		forget(u, target);
}

bool target_forget_unused(struct upstreams *u, struct target *target)
{
	if (target->refs > 0)
		return false;
	forget(u, target);
	return true;
}

struct target *target_get(const struct upstreams *u, pool_handle handle)
{
	return pool_get(u->targets, handle);
}

uint64_t target_open_at_us(const struct upstreams *u, const struct target *target)
{
	/* A stop that keeps the bindings sends nothing any more, not even a repetition. */
	if (u->core->stop.mode == CORE_KEEPS)
		return TIME_NEVER;
	/* Neither a rest nor an open breaker holds a cancel back during a stop. */
	if (core_is_stopping(u->core))
		return u->core->now.mono_us;
	if (target->is_broken)
		return max_u64(target->rest_until_us, target->probe_at_us);
	return max_u64(target->rest_until_us, u->core->now.mono_us);
}

uint64_t target_let_through_us(const struct upstreams *u, const struct target *target)
{
	uint64_t when_us = max_u64(target->hold_until_us, target->next_send_us);

	if (!target_is_resting(u, target))
		return TIME_NEVER;
	return target->is_broken ? max_u64(when_us, target->probe_at_us) : when_us;
}

bool target_lets_repeat(const struct upstreams *u, const struct target *target, uint64_t sent_us)
{
	return target_is_resting(u, target) && !target->is_broken &&
	       sent_us > target->rests_since_us;
}

void target_hold_until(struct upstreams *u, struct target *target, uint64_t until_us, bool is_next)
{
	if (!target_is_resting(u, target))
		return;
	if (!is_next || until_us > u->core->now.mono_us)
		until_us = max_u64(until_us, target->let_through_us + LET_APART_US);
	if (until_us >= target->hold_until_us)
		return;
	target->hold_until_us = until_us;
	target_arm(u, target);
}

void target_let_one(struct upstreams *u, struct target *target, uint64_t next_us)
{
	target->let_through_us = u->core->now.mono_us;
	target->hold_until_us = max_u64(next_us, u->core->now.mono_us + LET_APART_US);
}

uint64_t target_key(enum queue_class class, uint64_t order)
{
	return (uint64_t) class << KEY_CLASS_SHIFT | (order & KEY_ORDER_MASK);
}

enum queue_class target_key_class(uint64_t key)
{
	return (enum queue_class)(key >> KEY_CLASS_SHIFT);
}

int target_queue(
    struct upstreams *u, struct target *target, uint64_t key, pool_handle user, bool is_bare)
{
	int rc = heap_push(&target->queue, key, user);

	if (rc < 0)
		return rc;
	target->queued++;
	target->bare += is_bare;
	target_arm(u, target);
	return 0;
}

void target_unqueue(struct target *target, bool is_bare)
{
	assert(target->queued > 0 && target->bare >= is_bare);
	target->bare -= is_bare;
	/* Stale pairs, which edits leave, must not pile up while the address rests. */
	if (--target->queued == 0)
		target->queue.count = 0;
}

uint64_t target_slot_us(struct upstreams *u, const struct target *target)
{
	uint64_t open_at = target_open_at_us(u, target);

	if (target->in_flight >= pace_window(u, target))
		return TIME_NEVER;
	return max_u64(open_at, target->next_send_us);
}

uint64_t target_queue_end_us(const struct upstreams *u, const struct target *target)
{
	uint64_t open_at_us = target_open_at_us(u, target);
	uint64_t from_us = max_u64(u->core->now.mono_us, open_at_us == TIME_NEVER ? 0 : open_at_us);

	/* Without a timer the window is full: an answer or a time-out opens it. */
	if (wheel_is_set(&target->timer))
		from_us = max_u64(from_us, target->timer.when_us);
	else if (target->in_flight < pace_window(u, target))
		return TIME_NEVER;
	return from_us + target->queued * pace_interval_us(u, target);
}

void target_arm(struct upstreams *u, struct target *target)
{
	uint64_t when_us;

	if (target->refs == 0)
		return;
	if (target->queued == 0) {
		target->leaving = 0;
		wheel_clear(u->core->wheel, &target->timer);
		return;
	}
	when_us = min_u64(target_slot_us(u, target), target_let_through_us(u, target));
	wheel_set(
	    u->core->wheel, &target->timer, target->leaving > 0 ? u->core->now.mono_us : when_us);
}

void target_begin(struct target *target)
{
	target->in_flight++;
}

void target_end(struct upstreams *u, struct target *target)
{
	assert(target->in_flight > 0);
	target->in_flight--;
	if (!BROKEN_WINDOW_WAKE)
		target_arm(u, target);
}

static void hurry(struct upstreams *u, struct target *target)
{
	target->next_send_us = min_u64(target->next_send_us, u->core->now.mono_us);
	target_arm(u, target);
}

void targets_hurry(struct upstreams *u)
{
	struct target *target;
	pool_handle handle;

	for (uint32_t slot = 0; (target = pool_walk(u->targets, slot, &handle));
	     slot = pool_handle_slot(handle) + 1)
		hurry(u, target);
}

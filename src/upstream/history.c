// SPDX-License-Identifier: Apache-2.0
/*
 * The table of addresses. A change is written to the ledger only if it is large
 * enough, and not at once if it may not last.
 */
#include "upstream/history.h"

#include "upstream/target.h"

#include <stdlib.h>

#define SETTLE_US (10 * US_PER_S)

struct history {
	pool_handle handle;
	uint8_t transport;
	struct netaddr address;
	uint32_t proven_milli, ceiling_milli;
	uint64_t ceiling_until_us;
	uint64_t noted_us;
	uint64_t due_us;     /* when to write it to the ledger; TIME_NEVER: no need */
	uint64_t written_us; /* when it was written last; 0: not by this process */
	/* The proven pace in the ledger; RATE_FIRST_MILLI if that has none. */
	uint32_t written_milli;
	bool has_news; /* its ceiling or loses_by_fetch is not in the ledger yet */
	bool loses_by_fetch;
	bool is_stored; /* the ledger has a record of it */
};

struct histories {
	struct pool *pool;
	struct map *addresses;
	struct wheel_node timer;
};

struct histories *histories_new(void)
{
	struct histories *histories = calloc(1, sizeof(*histories));

	if (!histories)
		return NULL;
	histories->timer.kind = TIMER_HISTORY;
	histories->pool = pool_new(sizeof(struct history), HISTORIES_MAX);
	histories->addresses = map_new(HISTORIES_MAX);
	if (!histories->pool || !histories->addresses)
		histories_free(&histories);
	return histories;
}

void histories_free(struct histories **histories)
{
	struct histories *gone = *histories;

	*histories = NULL;
	if (!gone)
		return;
	if (gone->pool)
		pool_free(&gone->pool);
	if (gone->addresses)
		map_free(&gone->addresses);
	free(gone);
}

static struct history *find(
    const struct upstreams *u, uint8_t transport, const struct netaddr *address)
{
	uint64_t hash = upstreams_hash_address(u, transport, address), value;
	uint32_t cursor = 0;

	while (map_next(u->histories->addresses, hash, &cursor, &value)) {
		struct history *history = pool_get(u->histories->pool, value);

		if (history->transport == transport && netaddr_equal(&history->address, address))
			return history;
	}
	return NULL;
}

/* NULL if the table is full. */
static struct history *make(struct upstreams *u, uint8_t transport, const struct netaddr *address)
{
	pool_handle handle;
	struct history *history = pool_take(u->histories->pool, &handle);

	if (!history)
		return NULL;
	if (map_put(u->histories->addresses, upstreams_hash_address(u, transport, address),
	        handle) < 0) {
		pool_give(u->histories->pool, handle);
		return NULL;
	}
	history->handle = handle;
	history->transport = transport;
	history->address = *address;
	history->written_milli = RATE_FIRST_MILLI;
	history->due_us = TIME_NEVER;
	return history;
}

static void forget(struct upstreams *u, struct history *history)
{
	map_remove(u->histories->addresses,
	    upstreams_hash_address(u, history->transport, &history->address), history->handle);
	pool_give(u->histories->pool, history->handle);
}

static bool is_empty(const struct history *history)
{
	return history->proven_milli == 0 && history->ceiling_milli == 0 &&
	       !history->loses_by_fetch;
}

uint32_t history_slowest_milli(const struct upstreams *u)
{
	uint32_t slowest = UINT32_MAX;
	pool_handle handle;
	struct history *history;

	for (uint32_t slot = 0; (history = pool_walk(u->histories->pool, slot, &handle));
	     slot = pool_handle_slot(handle) + 1)
		if (history->proven_milli)
			slowest = (uint32_t)min_u64(slowest, history->proven_milli);
	return slowest == UINT32_MAX ? RATE_FIRST_MILLI : slowest;
}

static uint32_t within_range(uint32_t milli)
{
	if (milli == 0)
		return 0;
	return (uint32_t)min_u64(max_u64(milli, RATE_LOWEST_MILLI), RATE_HIGHEST_MILLI);
}

static void arm(struct upstreams *u, uint64_t due_us)
{
	struct wheel_node *timer = &u->histories->timer;

	if (!wheel_is_set(timer) || due_us < timer->when_us)
		wheel_set(u->core->wheel, timer, due_us);
}

/* News keep their time, even if a change that may wait comes after them. */
static void set_due(struct upstreams *u, struct history *history, uint64_t due_us)
{
	if (history->has_news)
		due_us = min_u64(due_us, history->due_us);
	history->due_us = due_us;
	arm(u, due_us);
}

int history_load(struct upstreams *u, const struct ledger_pace *record)
{
	int64_t left_ms = record->ceiling_until_ms - u->core->now.wall_ms;
	struct history *history = make(u, record->transport, &record->address);

	if (!history)
		return pool_count(u->histories->pool) == HISTORIES_MAX ? 0 : ERR_MEMORY;
	history->is_stored = true;
	history->loses_by_fetch = record->loses_by_fetch;
	history->proven_milli = within_range(record->proven_milli);
	history->written_milli = history->proven_milli ? history->proven_milli : RATE_FIRST_MILLI;
	if (record->ceiling_milli > 0 && left_ms > 0) {
		history->ceiling_milli = within_range(record->ceiling_milli);
		history->ceiling_until_us =
		    u->core->now.mono_us +
		    min_u64((uint64_t)left_ms, CEILING_US / US_PER_MS) * US_PER_MS;
	}
	if (is_empty(history))
		set_due(u, history, u->core->now.mono_us);
	return 0;
}

void history_recall(const struct upstreams *u, struct target *target)
{
	const struct history *history = find(u, target->transport, &target->address);

	if (!history || is_empty(history))
		return;
	target->loses_by_fetch = history->loses_by_fetch;
	target->proven_milli = history->proven_milli;
	if (history->proven_milli)
		target->rate_milli = history->proven_milli;
	if (history->ceiling_milli && u->core->now.mono_us < history->ceiling_until_us) {
		target->ceiling_milli = history->ceiling_milli;
		target->ceiling_until_us = history->ceiling_until_us;
		target->rate_milli = (uint32_t)min_u64(target->rate_milli, target->ceiling_milli);
	}
}

/* True if the proven pace differs by more than an eighth from that in the ledger. */
static bool is_step(const struct history *history)
{
	uint64_t proven = history->proven_milli, written = history->written_milli;

	return proven > 0 && (8 * proven > 9 * written || 8 * proven < 7 * written);
}

/* Empties the oldest history. Its place is free once the ledger has removed the record. */
static void give_way(struct upstreams *u)
{
	struct history *history, *oldest = NULL;
	pool_handle handle;

	for (uint32_t slot = 0; (history = pool_walk(u->histories->pool, slot, &handle));
	     slot = pool_handle_slot(handle) + 1)
		if (!is_empty(history) && (!oldest || history->noted_us < oldest->noted_us))
			oldest = history;
	if (!oldest)
		return;
	oldest->proven_milli = oldest->ceiling_milli = 0;
	oldest->loses_by_fetch = false;
	set_due(u, oldest, u->core->now.mono_us);
}

static bool says_nothing(const struct target *target)
{
	return target->proven_milli == 0 && target->ceiling_milli == 0 && !target->loses_by_fetch;
}

static struct history *find_or_make(struct upstreams *u, const struct target *target)
{
	struct history *history = find(u, target->transport, &target->address);

	if (history || says_nothing(target))
		return history;
	history = make(u, target->transport, &target->address);
	if (!history)
		give_way(u);
	return history;
}

void history_note(struct upstreams *u, const struct target *target)
{
	struct history *history = find_or_make(u, target);
	uint32_t before;

	if (!history)
		return;
	before = history->proven_milli;
	history->noted_us = u->core->now.mono_us;
	history->proven_milli = target->proven_milli;
	if (history->loses_by_fetch != target->loses_by_fetch) {
		history->loses_by_fetch = target->loses_by_fetch;
		history->has_news = true;
		set_due(u, history, u->core->now.mono_us);
	}
	if (says_nothing(target)) {
		set_due(u, history, u->core->now.mono_us);
	} else if (target->ceiling_milli && target->ceiling_until_us != history->ceiling_until_us) {
		history->has_news = true;
		set_due(u, history, u->core->now.mono_us);
	} else if (is_step(history) && history->proven_milli > before) {
		set_due(u, history, u->core->now.mono_us + SETTLE_US);
	} else if (is_step(history) && history->proven_milli < before) {
		set_due(u, history, max_u64(u->core->now.mono_us, history->written_us + SETTLE_US));
	}
	history->ceiling_milli = target->ceiling_milli;
	history->ceiling_until_us = target->ceiling_until_us;
}

static void write_record(struct upstreams *u, struct history *history)
{
	struct ledger_record record = {
	    .op = LEDGER_PACE,
	    .pace =
	        {
	            .transport = history->transport,
	            .address = history->address,
	            .proven_milli = history->proven_milli,
	            .ceiling_milli = history->ceiling_milli,
	            .loses_by_fetch = history->loses_by_fetch,
	        },
	};

	if (history->ceiling_milli)
		record.pace.ceiling_until_ms =
		    now_to_wall_ms(u->core->now, history->ceiling_until_us);
	journal_write(u->core->journal, &record);
	history->is_stored = true;
	history->has_news = false;
	history->written_us = u->core->now.mono_us;
	history->written_milli = history->proven_milli ? history->proven_milli : RATE_FIRST_MILLI;
}

/* Writes a history that is due, unless the reason has gone meanwhile; frees an empty one. */
static void write_due(struct upstreams *u, struct history *history)
{
	bool is_leaving = is_empty(history);

	history->due_us = TIME_NEVER;
	if (is_leaving ? history->is_stored : history->has_news || is_step(history))
		write_record(u, history);
	if (is_leaving)
		forget(u, history);
}

void history_forget_fetches(struct upstreams *u)
{
	struct target *target;
	pool_handle handle;
	struct history *history;

	for (uint32_t slot = 0; (target = pool_walk(u->targets, slot, &handle));
	     slot = pool_handle_slot(handle) + 1)
		target->loses_by_fetch = false;
	for (uint32_t slot = 0; (history = pool_walk(u->histories->pool, slot, &handle));
	     slot = pool_handle_slot(handle) + 1) {
		if (!history->loses_by_fetch)
			continue;
		history->loses_by_fetch = false;
		history->has_news = true;
		set_due(u, history, u->core->now.mono_us);
	}
}

void history_timer(struct upstreams *u)
{
	uint64_t next_us = TIME_NEVER;
	pool_handle handle;
	struct history *history;

	for (uint32_t slot = 0; (history = pool_walk(u->histories->pool, slot, &handle));
	     slot = pool_handle_slot(handle) + 1) {
		if (history->due_us <= u->core->now.mono_us && outbox_has_room(u->core->outbox))
			write_due(u, history);
		else
			next_us = min_u64(next_us, history->due_us);
	}
	if (next_us != TIME_NEVER)
		wheel_set(u->core->wheel, &u->histories->timer, next_us);
}

void history_clock_stepped(struct upstreams *u)
{
	pool_handle handle;
	struct history *history;

	for (uint32_t slot = 0; (history = pool_walk(u->histories->pool, slot, &handle));
	     slot = pool_handle_slot(handle) + 1) {
		if (history->ceiling_milli == 0)
			continue;
		history->has_news = true;
		set_due(u, history, u->core->now.mono_us);
	}
}

// SPDX-License-Identifier: Apache-2.0
/*
 * The table of paces, and when a change of it is worth a record.
 */
#include "upstream/pace.h"

#include "upstream/target.h"

#include <stdlib.h>

#define SETTLE_US (10 * US_PER_S)

struct pace {
	pool_handle handle;
	uint8_t transport;
	struct netaddr address;
	uint32_t proven_milli, ceiling_milli;
	uint64_t ceiling_until_us;
	uint64_t noted_us;
	uint64_t due_us;     /* when the ledger learns of it; TIME_NEVER: it knows enough */
	uint64_t written_us; /* 0 not by this process */
	/* As the ledger has it; where it has none, where every start begins. */
	uint32_t written_milli;
	bool has_news; /* a ceiling, or what fetches do: the ledger does not have it */
	bool loses_by_fetch;
	bool is_stored;
};

struct paces {
	struct pool *pool;
	struct map *addresses;
	struct wheel_node timer;
};

struct paces *paces_new(void)
{
	struct paces *paces = calloc(1, sizeof(*paces));

	if (!paces)
		return NULL;
	paces->timer.kind = TIMER_PACE;
	paces->pool = pool_new(sizeof(struct pace), PACES_MAX);
	paces->addresses = map_new(PACES_MAX);
	if (!paces->pool || !paces->addresses)
		paces_free(&paces);
	return paces;
}

void paces_free(struct paces **paces)
{
	struct paces *gone = *paces;

	*paces = NULL;
	if (!gone)
		return;
	if (gone->pool)
		pool_free(&gone->pool);
	if (gone->addresses)
		map_free(&gone->addresses);
	free(gone);
}

static struct pace *find(
    const struct upstreams *u, uint8_t transport, const struct netaddr *address)
{
	uint64_t hash = upstreams_hash_address(u, transport, address), value;
	uint32_t cursor = 0;

	while (map_next(u->paces->addresses, hash, &cursor, &value)) {
		struct pace *pace = pool_get(u->paces->pool, value);

		if (pace->transport == transport && netaddr_equal(&pace->address, address))
			return pace;
	}
	return NULL;
}

/* NULL at the cap. */
static struct pace *make(struct upstreams *u, uint8_t transport, const struct netaddr *address)
{
	pool_handle handle;
	struct pace *pace = pool_take(u->paces->pool, &handle);

	if (!pace)
		return NULL;
	if (map_put(u->paces->addresses, upstreams_hash_address(u, transport, address), handle) <
	    0) {
		pool_give(u->paces->pool, handle);
		return NULL;
	}
	pace->handle = handle;
	pace->transport = transport;
	pace->address = *address;
	pace->written_milli = RATE_FIRST_MILLI;
	pace->due_us = TIME_NEVER;
	return pace;
}

static void forget(struct upstreams *u, struct pace *pace)
{
	map_remove(u->paces->addresses, upstreams_hash_address(u, pace->transport, &pace->address),
	    pace->handle);
	pool_give(u->paces->pool, pace->handle);
}

static bool is_empty(const struct pace *pace)
{
	return pace->proven_milli == 0 && pace->ceiling_milli == 0 && !pace->loses_by_fetch;
}

uint32_t pace_slowest_milli(const struct upstreams *u)
{
	uint32_t slowest = UINT32_MAX;
	pool_handle handle;
	struct pace *pace;

	for (uint32_t slot = 0; (pace = pool_walk(u->paces->pool, slot, &handle));
	     slot = pool_handle_slot(handle) + 1)
		if (pace->proven_milli)
			slowest = (uint32_t)min_u64(slowest, pace->proven_milli);
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
	struct wheel_node *timer = &u->paces->timer;

	if (!wheel_is_set(timer) || due_us < timer->when_us)
		wheel_set(u->core->wheel, timer, due_us);
}

/* News are not put off by what may wait. */
static void set_due(struct upstreams *u, struct pace *pace, uint64_t due_us)
{
	if (pace->has_news)
		due_us = min_u64(due_us, pace->due_us);
	pace->due_us = due_us;
	arm(u, due_us);
}

int pace_load(struct upstreams *u, const struct ledger_pace *record)
{
	int64_t left_ms = record->ceiling_until_ms - u->core->now.wall_ms;
	struct pace *pace = make(u, record->transport, &record->address);

	if (!pace)
		return pool_count(u->paces->pool) == PACES_MAX ? 0 : ERR_MEMORY;
	pace->is_stored = true;
	pace->loses_by_fetch = record->loses_by_fetch;
	pace->proven_milli = within_range(record->proven_milli);
	pace->written_milli = pace->proven_milli ? pace->proven_milli : RATE_FIRST_MILLI;
	if (record->ceiling_milli > 0 && left_ms > 0) {
		pace->ceiling_milli = within_range(record->ceiling_milli);
		pace->ceiling_until_us =
		    u->core->now.mono_us +
		    min_u64((uint64_t)left_ms, CEILING_US / US_PER_MS) * US_PER_MS;
	}
	if (is_empty(pace))
		set_due(u, pace, u->core->now.mono_us);
	return 0;
}

void pace_recall(const struct upstreams *u, struct target *target)
{
	const struct pace *pace = find(u, target->transport, &target->address);

	if (!pace || is_empty(pace))
		return;
	target->loses_by_fetch = pace->loses_by_fetch;
	target->proven_milli = pace->proven_milli;
	if (pace->proven_milli)
		target->rate_milli = pace->proven_milli;
	if (pace->ceiling_milli && u->core->now.mono_us < pace->ceiling_until_us) {
		target->ceiling_milli = pace->ceiling_milli;
		target->ceiling_until_us = pace->ceiling_until_us;
		target->rate_milli = (uint32_t)min_u64(target->rate_milli, target->ceiling_milli);
	}
}

/* An eighth more or less than the ledger has it. */
static bool is_step(const struct pace *pace)
{
	uint64_t proven = pace->proven_milli, written = pace->written_milli;

	return proven > 0 && (8 * proven > 9 * written || 8 * proven < 7 * written);
}

/* The ledger loses it first; only then its place is free. */
static void give_way(struct upstreams *u)
{
	struct pace *pace, *oldest = NULL;
	pool_handle handle;

	for (uint32_t slot = 0; (pace = pool_walk(u->paces->pool, slot, &handle));
	     slot = pool_handle_slot(handle) + 1)
		if (!is_empty(pace) && (!oldest || pace->noted_us < oldest->noted_us))
			oldest = pace;
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

static struct pace *find_or_make(struct upstreams *u, const struct target *target)
{
	struct pace *pace = find(u, target->transport, &target->address);

	if (pace || says_nothing(target))
		return pace;
	pace = make(u, target->transport, &target->address);
	if (!pace)
		give_way(u);
	return pace;
}

void pace_note(struct upstreams *u, const struct target *target)
{
	struct pace *pace = find_or_make(u, target);
	uint32_t before;

	if (!pace)
		return;
	before = pace->proven_milli;
	pace->noted_us = u->core->now.mono_us;
	pace->proven_milli = target->proven_milli;
	if (pace->loses_by_fetch != target->loses_by_fetch) {
		pace->loses_by_fetch = target->loses_by_fetch;
		pace->has_news = true;
		set_due(u, pace, u->core->now.mono_us);
	}
	if (says_nothing(target)) {
		set_due(u, pace, u->core->now.mono_us);
	} else if (target->ceiling_milli && target->ceiling_until_us != pace->ceiling_until_us) {
		pace->has_news = true;
		set_due(u, pace, u->core->now.mono_us);
	} else if (is_step(pace) && pace->proven_milli > before) {
		set_due(u, pace, u->core->now.mono_us + SETTLE_US);
	} else if (is_step(pace) && pace->proven_milli < before) {
		set_due(u, pace, max_u64(u->core->now.mono_us, pace->written_us + SETTLE_US));
	}
	pace->ceiling_milli = target->ceiling_milli;
	pace->ceiling_until_us = target->ceiling_until_us;
}

static void write_record(struct upstreams *u, struct pace *pace)
{
	struct ledger_record record = {
	    .op = LEDGER_PACE,
	    .pace =
	        {
	            .transport = pace->transport,
	            .address = pace->address,
	            .proven_milli = pace->proven_milli,
	            .ceiling_milli = pace->ceiling_milli,
	            .loses_by_fetch = pace->loses_by_fetch,
	        },
	};

	if (pace->ceiling_milli)
		record.pace.ceiling_until_ms = now_to_wall_ms(u->core->now, pace->ceiling_until_us);
	journal_write(u->core->journal, &record);
	pace->is_stored = true;
	pace->has_news = false;
	pace->written_us = u->core->now.mono_us;
	pace->written_milli = pace->proven_milli ? pace->proven_milli : RATE_FIRST_MILLI;
}

/* Its time has come; what was due may have passed meanwhile. */
static void write_due(struct upstreams *u, struct pace *pace)
{
	bool is_leaving = is_empty(pace);

	pace->due_us = TIME_NEVER;
	if (is_leaving ? pace->is_stored : pace->has_news || is_step(pace))
		write_record(u, pace);
	if (is_leaving)
		forget(u, pace);
}

void pace_forget_fetches(struct upstreams *u)
{
	struct target *target;
	pool_handle handle;
	struct pace *pace;

	for (uint32_t slot = 0; (target = pool_walk(u->targets, slot, &handle));
	     slot = pool_handle_slot(handle) + 1)
		target->loses_by_fetch = false;
	for (uint32_t slot = 0; (pace = pool_walk(u->paces->pool, slot, &handle));
	     slot = pool_handle_slot(handle) + 1) {
		if (!pace->loses_by_fetch)
			continue;
		pace->loses_by_fetch = false;
		pace->has_news = true;
		set_due(u, pace, u->core->now.mono_us);
	}
}

void pace_timer(struct upstreams *u)
{
	uint64_t next_us = TIME_NEVER;
	pool_handle handle;
	struct pace *pace;

	for (uint32_t slot = 0; (pace = pool_walk(u->paces->pool, slot, &handle));
	     slot = pool_handle_slot(handle) + 1) {
		if (pace->due_us <= u->core->now.mono_us && outbox_has_room(u->core->outbox))
			write_due(u, pace);
		else
			next_us = min_u64(next_us, pace->due_us);
	}
	if (next_us != TIME_NEVER)
		wheel_set(u->core->wheel, &u->paces->timer, next_us);
}

void pace_clock_stepped(struct upstreams *u)
{
	pool_handle handle;
	struct pace *pace;

	for (uint32_t slot = 0; (pace = pool_walk(u->paces->pool, slot, &handle));
	     slot = pool_handle_slot(handle) + 1) {
		if (pace->ceiling_milli == 0)
			continue;
		pace->has_news = true;
		set_due(u, pace, u->core->now.mono_us);
	}
}

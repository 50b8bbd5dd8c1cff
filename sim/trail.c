// SPDX-License-Identifier: Apache-2.0
/*
 * Trails, found by the name of their registration and by their Call-IDs.
 */
#include "sim/trail.h"

#include "base/map.h"
#include "sim/process.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define TRAILS_MAX (1u << 24)
#define CALLS_MAX  16 /* Call-IDs that are told apart */
#define SINCE_MAX  8
#define BRANCHES   8 /* requests that may be repeated yet */

struct trail {
	const struct process *process;
	char name[65];
	uint64_t aor;    /* hash: under another AOR Call-IDs begin anew */
	uint64_t wanted; /* hash of AOR and Contact that the last REGISTER asked for; 0 none */
	uint64_t newest; /* hash of the branch of the newest REGISTER */
	uint64_t branches[BRANCHES]; /* those of the last ones, a ring */
	uint32_t branch_next;
	uint64_t calls[CALLS_MAX];
	uint32_t call_count;
	uint32_t epoch; /* the highest that the ledger was told */
	uint64_t proxy; /* hash of what is configured */
	/* Another proxy or address: what a cancel is about is not to be seen from outside. */
	bool has_moved;
	uint8_t send_unregister; /* enum inherit_switch, as last configured */
	/* An operator has cancelled, whatever the switches say, all but what was asked for since.
	 */
	bool is_ordered;
	uint64_t since[SINCE_MAX];
	uint32_t since_count;
};

struct trails {
	struct trail *list;
	uint32_t count, size;
	struct map *names; /* process and name -> place */
	struct map *calls; /* Call-ID -> place */
};

struct trails *trails_new(void)
{
	struct trails *trails = calloc(1, sizeof(*trails));

	if (!trails)
		return NULL;
	trails->names = map_new(TRAILS_MAX);
	trails->calls = map_new(TRAILS_MAX);
	if (!trails->names || !trails->calls)
		trails_free(&trails);
	return trails;
}

void trails_free(struct trails **trails)
{
	struct trails *gone = *trails;

	*trails = NULL;
	if (!gone)
		return;
	free(gone->list);
	map_free(&gone->names);
	map_free(&gone->calls);
	free(gone);
}

static struct trail *find(
    const struct trails *trails, const struct process *process, struct slice name)
{
	uint32_t cursor = 0;
	uint64_t place;

	while (map_next(trails->names, facts_hash(name), &cursor, &place)) {
		struct trail *trail = &trails->list[place];

		if (trail->process == process && slice_equal(slice_of(trail->name), name))
			return trail;
	}
	return NULL;
}

static struct trail *take(struct trails *trails, const struct process *process, struct slice name)
{
	struct trail *trail = find(trails, process, name);

	if (trail)
		return trail;
	if (trails->count == trails->size) {
		trails->size = trails->size ? 2 * trails->size : 64;
		trails->list = realloc(trails->list, trails->size * sizeof(trails->list[0]));
		assert(trails->list);
	}
	trail = &trails->list[trails->count];
	*trail = (struct trail){.process = process};
	snprintf(trail->name, sizeof(trail->name), "%.*s", SLICE_ARG(name));
	if (map_put(trails->names, facts_hash(name), trails->count++) < 0)
		abort();
	return trail;
}

static bool knows_call(const struct trail *trail, uint64_t call)
{
	for (uint32_t i = 0; i < trail->call_count && i < CALLS_MAX; i++)
		if (trail->calls[i] == call)
			return true;
	return false;
}

static void index_call(struct trails *trails, const struct trail *trail, uint64_t call)
{
	uint64_t place = (uint64_t)(trail - trails->list), found;
	uint32_t cursor = 0;

	while (map_next(trails->calls, call, &cursor, &found))
		if (found == place)
			return;
	if (map_put(trails->calls, call, place) < 0)
		abort();
}

static const char *judge_call(struct trails *trails, struct trail *trail, const struct facts *facts)
{
	uint64_t call = facts_hash(facts->call_id);
	uint64_t aor = facts_hash(facts->user) * 31 + facts_hash(facts->host);

	if (trail->aor != aor) {
		trail->aor = aor;
		trail->call_count = 0;
	}
	if (knows_call(trail, call))
		return NULL;
	index_call(trails, trail, call);
	trail->calls[trail->call_count++ % CALLS_MAX] = call;
	if (trail->call_count > 1 + trail->epoch)
		return "a new Call-ID without a new epoch";
	return NULL;
}

/* A repetition may outlive the edit that gave the binding up. */
static bool is_repetition(const struct trail *trail, uint64_t branch)
{
	for (int i = 0; i < BRANCHES; i++)
		if (trail->branches[i] == branch)
			return true;
	return false;
}

/* Beyond the table nobody knows, and nothing is complained of. */
static bool is_since(const struct trail *trail, uint64_t binding)
{
	for (uint32_t i = 0; i < trail->since_count && trail->since_count <= SINCE_MAX; i++)
		if (trail->since[i] == binding)
			return true;
	return false;
}

static void asked_since(struct trail *trail, uint64_t binding)
{
	if (!trail->is_ordered || is_since(trail, binding))
		return;
	if (trail->since_count < SINCE_MAX)
		trail->since[trail->since_count] = binding;
	trail->since_count++;
}

static bool may_cancel(const struct trail *trail, const struct process *process, uint64_t binding)
{
	/* After a move the same Contact may be asked for at one upstream and cancelled at another.
	 */
	if (trail->is_ordered && (trail->has_moved || !is_since(trail, binding)))
		return true;
	if (trail->send_unregister != SWITCH_INHERIT)
		return trail->send_unregister == SWITCH_ON;
	return process_params_now(process)->send_unregister;
}

static uint64_t home_hash(const struct netaddr *home)
{
	return home ? facts_hash(slice_make((const char *)home->ip, sizeof(home->ip))) : 0;
}

const char *trail_sent(struct trails *trails, const struct process *process,
    const struct netaddr *home, struct slice name, const struct facts *facts, bool is_stopping)
{
	struct trail *trail = take(trails, process, name);
	uint64_t branch = facts_hash(facts->branch);
	const char *wrong = judge_call(trails, trail, facts);
	uint64_t binding = trail->aor * 31 + facts_hash(facts->contact) + home_hash(home);
	bool is_ending = facts->expires_s == 0 || facts->ends_another;

	if (!wrong && is_ending && !may_cancel(trail, process, binding))
		wrong = "a cancel leaves though SEND_UNREGISTER is Off";
	if (facts->expires_s > 0) {
		if (!is_repetition(trail, branch)) {
			trail->wanted = binding;
			trail->newest = branch;
			trail->branches[trail->branch_next++ % BRANCHES] = branch;
			asked_since(trail, binding);
		}
	} else if (!wrong && !is_stopping && !trail->has_moved && trail->wanted == binding) {
		wrong = "a wanted binding is cancelled";
	}
	return wrong;
}

void trail_edited(struct trails *trails, const struct process *process, struct slice name)
{
	const struct registration_config *config = process_object(process, name);
	struct trail *trail = take(trails, process, name);
	uint64_t proxy = config ? facts_hash(config->proxy) : trail->proxy;

	trail->wanted = 0;
	trail->has_moved |= trail->proxy && trail->proxy != proxy;
	trail->proxy = proxy;
	if (config)
		trail->send_unregister = config->settings.send_unregister;
}

void trail_ordered(struct trails *trails, const struct process *process, struct slice name)
{
	trail_edited(trails, process, name);
	take(trails, process, name)->is_ordered = true;
	take(trails, process, name)->since_count = 0;
}

/* With the registration its own switch is gone; the ledger keeps none, and no order. */
void trail_started(struct trails *trails, const struct process *process)
{
	for (uint32_t i = 0; i < trails->count; i++) {
		struct trail *trail = &trails->list[i];

		if (trail->process == process)
			trail->is_ordered = false;
		if (trail->process == process && !process_object(process, slice_of(trail->name)))
			trail->send_unregister = SWITCH_INHERIT;
	}
}

void trail_epoch(
    struct trails *trails, const struct process *process, struct slice name, uint32_t epoch)
{
	struct trail *trail = take(trails, process, name);

	if (epoch > trail->epoch)
		trail->epoch = epoch;
	trail->wanted = 0;
}

void trail_moved(struct trails *trails, const struct process *process)
{
	for (uint32_t i = 0; i < trails->count; i++)
		if (trails->list[i].process == process)
			trails->list[i].has_moved = true;
}

const char *trail_of_old_answer(
    const struct trails *trails, const struct process *process, const struct facts *facts)
{
	uint32_t cursor = 0;
	uint64_t place;

	if (!facts->is_sip || facts->is_request || facts->status < 200)
		return "";
	while (map_next(trails->calls, facts_hash(facts->call_id), &cursor, &place)) {
		const struct trail *trail = &trails->list[place];

		if (trail->process == process && trail->newest != facts_hash(facts->branch))
			return trail->name;
	}
	return "";
}

static bool is_asking(const struct shown *shown)
{
	return shown->found &&
	       (shown->state == STATE_REGISTERING || shown->state == STATE_REFRESHING);
}

const char *trail_judge_answer(const struct shown *before, const struct shown *after)
{
	if (!is_asking(before) || !after->found)
		return NULL;
	switch (after->state) {
	case STATE_REGISTERED:
	case STATE_REJECTED:
	case STATE_DISPLACED:
		return "an answer to an older request is taken for the current one's";
	case STATE_DISABLED:
	case STATE_RESOLVING:
	case STATE_RECORDING:
	case STATE_REGISTERING:
	case STATE_REFRESHING:
	case STATE_WAITING:
	case STATE_CANCELLING:
	case STATE_UNREGISTERED:
	case STATE_UNCONFIRMED:
	case STATE_REFUSED:
	case STATE_COUNT:
		break;
	}
	return NULL;
}

// SPDX-License-Identifier: Apache-2.0
/*
 * An array of calls and a map over it.
 */
#include "sim/calls.h"

#include "base/map.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define BRANCHES  128
#define CALLS_MAX (1u << 24)

struct call {
	uint64_t hash, last_us;
	uint64_t branches[BRANCHES]; /* the last ones: each may be repeated for 32 s */
	uint32_t cseqs[BRANCHES];
	uint32_t next;
	uint32_t cseq, registers, cancels, last_s, least_s, most_s;
	char user[65], call_id[64];
};

struct calls {
	struct call *list;
	uint32_t count, size;
	struct map *keys;
};

struct calls *calls_new(void)
{
	struct calls *calls = calloc(1, sizeof(*calls));

	if (!calls)
		return NULL;
	calls->keys = map_new(CALLS_MAX);
	if (!calls->keys)
		calls_free(&calls);
	return calls;
}

void calls_free(struct calls **calls)
{
	struct calls *gone = *calls;

	*calls = NULL;
	if (!gone)
		return;
	free(gone->list);
	map_free(&gone->keys);
	free(gone);
}

static struct call *find_call(struct calls *calls, uint64_t hash)
{
	uint32_t cursor = 0;
	uint64_t place;

	if (map_next(calls->keys, hash, &cursor, &place))
		return &calls->list[place];
	if (calls->count == calls->size) {
		calls->size = calls->size ? 2 * calls->size : 64;
		calls->list = realloc(calls->list, calls->size * sizeof(calls->list[0]));
		assert(calls->list);
	}
	calls->list[calls->count] = (struct call){.hash = hash};
	if (map_put(calls->keys, hash, calls->count) < 0)
		abort();
	return &calls->list[calls->count++];
}

static void count_call(uint64_t now_us, struct call *call, const struct facts *facts)
{
	if (call->registers + call->cancels == 0) {
		snprintf(call->user, sizeof(call->user), "%.*s", SLICE_ARG(facts->user));
		snprintf(call->call_id, sizeof(call->call_id), "%.*s", SLICE_ARG(facts->call_id));
		call->least_s = UINT32_MAX;
	}
	call->last_us = now_us;
	/* A fetch asks for nothing. */
	if (facts->contact.n == 0)
		return;
	if (facts->expires_s == 0) {
		call->cancels++;
		return;
	}
	call->registers++;
	call->last_s = facts->expires_s;
	if (facts->expires_s < call->least_s)
		call->least_s = facts->expires_s;
	if (facts->expires_s > call->most_s)
		call->most_s = facts->expires_s;
}

const char *calls_sent(struct calls *calls, uint64_t now_us, const struct facts *facts)
{
	struct call *call = find_call(calls, facts_hash(facts->call_id));
	uint64_t branch = facts_hash(facts->branch);
	const char *complaint = NULL;

	for (int i = 0; i < BRANCHES; i++) {
		if (call->branches[i] != branch)
			continue;
		if (call->cseqs[i] != facts->cseq)
			return "CSeq changed in a repetition";
		return NULL;
	}
	if (facts->cseq <= call->cseq)
		complaint = "CSeq does not rise";
	call->branches[call->next % BRANCHES] = branch;
	call->cseqs[call->next++ % BRANCHES] = facts->cseq;
	call->cseq = facts->cseq;
	count_call(now_us, call, facts);
	return complaint;
}

void calls_asked(const struct calls *calls, const char *user, struct calls_asked *asked_r)
{
	*asked_r = (struct calls_asked){.least_s = UINT32_MAX};
	for (uint32_t i = 0; i < calls->count; i++) {
		const struct call *call = &calls->list[i];

		if (!slice_equal(slice_of(call->user), slice_of(user)))
			continue;
		asked_r->calls++;
		asked_r->registers += call->registers;
		asked_r->cancels += call->cancels;
		if (call->least_s < asked_r->least_s)
			asked_r->least_s = call->least_s;
		if (call->most_s > asked_r->most_s)
			asked_r->most_s = call->most_s;
		if (call->last_us < asked_r->last_us)
			continue;
		asked_r->last_us = call->last_us;
		asked_r->last_s = call->last_s;
		asked_r->last_cseq = call->cseq;
		memcpy(asked_r->last_call_id, call->call_id, sizeof(call->call_id));
	}
}

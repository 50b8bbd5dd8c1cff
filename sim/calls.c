// SPDX-License-Identifier: Apache-2.0
/*
 * An array of calls and a map over it.
 */
#include "sim/calls.h"

#include "base/map.h"
#include "base/now.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define CALLS_MAX (1u << 24)
#define APART_US  (32 * US_PER_S) /* the longest from one transmission to the next */

struct request {
	uint64_t branch; /* hash */
	uint64_t last_us;
	uint32_t cseq;
};

struct call {
	uint64_t hash, last_us;
	struct request *requests; /* that may be repeated yet; older ones make room */
	uint32_t request_count;
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
	for (uint32_t i = 0; i < gone->count; i++)
		free(gone->list[i].requests);
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

static bool is_repeatable(const struct request *request, uint64_t now_us)
{
	return now_us <= request->last_us + APART_US;
}

static struct request *find_request(const struct call *call, uint64_t now_us, uint64_t branch)
{
	for (uint32_t i = 0; i < call->request_count; i++)
		if (call->requests[i].branch == branch && is_repeatable(&call->requests[i], now_us))
			return &call->requests[i];
	return NULL;
}

static void remember(struct call *call, uint64_t now_us, uint64_t branch, uint32_t cseq)
{
	uint32_t i = 0;

	while (i < call->request_count && is_repeatable(&call->requests[i], now_us))
		i++;
	if (i == call->request_count) {
		call->requests =
		    realloc(call->requests, ++call->request_count * sizeof(call->requests[0]));
		assert(call->requests);
	}
	call->requests[i] = (struct request){branch, now_us, cseq};
}

const char *calls_sent(struct calls *calls, uint64_t now_us, const struct facts *facts)
{
	struct call *call = find_call(calls, facts_hash(facts->call_id));
	uint64_t branch = facts_hash(facts->branch);
	struct request *repeated = find_request(call, now_us, branch);
	const char *complaint = NULL;

	if (repeated) {
		repeated->last_us = now_us;
		return repeated->cseq == facts->cseq ? NULL : "CSeq changed in a repetition";
	}
	if (facts->cseq <= call->cseq)
		complaint = "CSeq does not rise";
	remember(call, now_us, branch, facts->cseq);
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

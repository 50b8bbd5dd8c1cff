// SPDX-License-Identifier: Apache-2.0
/*
 * The table of waiting questions. A number is seat | generation | slot: one that
 * was given up finds nothing, also when its slot has the next question. Memory
 * is bounded by PENDING_MAX answers of COMMAND_PAGE_MAX views; a core that says
 * more has broken its contract, and that answer is cut off as refused.
 */
#include "admin/pending.h"

#include "base/error.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOT_BITS  8
#define SLOT_MASK  ((UINT64_C(1) << SLOT_BITS) - 1)
#define GENERATION ((UINT64_C(1) << (REQUEST_SEAT_SHIFT - SLOT_BITS)) - 1)

static_assert(PENDING_MAX <= SLOT_MASK + 1, "a slot's index fits its bits");

struct slot {
	uint64_t request; /* 0: free */
	enum command_kind kind;
	bool whole;
	struct pending_answer *answer;
};

struct pending {
	pthread_mutex_t lock;
	uint64_t first, generation;
	struct slot slots[PENDING_MAX];
	struct answer_stop_begin stop_begin;
	int64_t stop_begun_ms; /* 0: no stop has begun */
};

void pending_answer_free(struct pending_answer **answer)
{
	if (!*answer)
		return;
	for (uint32_t i = 0; i < (*answer)->view_count; i++)
		answer_free(&(*answer)->views[i]);
	answer_free(&(*answer)->end);
	edit_job_free(&(*answer)->edit);
	free(*answer);
	*answer = NULL;
}

struct pending *pending_new(unsigned seat)
{
	struct pending *pending = calloc(1, sizeof(*pending));

	if (pending && pthread_mutex_init(&pending->lock, NULL)) {
		free(pending);
		return NULL;
	}
	if (pending)
		pending->first = request_of_seat(seat);
	return pending;
}

static void slot_clear(struct slot *slot)
{
	pending_answer_free(&slot->answer);
	memset(slot, 0, sizeof(*slot));
}

void pending_free(struct pending **pending)
{
	if (!*pending)
		return;
	for (size_t i = 0; i < PENDING_MAX; i++)
		slot_clear(&(*pending)->slots[i]);
	pthread_mutex_destroy(&(*pending)->lock);
	free(*pending);
	*pending = NULL;
}

static void lock(struct pending *pending)
{
	int error = pthread_mutex_lock(&pending->lock);

	assert(!error);
}

static void unlock(struct pending *pending)
{
	int error = pthread_mutex_unlock(&pending->lock);

	assert(!error);
}

static struct slot *slot_find(struct pending *pending, uint64_t request)
{
	uint64_t index = request & SLOT_MASK;

	if (!request || index >= PENDING_MAX)
		return NULL;
	return pending->slots[index].request == request ? &pending->slots[index] : NULL;
}

static struct slot *slot_unused(struct pending *pending)
{
	for (size_t i = 0; i < PENDING_MAX; i++)
		if (!pending->slots[i].request)
			return &pending->slots[i];
	return NULL;
}

uint64_t pending_open(struct pending *pending, enum command_kind kind)
{
	struct pending_answer *answer = calloc(1, sizeof(*answer));
	struct slot *slot;
	uint64_t request = 0;

	if (!answer)
		return 0;
	lock(pending);
	slot = slot_unused(pending);
	if (slot) {
		pending->generation = (pending->generation + 1) & GENERATION;
		request = pending->first | pending->generation << SLOT_BITS |
		          (uint64_t)(slot - pending->slots);
		*slot = (struct slot){.request = request, .kind = kind, .answer = answer};
		answer = NULL;
	}
	unlock(pending);
	pending_answer_free(&answer);
	return request;
}

struct pending_answer *pending_take(struct pending *pending, uint64_t request)
{
	struct pending_answer *answer = NULL;
	struct slot *slot;

	lock(pending);
	slot = slot_find(pending, request);
	if (slot && slot->whole) {
		answer = slot->answer;
		memset(slot, 0, sizeof(*slot));
	}
	unlock(pending);
	return answer;
}

void pending_drop(struct pending *pending, uint64_t request)
{
	struct pending_answer *answer = NULL;
	struct slot *slot;

	lock(pending);
	slot = slot_find(pending, request);
	if (slot) {
		answer = slot->answer;
		memset(slot, 0, sizeof(*slot));
	}
	unlock(pending);
	pending_answer_free(&answer);
}

bool pending_stop_facts(
    struct pending *pending, struct answer_stop_begin *begin_r, int64_t *begun_ms_r)
{
	lock(pending);
	*begin_r = pending->stop_begin;
	*begun_ms_r = pending->stop_begun_ms;
	unlock(pending);
	return *begun_ms_r != 0;
}

static bool slot_refuse(struct slot *slot, int error, struct slice text)
{
	slot->answer->refused = true;
	slot->answer->error = error;
	snprintf(slot->answer->text, sizeof(slot->answer->text), "%.*s", SLICE_ARG(text));
	slot->whole = true;
	return true;
}

static bool put_view(struct slot *slot, const struct answer *said)
{
	struct pending_answer *answer = slot->answer;
	struct answer *copy;

	if (answer->view_count == COMMAND_PAGE_MAX)
		return slot_refuse(slot, ERR_LIMIT, SLICE("the answer is larger than a page"));
	copy = answer_copy(said);
	if (!copy)
		return slot_refuse(slot, ERR_MEMORY, SLICE("out of memory"));
	answer->views[answer->view_count++] = copy;
	return false;
}

static bool put_end(struct slot *slot, const struct answer *said)
{
	slot->answer->end = answer_copy(said);
	if (!slot->answer->end)
		return slot_refuse(slot, ERR_MEMORY, SLICE("out of memory"));
	slot->whole = true;
	return true;
}

/* A stop has one beginning, whoever asked for it: it answers all that wait for one. */
static bool put_stop_begin(struct pending *pending, const struct answer *said, int64_t wall_ms)
{
	bool whole = false;

	pending->stop_begin = said->stop_begin;
	pending->stop_begun_ms = wall_ms;
	for (size_t i = 0; i < PENDING_MAX; i++) {
		struct slot *slot = &pending->slots[i];

		if (!slot->request || slot->kind != COMMAND_STOP || slot->whole)
			continue;
		slot->answer->stop_begun_ms = wall_ms;
		whole = put_end(slot, said) || whole;
	}
	return whole;
}

/* True where the answer is whole by it. */
static bool put(struct pending *pending, const struct answer *said, int64_t wall_ms)
{
	struct slot *slot = slot_find(pending, said->request);
	bool waits = slot && !slot->whole;

	switch (said->kind) {
	case ANSWER_VIEW:
	case ANSWER_DEBT:
	case ANSWER_LISTED:
	case ANSWER_ENDPOINT:
	case ANSWER_BINDING:
	case ANSWER_SUSPENSION:
		return waits && put_view(slot, said);
	case ANSWER_REPLY:
		if (waits && said->reply.error)
			return slot_refuse(slot, said->reply.error, said->reply.text);
		return waits && put_end(slot, said);
	case ANSWER_VIEW_END:
	case ANSWER_STATUS:
	case ANSWER_TRACE_BEGIN:
		return waits && put_end(slot, said);
	case ANSWER_STOP_BEGIN:
		return put_stop_begin(pending, said, wall_ms);
	case ANSWER_STOP_ROW:
	case ANSWER_STOP_END:
	case ANSWER_TRACE:
		return false;
	}
	return false;
}

bool pending_put(struct pending *pending, const struct answer *said, int64_t wall_ms)
{
	bool whole;

	lock(pending);
	whole = put(pending, said, wall_ms);
	unlock(pending);
	return whole;
}

bool pending_put_edit(struct pending *pending, struct edit_job *job)
{
	struct slot *slot;

	lock(pending);
	slot = slot_find(pending, job->request);
	if (slot) {
		slot->answer->edit = job;
		slot->whole = true;
	}
	unlock(pending);
	if (!slot)
		edit_job_free(&job);
	return slot;
}

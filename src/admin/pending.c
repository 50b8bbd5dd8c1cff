// SPDX-License-Identifier: Apache-2.0
/*
 * The table of waiting questions. A number is TAG | generation | slot: one that
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

#define TAG        UINT64_C(0xAD00000000000000)
#define TAG_MASK   UINT64_C(0xFF00000000000000)
#define SLOT_BITS  8
#define SLOT_MASK  ((UINT64_C(1) << SLOT_BITS) - 1)
#define GENERATION (~TAG_MASK >> SLOT_BITS)

static_assert(PENDING_MAX <= SLOT_MASK + 1, "a slot's index fits its bits");

struct slot {
	uint64_t request; /* 0: free */
	enum command_kind kind;
	bool whole;
	struct pending_answer *answer;
	struct pending_view **tail;
	uint32_t views;
};

struct pending {
	pthread_mutex_t lock;
	uint64_t generation;
	struct slot slots[PENDING_MAX];
	struct answer_stop_begin stop_begin;
	int64_t stop_begun_ms; /* 0: no stop has begun */
};

void pending_answer_free(struct pending_answer **answer)
{
	struct pending_view *view, *next;

	if (!*answer)
		return;
	for (view = (*answer)->views; view; view = next) {
		next = view->next;
		registration_config_free(&view->config);
		free(view);
	}
	edit_job_free(&(*answer)->edit);
	free(*answer);
	*answer = NULL;
}

struct pending *pending_new(void)
{
	struct pending *pending = calloc(1, sizeof(*pending));

	if (pending && pthread_mutex_init(&pending->lock, NULL)) {
		free(pending);
		return NULL;
	}
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

bool pending_owns(uint64_t request)
{
	return (request & TAG_MASK) == TAG;
}

static struct slot *slot_find(struct pending *pending, uint64_t request)
{
	uint64_t index = request & SLOT_MASK;

	if (!pending_owns(request) || index >= PENDING_MAX)
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
		request =
		    TAG | pending->generation << SLOT_BITS | (uint64_t)(slot - pending->slots);
		*slot = (struct slot){
		    .request = request, .kind = kind, .answer = answer, .tail = &answer->views};
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

static void move_text(struct slice *text, char **room)
{
	if (text->n)
		memcpy(*room, text->p, text->n);
	text->p = *room;
	*room += text->n;
}

/* The texts of a view, in which any may be empty. */
#define VIEW_TEXTS 8

static unsigned view_texts(struct pending_view *v, struct slice *texts[VIEW_TEXTS])
{
	struct registration_view *view = &v->debt.view;
	unsigned n = 0;

	texts[n++] = &view->name;
	texts[n++] = &view->last_reason;
	texts[n++] = &view->upstream;
	texts[n++] = &view->target;
	texts[n++] = &view->contact;
	texts[n++] = &view->call_id;
	texts[n++] = &v->debt.aor;
	texts[n++] = &v->listed.contact;
	return n;
}

static struct pending_view *view_copy(const struct pending_view *view)
{
	struct slice *texts[VIEW_TEXTS];
	struct pending_view local = *view, *copy;
	unsigned count = view_texts(&local, texts);
	size_t size = 0;
	char *room;

	for (unsigned i = 0; i < count; i++)
		size += texts[i]->n;
	copy = malloc(sizeof(*copy) + size);
	if (!copy)
		return NULL;
	*copy = local;
	copy->next = NULL;
	room = (char *)(copy + 1);
	view_texts(copy, texts);
	for (unsigned i = 0; i < count; i++)
		move_text(texts[i], &room);
	return copy;
}

static bool put_view(struct slot *slot, const struct pending_view *view)
{
	struct pending_view *copy;

	if (slot->views == COMMAND_PAGE_MAX)
		return slot_refuse(slot, ERR_LIMIT, SLICE("the answer is larger than a page"));
	copy = view_copy(view);
	if (!copy)
		return slot_refuse(slot, ERR_MEMORY, SLICE("out of memory"));
	*slot->tail = copy;
	slot->tail = &copy->next;
	slot->views++;
	return false;
}

/* The password stays where it is; only that there is one crosses. */
static bool put_registration(struct slot *slot, const struct answer_view *said)
{
	struct pending_view view = {.debt.view = said->view};
	struct registration_config config;

	if (said->config) {
		config = *said->config;
		view.has_password = config.password.n > 0;
		config.password = (struct slice){NULL, 0};
		view.config = registration_config_copy(&config);
		if (!view.config)
			return slot_refuse(slot, ERR_MEMORY, SLICE("out of memory"));
	}
	if (put_view(slot, &view)) {
		registration_config_free(&view.config);
		return true;
	}
	return false;
}

static bool put_status(struct slot *slot, const struct answer_status *status)
{
	slot->answer->status = *status;
	slot->whole = true;
	return true;
}

static bool put_view_end(struct slot *slot, const struct answer_view_end *end)
{
	slot->answer->end = *end;
	slot->answer->end.next_name = (struct slice){NULL, 0};
	snprintf(slot->answer->next_name, sizeof(slot->answer->next_name), "%.*s",
	    SLICE_ARG(end->next_name));
	slot->whole = true;
	return true;
}

static bool put_reply(struct slot *slot, const struct answer_reply *reply)
{
	if (reply->error)
		return slot_refuse(slot, reply->error, reply->text);
	slot->answer->count = reply->count;
	slot->whole = true;
	return true;
}

/* A stop has one beginning, whoever asked for it: it answers all that wait for one. */
static bool put_stop_begin(
    struct pending *pending, const struct answer_stop_begin *begin, int64_t wall_ms)
{
	bool whole = false;

	pending->stop_begin = *begin;
	pending->stop_begun_ms = wall_ms;
	for (size_t i = 0; i < PENDING_MAX; i++) {
		struct slot *slot = &pending->slots[i];

		if (!slot->request || slot->kind != COMMAND_STOP || slot->whole)
			continue;
		slot->answer->stop_begin = *begin;
		slot->answer->stop_begun_ms = wall_ms;
		slot->whole = true;
		whole = true;
	}
	return whole;
}

/* True where the answer is whole by it. */
static bool slot_put(struct slot *slot, const struct answer *said)
{
	switch (said->kind) {
	case ANSWER_VIEW:
		return put_registration(slot, &said->view);
	case ANSWER_DEBT:
		return put_view(slot, &(struct pending_view){.debt = said->debt});
	case ANSWER_LISTED:
		return put_view(slot, &(struct pending_view){.listed = said->listed});
	case ANSWER_VIEW_END:
		return put_view_end(slot, &said->view_end);
	case ANSWER_STATUS:
		return put_status(slot, &said->status);
	case ANSWER_REPLY:
		return put_reply(slot, &said->reply);
	case ANSWER_TRACE_BEGIN:
		slot->answer->trace_bytes = said->trace_begin.bytes;
		slot->whole = true;
		return true;
	case ANSWER_STOP_BEGIN: /* is put_stop_begin()'s */
	case ANSWER_STOP_ROW:
	case ANSWER_STOP_END:
	case ANSWER_TRACE:
		return false;
	}
	return false;
}

bool pending_put(struct pending *pending, const struct answer *said, int64_t wall_ms)
{
	bool whole = false;
	struct slot *slot;

	lock(pending);
	if (said->kind == ANSWER_STOP_BEGIN) {
		whole = put_stop_begin(pending, &said->stop_begin, wall_ms);
	} else {
		slot = slot_find(pending, said->request);
		if (slot && !slot->whole)
			whole = slot_put(slot, said);
	}
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

// SPDX-License-Identifier: Apache-2.0
/*
 * A ring of batches, each a table of objects and the room that they lie in. The lock
 * covers the counts alone: the batch at `filled` is the reader's, the one at
 * `emptied` the taker's.
 */
#include "edit/relay.h"

#include "base/error.h"

#include <pthread.h>
#include <stdlib.h>

#define BATCHES     4
#define ALIGNMENT   _Alignof(max_align_t)
#define BATCH_MAX   256
#define BATCH_BYTES (128 * 1024) /* of objects with their texts; more than one's */

struct batch {
	uint32_t count;
	size_t used;
	struct relay_item items[BATCH_MAX];
	_Alignas(max_align_t) char room[BATCH_BYTES];
};

struct relay {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	uint32_t filled, emptied; /* batches, since the beginning */
	bool has_ended, is_stopped;
	uint32_t taken; /* of the batch that is being emptied */
	bool is_taking; /* that batch is the taker's */
	struct batch batches[BATCHES];
};

struct relay *relay_new(void)
{
	struct relay *relay = calloc(1, sizeof(*relay));

	if (!relay)
		return NULL;
	pthread_mutex_init(&relay->lock, NULL);
	pthread_cond_init(&relay->changed, NULL);
	return relay;
}

void relay_free(struct relay **relay)
{
	struct relay *gone = *relay;

	*relay = NULL;
	if (!gone)
		return;
	pthread_cond_destroy(&gone->changed);
	pthread_mutex_destroy(&gone->lock);
	explicit_bzero(gone->batches, sizeof(gone->batches));
	free(gone);
}

/* The reader's side. */

static struct batch *filling(struct relay *relay)
{
	return &relay->batches[relay->filled % BATCHES];
}

/* Hands the batch over and waits for room for another. */
static int hand_over(struct relay *relay)
{
	bool is_stopped;

	pthread_mutex_lock(&relay->lock);
	relay->filled++;
	pthread_cond_broadcast(&relay->changed);
	while (relay->filled - relay->emptied == BATCHES && !relay->is_stopped)
		pthread_cond_wait(&relay->changed, &relay->lock);
	is_stopped = relay->is_stopped;
	pthread_mutex_unlock(&relay->lock);
	if (is_stopped)
		return ERR_STATE;
	filling(relay)->count = 0;
	filling(relay)->used = 0;
	return 0;
}

/* Copies what an item names into the batch that is being filled; false where it has no room. */
static bool add(struct batch *batch, const struct relay_item *item)
{
	struct relay_item *own = &batch->items[batch->count];
	char *room = batch->room + batch->used;
	size_t left = BATCH_BYTES - batch->used, size = item->text.n;

	if (batch->count == BATCH_MAX || size > left)
		return false;
	*own = *item;
	if (item->object) {
		size = object_copy_into(item->kind, item->object, room, left);
		own->object = room;
		if (size == 0)
			return false;
	} else if (size > 0) {
		memcpy(room, item->text.p, size);
		own->text.p = room;
	}
	batch->count++;
	batch->used += (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	return true;
}

static int put(struct relay *relay, const struct relay_item *item)
{
	int rc;

	if (add(filling(relay), item))
		return 0;
	if (filling(relay)->count == 0)
		return ERR_LIMIT;
	rc = hand_over(relay);
	if (rc != 0)
		return rc;
	return add(filling(relay), item) ? 0 : ERR_LIMIT;
}

int relay_put(struct relay *relay, enum object_kind kind, const void *object)
{
	struct relay_item item = {.kind = kind, .object = (void *)(uintptr_t)object};

	return put(relay, &item);
}

int relay_put_parameter(struct relay *relay, const struct param_row *row, struct slice text)
{
	struct relay_item item = {.kind = OBJECT_PARAMETER, .row = row, .text = text};

	return put(relay, &item);
}

void relay_end(struct relay *relay)
{
	if (filling(relay)->count > 0)
		(void)!hand_over(relay);
	pthread_mutex_lock(&relay->lock);
	relay->has_ended = true;
	pthread_cond_broadcast(&relay->changed);
	pthread_mutex_unlock(&relay->lock);
}

/* The taker's side. */

static void give_back(struct relay *relay)
{
	relay->is_taking = false;
	pthread_mutex_lock(&relay->lock);
	relay->emptied++;
	pthread_cond_broadcast(&relay->changed);
	pthread_mutex_unlock(&relay->lock);
}

static bool wait_for_batch(struct relay *relay)
{
	pthread_mutex_lock(&relay->lock);
	while (relay->filled == relay->emptied && !relay->has_ended)
		pthread_cond_wait(&relay->changed, &relay->lock);
	relay->is_taking = relay->filled != relay->emptied;
	pthread_mutex_unlock(&relay->lock);
	relay->taken = 0;
	return relay->is_taking;
}

const struct relay_item *relay_take(struct relay *relay)
{
	struct batch *batch = &relay->batches[relay->emptied % BATCHES];

	if (relay->is_taking && relay->taken == batch->count)
		give_back(relay);
	if (!relay->is_taking && !wait_for_batch(relay))
		return NULL;
	batch = &relay->batches[relay->emptied % BATCHES];
	return &batch->items[relay->taken++];
}

void relay_stop(struct relay *relay)
{
	pthread_mutex_lock(&relay->lock);
	relay->is_stopped = true;
	pthread_cond_broadcast(&relay->changed);
	pthread_mutex_unlock(&relay->lock);
}

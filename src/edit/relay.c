// SPDX-License-Identifier: Apache-2.0
/*
 * A ring of batches, each a table of configs and room for their texts. The lock
 * covers the counts alone: the batch at `filled` is the reader's, the one at
 * `emptied` the taker's.
 */
#include "edit/relay.h"

#include "base/error.h"

#include <pthread.h>
#include <stdlib.h>

#define BATCHES     4
#define BATCH_MAX   256
#define BATCH_BYTES (64 * 1024) /* of texts; more than one config's */

struct item {
	struct registration_config config;
	unsigned tag;
};

struct batch {
	uint32_t count;
	size_t used;
	struct item items[BATCH_MAX];
	char texts[BATCH_BYTES];
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

int relay_put(struct relay *relay, const struct registration_config *config, unsigned tag)
{
	struct batch *batch = filling(relay);
	size_t size = registration_config_text_size(config);

	if (size > BATCH_BYTES)
		return ERR_LIMIT;
	if (batch->count == BATCH_MAX || batch->used + size > BATCH_BYTES) {
		int rc = hand_over(relay);

		if (rc != 0)
			return rc;
		batch = filling(relay);
	}
	registration_config_copy_into(
	    config, &batch->items[batch->count].config, batch->texts + batch->used);
	batch->items[batch->count].tag = tag;
	batch->used += size;
	batch->count++;
	return 0;
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

struct registration_config *relay_take(struct relay *relay, unsigned *tag_r)
{
	struct batch *batch = &relay->batches[relay->emptied % BATCHES];
	struct item *item;

	if (relay->is_taking && relay->taken == batch->count)
		give_back(relay);
	if (!relay->is_taking && !wait_for_batch(relay))
		return NULL;
	batch = &relay->batches[relay->emptied % BATCHES];
	item = &batch->items[relay->taken++];
	if (tag_r)
		*tag_r = item->tag;
	return &item->config;
}

void relay_stop(struct relay *relay)
{
	pthread_mutex_lock(&relay->lock);
	relay->is_stopped = true;
	pthread_cond_broadcast(&relay->changed);
	pthread_mutex_unlock(&relay->lock);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Of the two batches the editing thread has one, at `own`; the other is the
 * loop's while `is_given`. The lock covers the hand-over only, and what the loop
 * has to say about its batch.
 */
#include "edit/delivery.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct delivery {
	void (*wake)(void *context);
	void *context;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool is_given, is_closed;
	int error; /* the first since the last flush */
	char text[256];
	unsigned own;
	struct delivery_batch batches[2];
};

static struct delivery_batch *own(struct delivery *delivery)
{
	return &delivery->batches[delivery->own];
}

struct delivery *delivery_new(void (*wake)(void *context), void *context)
{
	struct delivery *delivery = calloc(1, sizeof(*delivery));

	if (!delivery)
		return NULL;
	delivery->wake = wake;
	delivery->context = context;
	pthread_mutex_init(&delivery->lock, NULL);
	pthread_cond_init(&delivery->changed, NULL);
	return delivery;
}

static void empty(struct delivery_batch *batch)
{
	for (uint32_t i = 0; i < batch->count; i++)
		object_free(batch->objects[i].kind, batch->objects[i].object);
	batch->count = 0;
	batch->has_params = false;
}

void delivery_free(struct delivery **delivery)
{
	struct delivery *gone = *delivery;

	*delivery = NULL;
	if (!gone)
		return;
	empty(&gone->batches[0]);
	empty(&gone->batches[1]);
	pthread_cond_destroy(&gone->changed);
	pthread_mutex_destroy(&gone->lock);
	free(gone);
}

static void fail(struct delivery *delivery, int error, struct slice text)
{
	if (delivery->error)
		return;
	delivery->error = error;
	snprintf(delivery->text, sizeof(delivery->text), "%.*s", SLICE_ARG(text));
}

/* With the lock: waits until the batch that was handed over is back. */
static void wait_back(struct delivery *delivery)
{
	while (delivery->is_given && !delivery->is_closed)
		pthread_cond_wait(&delivery->changed, &delivery->lock);
	if (delivery->is_given)
		fail(delivery, ERR_STATE, SLICE("regentd is stopping"));
	delivery->is_given = false;
}

/* Hands the batch over, once the one before it is back, and goes on with that. */
static int give(struct delivery *delivery)
{
	int rc;

	pthread_mutex_lock(&delivery->lock);
	wait_back(delivery);
	delivery->own ^= 1;
	if (delivery->is_closed) {
		fail(delivery, ERR_STATE, SLICE("regentd is stopping"));
	} else {
		delivery->is_given = true;
		delivery->wake(delivery->context);
	}
	rc = delivery->error;
	pthread_mutex_unlock(&delivery->lock);
	empty(own(delivery));
	return rc;
}

static int wait_all(struct delivery *delivery)
{
	int rc;

	pthread_mutex_lock(&delivery->lock);
	wait_back(delivery);
	rc = delivery->error;
	pthread_mutex_unlock(&delivery->lock);
	empty(&delivery->batches[delivery->own ^ 1]);
	return rc;
}

static struct delivery_object *next(struct delivery *delivery, int *rc_r)
{
	*rc_r = 0;
	if (own(delivery)->count == DELIVERY_MAX)
		*rc_r = give(delivery);
	return &own(delivery)->objects[own(delivery)->count];
}

int delivery_params(struct delivery *delivery, const struct params *params)
{
	int rc = own(delivery)->count > 0 ? give(delivery) : 0;

	own(delivery)->has_params = true;
	own(delivery)->params = *params;
	return rc;
}

int delivery_give(struct delivery *delivery, enum object_kind kind, void *object)
{
	int rc;
	struct delivery_object *own_object = next(delivery, &rc);

	own_object->kind = kind;
	own_object->object = object;
	own(delivery)->count++;
	return rc;
}

int delivery_put(struct delivery *delivery, enum object_kind kind, const void *object)
{
	void *copy = object_copy(kind, object);

	return copy ? delivery_give(delivery, kind, copy) : ERR_MEMORY;
}

int delivery_remove(struct delivery *delivery, enum object_kind kind, struct slice name)
{
	int rc;
	struct delivery_object *object = next(delivery, &rc);

	if (name.n > sizeof(object->name))
		return ERR_LIMIT;
	object->kind = kind;
	object->object = NULL;
	memcpy(object->name, name.p, name.n);
	object->name_n = (uint8_t)name.n;
	own(delivery)->count++;
	return rc;
}

int delivery_flush(struct delivery *delivery, struct buf *message)
{
	int rc;

	if (own(delivery)->count > 0 || own(delivery)->has_params)
		(void)!give(delivery);
	rc = wait_all(delivery);
	if (rc != 0)
		buf_puts(message, delivery->text);
	delivery->error = 0;
	return rc;
}

const struct delivery_batch *delivery_take(struct delivery *delivery)
{
	bool is_ours;

	/* Once closed, the editing thread has it back, whether or not it has woken yet. */
	pthread_mutex_lock(&delivery->lock);
	is_ours = delivery->is_given && !delivery->is_closed;
	pthread_mutex_unlock(&delivery->lock);
	return is_ours ? &delivery->batches[delivery->own ^ 1] : NULL;
}

void delivery_done(struct delivery *delivery)
{
	pthread_mutex_lock(&delivery->lock);
	delivery->is_given = false;
	pthread_cond_signal(&delivery->changed);
	pthread_mutex_unlock(&delivery->lock);
}

void delivery_refused(struct delivery *delivery, int error, struct slice text)
{
	pthread_mutex_lock(&delivery->lock);
	fail(delivery, error, text);
	pthread_mutex_unlock(&delivery->lock);
}

void delivery_close(struct delivery *delivery)
{
	pthread_mutex_lock(&delivery->lock);
	delivery->is_closed = true;
	pthread_cond_signal(&delivery->changed);
	pthread_mutex_unlock(&delivery->lock);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * From the editing thread to the loop: what was committed, in that order, in
 * batches of which one is under way at a time. The loop takes a batch a turn, so
 * that an edit of any size lets SIP through between any two; the editing thread
 * fills the next one meanwhile, and then waits: memory is bounded by two batches.
 */
#pragma once

#include "model/object.h"
#include "param/params.h"

#define DELIVERY_MAX 256 /* objects a turn of the loop */

struct delivery;

struct delivery_object {
	enum object_kind kind;
	void *object; /* to put; NULL: `name` is removed */
	char name[64];
	uint8_t name_n;
};

struct delivery_batch {
	bool has_params;
	struct params params; /* before the objects */
	uint32_t count;
	struct delivery_object objects[DELIVERY_MAX];
};

/* `wake` tells the loop, from the editing thread, that there is a batch. NULL without memory. */
struct delivery *delivery_new(void (*wake)(void *context), void *context);
void delivery_free(struct delivery **delivery);

/*
 * The editing thread's: adds to the batch; a full one is handed over first, and
 * waited for. ERR_MEMORY, ERR_STATE (closed), or what the core said of a batch.
 */
MUST_CHECK int delivery_params(struct delivery *delivery, const struct params *params);
MUST_CHECK int delivery_put(struct delivery *delivery, enum object_kind kind, const void *object);
/* The same with one that it takes over and frees. */
MUST_CHECK int delivery_give(struct delivery *delivery, enum object_kind kind, void *object);
MUST_CHECK int delivery_remove(struct delivery *delivery, enum object_kind kind, struct slice name);

/*
 * Hands over what is left and waits until the loop has taken it. The first
 * refusal since the last flush is the outcome, its words in `message`.
 */
MUST_CHECK int delivery_flush(struct delivery *delivery, struct buf *message);

/*
 * The loop's: the batch that waits, NULL without one or once closed; then, with it
 * done, delivery_done().
 */
const struct delivery_batch *delivery_take(struct delivery *delivery);
void delivery_done(struct delivery *delivery);

/* The loop's, between these two: the core has refused an object. */
void delivery_refused(struct delivery *delivery, int error, struct slice text);

/* The loop's: nothing is taken any more; who waits goes on with ERR_STATE. */
void delivery_close(struct delivery *delivery);

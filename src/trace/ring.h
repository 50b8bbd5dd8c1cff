// SPDX-License-Identifier: Apache-2.0
/*
 * A bounded ring of trace records between their maker and a slower reader. When
 * it is full, the oldest record is dropped; the next one that is read says how
 * many were. Its size is fixed, and it has no lock.
 */
#pragma once

#include "answer/trace.h"
#include "base/attr.h"

#define RING_MIN (2 * TRACE_TEXT_MAX) /* bytes; a smaller ring is made this large */

struct ring;

/* A record with its texts. */
struct ring_copy {
	struct answer_trace trace; /* `name` is not kept */
	char texts[TRACE_SUMMARY_MAX + TRACE_TEXT_MAX];
};

/* Returns a ring of about `bytes`, for ring_free(); NULL if there is no memory. */
struct ring *ring_new(uint32_t bytes);
void ring_free(struct ring **ring);

/* Copies a record into the ring; drops the oldest ones if it needs their room. */
void ring_put(struct ring *ring, const struct answer_trace *trace);

/*
 * Moves the oldest record out; its `lost` counts the records dropped before it, too. The texts
 * are slices into `copy_r`. False if the ring is empty.
 */
bool ring_take(struct ring *ring, struct ring_copy *copy_r);

bool ring_is_empty(const struct ring *ring);

// SPDX-License-Identifier: Apache-2.0
/*
 * A bounded ring of trace records, between who makes them and who reads them
 * more slowly: when it is full the oldest goes, and the next one that is read
 * says how many went. Of fixed size; not locked.
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

/* NULL without memory. */
struct ring *ring_new(uint32_t bytes);
void ring_free(struct ring **ring);

/* Copies the record in. */
void ring_put(struct ring *ring, const struct answer_trace *trace);

/* Moves the oldest out, with `lost` raised by what went before it. False where it is empty. */
bool ring_take(struct ring *ring, struct ring_copy *copy_r);

bool ring_is_empty(const struct ring *ring);

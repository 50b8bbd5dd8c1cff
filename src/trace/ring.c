// SPDX-License-Identifier: Apache-2.0
/*
 * Records lie one behind the other, each in one piece. If a record does not fit
 * before the end of the storage, it goes to the start, and `wrap` marks the end of
 * the older records.
 */
#include "trace/ring.h"

#include <stdlib.h>

struct record {
	struct answer_trace trace;
	uint32_t size; /* bytes up to the next record: with its texts and padding */
};

struct ring {
	uint32_t size;
	uint32_t head;    /* offset of the oldest record */
	uint32_t tail;    /* offset of the end of the newest record */
	uint32_t wrap;    /* offset of the end of the records from `head`, once `tail` wrapped */
	uint32_t records; /* records in the ring */
	uint32_t lost;    /* records dropped since the last one was taken */
	char bytes[];
};

#define ALIGN sizeof(void *)

struct ring *ring_new(uint32_t bytes)
{
	uint32_t size = bytes < RING_MIN ? RING_MIN : bytes / ALIGN * ALIGN;
	struct ring *ring = malloc(sizeof(*ring) + size);

	if (ring)
		*ring = (struct ring){.size = size};
	return ring;
}

void ring_free(struct ring **ring)
{
	free(*ring);
	*ring = NULL;
}

bool ring_is_empty(const struct ring *ring)
{
	return ring->records == 0;
}

static struct record *oldest(struct ring *ring)
{
	return (struct record *)(ring->bytes + ring->head);
}

static void drop(struct ring *ring)
{
	ring->head += oldest(ring)->size;
	if (--ring->records == 0)
		ring->head = ring->tail = ring->wrap = 0;
	else if (ring->head == ring->wrap && ring->tail <= ring->head)
		ring->head = 0;
}

/* Finds `size` free bytes in one piece at `tail`; may move `tail` to the start. False: none. */
static bool find_room(struct ring *ring, uint32_t size)
{
	bool is_wrapped = ring->records > 0 && ring->tail <= ring->head;

	if (is_wrapped)
		return ring->head - ring->tail >= size;
	if (ring->size - ring->tail >= size)
		return true;
	if (ring->head < size)
		return false;
	ring->wrap = ring->tail;
	ring->tail = 0;
	return true;
}

static uint32_t count_text(struct slice *text, size_t most)
{
	text->n = text->n < most ? text->n : most;
	return (uint32_t)text->n;
}

void ring_put(struct ring *ring, const struct answer_trace *trace)
{
	struct record record = {.trace = *trace};
	uint32_t size = sizeof(record) + count_text(&record.trace.summary, TRACE_SUMMARY_MAX) +
	                count_text(&record.trace.text, TRACE_TEXT_MAX);
	char *place;

	size = (uint32_t)((size + ALIGN - 1) / ALIGN * ALIGN);
	while (!find_room(ring, size)) {
		ring->lost += 1 + oldest(ring)->trace.lost;
		drop(ring);
	}
	record.size = size;
	place = ring->bytes + ring->tail;
	memcpy(place, &record, sizeof(record));
	if (trace->summary.n > 0)
		memcpy(place + sizeof(record), trace->summary.p, record.trace.summary.n);
	if (trace->text.n > 0)
		memcpy(place + sizeof(record) + record.trace.summary.n, trace->text.p,
		    record.trace.text.n);
	ring->tail += size;
	if (ring->tail > ring->wrap)
		ring->wrap = ring->tail;
	ring->records++;
}

bool ring_take(struct ring *ring, struct ring_copy *copy_r)
{
	const struct record *record = oldest(ring);
	size_t texts;

	if (ring->records == 0)
		return false;
	texts = record->trace.summary.n + record->trace.text.n;
	copy_r->trace = record->trace;
	copy_r->trace.lost += ring->lost;
	copy_r->trace.name = (struct slice){NULL, 0};
	memcpy(copy_r->texts, record + 1, texts);
	copy_r->trace.summary.p = copy_r->texts;
	copy_r->trace.text.p = copy_r->texts + record->trace.summary.n;
	ring->lost = 0;
	drop(ring);
	return true;
}

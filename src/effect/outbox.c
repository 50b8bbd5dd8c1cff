// SPDX-License-Identifier: Apache-2.0
/*
 * The outbox: an array of records and an arena for their texts, both bounded and
 * both emptied at once. The core checks for the room of a whole step before the
 * step, so that no record is lost half-way through a decision.
 */
#include "effect/effect.h"

#include <assert.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdlib.h>

#define ALIGN alignof(max_align_t)

struct outbox {
	uint32_t count, cap;
	uint32_t used, size;
	char *bytes;
	struct effect records[];
};

struct outbox *outbox_new(uint32_t records, uint32_t bytes)
{
	struct outbox *outbox;

	assert(records >= OUTBOX_ENTRY_RECORDS + OUTBOX_TRACE_RECORDS &&
	       bytes >= OUTBOX_ENTRY_BYTES + OUTBOX_TRACE_BYTES);
	outbox = calloc(1, sizeof(*outbox) + records * sizeof(outbox->records[0]));
	if (!outbox)
		return NULL;
	outbox->bytes = malloc(bytes);
	if (!outbox->bytes) {
		free(outbox);
		return NULL;
	}
	outbox->cap = records;
	outbox->size = bytes;
	return outbox;
}

void outbox_free(struct outbox **outbox)
{
	if (!*outbox)
		return;
	free((*outbox)->bytes);
	free(*outbox);
	*outbox = NULL;
}

static bool has_room(const struct outbox *outbox, uint32_t records, size_t bytes)
{
	return outbox->cap - outbox->count >= records && outbox->size - outbox->used >= bytes;
}

bool outbox_has_room(const struct outbox *outbox)
{
	return has_room(outbox, OUTBOX_ENTRY_RECORDS + OUTBOX_TRACE_RECORDS,
	    OUTBOX_ENTRY_BYTES + OUTBOX_TRACE_BYTES);
}

bool outbox_can_spare(const struct outbox *outbox, size_t bytes)
{
	return has_room(outbox, OUTBOX_ENTRY_RECORDS + 1, OUTBOX_ENTRY_BYTES + bytes);
}

struct effect *outbox_add(struct outbox *outbox, enum effect_kind kind)
{
	struct effect *effect;

	assert(outbox->count < outbox->cap);
	effect = &outbox->records[outbox->count++];
	memset(effect, 0, sizeof(*effect));
	effect->kind = kind;
	return effect;
}

struct slice outbox_keep(struct outbox *outbox, struct slice text)
{
	char *copy = outbox->bytes + outbox->used;

	if (text.n == 0)
		return (struct slice){copy, 0};
	assert(outbox->size - outbox->used >= text.n);
	memcpy(copy, text.p, text.n);
	outbox->used += (uint32_t)text.n;
	return slice_make(copy, text.n);
}

void outbox_send(struct outbox *outbox, const struct flow *flow, struct slice bytes)
{
	struct effect *effect = outbox_add(outbox, EFFECT_SEND);

	effect->send.flow = *flow;
	effect->send.bytes = outbox_keep(outbox, bytes);
}

void outbox_log(struct outbox *outbox, enum log_level level, struct slice line)
{
	struct effect *effect = outbox_add(outbox, EFFECT_LOG);

	effect->log.level = level;
	effect->log.text = outbox_keep(outbox, line);
}

void *outbox_room(struct outbox *outbox, size_t size)
{
	uint32_t from = (outbox->used + ALIGN - 1) / ALIGN * ALIGN;

	assert(from <= outbox->size && outbox->size - from >= size);
	outbox->used = from + (uint32_t)size;
	return memset(outbox->bytes + from, 0, size);
}

uint32_t outbox_count(const struct outbox *outbox)
{
	return outbox->count;
}

const struct effect *outbox_at(const struct outbox *outbox, uint32_t index)
{
	assert(index < outbox->count);
	return &outbox->records[index];
}

void outbox_reset(struct outbox *outbox)
{
	/* A record to the ledger may have had a password. */
	memset(outbox->bytes, 0, outbox->used);
	outbox->count = 0;
	outbox->used = 0;
}

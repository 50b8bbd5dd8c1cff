// SPDX-License-Identifier: Apache-2.0
/*
 * Two generations of notes, each a table with linear probing, three quarters full at most.
 */
#include "guard/recent.h"

#include "base/error.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* The value is split, so that a note takes 12 bytes and not 16. */
struct recent_note {
	uint32_t tag; /* 0: the slot is free */
	uint32_t low, high;
};

static_assert(sizeof(struct recent_note) == 12, "as recent.h says");

int recent_init(struct recent *recent, uint32_t cap, uint64_t age_us)
{
	uint64_t slots = (uint64_t)cap + cap / 3 + 1;

	assert(cap > 0 && slots <= UINT32_MAX);
	*recent = (struct recent){.slots = (uint32_t)slots, .cap = cap, .age_us = age_us};
	recent->young.notes = calloc(slots, sizeof(struct recent_note));
	recent->old.notes = calloc(slots, sizeof(struct recent_note));
	if (recent->young.notes && recent->old.notes)
		return 0;
	recent_close(recent);
	return ERR_MEMORY;
}

void recent_close(struct recent *recent)
{
	free(recent->young.notes);
	free(recent->old.notes);
	*recent = (struct recent){0};
}

static uint32_t tag_of(uint64_t id)
{
	uint32_t tag = (uint32_t)(id >> 32);

	return tag != 0 ? tag : 1;
}

/* The note of `id`, or the free slot where it would be. */
static struct recent_note *look(
    const struct recent *recent, const struct recent_generation *generation, uint64_t id)
{
	uint32_t at = (uint32_t)((id & UINT32_MAX) * recent->slots >> 32);
	uint32_t tag = tag_of(id);

	while (generation->notes[at].tag != 0 && generation->notes[at].tag != tag)
		at = at + 1 < recent->slots ? at + 1 : 0;
	return &generation->notes[at];
}

bool recent_find(const struct recent *recent, uint64_t id, uint64_t *value_r)
{
	const struct recent_note *note = look(recent, &recent->young, id);

	if (note->tag == 0)
		note = look(recent, &recent->old, id);
	*value_r = (uint64_t)note->high << 32 | note->low;
	return note->tag != 0;
}

/* The young generation becomes the old one; the new young one is empty. */
static void turn(struct recent *recent)
{
	struct recent_generation gone = recent->old;

	if (gone.count > 0) {
		recent->forgotten_us = gone.last_us + 1;
		memset(gone.notes, 0, recent->slots * sizeof(struct recent_note));
	}
	recent->old = recent->young;
	recent->young = (struct recent_generation){.notes = gone.notes};
}

static bool is_old(const struct recent *recent, uint64_t now_us)
{
	return recent->young.count > 0 && now_us - recent->young.began_us >= recent->age_us;
}

void recent_put(struct recent *recent, uint64_t id, uint64_t value, uint64_t now_us)
{
	struct recent_note *note;

	if (is_old(recent, now_us))
		turn(recent);
	note = look(recent, &recent->young, id);
	if (note->tag == 0 && recent->young.count == recent->cap) {
		turn(recent);
		note = look(recent, &recent->young, id);
	}
	if (note->tag == 0 && recent->young.count++ == 0)
		recent->young.began_us = now_us;
	recent->young.last_us = now_us;
	*note = (struct recent_note){tag_of(id), (uint32_t)value, (uint32_t)(value >> 32)};
}

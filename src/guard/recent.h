// SPDX-License-Identifier: Apache-2.0
/*
 * What happened lately, in a bounded table of two generations: notes go into the young one. When
 * that is full or old, it becomes the old one, and what was the old one is forgotten as a whole. So
 * a note is remembered for at least the time that one generation takes. Memory does not grow.
 *
 * An id is 64 random bits (a keyed hash); 32 of them are kept besides its place. Two ids share a
 * note once in about 2^31 times; the caller must be able to live with that.
 */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>

struct recent_note; /* 12 bytes */

struct recent_generation {
	struct recent_note *notes; /* `recent.slots` of them */
	uint32_t count;
	uint64_t began_us, last_us; /* the first and the last note, where there is one */
};

struct recent {
	struct recent_generation young, old;
	uint32_t slots, cap;
	uint64_t age_us;       /* a generation takes no notes for longer than this */
	uint64_t forgotten_us; /* what was noted before may be forgotten; 0: nothing is */
};

/* At most `cap` notes in each generation, 16 bytes each. ERR_MEMORY. */
MUST_CHECK int recent_init(struct recent *recent, uint32_t cap, uint64_t age_us);
void recent_close(struct recent *recent);

/* False where nothing is noted for `id`. */
bool recent_find(const struct recent *recent, uint64_t id, uint64_t *value_r);

/* Takes the place of an earlier note for `id`. */
void recent_put(struct recent *recent, uint64_t id, uint64_t value, uint64_t now_us);

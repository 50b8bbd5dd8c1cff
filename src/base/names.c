// SPDX-License-Identifier: Apache-2.0
/*
 * A list of short sorted blocks of slots: where one belongs is found by halving,
 * first among the blocks, then within one, and what has to make room for it is
 * never more than a block and the list of blocks.
 */
#include "base/names.h"

#include "base/error.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_MAX 256

struct block {
	uint32_t count; /* at least one */
	uint32_t slots[BLOCK_MAX];
};

struct names {
	struct block **blocks;
	uint32_t count, size;
	names_text_fn text_fn;
	const void *context;
};

/* Where a name stands, or would: `block` may be the count, `at` the block's. */
struct place {
	uint32_t block, at;
};

struct names *names_new(names_text_fn text_fn, const void *context)
{
	struct names *names = calloc(1, sizeof(*names));

	if (!names)
		return NULL;
	names->text_fn = text_fn;
	names->context = context;
	return names;
}

void names_free(struct names **names)
{
	for (uint32_t i = 0; *names && i < (*names)->count; i++)
		free((*names)->blocks[i]);
	if (*names)
		free((*names)->blocks);
	free(*names);
	*names = NULL;
}

static int compare(const struct names *names, uint32_t slot, struct slice name)
{
	return slice_compare(names->text_fn(names->context, slot), name);
}

/* The first in the block that is not before the name, or with `past` the first after it. */
static uint32_t place_in(
    const struct names *names, const struct block *block, struct slice name, bool past)
{
	uint32_t low = 0, high = block->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (compare(names, block->slots[middle], name) < (past ? 1 : 0))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool names_is_behind_all(const struct names *names, struct slice name)
{
	const struct block *last = names->count > 0 ? names->blocks[names->count - 1] : NULL;

	return !last || compare(names, last->slots[last->count - 1], name) < 0;
}

static struct place find(const struct names *names, struct slice name, bool past)
{
	struct place place = {0, 0};
	uint32_t low = 0, high = names->count;

	/* A start brings one behind the other. */
	if (high > 0 && names_is_behind_all(names, name))
		return (struct place){high - 1, names->blocks[high - 1]->count};
	/* The last block that begins before the name, or the first of all. */
	while (low + 1 < high) {
		uint32_t middle = low + (high - low) / 2;

		if (compare(names, names->blocks[middle]->slots[0], name) <= 0)
			low = middle;
		else
			high = middle;
	}
	place.block = low;
	if (low < names->count)
		place.at = place_in(names, names->blocks[low], name, past);
	return place;
}

/* Room for a block in the list at that index. NULL without memory. */
static struct block *insert_block(struct names *names, uint32_t index)
{
	struct block *block, **blocks;

	if (names->count == names->size) {
		uint32_t size = names->size ? 2 * names->size : 16;

		blocks = realloc(names->blocks, size * sizeof(struct block *));
		if (!blocks)
			return NULL;
		names->blocks = blocks;
		names->size = size;
	}
	block = malloc(sizeof(*block));
	if (!block)
		return NULL;
	block->count = 0;
	memmove(&names->blocks[index + 1], &names->blocks[index],
	    (names->count - index) * sizeof(struct block *));
	names->blocks[index] = block;
	names->count++;
	return block;
}

static void remove_block(struct names *names, uint32_t index)
{
	free(names->blocks[index]);
	names->count--;
	memmove(&names->blocks[index], &names->blocks[index + 1],
	    (names->count - index) * sizeof(struct block *));
}

/* A full block gives its upper half away; behind the last of all, a new one begins. */
static int split(struct names *names, struct place *place)
{
	struct block *full = names->blocks[place->block];
	bool is_last = place->block + 1 == names->count && place->at == BLOCK_MAX;
	uint32_t keep = is_last ? BLOCK_MAX : BLOCK_MAX / 2;
	struct block *upper = insert_block(names, place->block + 1);

	if (!upper)
		return ERR_MEMORY;
	upper->count = BLOCK_MAX - keep;
	memcpy(upper->slots, &full->slots[keep], upper->count * sizeof(upper->slots[0]));
	full->count = keep;
	if (place->at > keep || is_last) {
		place->block++;
		place->at -= keep;
	}
	return 0;
}

int names_add(struct names *names, uint32_t slot)
{
	struct place place = find(names, names->text_fn(names->context, slot), false);
	struct block *block;

	if (place.block == names->count && !insert_block(names, place.block))
		return ERR_MEMORY;
	if (names->blocks[place.block]->count == BLOCK_MAX && split(names, &place) < 0)
		return ERR_MEMORY;
	block = names->blocks[place.block];
	memmove(&block->slots[place.at + 1], &block->slots[place.at],
	    (block->count - place.at) * sizeof(block->slots[0]));
	block->slots[place.at] = slot;
	block->count++;
	return 0;
}

/* Two neighbours that fill half a block together become one. */
static void join(struct names *names, uint32_t index)
{
	struct block *lower, *upper;

	if (index + 1 >= names->count)
		return;
	lower = names->blocks[index];
	upper = names->blocks[index + 1];
	if (lower->count + upper->count > BLOCK_MAX / 2)
		return;
	memcpy(&lower->slots[lower->count], upper->slots, upper->count * sizeof(upper->slots[0]));
	lower->count += upper->count;
	remove_block(names, index + 1);
}

void names_remove(struct names *names, uint32_t slot)
{
	struct place place = find(names, names->text_fn(names->context, slot), false);
	struct block *block;

	assert(place.block < names->count);
	block = names->blocks[place.block];
	assert(place.at < block->count && block->slots[place.at] == slot);
	block->count--;
	memmove(&block->slots[place.at], &block->slots[place.at + 1],
	    (block->count - place.at) * sizeof(block->slots[0]));
	if (block->count == 0)
		remove_block(names, place.block);
	else
		join(names, place.block);
}

bool names_after(const struct names *names, struct slice name, uint32_t *slot_r)
{
	struct place place = find(names, name, true);

	if (place.block < names->count && place.at == names->blocks[place.block]->count) {
		place.block++;
		place.at = 0;
	}
	if (place.block >= names->count)
		return false;
	*slot_r = names->blocks[place.block]->slots[place.at];
	return true;
}

// SPDX-License-Identifier: Apache-2.0
/*
 * The texts are listed twice: in the original for what they are, and in the copy
 * for what has to point elsewhere.
 */
#include "base/texts.h"

#include <assert.h>
#include <stdlib.h>

void texts_add(struct texts *texts, struct slice *text)
{
	assert(texts->count < TEXTS_MAX);
	texts->items[texts->count++] = text;
}

static size_t size_of(const struct texts *texts)
{
	size_t size = 0;

	for (unsigned i = 0; i < texts->count; i++)
		size += texts->items[i]->n;
	return size;
}

static void move(const struct texts *texts, char *room)
{
	for (unsigned i = 0; i < texts->count; i++) {
		struct slice *text = texts->items[i];

		if (text->n > 0)
			memcpy(room, text->p, text->n);
		text->p = room;
		room += text->n;
	}
}

void *texts_copy(const void *record, size_t size, texts_list_fn *list)
{
	struct texts texts = {0}, moved = {0};
	char *copy;

	list(&texts, (void *)record);
	copy = malloc(size + size_of(&texts));
	if (!copy)
		return NULL;
	memcpy(copy, record, size);
	list(&moved, copy);
	move(&moved, copy + size);
	return copy;
}

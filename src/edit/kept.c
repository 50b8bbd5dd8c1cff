// SPDX-License-Identifier: Apache-2.0
/*
 * A table of copies that doubles.
 */
#include "edit/kept.h"

#include <stdlib.h>

#define KEPT_BYTES_MAX ((size_t)48 << 20) /* some 150,000 registrations */

static bool grow(struct kept *kept)
{
	uint32_t size = kept->size ? 2 * kept->size : 64;
	struct kept_object *grown = realloc(kept->objects, size * sizeof(grown[0]));

	if (!grown)
		return false;
	kept->objects = grown;
	kept->size = size;
	return true;
}

static bool add(struct kept *kept, enum object_kind kind, const void *object)
{
	void *copy;

	kept->bytes += object_size(kind, object);
	if (kept->bytes > KEPT_BYTES_MAX || (kept->count == kept->size && !grow(kept)))
		return false;
	copy = object_copy(kind, object);
	if (copy)
		kept->objects[kept->count++] = (struct kept_object){kind, copy};
	return copy;
}

void kept_add(struct kept *kept, enum object_kind kind, const void *object)
{
	if (kept->is_over || add(kept, kind, object))
		return;
	kept_clear(kept);
	kept->is_over = true;
}

void kept_clear(struct kept *kept)
{
	for (uint32_t i = 0; i < kept->count; i++)
		object_free(kept->objects[i].kind, kept->objects[i].object);
	free(kept->objects);
	*kept = (struct kept){.is_over = kept->is_over};
}

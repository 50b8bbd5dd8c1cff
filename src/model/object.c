// SPDX-License-Identifier: Apache-2.0
/*
 * The kinds, and the operations on objects, which follow the rows of the kind.
 */
#include "model/object.h"

#include "model/endpoint_config.h"
#include "model/registration_config.h"

#include <assert.h>
#include <stdlib.h>

const struct object_table *object_table(enum object_kind kind)
{
	switch (kind) {
	case OBJECT_REGISTRATION:
		return registration_config_table();
	case OBJECT_ENDPOINT:
		return endpoint_config_table();
	case OBJECT_KINDS:
		break;
	}
	assert(!"a kind with a table");
	return NULL;
}

const char *object_kind_name(enum object_kind kind)
{
	return kind == OBJECT_PARAMETER ? "parameter" : object_table(kind)->name;
}

void object_defaults(enum object_kind kind, void *object_r)
{
	const struct object_table *table = object_table(kind);

	memcpy(object_r, table->defaults, table->size);
}

struct slice object_name(enum object_kind kind, const void *object)
{
	return field_text(object_table(kind)->rows, object);
}

/* True for a default, which is always right: most fields need no more judging. */
static bool is_usual(const struct field_row *row, const void *object, const void *defaults)
{
	if (!field_is_text(row))
		return field_number(row, object) == field_number(row, defaults);
	return field_text(row, object).n == 0 && !row->missing && !row->check;
}

int object_check(enum object_kind kind, const void *object, const void *known, const char **field_r,
    struct buf *message)
{
	const struct object_table *table = object_table(kind);

	for (size_t i = 0; i < table->count; i++) {
		const struct field_row *row = &table->rows[i];
		int rc;

		if (!field_is_judged(row) || is_usual(row, object, table->defaults) ||
		    (known && row->is_shared && field_equal(row, object, known)))
			continue;
		rc = field_check(row, object, message);
		*field_r = row->name;
		if (rc != 0)
			return rc;
	}
	*field_r = NULL;
	return table->check ? table->check(object, field_r, message) : 0;
}

bool object_is_known(enum object_kind kind, const void *object, const void *known)
{
	const struct object_table *table = object_table(kind);

	for (size_t i = 0; i < table->count; i++)
		if (table->rows[i].is_shared && !field_equal(&table->rows[i], object, known))
			return false;
	return true;
}

bool object_equal(enum object_kind kind, const void *a, const void *b)
{
	const struct object_table *table = object_table(kind);

	for (size_t i = 0; i < table->count; i++)
		if (!field_equal(&table->rows[i], a, b))
			return false;
	return true;
}

uint64_t object_differences(enum object_kind kind, const void *a, const void *b)
{
	const struct object_table *table = object_table(kind);
	uint64_t bits = 0;

	for (size_t i = 0; i < table->count; i++)
		if (!field_equal(&table->rows[i], a, b))
			bits |= UINT64_C(1) << i;
	return bits;
}

size_t object_size(enum object_kind kind, const void *object)
{
	const struct object_table *table = object_table(kind);
	const struct slice *texts = object;
	size_t n = table->size;

	for (size_t i = 0; i < table->texts; i++)
		n += texts[i].n;
	return n;
}

size_t object_copy_into(enum object_kind kind, const void *object, void *room, size_t size)
{
	const struct object_table *table = object_table(kind);
	size_t used = table->size;
	struct slice *texts = room;

	if (size < used)
		return 0;
	memcpy(room, object, used);
	for (size_t i = 0; i < table->texts; i++) {
		char *text = (char *)room + used;

		if (texts[i].n > size - used)
			return 0;
		if (texts[i].n > 0)
			memcpy(text, texts[i].p, texts[i].n);
		texts[i].p = text;
		used += texts[i].n;
	}
	return used;
}

void *object_copy(enum object_kind kind, const void *object)
{
	size_t size = object_size(kind, object);
	void *copy = malloc(size);

	return copy && object_copy_into(kind, object, copy, size) ? copy : NULL;
}

void object_free(enum object_kind kind, void *object)
{
	const struct object_table *table;

	if (!object)
		return;
	table = object_table(kind);
	for (size_t i = 0; i < table->count; i++)
		if (table->rows[i].type == FIELD_SECRET)
			slice_wipe(field_text(&table->rows[i], object));
	free(object);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Whatever a request says of one object: what is taken was checked, and
 * comes back the same when it is written and read again.
 */
#include "config/object_text.h"
#include "config/objects.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int keep(void *context, enum object_kind kind, const void *object)
{
	void **kept = context;

	object_free(kind, *kept);
	*kept = object_copy(kind, object);
	return 0;
}

static int unseal(void *context, struct slice text, char *plain_r, size_t cap, size_t *n_r)
{
	(void)context;
	if (text.n == 0 || text.n > cap)
		return ERR_ACCESS;
	memcpy(plain_r, text.p, text.n);
	*n_r = text.n;
	return 0;
}

static void *read_one(struct slice text, enum object_kind kind, struct slice name)
{
	static struct problems problems;
	void *kept = NULL;
	const struct objects_sink sink = {.object = keep, .unseal = unseal, .context = &kept};
	int rc;

	problems_init(&problems, "fuzz");
	rc = objects_read_one(text, kind, NULL, name, &sink, &problems);
	assert((rc == 0) == (problems.count == 0));
	if (rc == 0)
		return kept;
	object_free(kind, kept);
	return NULL;
}

/* Only here: nothing writes a secret for people. */
static void put_secret(struct buf *b, const struct field_row *row, const void *object)
{
	if (field_text(row, object).n > 0)
		object_text_quote(b, field_text(row, object));
	else
		buf_puts(b, "null");
}

static void returns(enum object_kind kind, const void *object)
{
	const struct object_table *table = object_table(kind);
	static char text[65536];
	struct buf b = buf_over(text, sizeof(text));
	void *again;

	for (size_t i = 0; i < table->count; i++) {
		if (!field_is_kept(&table->rows[i]))
			continue;
		buf_puts(&b, table->rows[i].name);
		buf_puts(&b, ": ");
		if (table->rows[i].type == FIELD_SECRET)
			put_secret(&b, &table->rows[i], object);
		else
			object_text_put(&b, &table->rows[i], object);
		buf_puts(&b, "\n");
	}
	again = read_one(buf_slice(&b), kind, (struct slice){0});
	assert(again);
	assert(object_differences(kind, object, again) == 0);
	object_free(kind, again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (enum object_kind kind = 0; kind < OBJECT_KINDS; kind++) {
		void *object = read_one(slice_make(data, size), kind, SLICE("line"));

		if (object)
			returns(kind, object);
		object_free(kind, object);
	}
	return 0;
}

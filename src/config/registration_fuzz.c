// SPDX-License-Identifier: Apache-2.0
/*
 * Whatever a request says of one registration: what is taken was checked, and
 * comes back the same when it is written and read again.
 */
#include "config/object_text.h"
#include "config/objects.h"
#include "model/registration_config.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int keep(void *context, enum object_kind kind, const void *object)
{
	struct registration_config **kept = context;

	registration_config_free(kept);
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

static struct registration_config *read_one(struct slice text, struct slice name)
{
	static struct problems problems;
	struct registration_config *kept = NULL;
	const struct objects_sink sink = {.object = keep, .unseal = unseal, .context = &kept};
	int rc;

	problems_init(&problems, "fuzz");
	rc = objects_read_one(text, OBJECT_REGISTRATION, NULL, name, &sink, &problems);
	assert((rc == 0) == (problems.count == 0));
	if (rc != 0)
		registration_config_free(&kept);
	return kept;
}

/* What is not written does not come back. */
static uint64_t secrets(const struct object_table *table)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < table->count; i++)
		if (table->rows[i].type == FIELD_SECRET)
			bits |= UINT64_C(1) << i;
	return bits;
}

static void returns(const struct registration_config *config)
{
	const struct object_table *table = object_table(OBJECT_REGISTRATION);
	static char text[65536];
	struct buf b = buf_over(text, sizeof(text));
	struct registration_config *again;

	for (size_t i = 0; i < table->count; i++) {
		if (!field_is_shown(&table->rows[i]))
			continue;
		buf_puts(&b, table->rows[i].name);
		buf_puts(&b, ": ");
		object_text_put(&b, &table->rows[i], config);
		buf_puts(&b, "\n");
	}
	again = read_one(buf_slice(&b), (struct slice){0});
	assert(again);
	assert((object_differences(OBJECT_REGISTRATION, config, again) & ~secrets(table)) == 0);
	registration_config_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct registration_config *config = read_one(slice_make(data, size), SLICE("line"));

	if (config)
		returns(config);
	registration_config_free(&config);
	return 0;
}

// SPDX-License-Identifier: Apache-2.0
/*
 * What is the same for every database of objects.
 */
#include "store/objects_store.h"

void objects_store_close(struct objects_store **store)
{
	if (*store)
		(*store)->ops->close(*store);
	*store = NULL;
}

int objects_store_refuse(const struct objects_store *store, enum object_kind kind,
    const void *object, const char *field, const char *why, struct store_error *error)
{
	struct slice name = object_name(kind, object);

	return store_fail(error, STORE_DAMAGED, "%s: %s %.*s: %s: %s", store->where,
	    object_kind_name(kind), name.n < 64 ? (int)name.n : 64, name.p, field, why);
}

int objects_store_judge(const struct objects_store *store, enum object_kind kind,
    const void *object, const void *known, struct store_error *error)
{
	const char *field;
	char message[256];
	struct buf b = buf_over(message, sizeof(message));

	if (object_check(kind, object, known, &field, &b) == 0)
		return 0;
	return objects_store_refuse(store, kind, object, field, buf_text(&b), error);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Copies of records that refer to texts. The copy and its texts are one piece of
 * memory, so it can cross to another thread or outlive its outbox. A function beside
 * the definition of each record lists the texts that it has.
 */
#pragma once

#include "base/slice.h"

#define TEXTS_MAX 12 /* texts of one record */

struct texts {
	unsigned count;
	struct slice *items[TEXTS_MAX];
};

/* Lists the texts of a record; any may be empty. */
typedef void texts_list_fn(struct texts *texts, void *record);

/* Lists one text; for functions of that type. */
void texts_add(struct texts *texts, struct slice *text);

/*
 * Copies a record of `size` bytes and the texts that `list` names. The caller frees the copy with
 * free(). NULL without memory.
 */
void *texts_copy(const void *record, size_t size, texts_list_fn *list);

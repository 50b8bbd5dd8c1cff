// SPDX-License-Identifier: Apache-2.0
/*
 * Copies of records that refer to texts: the copy carries them behind itself, in
 * one piece of memory, so that it can cross to another thread or outlive its
 * outbox. A record's kind says which texts it has, by a function that stands
 * beside its definition.
 */
#pragma once

#include "base/slice.h"

#define TEXTS_MAX 12 /* that a record has */

struct texts {
	unsigned count;
	struct slice *items[TEXTS_MAX];
};

/* Lists the texts of a record; any may be empty. */
typedef void texts_list_fn(struct texts *texts, void *record);

/* For such a function. */
void texts_add(struct texts *texts, struct slice *text);

/* A copy of a record of that size with its texts, for free(). NULL without memory. */
void *texts_copy(const void *record, size_t size, texts_list_fn *list);

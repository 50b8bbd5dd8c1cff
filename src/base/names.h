// SPDX-License-Identifier: Apache-2.0
/*
 * The objects of a pool in the order of their names. A list that is read in pages
 * goes on after the last name of a page, whatever was added or removed in between.
 * Takes a little over four bytes for an object; the names stay in the objects.
 */
#pragma once

#include "base/error.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

struct names;

/* The name of the object in that slot. */
typedef struct slice (*names_text_fn)(const void *context, uint32_t slot);

/* NULL without memory. */
struct names *names_new(names_text_fn text_fn, const void *context);
void names_free(struct names **names);

/* Adds the object in that slot; no other has its name. ERR_MEMORY. */
MUST_CHECK int names_add(struct names *names, uint32_t slot);

/* Removes it; the object and its name are still there. */
void names_remove(struct names *names, uint32_t slot);

/* True if `name` comes after every name that was added, so that it is none of them. */
bool names_is_behind_all(const struct names *names, struct slice name);

/* The slot of the first object whose name is greater than `name` in byte order; false if none is.
 */
MUST_CHECK bool names_after(const struct names *names, struct slice name, uint32_t *slot_r);

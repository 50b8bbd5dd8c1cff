// SPDX-License-Identifier: Apache-2.0
/*
 * The objects of a pool in the order of their names, for pages that go on where the
 * last one ended, however many came and went meanwhile. Four bytes or a few more
 * for each; no names are kept, they are read in the objects.
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

/* ERR_MEMORY. It stands in its slot, and no other has its name. */
MUST_CHECK int names_add(struct names *names, uint32_t slot);
void names_remove(struct names *names, uint32_t slot);

/* True where that name comes after all that are there: then none of them has it. */
bool names_is_behind_all(const struct names *names, struct slice name);

/* The slot of the first whose name comes after that one, byte by byte; false at the end. */
MUST_CHECK bool names_after(const struct names *names, struct slice name, uint32_t *slot_r);

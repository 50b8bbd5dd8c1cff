// SPDX-License-Identifier: Apache-2.0
/*
 * The registrations in the order of their names, for pages that go on where the
 * last one ended, however many came and went meanwhile. Four bytes or a few more
 * for each; no names are kept, they are read in the objects.
 */
#pragma once

#include "registrant/context.h"

struct registration;

/* NULL without memory. */
struct names *names_new(void);
void names_free(struct names **names);

/* ERR_MEMORY. It stands in the pool, and no other has its name. */
MUST_CHECK int names_add(struct registrant *r, const struct registration *registration);
void names_remove(struct registrant *r, const struct registration *registration);

/* True where that name comes after all that are there: then none of them has it. */
bool names_is_behind_all(const struct registrant *r, struct slice name);

/* The first whose name comes after that one, byte by byte; NULL at the end. */
struct registration *names_after(const struct registrant *r, struct slice name);

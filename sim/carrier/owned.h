// SPDX-License-Identifier: Apache-2.0
/*
 * A copy of a slice that outlives its datagram. Zeroed it is empty.
 */
#pragma once

#include "base/attr.h"
#include "base/error.h"
#include "base/slice.h"

#include <stdlib.h>

struct owned {
	char *p;
	size_t n;
};

static inline struct slice owned_slice(const struct owned *o)
{
	return (struct slice){o->p, o->n};
}

static inline void owned_clear(struct owned *o)
{
	free(o->p);
	*o = (struct owned){0};
}

/* Replaces what it held by a copy of `s`, which may lie in it. ERR_MEMORY: as it was. */
MUST_CHECK static inline int owned_set(struct owned *o, struct slice s)
{
	char *p = malloc(s.n + 1);

	if (!p)
		return ERR_MEMORY;
	if (s.n)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	free(o->p);
	*o = (struct owned){p, s.n};
	return 0;
}

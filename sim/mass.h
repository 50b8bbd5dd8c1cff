// SPDX-License-Identifier: Apache-2.0
/*
 * Cases of the field that are about very many registrations at once, at any
 * size: a unit test plays them small, regent-sim --case at the size that the
 * case names. Each plays one certain accident and judges from outside what came
 * of it, with all that sim/watch.h looks at besides.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct mass_case {
	const char *name;       /* "F19" */
	uint32_t registrations; /* at full size */
	const char *help;
};

/* NULL behind the last one. */
const struct mass_case *mass_at(unsigned index);
const struct mass_case *mass_find(const char *name);

/* Plays it and says in one line what came of it; false, with a report, where it did not hold. */
bool mass_run(const struct mass_case *which, uint32_t registrations, uint64_t seed, FILE *out);

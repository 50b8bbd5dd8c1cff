// SPDX-License-Identifier: Apache-2.0
/*
 * One random life: registrations at an upstream of some kind, faults that a
 * seed chooses, then peace, then a stop. What must hold all the time is
 * watched all the time; what must hold in peace is asked for at its end.
 */
#pragma once

#include "base/attr.h"
#include "sim/kind.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct accident_case;

struct life_config {
	uint64_t seed;
	uint32_t registrations;
	uint32_t hours; /* before peace */
	/* No period below it: at 1/s, the least of paces, many with a short one would never hold.
	 */
	uint32_t period_least_s;
	const struct kind *kind;
	uint32_t faults; /* bits, 1 << enum fault */
	bool verbose;
	const struct accident_case *accident; /* happens before the peace; NULL: none does */
};

struct life_result {
	uint64_t violations;
	uint64_t simulated_s;
	uint64_t faults; /* that happened */
	uint64_t requests, datagrams, starts;
};

/* Lives it; what went wrong is written to `file`. */
void life_run(const struct life_config *config, struct life_result *result_r, FILE *file);

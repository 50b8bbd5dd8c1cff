// SPDX-License-Identifier: Apache-2.0
/*
 * Cases of the field that are about one registration or a few, each in the midst
 * of a random life: what else goes wrong before and during the case is drawn from
 * the seed. The tests of field cases (sim/x_test.c) play them by themselves.
 */
#pragma once

#include "sim/life.h"

struct life;

#define ACCIDENT_KINDS 3

struct accident_case {
	const char *name; /* "F5" */
	uint32_t registrations;
	const char *help;
	const char *kinds[ACCIDENT_KINDS]; /* of upstream, up to the first NULL */
	void (*play)(struct life *life);
};

/* NULL behind the last one. */
const struct accident_case *accident_at(unsigned index);
const struct accident_case *accident_find(const char *name);

/* The life in which it happens: faults, kind of upstream, length. Registrations are the caller's.
 */
void accident_set(const struct accident_case *which, uint64_t seed, struct life_config *config);

/* All is restored, then one more thing may go wrong, then the case is played. */
void accident_happen(struct life *life);

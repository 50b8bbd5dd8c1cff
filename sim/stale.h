// SPDX-License-Identifier: Apache-2.0
/*
 * Stale time: how long upstream holds bindings that point at a process that is
 * dead or does not want them any more, added up over all of them, for each way
 * in which a life of registrations is cut short. Each case is played with the
 * ledger and without one, which is a switch that cancels on a planned stop and
 * edit only; the difference is what the ledger is for (docs/scenarios.md).
 *
 * One case is one accident and an hour of watching. It is no random life and
 * looks for no mistakes beyond what sim/watch.h looks at anyway.
 */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct stale_case {
	const char *name, *help;
	/* Seconds for each binding, whatever the seed: with the ledger no more stale than this, */
	double most_s;
	double missing_most_s; /* and no longer missing, */
	double without_s; /* and without it stale for at least so long; 0: it changes nothing */
};

/* NULL behind the last one, or where there is none of that name. */
const struct stale_case *stale_at(unsigned index);
const struct stale_case *stale_find(const char *name);

struct stale_figure {
	double stale_s;   /* for each binding */
	double missing_s; /* for each that a running process wants and upstream does not hold */
	uint32_t left;    /* still stale at the end */
	uint32_t lacking; /* still missing at the end */
	uint64_t faults;  /* what the watch saw; without a ledger nothing is watched */
	double simulated_s;
};

/* Plays it once; faults are written to `out`. */
void stale_play(const struct stale_case *which, uint32_t registrations, uint64_t seed,
    bool has_ledger, struct stale_figure *figure_r, FILE *out);

/*
 * Plays it on seeds from `seed` on, with and without the ledger, writes its row of the table and
 * adds the simulated time. False, with the reason, where a figure is not what the case says.
 */
bool stale_measure(const struct stale_case *which, uint32_t registrations, uint64_t seed,
    uint32_t seeds, double *simulated_s, FILE *out);

/* What stands above the rows. */
void stale_head(FILE *out);

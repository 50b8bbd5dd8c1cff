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

enum life_fault {
	LIFE_KILL,     /* between two records */
	LIFE_RESTART,  /* a proper stop, then a start */
	LIFE_POWER,    /* power cut */
	LIFE_OUTAGE,   /* nothing gets through, one way or both */
	LIFE_LOSS,     /* datagrams lost, late, doubled, overtaken */
	LIFE_UPSTREAM, /* the upstream restarts, with or without its table */
	LIFE_REFUSAL,  /* the upstream answers with some failure for a while */
	LIFE_EDIT,     /* an edit, mostly of what moves the binding */
	LIFE_DELETE,   /* a removal, and the same one again some time later */
	LIFE_DISK,     /* the disk takes nothing for a while */
	LIFE_LATE,     /* all refresh, what they send or hear is late, and something happens */
	LIFE_CLOCK,    /* the wall clock steps, running or down or in the middle of a stop */
	LIFE_PARAMS,   /* an operator changes a parameter */
	LIFE_BY_HAND,  /* an operator cancels, refreshes, removes ghosts by name */
	LIFE_FAREWELL, /* killed, and a farewell, which a start may cut short at any moment */
	LIFE_MOVE,     /* power cut, and the disk comes up on a machine with another address */
	LIFE_COPY, /* a copy of the machine lives and dies beside it, with a secret of its own */
	LIFE_FAULTS
};

const char *life_fault_name(enum life_fault fault);

struct life_config {
	uint64_t seed;
	uint32_t registrations;
	uint32_t hours; /* before peace */
	/* No period below it: at 1/s, the least of paces, many with a short one would never hold.
	 */
	uint32_t period_least_s;
	const struct kind *kind;
	uint32_t faults; /* bits, 1 << enum life_fault */
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

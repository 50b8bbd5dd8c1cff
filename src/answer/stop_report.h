// SPDX-License-Identifier: Apache-2.0
/*
 * The report of a stop: a row for each object that may have left something at a
 * peer. Every part of the core that has a share in the stop adds its own rows; the
 * core begins and ends the report.
 */
#pragma once

#include "answer/view.h"
#include "effect/core_context.h"

struct stop_report {
	uint64_t request;        /* of the command that began the stop */
	uint32_t total;          /* rows that the report will have */
	uint32_t settled;        /* rows that were added */
	struct wheel_node timer; /* of the stop; due at once when the last row was added */
	uint32_t counts[OUTCOME_COUNT];
};

/*
 * Adds a row: the outcome of the object of that name, with the last status and its reason.
 * `bound_until_us`: the peer may hold something until then, in mono_us, unless the outcome is
 * OUTCOME_CLEAN; 0: it holds nothing.
 */
void stop_report_add(struct core_context *core, enum stop_outcome outcome, struct slice name,
    unsigned status, struct slice reason, uint64_t bound_until_us);

/* The report gets one row less: another row stands for that object, too. */
void stop_report_omit(struct core_context *core);

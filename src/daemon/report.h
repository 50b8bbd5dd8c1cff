// SPDX-License-Identifier: Apache-2.0
/*
 * The report of a stop: what became of every registration, as a table for
 * people and as STATE/last-stop.json (docs/api.md).
 */
#pragma once

#include "answer/answer.h"
#include "store/state_dir.h"

#include <stdio.h>

#define REPORT_ALL_MAX 30 /* up to so many registrations are all listed; else those not clean */

struct report;

/* NULL without memory. */
struct report *report_new(int64_t started_ms, uint32_t deadline_s);
void report_free(struct report **report);

/* One registration's end; copied. Without memory the row is counted and not listed. */
void report_add(struct report *report, const struct stop_row *row);

void report_end(struct report *report, int64_t ended_ms, const struct answer_stop_end *end);

/*
 * Of a stop that is cut short: report_open() for every registration, as the core
 * shows it, adds those that have no row yet; report_cut() ends the report, with
 * `left` as the number of all that had none.
 */
void report_open(struct report *report, const struct registration_view *view);
void report_cut(struct report *report, int64_t ended_ms, uint32_t left);

/* True where something is still owed to an upstream. */
bool report_is_owed(const struct report *report);

/* The table for people. */
void report_print(const struct report *report, FILE *file);

/* Removes STATE/last-stop.json: once a stop has begun, that of an earlier one misleads. */
void report_forget(const struct state_dir *dir);

/* Writes STATE/last-stop.json, whole or not at all. */
MUST_CHECK int report_save(
    const struct report *report, const struct state_dir *dir, struct store_error *error);

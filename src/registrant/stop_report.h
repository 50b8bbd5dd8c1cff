// SPDX-License-Identifier: Apache-2.0
/*
 * The report of a stop: one row for each binding that was there when it began,
 * with what became of it, and how many rows are still expected. Who settles a row
 * need not know the stop: when the last one stands, its timer is due.
 */
#pragma once

#include "registrant/last.h"

/* So many rows will come. */
void stop_report_begin(struct registrant *r, uint32_t total);

/* One of them will not: another row speaks for it. */
void stop_report_expect_less(struct registrant *r);

/* The outcome of that name; `bound_until_us` where upstream may still hold it. */
void stop_report_add(struct registrant *r, enum stop_outcome outcome, struct slice name,
    const struct last *last, uint64_t bound_until_us);

/* The same without an answer, for that reason. */
void stop_report_text(struct registrant *r, enum stop_outcome outcome, struct slice name,
    struct slice reason, uint64_t bound_until_us);

/* True where all rows stand in it. */
bool stop_report_is_complete(const struct registrant *r);

/* How many of each outcome: it is closed. */
void stop_report_end(struct registrant *r);

// SPDX-License-Identifier: Apache-2.0
/*
 * What addresses have borne, remembered beyond the life of a target and of the
 * process: the proven pace, the ceiling that a ban left behind, and whether a
 * fetch takes bindings away there. A bounded table, a copy of which lies in the
 * ledger. It decides nothing: pace.c finds out what is borne, and a new target
 * begins with what is remembered here.
 *
 * Written rarely: a rise when it has stood for 10 s, since the ban that it may
 * have brought on shows only then; a fall at most every 10 s; a ceiling at once.
 */
#pragma once

#include "upstream/upstreams.h"

struct target;

#define HISTORIES_MAX 4096 /* addresses; the one that was noted longest ago gives way */

/* NULL without memory. */
struct histories *histories_new(void);
void histories_free(struct histories **histories);

/* What an earlier start has learnt; before any target at that address. ERR_MEMORY. */
MUST_CHECK int history_load(struct upstreams *u, const struct ledger_pace *record);

/*
 * A new target begins where the one before it stood, or as it is where nothing
 * is remembered. A ceiling never lasts longer than a day from the load on,
 * whatever the clock has done meanwhile.
 */
void history_recall(const struct upstreams *u, struct target *target);

/* What was borne there has changed, a ceiling was set, or fetches were found to do harm. */
void history_note(struct upstreams *u, const struct target *target);

/* Fetches may be tried again everywhere. */
void history_forget_fetches(struct upstreams *u);

/* The slowest of what is proven; where nothing is, where every address begins. */
uint32_t history_slowest_milli(const struct upstreams *u);

/* Writes what is due to the ledger. */
void history_timer(struct upstreams *u);

/* The ends of ceilings in the ledger are wall time: writes them anew. */
void history_clock_stepped(struct upstreams *u);

// SPDX-License-Identifier: Apache-2.0
/*
 * What addresses have borne, remembered longer than a target and the process live:
 * the proven pace, the ceiling that a ban left behind, and whether a fetch takes
 * bindings away there. The table is bounded, and the ledger has a copy. It decides
 * nothing: pace.c finds out what an address bears, and a new target begins with
 * what the table has.
 *
 * Writes are rare. A rise of the pace is written after 10 s, since a ban that it
 * may bring on shows only then; a fall at most every 10 s; a ceiling at once.
 */
#pragma once

#include "upstream/upstreams.h"

struct target;

#define HISTORIES_MAX 4096 /* addresses; beyond that, the one noted longest ago is dropped */

/* Returns an empty table, for histories_free(); NULL if there is no memory. */
struct histories *histories_new(void);
void histories_free(struct histories **histories);

/*
 * Loads a record of the ledger. Call it before there is a target at that address. A record beyond
 * HISTORIES_MAX is ignored. ERR_MEMORY.
 */
MUST_CHECK int history_load(struct upstreams *u, const struct ledger_pace *record);

/*
 * Gives a new target what is remembered of its address; if nothing is, the target
 * stays as it is. A ceiling lasts at most a day after it was loaded, even if the
 * wall clock was set back.
 */
void history_recall(const struct upstreams *u, struct target *target);

/* Call it when the target's proven pace, its ceiling or `loses_by_fetch` has changed. */
void history_note(struct upstreams *u, const struct target *target);

/* Clears `loses_by_fetch` of all addresses: fetches may be tried again. */
void history_forget_fetches(struct upstreams *u);

/* The slowest proven pace, in requests per 1000 s; RATE_FIRST_MILLI if none is proven. */
uint32_t history_slowest_milli(const struct upstreams *u);

/* TIMER_HISTORY: writes the records that are due to the ledger. */
void history_timer(struct upstreams *u);

/* The wall clock was set: writes all ceilings again, whose ends are wall time in the ledger. */
void history_clock_stepped(struct upstreams *u);

// SPDX-License-Identifier: Apache-2.0
/*
 * What must hold at every moment, looked at from outside: at what processes
 * send, at what their disks hold, and at the upstreams' own tables. What is
 * broken is kept as a violation for the test or the campaign to report.
 *
 *   - a REGISTER leaves only when a durable row names its (AOR, Contact);
 *   - no binding of ours stands at an upstream that no row names, so a row
 *     that was given up was given up in truth;
 *   - CSeq rises with every new request of a Call-ID, over restarts too;
 *   - what a stop reports as clean is gone, and stays gone;
 *   - nothing that a report says is better than the table;
 *   - what the trail of each registration must hold (sim/trail.h);
 *   - the rate at which each address is sent to (sim/meter.h);
 *   - nobody else's binding is removed (watch_foreign()).
 */
#pragma once

#include "base/attr.h"
#include "base/netaddr.h"
#include "sim/calls.h"

#include <stdio.h>

struct ledger_identity;
struct carrier;
struct world;
struct process;
struct watch;
struct stop_line;
struct carrier;

struct meters;
struct trails;

struct watch *watch_new(void);
void watch_free(struct watch **watch);

/* Where whoever touches a registration, or the pace, says so. */
struct trails *watch_trails(struct world *world);
struct meters *watch_meters(struct world *world);

/* What a test expects to be broken, for upstreams that lie. */
struct watch_excuse {
	bool tables;   /* a binding that no row names may stand */
	bool outcomes; /* a clean that is none */
	uint32_t
	    surplus_s; /* so much longer than anybody said it may hold one, for both of these */
	bool sources;  /* a machine has moved: cancels come from another address */
	bool epochs;   /* one that refuses everything after a start gets a new Call-ID */
	bool homes;    /* what is wanted at one upstream may be cancelled at another */
};
struct watch_excuse *watch_excuse(struct world *world);

void watch_violation(struct world *world, const char *name, const char *text);
uint32_t watch_violations(const struct world *world);

/* Prints what was broken, the ladders concerned, and what upstreams call offences. */
void watch_report(const struct world *world, FILE *file);

/* Violations and offences of all upstreams together. */
uint64_t watch_faults(const struct world *world);

/* What was asked of upstreams for an AOR's user. */
void watch_asked(const struct world *world, const char *user, struct calls_asked *asked_r);

/* ---- what happens ---- */

void watch_sent(struct world *world, struct process *process, const struct netaddr *peer,
    const struct facts *facts);
void watch_tables(struct world *world);

/* The same of the AOR alone for which a REGISTER has just bound something ... */
void watch_bound(struct world *world, const struct carrier *upstream, const struct facts *facts);

/* ... or whose row was just given up; NULL: it was never durable. */
void watch_gave_up(struct world *world, const struct ledger_identity *identity);

void watch_settled(struct world *world, struct process *process, const struct stop_line *line);
void watch_left(struct world *world, struct process *process);
void watch_died(struct world *world, struct process *process);

/*
 * When things are quiet: each wanted registration of every running process has
 * exactly one binding of ours, at one upstream, and there is none else.
 */
void watch_quiet(struct world *world);

/* Every wanted registration is bound, but where somebody else holds its account. */
void watch_lapses(struct world *world);

/* Plants a binding of somebody else's, and looks later that all of them are there. */
void watch_plant(struct world *world, uint32_t upstream, const char *aor, const char *contact);
void watch_foreign(struct world *world);

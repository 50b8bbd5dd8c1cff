// SPDX-License-Identifier: Apache-2.0
/*
 * The trail that each registration leaves on the wire, as an outsider reads it,
 * and what must hold of it over all starts of a process:
 *
 *   - one Call-ID for each epoch, so a restart goes on with the one it had;
 *   - a binding that is wanted is not cancelled, but by a stop;
 *   - where SEND_UNREGISTER is Off no cancel leaves, a repetition neither;
 *   - an answer to anything but the newest REGISTER brings nothing about: it
 *     makes nobody registered, rejected or displaced.
 *
 * It judges and says what is wrong; whoever asks makes a violation of it.
 */
#pragma once

#include "base/attr.h"
#include "sim/facts.h"

struct process;
struct trails;
struct shown;

struct trails *trails_new(void);
void trails_free(struct trails **trails);

/*
 * A REGISTER of the registration `name` leaves; NULL or what is wrong with it. `home`: what is
 * wanted there may be cancelled elsewhere; NULL: an upstream has one table, whatever the address.
 */
const char *trail_sent(struct trails *trails, const struct process *process,
    const struct netaddr *home, struct slice name, const struct facts *facts, bool is_stopping);

/* An operator has touched it: what was wanted so far may be cancelled. */
void trail_edited(struct trails *trails, const struct process *process, struct slice name);

/* An operator has it cancelled by name: the exception to SEND_UNREGISTER Off. */
void trail_ordered(struct trails *trails, const struct process *process, struct slice name);

/* A start: what was removed before it has only the parameter to go by. */
void trail_started(struct trails *trails, const struct process *process);

/* The ledger is told of a new epoch: another Call-ID and another Contact may follow. */
void trail_epoch(
    struct trails *trails, const struct process *process, struct slice name, uint32_t epoch);

/* The machine has another address: every Contact may change. */
void trail_moved(struct trails *trails, const struct process *process);

/* The registration whose Call-ID an answer bears where it is not to its newest REGISTER; else "".
 */
const char *trail_of_old_answer(
    const struct trails *trails, const struct process *process, const struct facts *facts);

/* NULL or what is wrong with what an old answer changed. */
const char *trail_judge_answer(const struct shown *before, const struct shown *after);

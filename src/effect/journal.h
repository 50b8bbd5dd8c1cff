// SPDX-License-Identifier: Apache-2.0
/*
 * The journal: what the core writes to the ledger, under tickets that rise, and
 * what waits until its record is on the disk. It keeps no record; it knows which
 * tickets are durable and in which order the waiting goes on.
 */
#pragma once

#include "base/wheel.h"
#include "effect/effect.h"

/* One that may wait for a record; it lies in the object that is written. */
struct journal_entry {
	struct journal_entry *next, **link; /* in the queue; `link` is NULL outside of it */
	uint64_t ticket;                    /* of its last record; 0 none was written */
};

struct journal {
	struct outbox *outbox;
	uint64_t ticket;  /* of the last record */
	uint64_t durable; /* every record up to this one is on the disk */
	struct journal_entry *first, **last;
	struct wheel_node timer; /* the core's: those whose record is durable go on */
	bool is_failing;         /* the disk refused it last */
};

/* The outbox outlives the journal. */
void journal_init(struct journal *journal, struct outbox *outbox);

/* Adds a record to the outbox, its texts copied; gives its ticket. */
uint64_t journal_write(struct journal *journal, const struct ledger_record *record);

/* EVENT_LEDGER_DURABLE and EVENT_LEDGER_FAILED. */
void journal_reached(struct journal *journal, uint64_t ticket);
void journal_failed(struct journal *journal);

static inline bool journal_is_durable(const struct journal *journal, uint64_t ticket)
{
	return ticket <= journal->durable;
}

/* Waits behind all others for its ticket; one that waits already goes to the end. */
void journal_wait(struct journal *journal, struct journal_entry *entry);

/* Waits no longer; nothing happens where it does not wait. */
void journal_leave(struct journal *journal, struct journal_entry *entry);

static inline bool journal_is_waiting(const struct journal_entry *entry)
{
	return entry->link;
}

/* The first that waits, where its record is durable; it stays in the queue. Else NULL. */
struct journal_entry *journal_due(const struct journal *journal);

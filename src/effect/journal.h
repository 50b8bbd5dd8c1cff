// SPDX-License-Identifier: Apache-2.0
/*
 * A journal: numbers the records that the core writes to the ledger, or those of
 * bindings (each has a journal of its own), and has a queue of objects that wait until their record
 * is on the disk. The number of a record is its ticket; tickets rise by one. The journal keeps no
 * records: it only knows up to which ticket they are durable.
 */
#pragma once

#include "base/wheel.h"
#include "effect/effect.h"

/* A place in the queue; embedded in the object that waits. */
struct journal_entry {
	struct journal_entry *next, **link; /* in the queue; `link` is NULL outside of it */
	uint64_t ticket;                    /* of the object's last record; 0: none was written */
};

struct journal {
	struct outbox *outbox;
	uint64_t ticket;  /* of the last record */
	uint64_t durable; /* every record up to this one is on the disk */
	struct journal_entry *first, **last;
	struct wheel_node timer; /* for the core: objects whose record is durable go on */
	bool is_failing;         /* the last write to the disk failed */
};

/* The caller keeps the outbox as long as the journal. */
void journal_init(struct journal *journal, struct outbox *outbox);

/* Adds a record to the outbox, with copies of its texts; returns its ticket. */
uint64_t journal_write(struct journal *journal, const struct ledger_record *record);

/* The same with a record of a binding, in a journal that has only these. */
uint64_t journal_write_binding(struct journal *journal, const struct binding_record *record);

/* EVENT_LEDGER_DURABLE came: every record up to `ticket` is on the disk. */
void journal_reached(struct journal *journal, uint64_t ticket);

/* EVENT_LEDGER_FAILED came. */
void journal_failed(struct journal *journal);

/* True if the record with this ticket is on the disk. */
static inline bool journal_is_durable(const struct journal *journal, uint64_t ticket)
{
	return ticket <= journal->durable;
}

/* Puts the entry at the end of the queue, also if it is in the queue already. */
void journal_wait(struct journal *journal, struct journal_entry *entry);

/* Takes the entry out of the queue; does nothing if it is not in it. */
void journal_leave(struct journal *journal, struct journal_entry *entry);

static inline bool journal_is_waiting(const struct journal_entry *entry)
{
	return entry->link;
}

/* The first entry of the queue if its record is durable, else NULL. It stays in the queue. */
struct journal_entry *journal_due(const struct journal *journal);

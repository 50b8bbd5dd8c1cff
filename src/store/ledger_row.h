// SPDX-License-Identifier: Apache-2.0
/*
 * One row of the ledger in memory. There is one of each binding for as long as
 * it lives, so a row keeps its texts in one block behind it, by their ends, and
 * is unpacked into the record's form when somebody needs that. What hangs rows
 * together is in ledger_rows.h.
 */
#pragma once

#include "effect/ledger.h"

enum row_kind {
	ROW_IDENTITY, /* an identity and its binding */
	ROW_EPOCH,    /* of a registration's name */
	ROW_NUMBER,   /* one of enum ledger_number */
	ROW_PACE,     /* of an upstream's address */
};

/* What all kinds begin with. */
struct ledger_row {
	struct ledger_row *next_dirty, *previous_dirty; /* by ticket */
	uint64_t ticket;                                /* the first record that is not written */
	uint32_t later; /* behind it, the first that came while in flight; 0 none */
	uint8_t kind;   /* enum row_kind */
	/*
	 * ROW_IDENTITY: what never changes, in a byte of its own, since the writer reads it while
	 * the others below are written.
	 */
	uint8_t local_n : 6;  /* bytes of its local address */
	bool is_away : 1;     /* a redirect led there */
	bool is_sealed : 1;   /* its password, as it came from a file */
	uint8_t digest_least; /* ROW_IDENTITY: of its binding */
	bool dirty : 1;       /* in the list of what must be written */
	bool in_flight : 1;   /* the writer has taken it */
	bool stored : 1;      /* the file has its identity */
	bool gone : 1;        /* to be removed from the file */
	bool has_binding : 1; /* ROW_IDENTITY */
	bool owed : 1;        /* ROW_IDENTITY: of its binding */
	bool loose : 1;       /* ROW_IDENTITY: of its binding */
};

/* ROW_EPOCH, ROW_NUMBER. */
struct ledger_named_row {
	struct ledger_row row;
	int64_t number; /* epoch, or the number */
	struct slice name;
};

/* ROW_PACE. */
struct ledger_pace_row {
	struct ledger_row row;
	struct ledger_pace pace;
};

/* ROW_EPOCH, with its name; ROW_PACE. NULL without memory. */
struct ledger_row *ledger_row_of_epoch(struct slice name);
struct ledger_row *ledger_row_of_pace(const struct ledger_pace *pace);

/* True where its texts are not longer than a row holds: 64 KiB. */
bool ledger_row_fits(const struct ledger_identity *identity);

/* ROW_IDENTITY: with its texts, the password as it is given. NULL without memory, or with more. */
struct ledger_row *ledger_row_of_identity(const struct ledger_identity *identity);
void ledger_row_free(struct ledger_row *row);

/* The id; the whole identity, its texts the row's. It never changes while the row lives. */
uint64_t ledger_row_id(const struct ledger_row *row);
void ledger_row_identity(const struct ledger_row *row, struct ledger_identity *identity_r);

/* Takes the newer state over; the one before goes. ERR_MEMORY, ERR_LIMIT: nothing has changed. */
MUST_CHECK int ledger_row_set_binding(struct ledger_row *row, const struct ledger_binding *binding);

/* Where there is one; `echoed` is the row's, until it is set anew. */
void ledger_row_binding(const struct ledger_row *row, struct ledger_binding *binding_r);

struct ledger_named_row *ledger_row_named(const struct ledger_row *row);
struct ledger_pace *ledger_row_pace(const struct ledger_row *row);

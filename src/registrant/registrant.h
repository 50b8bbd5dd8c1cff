// SPDX-License-Identifier: Apache-2.0
/*
 * The registrant: all registrations and debts of one core, and the entries through
 * which the core calls it.
 */
#pragma once

#include "registrant/context.h"
#include "txn/part.h"

struct registrant_config {
	const uint8_t *secret; /* NODE_SECRET_SIZE bytes */
	struct hash_key hash_key;
	struct slice advertise, user_agent;
	uint32_t registrations_max;
	uint32_t held;     /* how many rows of the ledger will be loaded, in addition */
	uint32_t expected; /* how many registrations the start will bring; saves time */
	struct core_context *core;
	struct upstreams *upstreams;
};

/* The core's context and the upstreams must outlive it. NULL if there is no memory. */
struct registrant *registrant_new(const struct registrant_config *config);
void registrant_free(struct registrant **r);

/* Loads a record that the last process left. ERR_FULL, ERR_MEMORY, ERR_DAMAGED, ERR_SYNTAX. */
MUST_CHECK int registrant_load(struct registrant *r, const struct ledger_record *record);

/* Ends the load: what no registration claims is owed, and timers run from now on. */
void registrant_start(struct registrant *r);

/* The record that this entry waits for is durable: its holding goes on. */
void registrant_recorded(struct registrant *r, struct journal_entry *entry);

/* The functions of this part; the `part` that they get is the struct registrant. */
extern const struct part_ops registrant_ops;

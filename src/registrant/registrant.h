// SPDX-License-Identifier: Apache-2.0
/*
 * The registrant: all registrations and debts of one core, behind the entries by
 * which the core reaches it.
 */
#pragma once

#include "registrant/context.h"
#include "txn/part.h"

struct registrant_config {
	const uint8_t *secret; /* NODE_SECRET_SIZE bytes */
	struct hash_key hash_key;
	struct slice advertise, user_agent;
	uint32_t registrations_max;
	uint32_t held;     /* rows of the ledger that will be loaded, whatever the cap */
	uint32_t expected; /* registrations that a start brings */
	struct core_context *core;
	struct upstreams *upstreams;
};

/* The core's context and the upstreams outlive it. NULL without memory. */
struct registrant *registrant_new(const struct registrant_config *config);
void registrant_free(struct registrant **r);

/* A record of the ledger of the process before. ERR_FULL, ERR_MEMORY, ERR_DAMAGED, ERR_SYNTAX. */
MUST_CHECK int registrant_load(struct registrant *r, const struct ledger_record *record);
void registrant_start(struct registrant *r);

/* The record that this entry waits for is durable: its holding goes on. */
void registrant_recorded(struct registrant *r, struct journal_entry *entry);

/* A `struct registrant` is the part that is handed to them. */
extern const struct part_ops registrant_ops;

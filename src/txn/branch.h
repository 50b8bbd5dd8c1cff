// SPDX-License-Identifier: Apache-2.0
/*
 * The address of a transaction, written into the branch of its Via
 * (RFC 3261 8.1.1.7): part, core, slot, the slot's generation, the number of this
 * start, and a MAC over all of them. So a response finds its transaction by index,
 * and a peer that has not seen the request cannot forge one.
 */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/map.h"

/* The parts of the core (txn/part.h). */
enum part {
	PART_CORE = 1, /* the core itself: transactions and the journal */
	PART_UPSTREAMS,
	PART_REGISTRANT,
	PART_REGISTRAR,
	PART_COUNT
};

struct branch {
	uint8_t part; /* enum part: it sent the request and gets the responses */
	uint8_t core; /* number of the core; 0 while there is only one */
	uint32_t slot;
	uint32_t generation;
	uint32_t boot;
};

#define BRANCH_TEXT_MAX 40

/* Writes the branch with its magic cookie. */
void branch_put(struct buf *b, struct hash_key key, const struct branch *branch);

/* ERR_SYNTAX: not one of ours. ERR_ACCESS: its MAC is wrong. */
MUST_CHECK int branch_parse(struct slice text, struct hash_key key, struct branch *branch_r);

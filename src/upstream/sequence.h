// SPDX-License-Identifier: Apache-2.0
/*
 * A sequence: one Call-ID, its From tag, and the CSeq that rises on it. Both texts
 * are derived (model/identity.h), so they are the same again after a kill. All who
 * send for the same name, user, host and epoch share one, so their requests stay in
 * order for the peer (RFC 3261 10.2.4, 10.3).
 *
 * No CSeq is used twice: all numbers are above what an earlier start may have used,
 * and a ceiling that is above them is durable before they are.
 */
#pragma once

#include "base/map.h"
#include "base/pool.h"
#include "effect/core_context.h"
#include "model/identity.h"

struct sequence {
	pool_handle handle;
	uint32_t refs;
	uint32_t cseq; /* last used, 0 none */
	uint8_t call_id[IDENTITY_CALL_ID_SIZE];
	uint8_t from_tag[IDENTITY_FROM_TAG_SIZE];
};

struct sequences;

struct sequences_config {
	const uint8_t *secret; /* of the node, NODE_SECRET_SIZE bytes; not kept */
	struct hash_key hash_key;
	uint32_t max;     /* sequences at the same time */
	uint32_t floor;   /* no CSeq used so far is above it */
	uint32_t ceiling; /* durable: this start may use CSeqs up to here */
};

/* The caller keeps the core's context until sequences_free(). NULL without memory. */
struct sequences *sequences_new(const struct sequences_config *config, struct core_context *core);
void sequences_free(struct sequences **sequences);

/* Finds or makes the sequence of these, and takes a reference to it. NULL at the cap. */
struct sequence *sequence_take(struct sequences *sequences, struct slice name,
    struct slice username, struct slice host, uint32_t epoch);

/* Gives a reference back; the last one ends the sequence. Without one of that handle nothing. */
void sequence_give(struct sequences *sequences, pool_handle handle);

/* NULL if it has ended. */
struct sequence *sequence_get(const struct sequences *sequences, pool_handle handle);

/*
 * The next CSeq: max(last + 1, seconds since 2020-01-01), above everything an
 * earlier start used; the clock may pull it forward only as far as the ledger
 * already covers, so that no number is ever used twice.
 */
uint32_t sequence_next(struct sequences *sequences, struct sequence *sequence);

/* Keeps the durable ceiling ahead of the clock; to be called every few seconds. */
void sequences_raise_ceiling(struct sequences *sequences);

/* True near the end of the numbers (RFC 3261 8.1.1.5): a new epoch has to begin. */
bool sequence_is_spent(const struct sequence *sequence);

void sequence_put_call_id(struct buf *b, const struct sequence *sequence);

/* The number of sequences. */
uint32_t sequences_count(const struct sequences *sequences);

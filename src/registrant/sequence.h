// SPDX-License-Identifier: Apache-2.0
/*
 * A sequence: one Call-ID, its From tag, and the CSeq that rises on it. A
 * registration and the debts that its edits left behind share one while name,
 * user, host and epoch are the same, so their requests stay in order for the
 * registrar (RFC 3261 10.2.4, 10.3).
 */
#pragma once

#include "registrant/context.h"

struct sequence {
	pool_handle handle;
	uint32_t refs;
	uint32_t cseq; /* last used, 0 none */
	uint8_t call_id[IDENTITY_CALL_ID_SIZE];
	uint8_t from_tag[IDENTITY_FROM_TAG_SIZE];
};

/* Finds or makes the sequence of these, and takes a reference to it. NULL at the cap. */
struct sequence *sequence_take(struct registrant *r, struct slice name, struct slice username,
    struct slice host, uint32_t epoch);
void sequence_give(struct registrant *r, pool_handle handle);
struct sequence *sequence_get(const struct registrant *r, pool_handle handle);

/*
 * The next CSeq: max(last + 1, seconds since 2020-01-01), above everything an
 * earlier start used; the clock may pull it forward only as far as the ledger
 * already covers, so that no number is ever used twice.
 */
uint32_t sequence_next(struct registrant *r, struct sequence *sequence);

/* Keeps the durable ceiling ahead of the clock; called with every `alive` stamp. */
void sequence_raise_ceiling(struct registrant *r);

/* True near the end of the numbers (RFC 3261 8.1.1.5): a new epoch has to begin. */
bool sequence_is_spent(const struct sequence *sequence);

void sequence_put_call_id(struct buf *b, const struct sequence *sequence);

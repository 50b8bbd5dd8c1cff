// SPDX-License-Identifier: Apache-2.0
/*
 * Call-IDs and their CSeq.
 */
#include "registrant/sequence.h"

#include "base/broken.h"
#include "registrant/holding.h"

#define CSEQ_EPOCH_S INT64_C(1577836800)              /* 2020-01-01T00:00:00Z */
#define CSEQ_AHEAD   256                              /* how far the durable ceiling runs ahead */
#define CSEQ_MAX     UINT32_C(0x7fffffff)             /* RFC 3261 8.1.1.5 */
#define CSEQ_CLOCK   (CSEQ_MAX - (UINT32_C(1) << 24)) /* a clock that is off drives it no further */
#define CSEQ_SPENT   (CSEQ_MAX - (UINT32_C(1) << 16)) /* a new Call-ID is due from here on */

static uint32_t clock_number(const struct registrant *r)
{
	int64_t seconds = r->core->now.wall_ms / 1000 - CSEQ_EPOCH_S;

	if (seconds < 1)
		return 1;
	return seconds > CSEQ_CLOCK ? (uint32_t)CSEQ_CLOCK : (uint32_t)seconds;
}

/* It never goes back: numbers that a clock set ahead has brought about were used. */
static uint32_t raise_clock(struct registrant *r)
{
	r->cseq_clock = (uint32_t)max_u64(r->cseq_clock, clock_number(r));
	return r->cseq_clock;
}

/*
 * A number that was used must not come back after its sequence was forgotten and made anew. The
 * last ones are remembered one by one: were each to raise the floor for all, a stop that gives many
 * back would drive it ahead of what the ledger has.
 */
static void remember(struct registrant *r, uint64_t call_id, uint32_t cseq)
{
	struct cseq_given *oldest = &r->cseq_given[r->cseq_given_next++ % CSEQ_GIVEN];

	if (oldest->cseq >= min_u64(raise_clock(r), r->cseq_ceiling))
		r->cseq_floor = (uint32_t)max_u64(r->cseq_floor, oldest->cseq);
	*oldest = (struct cseq_given){call_id, cseq};
}

static uint32_t remembered(const struct registrant *r, uint64_t call_id)
{
	uint32_t cseq = 0;

	for (uint32_t i = 0; i < r->cseq_given_next && i < CSEQ_GIVEN; i++)
		if (r->cseq_given[i].call_id == call_id)
			cseq = (uint32_t)max_u64(cseq, r->cseq_given[i].cseq);
	return cseq;
}

struct sequence *sequence_take(struct registrant *r, struct slice name, struct slice username,
    struct slice host, uint32_t epoch)
{
	uint8_t call_id[IDENTITY_CALL_ID_SIZE];
	struct sequence *sequence;
	uint32_t cursor = 0;
	uint64_t hash, value;
	pool_handle handle;

	identity_derive(&r->identity_key, IDENTITY_CALL_ID, name, username, host, epoch, call_id,
	    sizeof(call_id));
	if (BROKEN_CALL_ID)
		random_bytes(r->core->random, call_id, sizeof(call_id));
	hash = hash_bytes(r->hash_key, slice_make(call_id, sizeof(call_id)));
	while (map_next(r->call_ids, hash, &cursor, &value)) {
		sequence = pool_get(r->sequences, value);
		if (memcmp(sequence->call_id, call_id, sizeof(call_id)) == 0) {
			sequence->refs++;
			return sequence;
		}
	}
	sequence = pool_take(r->sequences, &handle);
	if (!sequence)
		return NULL;
	if (map_put(r->call_ids, hash, handle) < 0) {
		pool_give(r->sequences, handle);
		return NULL;
	}
	sequence->handle = handle;
	sequence->refs = 1;
	sequence->cseq = remembered(r, hash);
	memcpy(sequence->call_id, call_id, sizeof(call_id));
	identity_derive(&r->identity_key, IDENTITY_FROM_TAG, name, username, host, epoch,
	    sequence->from_tag, sizeof(sequence->from_tag));
	return sequence;
}

void sequence_give(struct registrant *r, pool_handle handle)
{
	struct sequence *sequence = pool_get(r->sequences, handle);
	uint64_t hash;

	if (!sequence || --sequence->refs > 0)
		return;
	hash = hash_bytes(r->hash_key, slice_make(sequence->call_id, sizeof(sequence->call_id)));
	map_remove(r->call_ids, hash, handle);
	if (sequence->cseq > 0)
		remember(r, hash, sequence->cseq);
	pool_give(r->sequences, handle);
}

struct sequence *sequence_get(const struct registrant *r, pool_handle handle)
{
	return pool_get(r->sequences, handle);
}

static void ask_ceiling(struct registrant *r, uint32_t at_least)
{
	struct ledger_record record = {.op = LEDGER_CSEQ_FLOOR};
	uint64_t ceiling = (uint64_t)at_least + CSEQ_AHEAD;

	if (r->cseq_asked >= at_least + CSEQ_AHEAD / 2)
		return;
	r->cseq_asked = (uint32_t)min_u64(ceiling, CSEQ_MAX);
	record.cseq_floor = r->cseq_asked;
	r->cseq_ticket = journal_write(r->core->journal, &record);
}

void sequence_raise_ceiling(struct registrant *r)
{
	if (journal_is_durable(r->core->journal, r->cseq_ticket))
		r->cseq_ceiling = r->cseq_asked;
	ask_ceiling(r, raise_clock(r));
}

uint32_t sequence_next(struct registrant *r, struct sequence *sequence)
{
	uint32_t number = (uint32_t)min_u64(raise_clock(r), r->cseq_ceiling);

	if (number <= r->cseq_floor)
		number = r->cseq_floor + 1;
	if (number <= sequence->cseq)
		number = sequence->cseq + 1;
	sequence->cseq = number;
	ask_ceiling(r, number);
	return number;
}

void sequence_put_call_id(struct buf *b, const struct sequence *sequence)
{
	buf_put_base32(b, sequence->call_id, sizeof(sequence->call_id));
}

bool sequence_is_spent(const struct sequence *sequence)
{
	return sequence->cseq >= CSEQ_SPENT;
}

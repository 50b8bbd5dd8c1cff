// SPDX-License-Identifier: Apache-2.0
/*
 * Call-IDs and their CSeq.
 */
#include "upstream/sequence.h"

#include "base/broken.h"
#include "base/least.h"

#include <stdlib.h>

#define CSEQ_EPOCH_S INT64_C(1577836800)              /* 2020-01-01T00:00:00Z */
#define CSEQ_AHEAD   256                              /* how far the durable ceiling runs ahead */
#define CSEQ_MAX     UINT32_C(0x7fffffff)             /* RFC 3261 8.1.1.5 */
#define CSEQ_CLOCK   (CSEQ_MAX - (UINT32_C(1) << 24)) /* a clock that is off drives it no further */
#define CSEQ_SPENT   (CSEQ_MAX - (UINT32_C(1) << 16)) /* a new Call-ID is due from here on */

#define GIVEN_MAX 256 /* sequences whose last number is remembered behind their end */

struct given {
	uint64_t call_id; /* hash */
	uint32_t cseq;
};

struct sequences {
	struct core_context *core;
	struct identity_key identity_key;
	struct hash_key hash_key;
	struct pool *pool;
	struct map *call_ids;          /* hash of the Call-ID to the sequence */
	struct given given[GIVEN_MAX]; /* that were given back last, a ring */
	uint32_t given_next;
	uint32_t floor;   /* every CSeq of earlier starts was at or below it */
	uint32_t clock;   /* the highest that the clock has said */
	uint32_t ceiling; /* durable: we may use numbers up to here */
	uint32_t asked;   /* a higher ceiling on its way to the disk */
	uint64_t ticket;  /* of that ceiling */
};

struct sequences *sequences_new(const struct sequences_config *config, struct core_context *core)
{
	struct sequences *sequences = calloc(1, sizeof(*sequences));

	if (!sequences)
		return NULL;
	sequences->core = core;
	identity_key_init(&sequences->identity_key, config->secret);
	sequences->hash_key = config->hash_key;
	sequences->floor = config->floor;
	sequences->ceiling = sequences->asked = config->ceiling;
	sequences->pool = pool_new(sizeof(struct sequence), config->max);
	sequences->call_ids = map_new_compared(config->max);
	if (!sequences->pool || !sequences->call_ids)
		sequences_free(&sequences);
	return sequences;
}

void sequences_free(struct sequences **sequences)
{
	struct sequences *s = *sequences;

	*sequences = NULL;
	if (!s)
		return;
	pool_free(&s->pool);
	map_free(&s->call_ids);
	memset(&s->identity_key, 0, sizeof(s->identity_key));
	free(s);
}

static uint32_t clock_number(const struct sequences *sequences)
{
	int64_t seconds = sequences->core->now.wall_ms / 1000 - CSEQ_EPOCH_S;

	if (seconds < 1)
		return 1;
	return seconds > CSEQ_CLOCK ? (uint32_t)CSEQ_CLOCK : (uint32_t)seconds;
}

/* It never goes back: numbers that a clock set ahead has brought about were used. */
static uint32_t raise_clock(struct sequences *sequences)
{
	sequences->clock = (uint32_t)max_u64(sequences->clock, clock_number(sequences));
	return sequences->clock;
}

/*
 * A number that was used must not come back after its sequence was forgotten and made anew. The
 * last ones are remembered one by one: were each to raise the floor for all, a stop that gives many
 * back would drive it ahead of what the ledger has.
 */
static void remember(struct sequences *sequences, uint64_t call_id, uint32_t cseq)
{
	struct given *oldest = &sequences->given[sequences->given_next++ % GIVEN_MAX];

	if (oldest->cseq >= min_u64(raise_clock(sequences), sequences->ceiling))
		sequences->floor = (uint32_t)max_u64(sequences->floor, oldest->cseq);
	*oldest = (struct given){call_id, cseq};
}

static uint32_t remembered(const struct sequences *sequences, uint64_t call_id)
{
	uint32_t cseq = 0;

	for (uint32_t i = 0; i < sequences->given_next && i < GIVEN_MAX; i++)
		if (sequences->given[i].call_id == call_id)
			cseq = (uint32_t)max_u64(cseq, sequences->given[i].cseq);
	return cseq;
}

struct sequence *sequence_take(struct sequences *sequences, struct slice name,
    struct slice username, struct slice host, uint32_t epoch)
{
	uint8_t call_id[IDENTITY_CALL_ID_SIZE];
	struct sequence *sequence;
	uint32_t cursor = 0;
	uint64_t hash, value;
	pool_handle handle;

	identity_derive(&sequences->identity_key, IDENTITY_CALL_ID, name, username, host, epoch,
	    call_id, sizeof(call_id));
	if (BROKEN_CALL_ID)
		random_bytes(sequences->core->random, call_id, sizeof(call_id));
	hash = hash_bytes(sequences->hash_key, slice_make(call_id, sizeof(call_id)));
	while (map_next(sequences->call_ids, hash, &cursor, &value)) {
		sequence = pool_get(sequences->pool, value);
		if (memcmp(sequence->call_id, call_id, sizeof(call_id)) == 0) {
			sequence->refs++;
			return sequence;
		}
	}
	sequence = pool_take(sequences->pool, &handle);
	if (!sequence)
		return NULL;
	if (map_put(sequences->call_ids, hash, handle) < 0) {
		pool_give(sequences->pool, handle);
		return NULL;
	}
	sequence->handle = handle;
	sequence->refs = 1;
	sequence->cseq = remembered(sequences, hash);
	memcpy(sequence->call_id, call_id, sizeof(call_id));
	identity_derive(&sequences->identity_key, IDENTITY_FROM_TAG, name, username, host, epoch,
	    sequence->from_tag, sizeof(sequence->from_tag));
	return sequence;
}

void sequence_give(struct sequences *sequences, pool_handle handle)
{
	struct sequence *sequence = pool_get(sequences->pool, handle);
	uint64_t hash;

	if (!sequence || --sequence->refs > 0)
		return;
	hash = hash_bytes(
	    sequences->hash_key, slice_make(sequence->call_id, sizeof(sequence->call_id)));
	map_remove(sequences->call_ids, hash, handle);
	if (sequence->cseq > 0)
		remember(sequences, hash, sequence->cseq);
	pool_give(sequences->pool, handle);
}

struct sequence *sequence_get(const struct sequences *sequences, pool_handle handle)
{
	return pool_get(sequences->pool, handle);
}

static void ask_ceiling(struct sequences *sequences, uint32_t at_least)
{
	struct ledger_record record = {.op = LEDGER_CSEQ_FLOOR};
	uint64_t ceiling = (uint64_t)at_least + CSEQ_AHEAD;

	if (sequences->asked >= at_least + CSEQ_AHEAD / 2)
		return;
	sequences->asked = (uint32_t)min_u64(ceiling, CSEQ_MAX);
	record.cseq_floor = sequences->asked;
	sequences->ticket = journal_write(sequences->core->journal, &record);
}

void sequences_raise_ceiling(struct sequences *sequences)
{
	if (journal_is_durable(sequences->core->journal, sequences->ticket))
		sequences->ceiling = sequences->asked;
	ask_ceiling(sequences, raise_clock(sequences));
}

uint32_t sequence_next(struct sequences *sequences, struct sequence *sequence)
{
	uint32_t number = (uint32_t)min_u64(raise_clock(sequences), sequences->ceiling);

	if (number <= sequences->floor)
		number = sequences->floor + 1;
	if (number <= sequence->cseq)
		number = sequence->cseq + 1;
	sequence->cseq = number;
	ask_ceiling(sequences, number);
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

uint32_t sequences_count(const struct sequences *sequences)
{
	return pool_count(sequences->pool);
}

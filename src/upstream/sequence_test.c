// SPDX-License-Identifier: Apache-2.0
/*
 * Call-IDs and their CSeq: who shares one, and that no number is used twice.
 */
#include "upstream/sequence.h"

#include "test/kit/unit.h"

#define EPOCH_MS   INT64_C(1577836800000) /* 2020-01-01T00:00:00Z */
#define START_CSEQ 200000000
#define MAX        400

struct bed {
	struct core_context core;
	struct random random;
	struct journal journal;
	struct sequences *sequences;
};

static void setup(struct bed *bed, uint32_t floor, uint32_t ceiling)
{
	static const uint8_t secret[NODE_SECRET_SIZE] = {1, 2, 3};
	struct sequences_config config = {
	    .secret = secret, .hash_key = {4, 5}, .max = MAX, .floor = floor, .ceiling = ceiling};

	*bed = (struct bed){.core = {.now = {0, EPOCH_MS + INT64_C(1000) * START_CSEQ},
	                        .outbox = outbox_new(1024, 65536),
	                        .journal = &bed->journal,
	                        .random = &bed->random}};
	assert_non_null(bed->core.outbox);
	random_seed(&bed->random, 1);
	journal_init(&bed->journal, bed->core.outbox);
	bed->sequences = sequences_new(&config, &bed->core);
	assert_non_null(bed->sequences);
}

static void clear(struct bed *bed)
{
	sequences_free(&bed->sequences);
	outbox_free(&bed->core.outbox);
}

static struct sequence *take(struct bed *bed, const char *name, uint32_t epoch)
{
	return sequence_take(
	    bed->sequences, slice_of(name), SLICE("user"), SLICE("host.example"), epoch);
}

static uint32_t next(struct bed *bed, struct sequence *sequence)
{
	return sequence_next(bed->sequences, sequence);
}

static void step_clock(struct bed *bed, int64_t seconds)
{
	bed->core.now.wall_ms += 1000 * seconds;
}

/* The same name, user, host and epoch; the last one who gives it back ends it. */
static void is_shared(void **state)
{
	struct sequence *first, *second;
	pool_handle handle;
	struct bed bed;

	(void)state;
	setup(&bed, 0, START_CSEQ + 256);
	first = take(&bed, "a", 0);
	handle = first->handle;
	assert_ptr_equal(take(&bed, "a", 0), first);
	second = take(&bed, "a", 1);
	assert_ptr_not_equal(second, first);
	assert_memory_not_equal(first->call_id, second->call_id, sizeof(first->call_id));
	assert_memory_not_equal(first->from_tag, second->from_tag, sizeof(first->from_tag));
	assert_int_equal(sequences_count(bed.sequences), 2);
	sequence_give(bed.sequences, handle);
	assert_ptr_equal(sequence_get(bed.sequences, handle), first);
	sequence_give(bed.sequences, handle);
	assert_null(sequence_get(bed.sequences, handle));
	sequence_give(bed.sequences, handle);
	assert_int_equal(sequences_count(bed.sequences), 1);
	clear(&bed);
}

static void there_is_a_cap(void **state)
{
	struct bed bed;

	(void)state;
	setup(&bed, 0, START_CSEQ);
	for (uint32_t epoch = 0; epoch < MAX; epoch++)
		assert_non_null(take(&bed, "a", epoch));
	assert_null(take(&bed, "a", MAX));
	assert_non_null(take(&bed, "a", 0));
	clear(&bed);
}

/* Seconds since 2020, but each time more than before, and never less when the clock goes back. */
static void follows_the_clock(void **state)
{
	struct sequence *sequence;
	struct bed bed;

	(void)state;
	setup(&bed, 0, START_CSEQ + 256);
	sequence = take(&bed, "a", 0);
	assert_int_equal(next(&bed, sequence), START_CSEQ);
	assert_int_equal(next(&bed, sequence), START_CSEQ + 1);
	step_clock(&bed, 100);
	assert_int_equal(next(&bed, sequence), START_CSEQ + 100);
	step_clock(&bed, -50);
	assert_int_equal(next(&bed, sequence), START_CSEQ + 101);
	assert_int_equal(next(&bed, take(&bed, "b", 0)), START_CSEQ + 100);
	clear(&bed);
}

static void is_above_what_was_used(void **state)
{
	struct bed bed;

	(void)state;
	setup(&bed, START_CSEQ + 1000, START_CSEQ + 1256);
	assert_int_equal(next(&bed, take(&bed, "a", 0)), START_CSEQ + 1001);
	clear(&bed);
}

/* The clock pulls no number above the ceiling before that is durable. */
static void waits_for_the_ceiling(void **state)
{
	struct sequence *sequence;
	struct bed bed;

	(void)state;
	setup(&bed, 0, START_CSEQ + 256);
	sequence = take(&bed, "a", 0);
	step_clock(&bed, 10000);
	assert_int_equal(next(&bed, sequence), START_CSEQ + 256);
	/* A higher one was asked for with that number, and is on its way. */
	sequences_raise_ceiling(bed.sequences);
	assert_int_equal(next(&bed, sequence), START_CSEQ + 257);
	journal_reached(&bed.journal, bed.journal.ticket);
	sequences_raise_ceiling(bed.sequences);
	assert_int_equal(next(&bed, sequence), START_CSEQ + 10000);
	clear(&bed);
}

/* A sequence that is made anew goes on, however many were given back since. */
static void no_number_returns(void **state)
{
	struct sequence *sequence;
	struct bed bed;
	uint32_t last;

	(void)state;
	setup(&bed, 0, START_CSEQ + 256);
	for (uint32_t others = 0; others < 600; others += 100) {
		sequence = take(&bed, "a", 0);
		last = next(&bed, sequence);
		sequence_give(bed.sequences, sequence->handle);
		for (uint32_t epoch = 1; epoch <= others; epoch++) {
			sequence = take(&bed, "a", epoch);
			next(&bed, sequence);
			sequence_give(bed.sequences, sequence->handle);
		}
		sequence = take(&bed, "a", 0);
		assert_true(next(&bed, sequence) > last);
		sequence_give(bed.sequences, sequence->handle);
	}
	assert_int_equal(sequences_count(bed.sequences), 0);
	clear(&bed);
}

static void the_numbers_end(void **state)
{
	struct sequence *sequence;
	struct bed bed;

	(void)state;
	setup(&bed, 0, START_CSEQ + 256);
	sequence = take(&bed, "a", 0);
	next(&bed, sequence);
	assert_false(sequence_is_spent(sequence));
	clear(&bed);
	setup(&bed, 0x7fffffff - 65536, 0x7fffffff);
	sequence = take(&bed, "a", 0);
	next(&bed, sequence);
	assert_true(sequence_is_spent(sequence));
	clear(&bed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(is_shared),
	    cmocka_unit_test(there_is_a_cap),
	    cmocka_unit_test(follows_the_clock),
	    cmocka_unit_test(is_above_what_was_used),
	    cmocka_unit_test(waits_for_the_ceiling),
	    cmocka_unit_test(no_number_returns),
	    cmocka_unit_test(the_numbers_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

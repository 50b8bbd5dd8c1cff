// SPDX-License-Identifier: Apache-2.0
/*
 * Branches: written, read back, and every change of one seen.
 */
#include "txn/branch.h"

#include "test/kit/unit.h"

#include <ctype.h>

static const struct hash_key key = {1, 2};
static const struct branch branch = {
    .part = PART_REGISTRANT, .slot = 77, .generation = 0xfffffffe, .boot = 12};

static struct slice put(char text[BRANCH_TEXT_MAX])
{
	struct buf b = buf_over(text, BRANCH_TEXT_MAX);

	branch_put(&b, key, &branch);
	assert_false(b.full);
	return buf_slice(&b);
}

static void reads_what_it_wrote(void **state)
{
	char text[BRANCH_TEXT_MAX];
	struct slice written = put(text);
	struct branch read;

	(void)state;
	assert_true(slice_starts(written, SLICE("z9hG4bK")));
	assert_int_equal(branch_parse(written, key, &read), 0);
	assert_int_equal(read.part, branch.part);
	assert_int_equal(read.core, branch.core);
	assert_int_equal(read.slot, branch.slot);
	assert_int_equal(read.generation, branch.generation);
	assert_int_equal(read.boot, branch.boot);
}

static void forgives_letter_case(void **state)
{
	char text[BRANCH_TEXT_MAX];
	struct slice written = put(text);
	struct branch read;

	(void)state;
	for (size_t i = 0; i < written.n; i++)
		text[i] = (char)toupper((unsigned char)text[i]);
	assert_int_equal(branch_parse(written, key, &read), 0);
	assert_int_equal(read.slot, branch.slot);
}

static void sees_every_change(void **state)
{
	char text[BRANCH_TEXT_MAX];
	struct slice written = put(text);
	struct branch read;

	(void)state;
	/* The last character carries three bits that say nothing. */
	for (size_t i = 7; i + 1 < written.n; i++) {
		char was = text[i];

		text[i] = was == 'q' ? 'r' : 'q';
		assert_int_equal(branch_parse(written, key, &read), ERR_ACCESS);
		text[i] = was;
	}
	assert_int_equal(branch_parse(written, (struct hash_key){1, 3}, &read), ERR_ACCESS);
}

static void refuses_what_is_none_of_ours(void **state)
{
	char text[BRANCH_TEXT_MAX];
	struct slice written = put(text);
	struct branch read;

	(void)state;
	assert_int_equal(branch_parse(SLICE(""), key, &read), ERR_SYNTAX);
	assert_int_equal(branch_parse(SLICE("z9hG4bK"), key, &read), ERR_SYNTAX);
	assert_int_equal(branch_parse(SLICE("z9hG4bK776asdhds"), key, &read), ERR_SYNTAX);
	assert_int_equal(branch_parse(slice_make(text, written.n - 1), key, &read), ERR_SYNTAX);
	text[0] = 'x';
	assert_int_equal(branch_parse(written, key, &read), ERR_SYNTAX);
	text[0] = 'z';
	text[20] = '1';
	assert_int_equal(branch_parse(written, key, &read), ERR_SYNTAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_what_it_wrote),
	    cmocka_unit_test(forgives_letter_case),
	    cmocka_unit_test(sees_every_change),
	    cmocka_unit_test(refuses_what_is_none_of_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Listings own their texts, are allocated again only for other texts, and have a cap.
 */
#include "registrant/listing.h"

#include "test/kit/unit.h"

static struct core_context core;
static struct registrant r = {.core = &core};

static struct listed entry(const char *contact, uint32_t expires_s, enum listed_kind kind)
{
	return (struct listed){slice_of(contact), expires_s, (uint8_t)kind};
}

static void keeps_texts_of_its_own(void **state)
{
	char text[] = "sip:a@b";
	struct listed listed[] = {
	    entry(text, 60, LISTED_GHOST), entry("sip:c@d", 7, LISTED_FOREIGN)};
	struct listing *listing = NULL;

	(void)state;
	listing_set(&r, &listing, listed, 2);
	assert_non_null(listing);
	text[4] = 'x';
	assert_int_equal(listing->count, 2);
	assert_true(slice_equal(listing->listed[0].contact, SLICE("sip:a@b")));
	assert_int_equal(listing->listed[0].kind, LISTED_GHOST);
	assert_true(slice_equal(listing->listed[1].contact, SLICE("sip:c@d")));
	assert_int_equal(listing->listed[1].expires_s, 7);
	assert_int_equal(r.listing_bytes, listing->size);
	listing_free(&r, &listing);
	assert_int_equal(r.listing_bytes, 0);
}

static void the_same_list_needs_no_new_memory(void **state)
{
	struct listed listed[] = {entry("sip:a@b", 60, LISTED_LOOKALIKE)};
	struct listing *listing = NULL, *before;

	(void)state;
	listing_set(&r, &listing, listed, 1);
	before = listing;
	core.now.mono_us += 10 * US_PER_S;
	assert_int_equal(listing_left_s(&r, listing, &listing->listed[0]), 50);
	listed[0].expires_s = 90;
	listed[0].kind = LISTED_GHOST;
	listing_set(&r, &listing, listed, 1);
	assert_ptr_equal(listing, before);
	assert_int_equal(listing_left_s(&r, listing, &listing->listed[0]), 90);
	assert_int_equal(listing->listed[0].kind, LISTED_GHOST);
	core.now.mono_us += 100 * US_PER_S;
	assert_int_equal(listing_left_s(&r, listing, &listing->listed[0]), 0);
	listing_set(&r, &listing, listed, 0);
	assert_null(listing);
	assert_int_equal(r.listing_bytes, 0);
}

static void what_is_too_long_is_left_out(void **state)
{
	char text[LISTING_TEXT_MAX + 2];
	struct listed listed[] = {
	    entry(text, 1, LISTED_FOREIGN), entry("sip:a@b", 1, LISTED_FOREIGN)};
	struct listing *listing = NULL;

	(void)state;
	memset(text, 'a', sizeof(text));
	listed[0].contact = slice_make(text, LISTING_TEXT_MAX + 1);
	listing_set(&r, &listing, listed, 2);
	assert_int_equal(listing->count, 1);
	assert_true(slice_equal(listing->listed[0].contact, SLICE("sip:a@b")));
	listed[0].contact.n--;
	listing_set(&r, &listing, listed, 2);
	assert_int_equal(listing->count, 2);
	listing_free(&r, &listing);
}

static void all_of_them_have_a_cap(void **state)
{
	struct listed listed[] = {entry("sip:a@b", 1, LISTED_FOREIGN)};
	struct listing *listing = NULL;

	(void)state;
	r.listing_bytes = LISTING_BYTES_MAX - 8;
	listing_set(&r, &listing, listed, 1);
	assert_null(listing);
	assert_int_equal(r.listing_bytes, LISTING_BYTES_MAX - 8);
	r.listing_bytes = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(keeps_texts_of_its_own),
	    cmocka_unit_test(the_same_list_needs_no_new_memory),
	    cmocka_unit_test(what_is_too_long_is_left_out),
	    cmocka_unit_test(all_of_them_have_a_cap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

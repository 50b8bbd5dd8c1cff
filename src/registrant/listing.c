// SPDX-License-Identifier: Apache-2.0
/*
 * Listings: one allocation each, made anew only when another text is listed.
 */
#include "registrant/listing.h"

#include <stdlib.h>

void listing_free(struct registrant *r, struct listing **listing)
{
	if (*listing)
		r->listing_bytes -= (*listing)->size;
	free(*listing);
	*listing = NULL;
}

static bool has_same_texts(
    const struct listing *listing, const struct listed *listed, uint32_t count)
{
	if (!listing || listing->count != count)
		return false;
	for (uint32_t i = 0; i < count; i++)
		if (!slice_equal(listing->listed[i].contact, listed[i].contact))
			return false;
	return true;
}

static struct listing *make(
    struct registrant *r, const struct listed *listed, uint32_t count, size_t bytes)
{
	size_t size = sizeof(struct listing) + count * sizeof(struct listed) + bytes;
	struct listing *listing;
	char *p;

	if (count == 0 || r->listing_bytes + size > LISTING_BYTES_MAX)
		return NULL;
	listing = malloc(size);
	if (!listing)
		return NULL;
	r->listing_bytes += size;
	listing->size = size;
	listing->count = count;
	p = (char *)&listing->listed[count];
	for (uint32_t i = 0; i < count; i++) {
		memcpy(p, listed[i].contact.p, listed[i].contact.n);
		listing->listed[i].contact = slice_make(p, listed[i].contact.n);
		p += listed[i].contact.n;
	}
	return listing;
}

void listing_set(
    struct registrant *r, struct listing **listing, const struct listed *listed, uint32_t count)
{
	struct listed kept[CONTACT_OTHERS_MAX];
	uint32_t n = 0;
	size_t bytes = 0;

	for (uint32_t i = 0; i < count && n < CONTACT_OTHERS_MAX; i++) {
		if (listed[i].contact.n == 0 || listed[i].contact.n > LISTING_TEXT_MAX)
			continue;
		bytes += listed[i].contact.n;
		kept[n++] = listed[i];
	}
	if (!has_same_texts(*listing, kept, n)) {
		listing_free(r, listing);
		*listing = make(r, kept, n, bytes);
	}
	if (!*listing)
		return;
	(*listing)->seen_us = r->core->now.mono_us;
	for (uint32_t i = 0; i < n; i++) {
		(*listing)->listed[i].expires_s = kept[i].expires_s;
		(*listing)->listed[i].kind = kept[i].kind;
	}
}

bool listing_is_beside(
    const struct listing *listing, const struct holding *holding, struct slice contact)
{
	if (!listing || listing->beside != holding->handle)
		return false;
	for (uint32_t i = 0; i < listing->count; i++)
		if (slice_equal(listing->listed[i].contact, contact))
			return true;
	return false;
}

uint32_t listing_left_s(
    const struct registrant *r, const struct listing *listing, const struct listed *listed)
{
	uint64_t gone_s = (r->core->now.mono_us - listing->seen_us) / US_PER_S;

	return listed->expires_s > gone_s ? (uint32_t)(listed->expires_s - gone_s) : 0;
}

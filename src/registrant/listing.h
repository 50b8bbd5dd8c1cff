// SPDX-License-Identifier: Apache-2.0
/*
 * What the last 200 listed besides a registration's own Contact. Most upstreams
 * list nothing else, and then nothing is kept; where they do, the Contacts are,
 * as texts, up to a cap for all registrations together. The counts are true also
 * where the texts found no room.
 */
#pragma once

#include "registrant/contact.h"
#include "registrant/context.h"

#define LISTING_BYTES_MAX (16 * 1024 * 1024) /* of all registrations together */
#define LISTING_TEXT_MAX  512                /* a longer Contact is only counted */

struct listed {
	struct slice contact; /* behind the table */
	uint32_t expires_s;   /* as listed */
	uint8_t kind;         /* enum listed_kind, as it was then */
};

struct listing {
	uint64_t seen_us;   /* the 200 came */
	pool_handle beside; /* the holding whose Contact it listed too, just as sent; 0 none */
	size_t size;
	uint32_t count;
	struct listed listed[];
};

/* Replaces the one before; NULL where there are none, no memory or no room. */
void listing_set(
    struct registrant *r, struct listing **listing, const struct listed *listed, uint32_t count);
void listing_free(struct registrant *r, struct listing **listing);

/* True where it stood in the list beside that holding's own: then it is another binding. */
bool listing_is_beside(
    const struct listing *listing, const struct holding *holding, struct slice contact);

/* Seconds that the entry lives on, if nobody refreshed it since. */
uint32_t listing_left_s(
    const struct registrant *r, const struct listing *listing, const struct listed *listed);

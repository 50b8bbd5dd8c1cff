// SPDX-License-Identifier: Apache-2.0
/*
 * The Contacts that the last 200 listed besides a registration's own. Most upstreams
 * list no others, and then nothing is kept. Otherwise their texts are kept, up to a
 * cap for all registrations together; the counts are right even if the texts found
 * no room.
 *
 * A ghost is a binding of ours that nobody wants any more: only a Contact that the
 * ledger names exactly is ours to remove. A lookalike has our Contact user at another
 * address, and is only shown. All others are foreign.
 */
#pragma once

#include "registrant/contact.h"
#include "registrant/registration.h"

#include <stdlib.h>

#define LISTING_BYTES_MAX (16 * 1024 * 1024) /* of all registrations together */
#define LISTING_TEXT_MAX  512                /* a longer Contact is only counted */

struct listed {
	struct slice contact; /* its text lies behind the table */
	uint32_t expires_s;   /* as listed */
	uint8_t kind;         /* enum listed_kind, when the 200 came */
};

struct listing {
	uint64_t seen_us;   /* when the 200 came */
	pool_handle beside; /* the holding whose Contact was listed, too, just as sent; 0: none */
	size_t size;
	uint32_t count;
	struct listed listed[];
};

static inline void listing_free(struct registrant *r, struct listing **listing)
{
	if (*listing)
		r->listing_bytes -= (*listing)->size;
	free(*listing);
	*listing = NULL;
}

/* Replaces a listing; NULL if there are no Contacts, no memory or no room. */
void listing_set(
    struct registrant *r, struct listing **listing, const struct listed *listed, uint32_t count);

/* The seconds that the entry has left, if it was not refreshed since. */
uint32_t listing_left_s(
    const struct registrant *r, const struct listing *listing, const struct listed *listed);

/*
 * Sorts, counts and keeps the Contacts that a 200 lists besides the registration's
 * own, and does with ghosts what RG_GHOSTS says. If none of the Contacts is ours, the
 * ghosts are only shown.
 */
void listing_look(struct registrant *r, struct registration *registration,
    const struct contact_question *question, const struct sip_message *response,
    const struct contact_report *report);

/* COMMAND_GHOSTS: answers with the current binding and the others. */
void listing_show(struct registrant *r, const struct command *command);

/*
 * COMMAND_GHOSTS_REMOVE: cancels one Contact, or all ghosts and lookalikes. `count_r` is
 * how many; on an error, `why_r` is a static text. ERR_NOT_FOUND, ERR_STATE, ERR_FULL.
 */
MUST_CHECK int listing_remove(
    struct registrant *r, const struct command *command, uint32_t *count_r, const char **why_r);

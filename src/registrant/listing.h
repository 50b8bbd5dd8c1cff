// SPDX-License-Identifier: Apache-2.0
/*
 * What the last 200 listed besides a registration's own Contact. Most upstreams
 * list nothing else, and then nothing is kept; where they do, the Contacts are,
 * as texts, up to a cap for all registrations together. The counts are true also
 * where the texts found no room.
 *
 * Among them are ghosts: bindings of ours that nobody wants any more. Only what
 * the ledger names exactly is ours to remove; our Contact user at another address
 * is a lookalike, and shown; the others are foreign.
 */
#pragma once

#include "registrant/contact.h"
#include "registrant/registration.h"

#include <stdlib.h>

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

static inline void listing_free(struct registrant *r, struct listing **listing)
{
	if (*listing)
		r->listing_bytes -= (*listing)->size;
	free(*listing);
	*listing = NULL;
}

/* Replaces the one before; NULL where there are none, no memory or no room. */
void listing_set(
    struct registrant *r, struct listing **listing, const struct listed *listed, uint32_t count);

/* Seconds that the entry lives on, if nobody refreshed it since. */
uint32_t listing_left_s(
    const struct registrant *r, const struct listing *listing, const struct listed *listed);

/*
 * Sorts what a 200 lists besides the registration's own Contact, counts and
 * keeps it, and does with the ghosts what RG_GHOSTS says; nothing where none of
 * those listed was found to be ours.
 */
void listing_look(struct registrant *r, struct registration *registration,
    const struct contact_question *question, const struct sip_message *response,
    const struct contact_report *report);

/* COMMAND_GHOSTS and COMMAND_GHOSTS_REMOVE. */
void listing_show(struct registrant *r, const struct command *command);

/*
 * How many will be cancelled; `why_r` is a static text. ERR_NOT_FOUND, ERR_STATE,
 * ERR_FULL.
 */
MUST_CHECK int listing_remove(
    struct registrant *r, const struct command *command, uint32_t *count_r, const char **why_r);

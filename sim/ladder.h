// SPDX-License-Identifier: Apache-2.0
/*
 * The last messages of the world, to be drawn as a ladder where something went
 * wrong. Older ones are overwritten.
 */
#pragma once

#include "base/netaddr.h"
#include "sim/facts.h"

#include <stdio.h>

struct ladder;

struct ladder *ladder_new(void);
void ladder_free(struct ladder **ladder);

/* A message that left and arrives, or TIME_NEVER: lost on the way. */
void ladder_add(struct ladder *ladder, uint64_t sent_us, uint64_t arrives_us,
    const struct netaddr *from, const struct netaddr *to, const struct facts *facts);

/* Something that happened to everybody: a kill, a start. */
void ladder_note(struct ladder *ladder, uint64_t now_us, const char *text);

/* Draws the last `lines` of those whose AOR has this user (empty: everybody's). */
void ladder_draw(const struct ladder *ladder, FILE *file, struct slice user, uint32_t lines);

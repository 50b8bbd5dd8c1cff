// SPDX-License-Identifier: Apache-2.0
/*
 * The turns of phrase that messages to operators share: what was found, cut to
 * a decent length, the range that would be right, and the name that was
 * probably meant. What is wrong is said by whoever finds it. And the words that
 * operators write for a switch.
 */
#pragma once

#include "base/buf.h"

/* Behind the name of something that the product has and this version does not. */
#define PHRASE_NOT_BUILT "known, but not in this version"

/*
 * Writes a text as it was found: at most 64 bytes and "…", control characters
 * and broken UTF-8 as "?"; an empty one as `""`.
 */
void phrase_put_found(struct buf *b, struct slice text);

/* Writes "20–7200 s", or "20–7200" where there is no unit (NULL or ""). */
void phrase_put_range(struct buf *b, uint32_t minimum, uint32_t maximum, const char *unit);

/*
 * The candidate that `name` was probably meant to be: at most a third of its
 * characters differ, letter case aside. NULL where none is near.
 */
const char *phrase_nearest(struct slice name, const char *const *candidates, size_t count);

/* True where the text is UTF-8 without control characters. */
bool phrase_is_clean(struct slice text);

/*
 * Reads "on" and "off", whatever their letter case, and what else people and YAML writers put
 * for them: yes and no, true and false. False where it is none of these.
 */
bool phrase_read_switch(struct slice text, bool *on_r);

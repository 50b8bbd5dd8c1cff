// SPDX-License-Identifier: Apache-2.0
/*
 * Phrases that messages to operators share: the text that was found, cut to a
 * readable length; the range that would be right; the name that was probably
 * meant. The caller writes the rest of the message. Also: the words that
 * operators write for a switch.
 */
#pragma once

#include "base/buf.h"

/* Follows the name of a planned thing that this version does not have. */
#define PHRASE_NOT_BUILT "known, but not in this version"

/*
 * Writes a text that was found: at most 64 bytes, then "…". Control characters and
 * broken UTF-8 become "?"; an empty text becomes `""`.
 */
void phrase_put_found(struct buf *b, struct slice text);

/* Writes "20–7200 s", or "20–7200" if there is no unit (NULL or ""). */
void phrase_put_range(struct buf *b, uint32_t minimum, uint32_t maximum, const char *unit);

/*
 * The candidate that `name` was probably meant to be: at most a third of the
 * characters of `name` differ, apart from letter case. NULL if none is so near.
 */
const char *phrase_nearest(struct slice name, const char *const *candidates, size_t count);

/* True if the text is UTF-8 without control characters. */
bool phrase_is_clean(struct slice text);

/*
 * Reads "on" and "off", "yes" and "no", "true" and "false", in any letter case.
 * False for any other text.
 */
bool phrase_read_switch(struct slice text, bool *on_r);

// SPDX-License-Identifier: Apache-2.0
/*
 * Objects and parameters from the thread that reads them to the one that takes them,
 * in that order. They go in batches, of which a few are under way: so that neither
 * waits for the other at each of them, and memory does not grow with their number.
 */
#pragma once

#include "model/object.h"
#include "param/params.h"

struct relay;

struct relay_item {
	enum object_kind kind;
	void *object;                /* NULL: a parameter */
	const struct param_row *row; /* of a parameter */
	struct slice text;
};

/* NULL without memory. */
struct relay *relay_new(void);

/* Overwrites what is left in it, secrets included. Neither thread uses it any more. */
void relay_free(struct relay **relay);

/*
 * The reader's: adds a copy, and waits where the taker is behind. ERR_STATE: nothing
 * is taken any more; ERR_LIMIT: its texts are too long.
 */
MUST_CHECK int relay_put(struct relay *relay, enum object_kind kind, const void *object);
MUST_CHECK int relay_put_parameter(
    struct relay *relay, const struct param_row *row, struct slice text);

/* The reader's: that was all. */
void relay_end(struct relay *relay);

/*
 * The taker's: the next one, which lives until the one after it is asked for, and may be
 * changed; waits for it. NULL at the end.
 */
const struct relay_item *relay_take(struct relay *relay);

/* The taker's: it wants no more. */
void relay_stop(struct relay *relay);

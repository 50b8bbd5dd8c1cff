// SPDX-License-Identifier: Apache-2.0
/*
 * Who gets an answer. The number of a request names the seat of its asker
 * (REQUEST_SEAT_SHIFT), and the answer goes there and nowhere else. A report, of a
 * stop or a trace, goes to all who listen, whoever asked for it.
 */
#pragma once

#include "answer/answer.h"

enum router_seat {
	ROUTER_NONE,
	ROUTER_START,   /* what is put to the core before the loop runs */
	ROUTER_DELIVER, /* edits, in batches (daemon/deliver.h) */
	ROUTER_LOOK,    /* the status that is shown */
	ROUTER_STOP,    /* a stop by signal */
	ROUTER_CUT,     /* what is left of a stop that is cut short */
	ROUTER_ADMIN,   /* the API; the rest of its numbers is admin/pending's */
	ROUTER_SEATS,
};

#define ROUTER_LISTENERS 2

typedef void router_take_fn(void *owner, const struct answer *answer);

struct router {
	struct router_place {
		router_take_fn *take; /* NULL: nobody */
		void *owner;
	} seats[ROUTER_SEATS], listeners[ROUTER_LISTENERS];
};

void router_seat(struct router *router, enum router_seat seat, router_take_fn *take, void *owner);

/* For reports; those who listen are told in the order in which they came. */
void router_listen(struct router *router, router_take_fn *take, void *owner);

/* The answer dies with the call. One to a seat that is empty is dropped. */
void router_give(const struct router *router, const struct answer *answer);

// SPDX-License-Identifier: Apache-2.0
/*
 * Two small tables; see router.h.
 */
#include "daemon/router.h"

#include <assert.h>

void router_seat(struct router *router, enum router_seat seat, router_take_fn *take, void *owner)
{
	assert(seat > ROUTER_NONE && seat < ROUTER_SEATS);
	router->seats[seat] = (struct router_place){take, owner};
}

void router_listen(struct router *router, router_take_fn *take, void *owner)
{
	unsigned i = 0;

	while (i < ROUTER_LISTENERS && router->listeners[i].take)
		i++;
	assert(i < ROUTER_LISTENERS);
	router->listeners[i] = (struct router_place){take, owner};
}

static void give(const struct router_place *place, const struct answer *answer)
{
	if (place->take)
		place->take(place->owner, answer);
}

void router_give(const struct router *router, const struct answer *answer)
{
	unsigned seat = request_seat(answer->request);

	if (answer_is_report(answer->kind))
		for (unsigned i = 0; i < ROUTER_LISTENERS; i++)
			give(&router->listeners[i], answer);
	else if (seat < ROUTER_SEATS)
		give(&router->seats[seat], answer);
}

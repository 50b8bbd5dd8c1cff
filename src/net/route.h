// SPDX-License-Identifier: Apache-2.0
/*
 * How a datagram gets to a target: through which listener and from which local
 * address. A registration may prefer an address or a port; where no listener
 * has it, one is opened for it and stays. Else the kernel's routing table says
 * which address a packet to the target leaves from.
 */
#pragma once

#include "net/udp.h"

struct route;

/* NULL without memory. `udp` must outlive it. */
struct route *route_new(struct udp *udp);
void route_free(struct route **route);

/* Routes may be others: the kernel is asked anew. */
void route_forget(struct route *route);

/*
 * Fills in a UDP flow to `target`. `preferred` may lack address, port or both.
 * ERR_NOT_FOUND (no listener, no route), ERR_UNSUPPORTED (families that do not
 * fit), ERR_IO, ERR_FULL, ERR_MEMORY; `why` then says what was in the way. Asks
 * the kernel at most once a second for one target; may open a socket, never waits.
 */
MUST_CHECK int route_find(struct route *route, const struct netaddr *preferred,
    const struct netaddr *target, uint64_t now_us, struct flow *flow_r, struct buf *why);

// SPDX-License-Identifier: Apache-2.0
/*
 * How a datagram gets to a target: through which listener and from which local
 * address. A registration may prefer an address or a port; where no listener
 * has it, a further one is opened, and closed when it has not been needed for a
 * while. Else the kernel's routing table says which address a packet to the
 * target leaves from.
 */
#pragma once

#include "net/udp.h"

/*
 * Longer than from the choice of a flow to the first request on it, and than an answer can be
 * under way: 30 s for the ledger, 4 s for a cancel that goes before, 5 s of a packet's life.
 */
#define ROUTE_LINGER_US (UINT64_C(45) * 1000000)

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

/* True where a further listener is open. */
bool route_has_further(const struct route *route);

/* From now on that listener is needed, or not. False where it is no further one. */
bool route_need(struct route *route, uint32_t listener, bool is_needed, uint64_t now_us);

/* Closes what was neither needed nor chosen for ROUTE_LINGER_US; true where more may follow. */
bool route_close_unneeded(struct route *route, uint64_t now_us);

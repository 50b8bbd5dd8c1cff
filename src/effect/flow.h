// SPDX-License-Identifier: Apache-2.0
/*
 * A flow is how bytes go and come: for UDP a listener, our local address and
 * the peer's; for streams a connection. The shell makes them, the core holds
 * and compares them.
 */
#pragma once

#include "base/netaddr.h"
#include "sip/uri.h"

#define LISTENER_NONE 0
#define LISTENERS_MAX 256 /* that a shell has open at once */

struct flow {
	uint8_t transport;   /* enum sip_transport */
	uint32_t listener;   /* the shell's number of the socket; LISTENER_NONE for streams */
	uint64_t connection; /* the shell's handle of the stream; 0 for UDP */
	struct netaddr local;
	struct netaddr peer;
};

/* True where the transport itself repeats what gets lost (RFC 3261 17). */
static inline bool flow_is_reliable(const struct flow *flow)
{
	return flow->transport == SIP_TCP || flow->transport == SIP_TLS;
}

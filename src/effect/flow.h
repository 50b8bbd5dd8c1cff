// SPDX-License-Identifier: Apache-2.0
/*
 * A flow says how bytes reach a peer and come back: over UDP by a listener, our
 * local address and the peer's address; over TCP and TLS by a connection. The
 * shell makes flows, the core keeps and compares them.
 */
#pragma once

#include "base/netaddr.h"
#include "sip/uri.h"

#define LISTENER_NONE 0
#define LISTENERS_MAX 256 /* listeners that a shell has open at once */

struct flow {
	uint8_t transport;   /* enum sip_transport */
	uint32_t listener;   /* the shell's number of the socket; LISTENER_NONE for streams */
	uint64_t connection; /* the shell's handle of the stream; 0 for UDP */
	struct netaddr local;
	struct netaddr peer;
};

/* True if the transport itself repeats lost packets (RFC 3261 17). */
static inline bool flow_is_reliable(const struct flow *flow)
{
	return flow->transport == SIP_TCP || flow->transport == SIP_TLS;
}

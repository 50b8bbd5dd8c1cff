// SPDX-License-Identifier: Apache-2.0
/*
 * Networks as an operator writes them: "192.0.2.0/24, 2001:db8::/32". An address
 * without a length stands for itself alone.
 */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "base/netaddr.h"

#define NETWORKS_MAX 16 /* in one list */

struct subnet {
	struct netaddr base; /* without port and scope */
	uint8_t bits;        /* of its prefix */
};

/*
 * Reads a list whose members are separated by commas, blanks, or both; at most
 * `max` of them. An IPv4-mapped IPv6 network is read as the IPv4 network. Gives how
 * many there are (an empty text: 0), or ERR_SYNTAX, ERR_RANGE (the length), ERR_LIMIT
 * (more than `max`).
 */
MUST_CHECK int networks_parse(struct slice text, struct subnet *networks_r, unsigned max);

/* Judges such a list of at most NETWORKS_MAX: what was found, and what would be right. */
MUST_CHECK int networks_check(struct slice text, struct buf *message);

/* True where the address lies in the network. */
bool subnet_has(const struct subnet *network, const struct netaddr *addr);

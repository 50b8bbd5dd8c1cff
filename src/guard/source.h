// SPDX-License-Identifier: Apache-2.0
/*
 * A source is what a peer cannot change at will: its IPv4 address, or the /64 of its IPv6 address,
 * whose other half each host chooses freely. The port is not part of it, since a NAT changes it.
 */
#pragma once

#include "base/map.h"
#include "base/netaddr.h"

struct source {
	uint8_t family; /* 4, 6 */
	uint8_t ip[8];
};

struct source source_of(const struct netaddr *addr);
bool source_equal(const struct source *a, const struct source *b);
uint64_t source_hash(const struct source *source, struct hash_key key);

/* As an address without a port; of IPv6 the half behind the /64 is zero. */
struct netaddr source_address(const struct source *source);

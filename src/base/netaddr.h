// SPDX-License-Identifier: Apache-2.0
/*
 * An IP address with a port, without the operating system's types, so that
 * the core can hold, compare and print one. The parser reads an IPv4-mapped IPv6
 * address as the IPv4 address.
 */
#pragma once

#include "base/attr.h"

#include "base/buf.h"

struct netaddr {
	uint8_t family; /* 0 none, 4, 6 */
	uint8_t ip[16]; /* network order; IPv4 uses the first four */
	uint16_t port;  /* host order; 0 not given */
	uint32_t scope; /* IPv6 link-local interface index, else 0 */
};

/* Reads "192.0.2.1", "2001:db8::1" or "[2001:db8::1]", without a port. ERR_SYNTAX. */
MUST_CHECK int netaddr_parse_ip(struct slice text, struct netaddr *addr_r);

/* Reads "IP" or "IP:PORT", IPv6 in brackets if a port follows. ERR_SYNTAX, ERR_RANGE. */
MUST_CHECK int netaddr_parse(struct slice text, struct netaddr *addr_r);

/* Writes the address alone: "192.0.2.1", "2001:db8::1", compressed by RFC 5952. */
void netaddr_put_ip(struct buf *b, const struct netaddr *addr);

/* The same, with IPv6 in brackets, as in SIP. */
void netaddr_put_host(struct buf *b, const struct netaddr *addr);

/* Writes address and port: "192.0.2.1:5060", "[2001:db8::1]:5060". */
void netaddr_put(struct buf *b, const struct netaddr *addr);

/* Copies field by field and leaves the padding of `copy_r` as it is. */
void netaddr_copy(struct netaddr *copy_r, const struct netaddr *addr);

bool netaddr_equal(const struct netaddr *a, const struct netaddr *b);
bool netaddr_equal_ip(const struct netaddr *a, const struct netaddr *b);
bool netaddr_is_any(const struct netaddr *addr); /* 0.0.0.0 or :: */

#define NETADDR_TEXT_MAX 56

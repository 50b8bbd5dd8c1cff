// SPDX-License-Identifier: Apache-2.0
/*
 * Between the operating system's socket addresses and struct netaddr. This is
 * the one place where an IPv4 address mapped into IPv6 becomes the IPv4 address.
 */
#pragma once

#include "base/netaddr.h"

#include <sys/socket.h>

/* Writes the address; gives its length, 0 where the address has no family. */
socklen_t sockaddr_put(const struct netaddr *addr, struct sockaddr_storage *storage_r);

/* Reads AF_INET and AF_INET6; any other family gives an unset address. */
void sockaddr_get(const struct sockaddr *sockaddr, struct netaddr *addr_r);

/* AF_INET, AF_INET6 or AF_UNSPEC. */
int sockaddr_family(const struct netaddr *addr);

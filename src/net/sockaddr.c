// SPDX-License-Identifier: Apache-2.0
/*
 * Socket addresses; see sockaddr.h.
 */
#include "net/sockaddr.h"

#include <arpa/inet.h>
#include <netinet/in.h>

int sockaddr_family(const struct netaddr *addr)
{
	switch (addr->family) {
	case 4:
		return AF_INET;
	case 6:
		return AF_INET6;
	default:
		return AF_UNSPEC;
	}
}

socklen_t sockaddr_put(const struct netaddr *addr, struct sockaddr_storage *storage_r)
{
	struct sockaddr_in *in = (struct sockaddr_in *)storage_r;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)storage_r;

	memset(storage_r, 0, sizeof(*storage_r));
	switch (addr->family) {
	case 4:
		in->sin_family = AF_INET;
		in->sin_port = htons(addr->port);
		memcpy(&in->sin_addr, addr->ip, 4);
		return sizeof(*in);
	case 6:
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(addr->port);
		in6->sin6_scope_id = addr->scope;
		memcpy(&in6->sin6_addr, addr->ip, 16);
		return sizeof(*in6);
	default:
		return 0;
	}
}

static void get_in6(const struct sockaddr_in6 *in6, struct netaddr *addr_r)
{
	addr_r->port = ntohs(in6->sin6_port);
	if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
		addr_r->family = 4;
		memcpy(addr_r->ip, in6->sin6_addr.s6_addr + 12, 4);
		return;
	}
	addr_r->family = 6;
	memcpy(addr_r->ip, &in6->sin6_addr, 16);
	/* Only link-local addresses need the interface; on others it would make equal ones differ.
	 */
	if (IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr))
		addr_r->scope = in6->sin6_scope_id;
}

void sockaddr_get(const struct sockaddr *sockaddr, struct netaddr *addr_r)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)sockaddr;

	memset(addr_r, 0, sizeof(*addr_r));
	if (sockaddr->sa_family == AF_INET6) {
		get_in6((const struct sockaddr_in6 *)sockaddr, addr_r);
	} else if (sockaddr->sa_family == AF_INET) {
		addr_r->family = 4;
		addr_r->port = ntohs(in->sin_port);
		memcpy(addr_r->ip, &in->sin_addr, 4);
	}
}

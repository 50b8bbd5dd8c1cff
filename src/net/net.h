// SPDX-License-Identifier: Apache-2.0
/*
 * The network as the core sees it: it does EFFECT_SEND, EFFECT_FLOW_OPEN,
 * EFFECT_LISTENER and EFFECT_RESOLVE, and brings datagrams and events. Nothing here waits, and no
 * call answers from inside: what comes of it is told in a later turn of the loop.
 */
#pragma once

#include "effect/effect.h"
#include "effect/event.h"
#include "net/udp.h"

struct net_handlers {
	void (*received)(void *owner, const struct flow *flow, struct slice datagram);
	void (*event)(void *owner, const struct event *event);
	/*
	 * `count` datagrams to that peer were refused by the kernel, worth a line
	 * (net/refusals.h). Called from inside net_send(): do not call back.
	 */
	void (*refused)(void *owner, const struct netaddr *peer, uint32_t count, const char *why);
	void *owner;
};

struct net;

/* `dns_servers`: NULL for the system's (net/dns.h). NULL without memory or c-ares. */
struct net *net_new(uv_loop_t *loop, const struct net_handlers *handlers, const char *dns_servers);

/*
 * Sends what waits as far as the kernel takes it, closes everything and calls
 * no handler any more. Handles end in the loop: run it once more.
 */
void net_free(struct net **net);

/*
 * Opens a listener. ERR_UNSUPPORTED (a transport this version does not have),
 * ERR_FULL, ERR_MEMORY, ERR_IO; `why` gets the system's words.
 */
MUST_CHECK int net_listen(struct net *net, enum sip_transport transport,
    const struct netaddr *local, uint32_t *listener_r, struct buf *why);

/*
 * A listener on a socket that a process before us has bound; udp_adopt(). Where it is
 * refused (ERR_STATE: another address), there is nothing left of it.
 */
MUST_CHECK int net_adopt(
    struct net *net, int fd, const struct netaddr *local, uint32_t *listener_r);

/* The socket of a listener, to be kept for net_adopt() by a process after us. */
int net_keep(struct net *net, uint32_t listener);

/* The bound address of a listener, NULL where there is none of that number. */
const struct netaddr *net_local(const struct net *net, uint32_t listener);

/* A local address some registration asks for: names then resolve to its IP version too. */
void net_expect(struct net *net, const struct netaddr *preferred);

void net_send(struct net *net, const struct effect_send *send);
void net_flow_open(struct net *net, const struct effect_flow_open *open);

/*
 * A listener that was opened for a flow is closed ROUTE_LINGER_US after it was last needed or
 * chosen; those of net_listen() and net_adopt() stay.
 */
void net_need(struct net *net, const struct effect_listener *listener);
void net_resolve(struct net *net, const struct effect_resolve *resolve);

const struct udp_counters *net_counters(const struct net *net);

// SPDX-License-Identifier: Apache-2.0
/*
 * The node's UDP sockets: numbered listeners, datagrams in batches both ways,
 * the local address known of every datagram (IP_PKTINFO, RFC 3542). What the
 * kernel does not take at once waits in a bounded queue; (backlog.h); past that it is lost,
 * as UDP may lose anything. Which listener to use is route.h's question.
 */
#pragma once

#include "effect/flow.h"

#include <uv.h>

#define UDP_BATCH        64 /* datagrams a system call */
#define UDP_TURN_BATCHES 4  /* read of one listener before timers get their turn */

struct udp_handlers {
	/* A datagram; the bytes die with the call. */
	void (*received)(void *receiver, const struct flow *flow, struct slice datagram);
	void *receiver;
	/*
	 * The kernel says that nothing gets out this way any more (address gone, no
	 * route). Called from inside udp_send() and udp_flush(): do not call back.
	 */
	void (*lost)(void *owner, const struct flow *flow, int error);
	/* A datagram was refused for good, `error` is errno; from inside as well. */
	void (*refused)(void *owner, const struct netaddr *peer, int error);
	void *owner;
};

struct udp_counters {
	uint64_t received, sent;
	uint64_t stale;       /* lay in a socket that was adopted */
	uint64_t truncated;   /* longer than 65,535: cannot be, but would be dropped */
	uint64_t dropped;     /* the queue was full */
	uint64_t send_errors; /* the kernel refused */
};

struct udp;

/* NULL without memory. `handlers` is copied. */
struct udp *udp_new(uv_loop_t *loop, const struct udp_handlers *handlers);

/* Closes every socket; the handles end in the loop, so run it once more. */
void udp_free(struct udp **udp);

/*
 * Binds one more socket; port 0 lets the kernel choose. Listeners are numbered
 * from 1 in this order while none is closed, and no number is given twice.
 * ERR_FULL, ERR_MEMORY, or ERR_IO with errno telling why; sockets are never
 * shared with another process.
 */
MUST_CHECK int udp_open(struct udp *udp, const struct netaddr *local, uint32_t *listener_r);

/*
 * The same on a socket that somebody else bound and that is ours from here on, also
 * where it is refused: ERR_STATE where it is not bound to just that address. What
 * has lain in it for more than 32 s is dropped: nobody waits for an answer any more.
 */
MUST_CHECK int udp_adopt(
    struct udp *udp, int fd, const struct netaddr *local, uint32_t *listener_r);

/*
 * The socket of a listener, for somebody who keeps it beyond our end and lets another
 * process adopt it. From here on the kernel notes when each datagram came.
 */
int udp_keep(struct udp *udp, uint32_t listener);

/* Closes a listener and its socket. Not from inside a handler. */
void udp_close(struct udp *udp, uint32_t listener);

/* The listener that comes after that one, the first after LISTENER_NONE, which stands at the end.
 */
uint32_t udp_next(const struct udp *udp, uint32_t after);

/* The bound address with its real port; the address may be any. NULL where there is none. */
const struct netaddr *udp_local(const struct udp *udp, uint32_t listener);

/*
 * Queues one datagram from flow->local to flow->peer; it leaves by udp_flush() at the latest. A
 * listener that was closed counts as an error of the kernel.
 */
void udp_send(struct udp *udp, const struct flow *flow, struct slice bytes);

/* Hands what waits to the kernel; call before the loop goes to sleep. */
void udp_flush(struct udp *udp);

/* True while a listener still has datagrams the kernel has not taken. */
bool udp_is_waiting(const struct udp *udp);

const struct udp_counters *udp_counters(const struct udp *udp);

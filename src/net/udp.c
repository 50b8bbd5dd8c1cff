// SPDX-License-Identifier: Apache-2.0
/*
 * UDP listeners; see udp.h. All listeners share one batch for each direction:
 * the loop has one thread. Two, because handling what was received sends.
 */
#include "net/udp.h"

#include "base/error.h"
#include "net/backlog.h"
#include "net/sockaddr.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define DATAGRAM_MAX  65536
#define SOCKET_BUFFER (4 * 1024 * 1024)
#define STALE_S       32 /* 64*T1 of RFC 3261: its sender has given up */

union control {
	char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(struct timespec))];
	struct cmsghdr align;
};

struct listener {
	uv_poll_t poll;
	struct udp *udp;
	int fd;
	uint32_t number;
	struct netaddr local;
	bool blocked; /* the kernel's buffer is full: waits for UV_WRITABLE */
	struct backlog backlog;
};

struct batch {
	struct mmsghdr messages[UDP_BATCH];
	struct iovec iov[UDP_BATCH];
	struct sockaddr_storage names[UDP_BATCH];
	union control controls[UDP_BATCH];
};

struct udp {
	uv_loop_t *loop;
	struct udp_handlers handlers;
	struct udp_counters counters;
	struct listener *listeners[LISTENERS_MAX]; /* by place; NULL: closed, or none yet */
	uint32_t opened[LISTENERS_MAX];            /* how often, so that numbers differ */
	uint32_t places;                           /* below it, all that were ever used */
	struct batch in, out;
	char *buffers; /* of `in`: UDP_BATCH of DATAGRAM_MAX */
};

struct udp *udp_new(uv_loop_t *loop, const struct udp_handlers *handlers)
{
	struct udp *udp = calloc(1, sizeof(*udp));

	if (!udp)
		return NULL;
	udp->buffers = malloc((size_t)UDP_BATCH * DATAGRAM_MAX);
	if (!udp->buffers) {
		free(udp);
		return NULL;
	}
	udp->loop = loop;
	udp->handlers = *handlers;
	return udp;
}

static void listener_release(struct listener *l)
{
	if (l->fd >= 0)
		close(l->fd);
	backlog_destroy(&l->backlog);
	free(l);
}

static void listener_closed(uv_handle_t *handle)
{
	listener_release(handle->data);
}

void udp_free(struct udp **udp)
{
	if (!*udp)
		return;
	for (uint32_t i = 0; i < (*udp)->places; i++)
		if ((*udp)->listeners[i])
			uv_close((uv_handle_t *)&(*udp)->listeners[i]->poll, listener_closed);
	free((*udp)->buffers);
	free(*udp);
	*udp = NULL;
}

static uint32_t place_of(uint32_t number)
{
	return (number - 1) % LISTENERS_MAX;
}

static struct listener *find(const struct udp *udp, uint32_t number)
{
	struct listener *l = number == LISTENER_NONE ? NULL : udp->listeners[place_of(number)];

	return l && l->number == number ? l : NULL;
}

uint32_t udp_next(const struct udp *udp, uint32_t after)
{
	uint32_t place = after == LISTENER_NONE ? 0 : place_of(after) + 1;

	while (place < udp->places && !udp->listeners[place])
		place++;
	return place < udp->places ? udp->listeners[place]->number : LISTENER_NONE;
}

const struct netaddr *udp_local(const struct udp *udp, uint32_t listener)
{
	const struct listener *l = find(udp, listener);

	return l ? &l->local : NULL;
}

const struct udp_counters *udp_counters(const struct udp *udp)
{
	return &udp->counters;
}

bool udp_is_waiting(const struct udp *udp)
{
	for (uint32_t i = 0; i < udp->places; i++)
		if (udp->listeners[i] && udp->listeners[i]->backlog.count > 0)
			return true;
	return false;
}

/* Receiving. */

static void prepare_receive(struct udp *udp)
{
	struct batch *b = &udp->in;

	for (size_t i = 0; i < UDP_BATCH; i++) {
		b->iov[i] = (struct iovec){udp->buffers + i * DATAGRAM_MAX, DATAGRAM_MAX};
		b->messages[i].msg_hdr = (struct msghdr){
		    .msg_name = &b->names[i],
		    .msg_namelen = sizeof(b->names[i]),
		    .msg_iov = &b->iov[i],
		    .msg_iovlen = 1,
		    .msg_control = &b->controls[i],
		    .msg_controllen = sizeof(b->controls[i]),
		};
	}
}

/* To which of our addresses the datagram came; the port is the listener's. */
static struct netaddr local_of(const struct listener *l, struct msghdr *header)
{
	struct netaddr local = l->local;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo info;

			memcpy(&info, CMSG_DATA(c), sizeof(info));
			memcpy(local.ip, &info.ipi_spec_dst, 4);
		} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
			struct in6_pktinfo info;

			memcpy(&info, CMSG_DATA(c), sizeof(info));
			in6.sin6_addr = info.ipi6_addr;
			in6.sin6_scope_id = info.ipi6_ifindex;
			in6.sin6_port = htons(l->local.port);
			sockaddr_get((struct sockaddr *)&in6, &local);
		}
	}
	return local;
}

/* By the time that the kernel noted, where it does: udp_keep(). */
static bool is_stale(struct msghdr *header)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
		struct timespec came, now;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
			continue;
		memcpy(&came, CMSG_DATA(c), sizeof(came));
		clock_gettime(CLOCK_REALTIME, &now);
		return now.tv_sec - came.tv_sec > STALE_S;
	}
	return false;
}

static void deliver(struct listener *l, struct mmsghdr *message)
{
	struct udp *udp = l->udp;
	struct flow flow = {.transport = SIP_UDP, .listener = l->number};

	if (message->msg_hdr.msg_flags & MSG_TRUNC) {
		udp->counters.truncated++;
		return;
	}
	if (is_stale(&message->msg_hdr)) {
		udp->counters.stale++;
		return;
	}
	udp->counters.received++;
	sockaddr_get(message->msg_hdr.msg_name, &flow.peer);
	flow.local = local_of(l, &message->msg_hdr);
	udp->handlers.received(udp->handlers.receiver, &flow,
	    slice_make(message->msg_hdr.msg_iov->iov_base, message->msg_len));
}

/* True while there may be more to read. */
static bool receive_batch(struct listener *l)
{
	struct udp *udp = l->udp;
	int n;

	prepare_receive(udp);
	n = recvmmsg(l->fd, udp->in.messages, UDP_BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < n; i++)
		deliver(l, &udp->in.messages[i]);
	return n == UDP_BATCH || (n < 0 && errno == EINTR);
}

/* Sending. */

static void put_control(const struct netaddr *local, struct msghdr *header, union control *control)
{
	struct cmsghdr *c = &control->align;
	struct in_pktinfo info = {0};
	struct in6_pktinfo info6 = {0};
	bool is_v4 = local->family == 4;
	size_t n = is_v4 ? sizeof(info) : sizeof(info6);

	if (local->family == 0 || netaddr_is_any(local))
		return;
	memcpy(&info.ipi_spec_dst, local->ip, 4);
	memcpy(&info6.ipi6_addr, local->ip, 16);
	info6.ipi6_ifindex = local->scope;
	memset(control, 0, sizeof(*control));
	c->cmsg_level = is_v4 ? IPPROTO_IP : IPPROTO_IPV6;
	c->cmsg_type = is_v4 ? IP_PKTINFO : IPV6_PKTINFO;
	c->cmsg_len = CMSG_LEN(n);
	memcpy(CMSG_DATA(c), is_v4 ? (void *)&info : (void *)&info6, n);
	header->msg_control = control;
	header->msg_controllen = CMSG_SPACE(n);
}

static uint32_t prepare_send(struct listener *l)
{
	struct batch *b = &l->udp->out;
	uint32_t n = l->backlog.count < UDP_BATCH ? l->backlog.count : UDP_BATCH;

	for (uint32_t i = 0; i < n; i++) {
		const struct backlog_item *w = backlog_at(&l->backlog, i);

		b->iov[i] = (struct iovec){backlog_bytes(&l->backlog, w), w->n};
		b->messages[i].msg_hdr = (struct msghdr){
		    .msg_name = &b->names[i],
		    .msg_namelen = sockaddr_put(&w->peer, &b->names[i]),
		    .msg_iov = &b->iov[i],
		    .msg_iovlen = 1,
		};
		put_control(&w->local, &b->messages[i].msg_hdr, &b->controls[i]);
	}
	return n;
}

/* The errors after which the same flow will fail again, whatever is sent. */
static bool is_path_gone(int error)
{
	return error == ENETUNREACH || error == EHOSTUNREACH || error == EADDRNOTAVAIL ||
	       error == EINVAL || error == ENODEV || error == ENETDOWN;
}

/* The first one that waits was refused for good. */
static void refuse_first(struct listener *l, int error)
{
	const struct backlog_item *w = backlog_at(&l->backlog, 0);
	struct flow flow = {
	    .transport = SIP_UDP, .listener = l->number, .local = w->local, .peer = w->peer};

	l->udp->counters.send_errors++;
	backlog_take(&l->backlog, 1);
	l->udp->handlers.refused(l->udp->handlers.owner, &flow.peer, error);
	if (is_path_gone(error))
		l->udp->handlers.lost(l->udp->handlers.owner, &flow, error);
}

static void poll_for(struct listener *l);

static void set_blocked(struct listener *l, bool blocked)
{
	if (l->blocked == blocked)
		return;
	l->blocked = blocked;
	poll_for(l);
}

static void flush(struct listener *l)
{
	while (l->backlog.count > 0) {
		uint32_t n = prepare_send(l);
		int sent = sendmmsg(l->fd, l->udp->out.messages, n, MSG_DONTWAIT);

		if (sent > 0) {
			l->udp->counters.sent += (uint64_t)sent;
			backlog_take(&l->backlog, (uint32_t)sent);
		} else if (errno == EAGAIN) {
			set_blocked(l, true);
			return;
		} else if (errno != EINTR) {
			refuse_first(l, errno);
		}
	}
	set_blocked(l, false);
}

void udp_flush(struct udp *udp)
{
	for (uint32_t i = 0; i < udp->places; i++) {
		struct listener *l = udp->listeners[i];

		if (l && l->backlog.count > 0 && !l->blocked)
			flush(l);
	}
}

void udp_send(struct udp *udp, const struct flow *flow, struct slice bytes)
{
	struct listener *l = find(udp, flow->listener);

	if (!l)
		udp->counters.send_errors++;
	else if (backlog_put(&l->backlog, &flow->local, &flow->peer, bytes) < 0)
		udp->counters.dropped++;
	else if (l->backlog.count >= UDP_BATCH && !l->blocked)
		flush(l);
}

/* Opening. */

static void ready(uv_poll_t *poll, int status, int events)
{
	struct listener *l = poll->data;

	/*
	 * For an error pending on the socket libuv has ended the watching. The next
	 * call on the socket reads it off, and it goes on receiving.
	 */
	if (status < 0) {
		events = UV_READABLE;
		poll_for(l);
	}
	if (events & UV_WRITABLE)
		flush(l);
	for (int i = 0; events & UV_READABLE && i < UDP_TURN_BATCHES; i++)
		if (!receive_batch(l))
			break;
}

static void poll_for(struct listener *l)
{
	uv_poll_start(&l->poll, UV_READABLE | (l->blocked ? UV_WRITABLE : 0), ready);
}

static void enlarge(int fd, int force_option, int option)
{
	int size = SOCKET_BUFFER;

	/* Beyond rmem_max and wmem_max only with CAP_NET_ADMIN; what is granted is enough to run.
	 */
	if (setsockopt(fd, SOL_SOCKET, force_option, &size, sizeof(size)) < 0)
		setsockopt(fd, SOL_SOCKET, option, &size, sizeof(size));
}

static int set_options(int fd, int family)
{
	const int on = 1, fragment = IP_PMTUDISC_DONT;

	enlarge(fd, SO_RCVBUFFORCE, SO_RCVBUF);
	enlarge(fd, SO_SNDBUFFORCE, SO_SNDBUF);
	if (family == AF_INET6) {
		if (setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) < 0)
			return ERR_IO;
		return setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on)) ? ERR_IO : 0;
	}
	/* A request above the path's MTU goes in fragments (RFC 3261 18.1.1 asks for TCP there). */
	setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &fragment, sizeof(fragment));
	return setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on)) ? ERR_IO : 0;
}

/* An address that is in use by others would be another one here. */
static int take_socket(struct listener *l, const struct netaddr *local)
{
	struct sockaddr_storage storage = {0};
	socklen_t n = sizeof(storage), type_n = sizeof(int);
	int type = 0;

	if (getsockopt(l->fd, SOL_SOCKET, SO_TYPE, &type, &type_n) < 0 || type != SOCK_DGRAM ||
	    getsockname(l->fd, (struct sockaddr *)&storage, &n) < 0)
		return ERR_STATE;
	sockaddr_get((struct sockaddr *)&storage, &l->local);
	if (!netaddr_equal(&l->local, local) || fcntl(l->fd, F_SETFL, O_NONBLOCK) < 0)
		return ERR_STATE;
	return set_options(l->fd, storage.ss_family);
}

static int bind_socket(struct listener *l, const struct netaddr *local)
{
	struct sockaddr_storage storage;
	socklen_t n = sockaddr_put(local, &storage);

	l->fd = socket(storage.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (l->fd < 0 || set_options(l->fd, storage.ss_family) < 0)
		return ERR_IO;
	if (bind(l->fd, (struct sockaddr *)&storage, n) < 0)
		return ERR_IO;
	n = sizeof(storage);
	if (getsockname(l->fd, (struct sockaddr *)&storage, &n) < 0)
		return ERR_IO;
	sockaddr_get((struct sockaddr *)&storage, &l->local);
	return 0;
}

/* LISTENERS_MAX where there is none. */
static uint32_t free_place(const struct udp *udp)
{
	uint32_t place = 0;

	while (place < udp->places && udp->listeners[place])
		place++;
	return place;
}

/* `fd`: -1 for a socket of its own. */
static int add_listener(struct udp *udp, int fd, const struct netaddr *local, uint32_t *listener_r)
{
	uint32_t place = free_place(udp);
	struct listener *l = place < LISTENERS_MAX ? calloc(1, sizeof(*l)) : NULL;
	int rc = ERR_MEMORY, saved_errno;

	if (!l) {
		if (fd >= 0)
			close(fd);
		return place < LISTENERS_MAX ? ERR_MEMORY : ERR_FULL;
	}
	l->fd = fd;
	l->udp = udp;
	if (backlog_init(&l->backlog) < 0)
		goto out;
	rc = fd < 0 ? bind_socket(l, local) : take_socket(l, local);
	if (rc < 0)
		goto out;
	rc = ERR_IO;
	if (uv_poll_init(udp->loop, &l->poll, l->fd) < 0)
		goto out;
	l->poll.data = l;
	udp->listeners[place] = l;
	if (place == udp->places)
		udp->places++;
	l->number = place + 1 + udp->opened[place]++ * LISTENERS_MAX;
	poll_for(l);
	*listener_r = l->number;
	return 0;
out:
	saved_errno = errno;
	listener_release(l);
	errno = saved_errno;
	return rc;
}

int udp_open(struct udp *udp, const struct netaddr *local, uint32_t *listener_r)
{
	return add_listener(udp, -1, local, listener_r);
}

int udp_adopt(struct udp *udp, int fd, const struct netaddr *local, uint32_t *listener_r)
{
	return add_listener(udp, fd, local, listener_r);
}

void udp_close(struct udp *udp, uint32_t listener)
{
	struct listener *l = find(udp, listener);

	if (l->backlog.count > 0)
		flush(l);
	udp->listeners[place_of(listener)] = NULL;
	uv_close((uv_handle_t *)&l->poll, listener_closed);
	/* Its port is free at once; the handle goes in a later turn. */
	close(l->fd);
	l->fd = -1;
}

int udp_keep(struct udp *udp, uint32_t listener)
{
	const int on = 1;
	struct listener *l = find(udp, listener);

	setsockopt(l->fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
	return l->fd;
}

// SPDX-License-Identifier: Apache-2.0
/*
 * A netlink socket in the loop, and a timer that waits until it is quiet.
 */
#include "net/links.h"

#include "base/now.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define QUIET_MS       250
#define QUIET_MOST_MS  1000 /* no longer than that, however busy it is */
#define GONE_MAX       8
#define READS_PER_TURN 64
#define READ_SIZE      16384

struct links {
	uv_poll_t poll;
	uv_timer_t quiet;
	int fd;
	int closing; /* handles whose close callback is still to come */
	struct links_handlers handlers;
	uint64_t begun_ms; /* the first news that are not told; 0 none */
	bool is_back, is_any_gone;
	uint32_t gone_count;
	struct netaddr gone[GONE_MAX];
};

/* Reading. */

/* Takes `size` bytes at the place, which need not be aligned; false where there are fewer. */
static bool copy_at(struct slice bytes, size_t at, void *to, size_t size)
{
	if (at > bytes.n || bytes.n - at < size)
		return false;
	memcpy(to, bytes.p + at, size);
	return true;
}

static struct netaddr address_of(uint8_t family, struct slice value)
{
	struct netaddr address = {0};

	if (family == AF_INET && value.n == 4)
		address.family = 4;
	else if (family == AF_INET6 && value.n == 16)
		address.family = 6;
	else
		return address;
	memcpy(address.ip, value.p, value.n);
	return address;
}

/* IFA_LOCAL is ours; without it (IPv6, and no peer) IFA_ADDRESS is. */
static struct netaddr read_address(struct slice body)
{
	struct netaddr local = {0}, address = {0};
	struct ifaddrmsg header;
	struct rtattr attribute;
	size_t at = NLMSG_ALIGN(sizeof(header));

	if (!copy_at(body, 0, &header, sizeof(header)))
		return address;
	while (copy_at(body, at, &attribute, sizeof(attribute))) {
		struct slice value = slice_skip(body, at);

		if (attribute.rta_len < RTA_LENGTH(0) || attribute.rta_len > value.n)
			break;
		value = slice_make(value.p + RTA_LENGTH(0), attribute.rta_len - RTA_LENGTH(0));
		if (attribute.rta_type == IFA_LOCAL)
			local = address_of(header.ifa_family, value);
		else if (attribute.rta_type == IFA_ADDRESS)
			address = address_of(header.ifa_family, value);
		at += RTA_ALIGN(attribute.rta_len);
	}
	return local.family ? local : address;
}

static enum links_kind read_link(struct slice body)
{
	struct ifinfomsg link;

	if (!copy_at(body, 0, &link, sizeof(link)))
		return LINKS_NOTHING;
	return link.ifi_flags & IFF_UP && link.ifi_flags & IFF_RUNNING ? LINKS_BACK : LINKS_CHANGED;
}

/* Copies in a cache say what happened to packets, not to us. */
static bool is_route(struct slice body)
{
	struct rtmsg route;

	return copy_at(body, 0, &route, sizeof(route)) && !(route.rtm_flags & RTM_F_CLONED);
}

static struct links_news read_message(uint16_t type, struct slice body)
{
	struct links_news news = {LINKS_NOTHING, {0}};

	switch (type) {
	case RTM_NEWADDR:
	case RTM_DELADDR:
		news.address = read_address(body);
		if (news.address.family)
			news.kind = type == RTM_NEWADDR ? LINKS_CAME : LINKS_GONE;
		break;
	case RTM_NEWLINK:
		news.kind = read_link(body);
		break;
	case RTM_DELLINK:
		news.kind = LINKS_CHANGED;
		break;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		if (is_route(body))
			news.kind = type == RTM_NEWROUTE ? LINKS_BACK : LINKS_CHANGED;
		break;
	default:
		break;
	}
	return news;
}

bool links_read(struct slice *bytes, struct links_news *news_r)
{
	struct nlmsghdr header;
	size_t whole;

	if (!copy_at(*bytes, 0, &header, sizeof(header)) || header.nlmsg_len < NLMSG_HDRLEN ||
	    header.nlmsg_len > bytes->n)
		return false;
	*news_r = read_message(header.nlmsg_type,
	    slice_make(bytes->p + NLMSG_HDRLEN, header.nlmsg_len - NLMSG_HDRLEN));
	whole = NLMSG_ALIGN((size_t)header.nlmsg_len);
	*bytes = slice_skip(*bytes, whole < bytes->n ? whole : bytes->n);
	return true;
}

/* Gathering. */

static void tell(uv_timer_t *timer)
{
	struct links *links = timer->data;
	struct netaddr unknown = {0};

	links->begun_ms = 0;
	if (links->is_any_gone)
		links->handlers.gone(links->handlers.owner, &unknown);
	for (uint32_t i = 0; i < links->gone_count && !links->is_any_gone; i++)
		links->handlers.gone(links->handlers.owner, &links->gone[i]);
	links->handlers.changed(links->handlers.owner, links->is_back);
	links->is_back = links->is_any_gone = false;
	links->gone_count = 0;
}

static void gather(struct links *links)
{
	uint64_t now_ms = uv_now(links->quiet.loop), most_ms;

	if (!links->begun_ms)
		links->begun_ms = now_ms;
	most_ms = links->begun_ms + QUIET_MOST_MS;
	most_ms = most_ms > now_ms ? most_ms - now_ms : 0;
	uv_timer_start(&links->quiet, tell, most_ms < QUIET_MS ? most_ms : QUIET_MS, 0);
}

static void forget_gone(struct links *links, const struct netaddr *address)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < links->gone_count; i++)
		if (!netaddr_equal_ip(&links->gone[i], address))
			links->gone[kept++] = links->gone[i];
	links->gone_count = kept;
}

static void note(struct links *links, const struct links_news *news)
{
	switch (news->kind) {
	case LINKS_NOTHING:
		return;
	case LINKS_GONE:
		forget_gone(links, &news->address);
		if (links->gone_count < GONE_MAX)
			links->gone[links->gone_count++] = news->address;
		else
			links->is_any_gone = true;
		break;
	case LINKS_CAME:
		forget_gone(links, &news->address);
		links->is_back = true;
		break;
	case LINKS_BACK:
		links->is_back = true;
		break;
	case LINKS_CHANGED:
		break;
	}
	gather(links);
}

/* More than the kernel keeps for us: what was lost may have been anything. */
static void note_loss(struct links *links)
{
	links->is_any_gone = links->is_back = true;
	gather(links);
}

static bool read_some(struct links *links)
{
	char storage[READ_SIZE];
	struct sockaddr_nl from = {0};
	struct iovec iov = {storage, sizeof(storage)};
	struct msghdr message = {
	    .msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1};
	ssize_t n = recvmsg(links->fd, &message, 0);
	struct links_news news;
	struct slice bytes;

	if (n < 0) {
		if (errno == ENOBUFS)
			note_loss(links);
		return errno == ENOBUFS || errno == EINTR;
	}
	/* Another process may write to us as well. */
	if (from.nl_pid != 0)
		return true;
	if (message.msg_flags & MSG_TRUNC)
		note_loss(links);
	bytes = slice_make(storage, (size_t)n);
	while (links_read(&bytes, &news))
		note(links, &news);
	return true;
}

static void readable(uv_poll_t *poll, int status, int events)
{
	(void)events;
	/* Lost news are an error on the socket, for which libuv has ended the watching. */
	if (status < 0)
		uv_poll_start(poll, UV_READABLE, readable);
	for (int i = 0; i < READS_PER_TURN && read_some(poll->data); i++)
		;
}

/* Beginning and end. */

static int open_socket(void)
{
	struct sockaddr_nl local = {
	    .nl_family = AF_NETLINK,
	    .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE |
	                 RTMGRP_IPV6_ROUTE,
	};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd >= 0 && bind(fd, (struct sockaddr *)&local, sizeof(local)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

struct links *links_new(uv_loop_t *loop, const struct links_handlers *handlers)
{
	struct links *links = calloc(1, sizeof(*links));

	if (!links)
		return NULL;
	links->handlers = *handlers;
	links->fd = open_socket();
	if (links->fd < 0 || uv_poll_init(loop, &links->poll, links->fd) < 0) {
		if (links->fd >= 0)
			close(links->fd);
		free(links);
		return NULL;
	}
	uv_timer_init(loop, &links->quiet);
	links->poll.data = links->quiet.data = links;
	uv_poll_start(&links->poll, UV_READABLE, readable);
	return links;
}

static void closed(uv_handle_t *handle)
{
	struct links *links = handle->data;

	if (--links->closing > 0)
		return;
	close(links->fd);
	free(links);
}

void links_free(struct links **links)
{
	if (!*links)
		return;
	(*links)->closing = 2;
	uv_close((uv_handle_t *)&(*links)->poll, closed);
	uv_close((uv_handle_t *)&(*links)->quiet, closed);
	*links = NULL;
}

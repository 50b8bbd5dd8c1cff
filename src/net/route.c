// SPDX-License-Identifier: Apache-2.0
/*
 * Choice of listener and local address; see route.h.
 */
#include "net/route.h"

#include "base/error.h"
#include "base/now.h"
#include "net/sockaddr.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CACHE_SIZE   256 /* a power of two; targets that share a place take turns */
#define CACHE_FOR_US US_PER_S
#define PORT_DEFAULT 5060

struct known {
	uint64_t until_us;
	struct netaddr source, target; /* source: any where the kernel may choose */
	struct netaddr local;
};

/* A listener that was opened for a flow. */
struct further {
	uint32_t listener;
	bool is_needed;
	uint64_t since_us; /* neither needed nor chosen */
};

struct route {
	struct udp *udp;
	uint32_t further_count;
	struct further further[LISTENERS_MAX];
	struct known known[CACHE_SIZE];
};

struct route *route_new(struct udp *udp)
{
	struct route *route = calloc(1, sizeof(*route));

	if (route)
		route->udp = udp;
	return route;
}

void route_free(struct route **route)
{
	free(*route);
	*route = NULL;
}

void route_forget(struct route *route)
{
	memset(route->known, 0, sizeof(route->known));
}

static bool has_ip(const struct netaddr *addr)
{
	return addr->family != 0 && !netaddr_is_any(addr);
}

static struct further *find_further(struct route *route, uint32_t listener)
{
	for (uint32_t i = 0; i < route->further_count; i++)
		if (route->further[i].listener == listener)
			return &route->further[i];
	return NULL;
}

/*
 * The listener that serves a preference: one bound to just that address before
 * one bound to any, the first opened before the others. Without a preference one
 * of the node's own: a further one goes with those who asked for it. 0 for none.
 */
static uint32_t choose(struct route *route, uint8_t family, const struct netaddr *preferred)
{
	bool is_own = !has_ip(preferred) && !preferred->port;
	uint32_t any = LISTENER_NONE;

	for (uint32_t i = udp_next(route->udp, LISTENER_NONE); i; i = udp_next(route->udp, i)) {
		const struct netaddr *local = udp_local(route->udp, i);

		if (local->family != family || (preferred->port && preferred->port != local->port))
			continue;
		if (is_own && find_further(route, i))
			continue;
		if (!has_ip(preferred) || netaddr_equal_ip(preferred, local))
			return i;
		if (!any && netaddr_is_any(local))
			any = i;
	}
	return any;
}

/* Where a further listener binds: what is not preferred is like the node's first listener. */
static struct netaddr place_for(
    struct route *route, uint8_t family, const struct netaddr *preferred)
{
	struct netaddr unset = {0}, place = {.family = family};
	uint32_t model = choose(route, family, &unset);
	const struct netaddr *like =
	    udp_local(route->udp, model ? model : udp_next(route->udp, LISTENER_NONE));

	if (has_ip(preferred))
		place = *preferred;
	else if (model)
		place = *like;
	place.port = preferred->port;
	if (!place.port)
		place.port = like ? like->port : PORT_DEFAULT;
	return place;
}

static int open_further(struct route *route, uint8_t family, const struct netaddr *preferred,
    uint32_t *listener_r, struct buf *why)
{
	struct netaddr place = place_for(route, family, preferred);
	int rc = udp_open(route->udp, &place, listener_r);

	if (rc == 0) {
		route->further[route->further_count++] = (struct further){.listener = *listener_r};
		return 0;
	}
	buf_puts(why, "cannot open udp:");
	netaddr_put(why, &place);
	buf_puts(why, ": ");
	buf_puts(why, rc == ERR_IO ? strerror(errno) : error_text(rc));
	return rc;
}

static int find_listener(struct route *route, uint8_t family, const struct netaddr *preferred,
    uint32_t *listener_r, struct buf *why)
{
	if (has_ip(preferred) && preferred->family != family) {
		buf_puts(why, "local address ");
		netaddr_put_host(why, preferred);
		buf_puts(why, " and the target are of different IP versions");
		return ERR_UNSUPPORTED;
	}
	*listener_r = choose(route, family, preferred);
	if (*listener_r)
		return 0;
	if (has_ip(preferred) || preferred->port)
		return open_further(route, family, preferred, listener_r, why);
	buf_puts(why, family == 6 ? "no UDP listener for IPv6" : "no UDP listener for IPv4");
	return ERR_NOT_FOUND;
}

/* A UDP socket that is connected sends nothing, but knows its route. */
static int ask_kernel(
    const struct netaddr *source, const struct netaddr *target, struct netaddr *local_r)
{
	struct sockaddr_storage storage;
	socklen_t n = sockaddr_put(target, &storage), m;
	struct sockaddr_storage from;
	int fd = socket(storage.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int rc = ERR_IO, saved_errno;

	if (fd < 0)
		return ERR_IO;
	m = sockaddr_put(source, &from);
	if (bind(fd, (struct sockaddr *)&from, m) < 0)
		goto out;
	if (connect(fd, (struct sockaddr *)&storage, n) < 0)
		goto out;
	m = sizeof(from);
	if (getsockname(fd, (struct sockaddr *)&from, &m) < 0)
		goto out;
	sockaddr_get((struct sockaddr *)&from, local_r);
	rc = 0;
out:
	saved_errno = errno;
	close(fd);
	errno = saved_errno;
	return rc;
}

static struct known *place_of(struct route *route, const struct netaddr *target)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < sizeof(target->ip); i++)
		hash = (hash ^ target->ip[i]) * 16777619u;
	return &route->known[(hash ^ hash >> 16) % CACHE_SIZE];
}

static int find_local(struct route *route, const struct netaddr *source,
    const struct netaddr *target, uint64_t now_us, struct netaddr *local_r)
{
	struct known *known = place_of(route, target);

	if (now_us >= known->until_us || !netaddr_equal_ip(&known->target, target) ||
	    !netaddr_equal_ip(&known->source, source)) {
		int rc = ask_kernel(source, target, local_r);

		if (rc < 0)
			return rc;
		*known = (struct known){now_us + CACHE_FOR_US, *source, *target, *local_r};
	}
	*local_r = known->local;
	return 0;
}

int route_find(struct route *route, const struct netaddr *preferred, const struct netaddr *target,
    uint64_t now_us, struct flow *flow_r, struct buf *why)
{
	struct netaddr source = {.family = target->family};
	struct netaddr local;
	const struct netaddr *bound;
	struct further *further;
	uint32_t listener;
	int rc = find_listener(route, target->family, preferred, &listener, why);

	if (rc < 0)
		return rc;
	further = find_further(route, listener);
	if (further)
		further->since_us = now_us;
	bound = udp_local(route->udp, listener);
	if (!netaddr_is_any(bound))
		source = *bound;
	else if (has_ip(preferred))
		source = *preferred;
	source.port = 0;
	if (find_local(route, &source, target, now_us, &local) < 0) {
		buf_puts(why, "no way to ");
		netaddr_put(why, target);
		if (has_ip(&source)) {
			buf_puts(why, " from ");
			netaddr_put_host(why, &source);
		}
		buf_puts(why, ": ");
		buf_puts(why, strerror(errno));
		return ERR_NOT_FOUND;
	}
	local.port = bound->port;
	*flow_r = (struct flow){
	    .transport = SIP_UDP, .listener = listener, .local = local, .peer = *target};
	return 0;
}

bool route_has_further(const struct route *route)
{
	return route->further_count > 0;
}

bool route_need(struct route *route, uint32_t listener, bool is_needed, uint64_t now_us)
{
	struct further *further = find_further(route, listener);

	if (!further)
		return false;
	further->is_needed = is_needed;
	further->since_us = now_us;
	return true;
}

bool route_close_unneeded(struct route *route, uint64_t now_us)
{
	bool is_more = false;
	uint32_t i = 0;

	while (i < route->further_count) {
		struct further *further = &route->further[i];

		if (further->is_needed || now_us < further->since_us + ROUTE_LINGER_US) {
			is_more = is_more || !further->is_needed;
			i++;
			continue;
		}
		udp_close(route->udp, further->listener);
		*further = route->further[--route->further_count];
	}
	return is_more;
}

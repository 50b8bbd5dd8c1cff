// SPDX-License-Identifier: Apache-2.0
/*
 * Lookups; see dns.h. c-ares may keep trying for longer than anybody waits, so
 * each lookup has its own deadline here: past it the asker has his answer and
 * the lookup only waits for the library to let go of it.
 */
#include "net/dns.h"

#include "base/error.h"
#include "net/sockaddr.h"

#include <ares.h>
#include <netdb.h>
#include <stdlib.h>
#include <sys/stat.h>

#define HOST_MAX 255
#define TRY_MS   2000 /* the first try of a server; the library doubles it per round */
#define TRIES    2
#define TICK_MS  250
#define RESOLV   "/etc/resolv.conf"

struct lookup {
	struct lookup *next;
	struct dns *dns;
	uint64_t asker;
	uint64_t deadline_ms; /* uv_now() */
	bool answered;
	uint16_t port;
	char host[HOST_MAX + 1];
};

/* One socket of the library under the loop. */
struct watched {
	uv_poll_t poll;
	struct watched *next;
	struct dns *dns;
	ares_socket_t fd;
};

struct dns {
	uv_loop_t *loop;
	uv_timer_t timer;
	dns_answer_fn answer;
	void *owner;
	ares_channel channel;
	bool closing;
	bool reloading; /* the channel goes for a new resolv.conf: its lookups stay */
	bool v4, v6;
	char *servers;
	struct timespec resolv_changed; /* of RESOLV, as the channel read it */
	struct lookup *lookups;
	struct watched *watched;
};

/* Answering. */

static void answer_failure(struct lookup *lookup, const char *why, bool is_unanswered)
{
	struct event event = {.kind = EVENT_RESOLVED};

	event.resolved.asker = lookup->asker;
	event.resolved.why = slice_of(why);
	event.resolved.is_unanswered = is_unanswered;

	if (lookup->answered)
		return;
	lookup->answered = true;
	lookup->dns->answer(lookup->dns->owner, &event);
}

static uint32_t bounded_ttl(uint32_t ttl_s, int found_s)
{
	uint32_t found = found_s < DNS_TTL_MIN_S ? DNS_TTL_MIN_S : (uint32_t)found_s;

	return found < ttl_s ? found : ttl_s;
}

static void collect(
    struct event_resolved *resolved, const struct ares_addrinfo *info, int family, uint16_t port)
{
	for (const struct ares_addrinfo_node *node = info->nodes; node; node = node->ai_next) {
		if (node->ai_family != family || resolved->count == RESOLVED_MAX)
			continue;
		sockaddr_get(node->ai_addr, &resolved->addresses[resolved->count]);
		resolved->addresses[resolved->count++].port = port;
		resolved->ttl_s = bounded_ttl(resolved->ttl_s, node->ai_ttl);
	}
}

static void answer_success(struct lookup *lookup, const struct ares_addrinfo *info)
{
	struct event event = {
	    .kind = EVENT_RESOLVED, .resolved = {.asker = lookup->asker, .ttl_s = DNS_TTL_MAX_S}};
	struct event_resolved *resolved = &event.resolved;

	/* The library sorted by reachability (RFC 6724), so its first answer's kind leads. */
	int first = info->nodes ? info->nodes->ai_family : AF_INET;

	for (const struct ares_addrinfo_cname *c = info->cnames; c; c = c->next)
		resolved->ttl_s = bounded_ttl(resolved->ttl_s, c->ttl);
	collect(resolved, info, first, lookup->port);
	collect(resolved, info, first == AF_INET ? AF_INET6 : AF_INET, lookup->port);
	if (resolved->count == 0) {
		answer_failure(lookup, "the name has no address", false);
		return;
	}
	lookup->answered = true;
	lookup->dns->answer(lookup->dns->owner, &event);
}

/* RFC 6761 6.3. */
static bool is_localhost(struct slice host)
{
	static const struct slice name = SLICE("localhost");

	if (host.n && host.p[host.n - 1] == '.')
		host.n--;
	if (host.n < name.n || !slice_equal_nocase(slice_skip(host, host.n - name.n), name))
		return false;
	return host.n == name.n || host.p[host.n - name.n - 1] == '.';
}

static void answer_loopback(struct dns *dns, uint64_t asker, uint16_t port)
{
	struct event event = {
	    .kind = EVENT_RESOLVED, .resolved = {.asker = asker, .ttl_s = DNS_TTL_MAX_S}};
	struct event_resolved *resolved = &event.resolved;

	if (dns->v4 || !dns->v6)
		resolved->addresses[resolved->count++] =
		    (struct netaddr){.family = 4, .ip = {127, 0, 0, 1}, .port = port};
	if (dns->v6 || !dns->v4)
		resolved->addresses[resolved->count++] =
		    (struct netaddr){.family = 6, .ip = {[15] = 1}, .port = port};
	dns->answer(dns->owner, &event);
}

static void forget(struct lookup *lookup)
{
	struct lookup **link = &lookup->dns->lookups;

	while (*link != lookup)
		link = &(*link)->next;
	*link = lookup->next;
	free(lookup);
}

/* The name's own fault: no server would say anything else. */
static bool is_denial(int status)
{
	return status == ARES_ENOTFOUND || status == ARES_ENODATA || status == ARES_EBADNAME;
}

static void done(void *arg, int status, int timeouts, struct ares_addrinfo *info)
{
	struct lookup *lookup = arg;
	struct dns *dns = lookup->dns;

	(void)timeouts;
	if (dns->reloading)
		return;
	if (!lookup->answered && !dns->closing) {
		if (status == ARES_SUCCESS)
			answer_success(lookup, info);
		else
			answer_failure(lookup, ares_strerror(status), !is_denial(status));
	}
	if (info)
		ares_freeaddrinfo(info);
	forget(lookup);
}

/* Sockets and time. */

static void watched_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void ready(uv_poll_t *poll, int status, int events)
{
	struct watched *w = poll->data;
	ares_socket_t fd = w->fd;

	/* Both on an error: the library finds out by itself. May end `w`. */
	ares_process_fd(w->dns->channel, status < 0 || events & UV_READABLE ? fd : ARES_SOCKET_BAD,
	    status < 0 || events & UV_WRITABLE ? fd : ARES_SOCKET_BAD);
}

static struct watched *watch(struct dns *dns, ares_socket_t fd)
{
	struct watched *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	if (uv_poll_init(dns->loop, &w->poll, fd) < 0) {
		free(w);
		return NULL;
	}
	w->poll.data = w;
	w->dns = dns;
	w->fd = fd;
	w->next = dns->watched;
	dns->watched = w;
	return w;
}

static void socket_state(void *arg, ares_socket_t fd, int readable, int writable)
{
	struct dns *dns = arg;
	struct watched **link = &dns->watched;
	struct watched *w;

	while (*link && (*link)->fd != fd)
		link = &(*link)->next;
	w = *link;
	if (!readable && !writable) {
		if (!w)
			return;
		*link = w->next;
		uv_close((uv_handle_t *)&w->poll, watched_closed);
		return;
	}
	/* Without memory to watch it, the lookup ends by its deadline. */
	if (!w)
		w = watch(dns, fd);
	if (w)
		uv_poll_start(
		    &w->poll, (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0), ready);
}

static void tick(uv_timer_t *timer)
{
	struct dns *dns = timer->data;
	uint64_t now_ms = uv_now(dns->loop);

	ares_process_fd(dns->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	for (struct lookup *l = dns->lookups; l; l = l->next)
		if (now_ms >= l->deadline_ms)
			answer_failure(l, "no answer from the name servers in time", true);
	if (!dns->lookups)
		uv_timer_stop(&dns->timer);
}

/* Asking. */

static int open_channel(struct dns *dns)
{
	struct ares_options options = {
	    .timeout = TRY_MS,
	    .tries = TRIES,
	    .sock_state_cb = socket_state,
	    .sock_state_cb_data = dns,
	};
	/*
	 * No search domains, neither the file's nor the environment's: a carrier's
	 * name that does not exist must not become a host of the own domain.
	 */
	int mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB | ARES_OPT_DOMAINS |
	           ARES_OPT_NDOTS;

	if (ares_init_options(&dns->channel, &options, mask) != ARES_SUCCESS)
		return ERR_MEMORY;
	if (!dns->servers)
		return 0;
	if (ares_set_servers_ports_csv(dns->channel, dns->servers) == ARES_SUCCESS)
		return 0;
	ares_destroy(dns->channel);
	return ERR_SYNTAX;
}

static void ask(struct lookup *lookup)
{
	struct dns *dns = lookup->dns;
	struct ares_addrinfo_hints hints = {.ai_socktype = SOCK_DGRAM};

	hints.ai_family = dns->v4 == dns->v6 ? AF_UNSPEC : dns->v4 ? AF_INET : AF_INET6;
	lookup->next = dns->lookups;
	dns->lookups = lookup;
	/* May call done(), and so end the lookup, before it returns. */
	ares_getaddrinfo(dns->channel, lookup->host, NULL, &hints, done, lookup);
}

static bool resolv_has_changed(struct dns *dns)
{
	struct stat st = {0};
	bool changed;

	if (dns->servers || stat(RESOLV, &st) < 0)
		return false;
	changed = st.st_mtim.tv_sec != dns->resolv_changed.tv_sec ||
	          st.st_mtim.tv_nsec != dns->resolv_changed.tv_nsec;
	dns->resolv_changed = st.st_mtim;
	return changed;
}

void dns_reload(struct dns *dns)
{
	struct lookup *old;
	ares_channel before = dns->channel;

	if (open_channel(dns) < 0) {
		dns->channel = before;
		return;
	}
	dns->reloading = true;
	ares_destroy(before);
	dns->reloading = false;
	old = dns->lookups;
	dns->lookups = NULL;
	while (old) {
		struct lookup *lookup = old;

		old = old->next;
		if (lookup->answered)
			free(lookup);
		else
			ask(lookup);
	}
}

static void refuse(struct dns *dns, uint64_t asker, const char *why, bool is_unanswered)
{
	struct lookup lookup = {.dns = dns, .asker = asker};

	answer_failure(&lookup, why, is_unanswered);
}

void dns_resolve(struct dns *dns, uint64_t asker, struct slice host, uint16_t port)
{
	struct lookup *lookup;

	if (host.n == 0 || host.n > HOST_MAX || memchr(host.p, 0, host.n)) {
		refuse(dns, asker, "not a host name", false);
		return;
	}
	if (is_localhost(host)) {
		answer_loopback(dns, asker, port);
		return;
	}
	lookup = calloc(1, sizeof(*lookup));
	if (!lookup) {
		refuse(dns, asker, "out of memory", true);
		return;
	}
	if (resolv_has_changed(dns))
		dns_reload(dns);
	uv_update_time(dns->loop);
	lookup->dns = dns;
	lookup->asker = asker;
	lookup->port = port;
	lookup->deadline_ms = uv_now(dns->loop) + DNS_TOTAL_MS;
	memcpy(lookup->host, host.p, host.n);
	if (!uv_is_active((uv_handle_t *)&dns->timer))
		uv_timer_start(&dns->timer, tick, TICK_MS, TICK_MS);
	ask(lookup);
}

void dns_families(struct dns *dns, bool v4, bool v6)
{
	dns->v4 = v4;
	dns->v6 = v6;
}

struct dns *dns_new(uv_loop_t *loop, const char *servers, dns_answer_fn answer, void *owner)
{
	struct dns *dns = calloc(1, sizeof(*dns));

	if (!dns)
		return NULL;
	dns->loop = loop;
	dns->answer = answer;
	dns->owner = owner;
	if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS)
		goto out_free;
	if (servers && !(dns->servers = strdup(servers)))
		goto out_library;
	resolv_has_changed(dns);
	if (open_channel(dns) < 0)
		goto out_library;
	uv_timer_init(loop, &dns->timer);
	dns->timer.data = dns;
	return dns;

out_library:
	ares_library_cleanup();
out_free:
	free(dns->servers);
	free(dns);
	return NULL;
}

static void timer_closed(uv_handle_t *handle)
{
	struct dns *dns = handle->data;

	free(dns->servers);
	free(dns);
}

void dns_free(struct dns **dns)
{
	if (!*dns)
		return;
	(*dns)->closing = true;
	ares_destroy((*dns)->channel);
	ares_library_cleanup();
	uv_close((uv_handle_t *)&(*dns)->timer, timer_closed);
	*dns = NULL;
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Joins sockets, routes and names; see net.h. Events wait in a queue that an
 * idle handle empties, so that the core is never entered from its own outbox.
 */
#include "net/net.h"

#include "base/error.h"
#include "net/clock.h"
#include "net/dns.h"
#include "net/links.h"
#include "net/refusals.h"
#include "net/route.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define WHY_MAX 160
#define LOOK_MS 1000 /* whether a listener may be closed */

struct queued {
	struct queued *next;
	struct event event;
};

struct net {
	struct net_handlers handlers;
	struct udp *udp;
	struct route *route;
	struct dns *dns;
	struct links *links; /* NULL where the system has none to tell of */
	bool v4, v6;         /* families that listeners or registrations use */
	struct refusals refusals;
	uv_prepare_t before_sleep;
	uv_idle_t idle;      /* active while events wait */
	uv_timer_t unneeded; /* active while a listener may have to be closed */
	struct queued *first, **last;
	int closing; /* handles whose close callback is still to come */
};

static void deliver_events(uv_idle_t *idle)
{
	struct net *net = idle->data;
	struct queued *queued = net->first;

	/* What these cause waits for the next turn: timers come in between. */
	net->first = NULL;
	net->last = &net->first;
	uv_idle_stop(idle);
	while (queued) {
		struct queued *next = queued->next;

		net->handlers.event(net->handlers.owner, &queued->event);
		free(queued);
		queued = next;
	}
}

static void list(struct texts *texts, void *queued)
{
	event_list(texts, &((struct queued *)queued)->event);
}

/*
 * Without memory the event is lost; whoever waits for it has a latest end of
 * his own, as for every answer.
 */
static void queue_event(struct net *net, const struct event *event)
{
	struct queued *queued =
	    texts_copy(&(struct queued){.event = *event}, sizeof(*queued), list);

	if (!queued)
		return;
	*net->last = queued;
	net->last = &queued->next;
	uv_idle_start(&net->idle, deliver_events);
}

static void lost(void *owner, const struct flow *flow, int error)
{
	struct event event = {
	    .kind = EVENT_FLOW_DOWN, .flow = {.flow = *flow, .why = slice_of(strerror(error))}};

	queue_event(owner, &event);
}

static void refused(void *owner, const struct netaddr *peer, int error)
{
	struct net *net = owner;
	uint32_t count;

	if (refusals_note(&net->refusals, peer, error, clock_now().mono_us, &count))
		net->handlers.refused(net->handlers.owner, peer, count, strerror(error));
}

static void resolved(void *owner, const struct event *event)
{
	queue_event(owner, event);
}

static void address_gone(void *owner, const struct netaddr *address)
{
	struct event event = {.kind = EVENT_FLOW_DOWN, .flow = {.flow.local = *address}};

	queue_event(owner, &event);
}

static void links_changed(void *owner, bool is_back)
{
	struct event event = {.kind = EVENT_NETWORK_CHANGED, .is_back = is_back};
	struct net *net = owner;

	route_forget(net->route);
	queue_event(net, &event);
}

static void flush(uv_prepare_t *prepare)
{
	udp_flush(((struct net *)prepare->data)->udp);
}

struct net *net_new(uv_loop_t *loop, const struct net_handlers *handlers, const char *dns_servers)
{
	struct net *net = calloc(1, sizeof(*net));
	/* Datagrams go to the net's owner at once. */
	struct udp_handlers udp = {
	    .received = handlers->received,
	    .receiver = handlers->owner,
	    .lost = lost,
	    .refused = refused,
	    .owner = net,
	};
	struct links_handlers links = {address_gone, links_changed, net};

	if (!net)
		return NULL;
	net->handlers = *handlers;
	net->last = &net->first;
	net->udp = udp_new(loop, &udp);
	net->route = net->udp ? route_new(net->udp) : NULL;
	net->dns = net->route ? dns_new(loop, dns_servers, resolved, net) : NULL;
	if (!net->dns) {
		if (net->route)
			route_free(&net->route);
		udp_free(&net->udp);
		free(net);
		return NULL;
	}
	net->links = links_new(loop, &links);
	uv_prepare_init(loop, &net->before_sleep);
	uv_idle_init(loop, &net->idle);
	uv_timer_init(loop, &net->unneeded);
	net->before_sleep.data = net;
	net->idle.data = net;
	net->unneeded.data = net;
	uv_prepare_start(&net->before_sleep, flush);
	return net;
}

static void handle_closed(uv_handle_t *handle)
{
	struct net *net = handle->data;

	if (--net->closing == 0)
		free(net);
}

void net_free(struct net **netp)
{
	struct net *net = *netp;

	if (!net)
		return;
	*netp = NULL;
	udp_flush(net->udp);
	links_free(&net->links);
	dns_free(&net->dns);
	route_free(&net->route);
	udp_free(&net->udp);
	while (net->first) {
		struct queued *queued = net->first;

		net->first = queued->next;
		free(queued);
	}
	net->closing = 3;
	uv_close((uv_handle_t *)&net->before_sleep, handle_closed);
	uv_close((uv_handle_t *)&net->idle, handle_closed);
	uv_close((uv_handle_t *)&net->unneeded, handle_closed);
}

static void use_family(struct net *net, uint8_t family)
{
	net->v4 = net->v4 || family == 4;
	net->v6 = net->v6 || family == 6;
	dns_families(net->dns, net->v4, net->v6);
}

int net_listen(struct net *net, enum sip_transport transport, const struct netaddr *local,
    uint32_t *listener_r, struct buf *why)
{
	int rc;

	if (transport != SIP_UDP) {
		buf_puts(why, "this version listens on UDP only");
		return ERR_UNSUPPORTED;
	}
	rc = udp_open(net->udp, local, listener_r);
	if (rc < 0)
		buf_puts(why, rc == ERR_IO ? strerror(errno) : error_text(rc));
	else
		use_family(net, local->family);
	return rc;
}

int net_adopt(struct net *net, int fd, const struct netaddr *local, uint32_t *listener_r)
{
	int rc = udp_adopt(net->udp, fd, local, listener_r);

	if (rc == 0)
		use_family(net, local->family);
	return rc;
}

int net_keep(struct net *net, uint32_t listener)
{
	return udp_keep(net->udp, listener);
}

const struct netaddr *net_local(const struct net *net, uint32_t listener)
{
	return udp_local(net->udp, listener);
}

void net_expect(struct net *net, const struct netaddr *preferred)
{
	if (preferred->family != 0)
		use_family(net, preferred->family);
}

void net_send(struct net *net, const struct effect_send *send)
{
	udp_send(net->udp, &send->flow, send->bytes);
}

static void close_unneeded(uv_timer_t *timer)
{
	struct net *net = timer->data;

	if (!route_close_unneeded(net->route, clock_now().mono_us))
		uv_timer_stop(timer);
}

static void look_later(struct net *net)
{
	if (!uv_is_active((uv_handle_t *)&net->unneeded))
		uv_timer_start(&net->unneeded, close_unneeded, LOOK_MS, LOOK_MS);
}

void net_need(struct net *net, const struct effect_listener *listener)
{
	if (!route_need(net->route, listener->number, listener->is_needed, clock_now().mono_us))
		return;
	if (!listener->is_needed)
		look_later(net);
}

void net_flow_open(struct net *net, const struct effect_flow_open *open)
{
	char text[WHY_MAX];
	struct buf why = buf_over(text, sizeof(text));
	struct event event = {.kind = EVENT_FLOW_DOWN, .flow = {.asker = open->asker}};

	if (open->transport != SIP_UDP)
		buf_puts(&why, "this version sends over UDP only");
	else if (route_find(net->route, &open->preferred, &open->target, clock_now().mono_us,
	             &event.flow.flow, &why) == 0)
		event.kind = EVENT_FLOW_UP;
	if (route_has_further(net->route))
		look_later(net);
	event.flow.why = buf_slice(&why);
	queue_event(net, &event);
}

void net_resolve(struct net *net, const struct effect_resolve *resolve)
{
	dns_resolve(net->dns, resolve->asker, resolve->host, resolve->port);
}

const struct udp_counters *net_counters(const struct net *net)
{
	return udp_counters(net->udp);
}

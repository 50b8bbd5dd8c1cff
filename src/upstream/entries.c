// SPDX-License-Identifier: Apache-2.0
/*
 * Each entry finds the object concerned and hands over.
 */
#include "upstream/entries.h"

#include "upstream/history.h"
#include "upstream/keepalive.h"
#include "upstream/listener.h"
#include "upstream/network.h"
#include "upstream/queue.h"
#include "upstream/reach.h"
#include "upstream/rounds.h"
#include "upstream/workload.h"

static void *owner_of(struct wheel_node *node, size_t offset)
{
	return (char *)node - offset;
}

static void timer(void *part, struct wheel_node *node)
{
	struct upstreams *u = part;

	switch ((enum upstreams_timer)node->kind) {
	case TIMER_TARGET:
		queue_timer(u, owner_of(node, offsetof(struct target, timer)));
		break;
	case TIMER_UPSTREAM:
		reach_names_timer(u, owner_of(node, offsetof(struct upstream, timer)));
		break;
	case TIMER_HISTORY:
		history_timer(u);
		break;
	case TIMER_NETWORK:
		rounds_timer(u);
		break;
	case TIMER_LISTENERS:
		listener_timer(u);
		break;
	case TIMER_KEEPALIVE:
		keepalive_timer(u, owner_of(node, offsetof(struct keepalive, timer)));
		break;
	}
}

/* Lost without having been asked for: one of ours with all that leave from it, or the way of one.
 */
static void flow_lost(struct upstreams *u, const struct flow *flow)
{
	if (flow->peer.family == 0)
		network_address_gone(u, &flow->local);
	else
		network_changed(u, false);
}

static void flow_event(struct upstreams *u, const struct event *event)
{
	if (event->flow.asker != 0)
		reach_flow_event(u, event);
	else if (event->kind == EVENT_FLOW_DOWN)
		flow_lost(u, &event->flow.flow);
}

static void resolved(struct upstreams *u, const struct event_resolved *resolved)
{
	struct upstream *upstream = upstream_get(u, resolved->asker);

	if (upstream)
		upstream_resolved(u, upstream, resolved);
}

static void event(void *part, const struct event *event)
{
	struct upstreams *u = part;

	switch (event->kind) {
	case EVENT_FLOW_UP:
	case EVENT_FLOW_DOWN:
		flow_event(u, event);
		break;
	case EVENT_RESOLVED:
		resolved(u, &event->resolved);
		break;
	case EVENT_CLOCK_STEPPED:
		history_clock_stepped(u);
		break;
	case EVENT_NETWORK_CHANGED:
		network_changed(u, event->is_back);
		break;
	case EVENT_LEDGER_DURABLE:
	case EVENT_LEDGER_FAILED:
	case EVENT_BINDING_KEPT:
	case EVENT_BINDINGS_LOADED:
	case EVENT_BINDINGS_DURABLE:
	case EVENT_BINDINGS_FAILED:
	case EVENT_BINDINGS_LOST:
		break;
	}
}

static uint64_t takes_s(void *part)
{
	return workload_takes_s(part);
}

static void hurry(void *part)
{
	targets_hurry(part);
}

static const struct part_stop_ops stop_ops = {.takes_s = takes_s, .hurry = hurry};

const struct part_ops upstreams_ops = {.timer = timer, .event = event, .stop = &stop_ops};

// SPDX-License-Identifier: Apache-2.0
/*
 * Finds the way from an upstream's name to a flow.
 */
#include "upstream/reach.h"

#include "upstream/listener.h"

#include <assert.h>

/* In a stop an exchange that the stop does not need stays where it is, until its part ends it. */
static void tell_reached(struct upstreams *u, struct exchange *exchange)
{
	const struct exchange_ops *ops = exchange_ops(u, exchange);

	if (!core_is_stopping(u->core) || ops->sends_in_stop)
		ops->reached(exchange_context(u, exchange), exchange);
}

static void open_flow(struct upstreams *u, struct exchange *exchange, struct target *target)
{
	struct effect *effect;

	exchange_set_target(u, exchange, target);
	exchange->has_flow = exchange->has_flow && exchange->ways == u->network.ways &&
	                     listener_is_needed(u, exchange_flow(exchange)->listener);
	if (exchange->has_flow) {
		exchange->phase = EXCHANGE_IDLE;
		tell_reached(u, exchange);
		return;
	}
	exchange->phase = EXCHANGE_FLOW;
	effect = outbox_add(u->core->outbox, EFFECT_FLOW_OPEN);
	effect->flow_open.asker = exchange_number(exchange);
	effect->flow_open.transport = target->transport;
	effect->flow_open.preferred = exchange_ops(u, exchange)->leaves_from(exchange);
	effect->flow_open.target = target->address;
}

/* If all targets rest, one of them is chosen all the same: the request waits in its queue. */
static void choose_target(struct upstreams *u, struct exchange *exchange)
{
	struct upstream *route = upstream_get(u, exchange->route);
	uint64_t open_at_us;

	open_flow(u, exchange, upstream_choose(u, route, exchange->next_target, &open_at_us));
}

void reach_upstream(struct upstreams *u, struct exchange *exchange)
{
	struct upstream *route = upstream_get(u, exchange->route);

	assert(exchange->phase == EXCHANGE_IDLE);
	if (upstream_resolve(u, route) == UPSTREAM_READY) {
		choose_target(u, exchange);
		return;
	}
	exchange->phase = EXCHANGE_NAME;
	exchange_wait(exchange, route);
}

void reach_address(struct upstreams *u, struct exchange *exchange, const struct netaddr *address)
{
	struct upstream *route = upstream_get(u, exchange->route);
	struct target *target = target_take(u, route->transport, address);
	pool_handle handle;

	if (!target) {
		reach_upstream(u, exchange);
		return;
	}
	handle = target->handle;
	open_flow(u, exchange, target);
	target_give(u, handle);
}

static void name_known(struct upstreams *u, struct exchange *exchange, struct slice why)
{
	exchange_stop_waiting(exchange);
	exchange->phase = EXCHANGE_IDLE;
	if (why.n == 0)
		choose_target(u, exchange);
	else
		exchange_ops(u, exchange)
		    ->unreachable(exchange_context(u, exchange), exchange, OBSTACLE_NAME, why);
}

static void tell_waiting(struct upstreams *u, struct upstream *upstream)
{
	struct slice why = upstream_why_unknown(upstream);

	/* An exchange that goes on may give up the last reference to the upstream. */
	upstream->refs++;
	while (upstream->waiting && outbox_has_room(u->core->outbox))
		name_known(u, upstream->waiting, why);
	upstream->has_news = upstream->waiting;
	if (upstream->waiting)
		wheel_set(u->core->wheel, &upstream->timer, u->core->now.mono_us);
	upstream_give(u, upstream->handle);
}

void reach_names_timer(struct upstreams *u, struct upstream *upstream)
{
	if (upstream->has_news)
		tell_waiting(u, upstream);
	else
		upstream_ask_again(u, upstream);
}

static bool is_wanted_flow(const struct upstreams *u, const struct exchange *exchange,
    const struct target *target, const struct flow *flow)
{
	struct netaddr local = exchange_ops(u, exchange)->leaves_from(exchange);

	return netaddr_equal(&flow->peer, &target->address) &&
	       (local.port == 0 || local.port == flow->local.port);
}

/* Takes the answer to a question for a flow; the answer to an older question is ignored. */
static void flow_known(struct upstreams *u, struct exchange *exchange, const struct event *event)
{
	const struct exchange_ops *ops = exchange_ops(u, exchange);
	bool is_up = event->kind == EVENT_FLOW_UP;

	if (is_up &&
	    !is_wanted_flow(u, exchange, target_get(u, exchange->target), &event->flow.flow))
		return;
	exchange->phase = EXCHANGE_IDLE;
	if (!is_up || !exchange_set_flow(u, exchange, &event->flow.flow)) {
		exchange->next_target++;
		ops->unreachable(exchange_context(u, exchange), exchange, OBSTACLE_FLOW,
		    is_up ? SLICE("out of memory") : event->flow.why);
		return;
	}
	exchange->ways = u->network.ways;
	exchange->has_flow = true;
	tell_reached(u, exchange);
}

void reach_flow_event(struct upstreams *u, const struct event *event)
{
	struct exchange *exchange = exchange_find(u, event->flow.asker);

	if (exchange && exchange->phase == EXCHANGE_FLOW)
		flow_known(u, exchange, event);
}

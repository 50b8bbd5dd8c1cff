// SPDX-License-Identifier: Apache-2.0
/*
 * Between the core and everything else; see wiring.h.
 */
#include "daemon/wiring.h"

#include "base/log.h"
#include "net/clock.h"
#include "thread/mailbox.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define COMMANDS_MAX  64
#define EVENTS_A_TURN 256

struct wiring {
	struct wiring_hooks hooks;
	struct net *net;
	struct core *core;
	bool entered; /* inside an entry and its outbox: no other may begin */

	uv_timer_t timer; /* the core's deadline */
	uint64_t deadline_us;
	uv_prepare_t before_sleep;
	uv_async_t woken; /* by another thread */
	struct clock_watch *watch;
	struct clock_compare compare;

	struct mailbox *commands; /* of other threads: copies, this side's to free */
	int closing;              /* handles whose close callback is still to come */
};

/* Out of the core. */

static void carry_out(struct wiring *w, const struct effect *effect)
{
	switch (effect->kind) {
	case EFFECT_SEND:
		net_send(w->net, &effect->send);
		break;
	case EFFECT_FLOW_OPEN:
		net_flow_open(w->net, &effect->flow_open);
		break;
	case EFFECT_LISTENER:
		net_need(w->net, &effect->listener);
		break;
	case EFFECT_RESOLVE:
		net_resolve(w->net, &effect->resolve);
		break;
	case EFFECT_LEDGER:
		w->hooks.ledger(w->hooks.owner, &effect->ledger);
		break;
	case EFFECT_BINDING:
		w->hooks.binding(w->hooks.owner, &effect->binding);
		break;
	case EFFECT_LOG:
		w->hooks.log(w->hooks.owner, effect->log.level, effect->log.text);
		break;
	case EFFECT_ANSWER:
		w->hooks.answer(w->hooks.owner, effect->answer);
		break;
	}
}

/* The core knows of no datagram that was lost on the way: this is for people. */
static void refused(void *owner, const struct netaddr *peer, uint32_t count, const char *why)
{
	struct wiring *w = owner;
	char text[160], place[NETADDR_TEXT_MAX + 1];
	struct buf b = buf_over(place, sizeof(place));

	netaddr_put(&b, peer);
	snprintf(text, sizeof(text), "send=refused peer=%s count=%u: %s", buf_text(&b), count, why);
	w->hooks.log(w->hooks.owner, LOG_LEVEL_WARNING, slice_of(text));
}

static void leave(struct wiring *w)
{
	struct outbox *outbox = core_outbox(w->core);

	for (uint32_t i = 0; i < outbox_count(outbox); i++)
		carry_out(w, outbox_at(outbox, i));
	outbox_reset(outbox);
	w->entered = false;
}

/* Into the core. */

static void step(struct wiring *w, struct now now, const struct event *event)
{
	core_event(w->core, now, event);
	leave(w);
	w->entered = true;
}

/* Begins an entry: the time, and first of all what the clock itself has to tell. */
static struct now enter(struct wiring *w)
{
	struct now now = clock_now();
	struct event event = {.kind = EVENT_CLOCK_STEPPED};

	assert(!w->entered);
	w->entered = true;
	event.step_ms = clock_compare(&w->compare, now);
	if (event.step_ms != 0)
		step(w, now, &event);
	return now;
}

static void received(void *owner, const struct flow *flow, struct slice datagram)
{
	struct wiring *w = owner;

	if (!w->core)
		return;
	core_receive(w->core, enter(w), flow, datagram);
	leave(w);
}

static void happened(void *owner, const struct event *event)
{
	struct wiring *w = owner;

	if (!w->core)
		return;
	core_event(w->core, enter(w), event);
	leave(w);
}

void wiring_command(struct wiring *w, const struct command *command)
{
	core_command(w->core, enter(w), command);
	leave(w);
}

static void advance(struct wiring *w)
{
	core_advance(w->core, enter(w));
	leave(w);
}

/* The one timer. */

static void due(uv_timer_t *timer)
{
	struct wiring *w = timer->data;

	w->deadline_us = TIME_NEVER;
	advance(w);
}

/* In each turn, after everything that may have moved the deadline. */
static void set_timer(uv_prepare_t *prepare)
{
	struct wiring *w = prepare->data;
	uint64_t deadline_us = core_next_deadline(w->core), now_us;

	log_flush();
	if (deadline_us == w->deadline_us)
		return;
	w->deadline_us = deadline_us;
	if (deadline_us == TIME_NEVER) {
		uv_timer_stop(&w->timer);
		return;
	}
	uv_update_time(w->timer.loop);
	now_us = clock_now().mono_us;
	uv_timer_start(&w->timer, due,
	    deadline_us > now_us ? (deadline_us - now_us + US_PER_MS - 1) / US_PER_MS : 0, 0);
}

/* The clock was set or the machine slept, and the loop's own clock slept with it. */
static void clock_woken(void *owner)
{
	struct wiring *w = owner;

	if (!w->core)
		return;
	advance(w);
	w->deadline_us = TIME_NEVER;
}

/* From other threads. */

int wiring_submit(void *wiring, const struct command *command)
{
	struct wiring *w = wiring;
	struct command *copy;
	int rc = command_copy(command, &copy);

	if (rc < 0)
		return rc;
	rc = mailbox_post(w->commands, &copy);
	if (rc < 0)
		free(copy);
	return rc;
}

bool wiring_hear(struct wiring *w)
{
	struct event event;
	unsigned events = 0;

	while (events < EVENTS_A_TURN && w->hooks.poll(w->hooks.owner, &event)) {
		happened(w, &event);
		events++;
	}
	return events == EVENTS_A_TURN;
}

static void woken_by_thread(uv_async_t *async)
{
	struct wiring *w = async->data;
	struct command *command;

	if (!w->core)
		return;
	/* A million bindings may be loading: what came from the network is served in between. */
	if (wiring_hear(w))
		uv_async_send(&w->woken);
	while (mailbox_take(w->commands, &command)) {
		wiring_command(w, command);
		free(command);
	}
}

void wiring_wake(void *wiring)
{
	uv_async_send(&((struct wiring *)wiring)->woken);
}

/* Beginning and end. */

static void release(struct wiring *w)
{
	struct command *command;

	while (w->commands && mailbox_take(w->commands, &command))
		free(command);
	mailbox_free(&w->commands);
	free(w);
}

struct wiring *wiring_new(uv_loop_t *loop, const struct wiring_hooks *hooks)
{
	struct wiring *w = calloc(1, sizeof(*w));
	struct net_handlers handlers = {received, happened, refused, w};

	if (!w)
		return NULL;
	w->hooks = *hooks;
	w->deadline_us = TIME_NEVER;
	w->commands = mailbox_new(sizeof(struct command *), COMMANDS_MAX, wiring_wake, w);
	w->net = w->commands ? net_new(loop, &handlers, NULL) : NULL;
	if (!w->net || uv_async_init(loop, &w->woken, woken_by_thread) < 0) {
		net_free(&w->net);
		release(w);
		return NULL;
	}
	uv_timer_init(loop, &w->timer);
	uv_prepare_init(loop, &w->before_sleep);
	w->timer.data = w->before_sleep.data = w->woken.data = w;
	w->watch = clock_watch_new(loop, clock_woken, w);
	clock_compare(&w->compare, clock_now());
	return w;
}

static void closed(uv_handle_t *handle)
{
	struct wiring *w = handle->data;

	if (--w->closing == 0)
		release(w);
}

void wiring_free(struct wiring **wiring)
{
	struct wiring *w = *wiring;

	if (!w)
		return;
	*wiring = NULL;
	w->core = NULL;
	mailbox_close(w->commands);
	net_free(&w->net);
	clock_watch_free(&w->watch);
	w->closing = 3;
	uv_close((uv_handle_t *)&w->timer, closed);
	uv_close((uv_handle_t *)&w->before_sleep, closed);
	uv_close((uv_handle_t *)&w->woken, closed);
}

struct net *wiring_net(struct wiring *w)
{
	return w->net;
}

void wiring_connect(struct wiring *w, struct core *core)
{
	assert(!w->core);
	w->core = core;
	w->entered = true;
	leave(w);
	uv_prepare_start(&w->before_sleep, set_timer);
	/* A thread may have spoken before there was a core to hear it. */
	uv_async_send(&w->woken);
}

void wiring_start(struct wiring *w)
{
	core_start(w->core, enter(w));
	leave(w);
}

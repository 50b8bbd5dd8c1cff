// SPDX-License-Identifier: Apache-2.0
/*
 * Exchanges: the way from a name to a request that leaves.
 */
#include "registrant/exchange.h"

#include "base/broken.h"
#include "registrant/debt.h"
#include "registrant/redirect.h"
#include "registrant/registration.h"
#include "registrant/request.h"
#include "registrant/tracing.h"
#include "upstream/listener.h"

#include <assert.h>

#define BOUND_SLACK_US   (32 * US_PER_S) /* what upstream may add to what was asked */
#define ASKER_DEBT       (UINT64_C(1) << 63)
#define NO_ROOM_US       (100 * US_PER_MS)
#define SHORT_AUTHS_SIZE (TXN_BUFFER_SIZE / 3) /* of challenges: above it the request is long */

const struct flow *exchange_flow(const struct exchange *exchange)
{
	static const struct flow none;

	return exchange->flow ? exchange->flow : &none;
}

/* Without what lies between the fields, so that equal ones have equal bytes. */
static bool keep_flow(struct registrant *r, struct exchange *exchange, const struct flow *flow)
{
	const void *held = exchange->flow;
	struct flow plain;
	bool is_kept;

	memset(&plain, 0, sizeof(plain));
	plain.transport = flow->transport;
	plain.listener = flow->listener;
	plain.connection = flow->connection;
	netaddr_copy(&plain.local, &flow->local);
	netaddr_copy(&plain.peer, &flow->peer);
	is_kept = shared_set(r->flows, &plain, &held);
	exchange->flow = held;
	return is_kept;
}

static void drop_flow(struct registrant *r, struct exchange *exchange)
{
	const void *held = exchange->flow;

	shared_drop(r->flows, &held);
	exchange->flow = NULL;
}

void exchange_init(struct exchange *exchange, const struct exchange_ops *ops, enum holder_kind kind,
    pool_handle owner)
{
	*exchange = (struct exchange){.ops = ops, .owner = owner, .holder_kind = (uint8_t)kind};
}

struct holding *exchange_holding(const struct exchange *exchange)
{
	const char *at = (const char *)exchange;

	switch ((enum holder_kind)exchange->holder_kind) {
	case HOLDER_REGISTRATION:
		at -= offsetof(struct registration, exchange);
		return ((const struct registration *)at)->holding;
	case HOLDER_DEBT:
		at -= offsetof(struct debt, exchange);
		return ((const struct debt *)at)->holding;
	}
	return NULL;
}

uint64_t exchange_asker(const struct exchange *exchange)
{
	return exchange->owner | (exchange->holder_kind == HOLDER_DEBT ? ASKER_DEBT : 0);
}

pool_handle exchange_asker_owner(uint64_t asker, enum holder_kind *kind_r)
{
	*kind_r = asker & ASKER_DEBT ? HOLDER_DEBT : HOLDER_REGISTRATION;
	return asker & ~ASKER_DEBT;
}

static void unlink_waiting(struct exchange *exchange)
{
	if (!exchange->wait_link)
		return;
	*exchange->wait_link = exchange->wait_next;
	if (exchange->wait_next)
		exchange->wait_next->wait_link = exchange->wait_link;
	exchange->wait_next = NULL;
	exchange->wait_link = NULL;
}

static void link_waiting(struct exchange *exchange, struct upstream *upstream)
{
	exchange->wait_next = upstream->waiting;
	exchange->wait_link = &upstream->waiting;
	if (upstream->waiting)
		upstream->waiting->wait_link = &exchange->wait_next;
	upstream->waiting = exchange;
}

static void set_target(struct registrant *r, struct exchange *exchange, struct target *target)
{
	if (target && exchange->target == target->handle)
		return;
	if (target)
		target->refs++;
	target_give(r->upstreams, exchange->target);
	exchange->target = target ? target->handle : 0;
	exchange->has_flow = false;
}

void exchange_let_loose(struct registrant *r, struct exchange *exchange, struct txn *txn)
{
	struct holding *holding = exchange_holding(exchange);
	const struct exchange_note *note = exchange_note(txn);
	uint64_t *until =
	    note->expires_s > 0 ? &holding->loose_until_us : &holding->loose_cancel_until_us;

	if (BROKEN_LATE_ANSWER) {
		txn_finish(r->core->txns, txn);
	} else {
		if (!note->is_probe)
			*until = max_u64(*until, txn_loose_until_us(txn));
		txn_abandon(r->core->txns, txn);
	}
	exchange->txn = 0;
	exchange->phase = EXCHANGE_IDLE;
	exchange->is_answering = false;
	target_end(r->upstreams, target_get(r->upstreams, exchange->target));
}

void exchange_abandon(struct registrant *r, struct exchange *exchange)
{
	struct txn *txn = txns_get(r->core->txns, exchange->txn);

	unlink_waiting(exchange);
	if (exchange->phase == EXCHANGE_QUEUED)
		target_unqueue(target_get(r->upstreams, exchange->target));
	if (exchange->phase == EXCHANGE_SENT && txn)
		exchange_let_loose(r, exchange, txn);
	exchange->phase = EXCHANGE_IDLE;
	exchange->is_answering = false;
}

void exchange_clear(struct registrant *r, struct exchange *exchange)
{
	exchange_abandon(r, exchange);
	set_target(r, exchange, NULL);
	drop_flow(r, exchange);
	redirect_forget(r, exchange);
	upstream_give(r->upstreams, exchange->route);
	exchange->route = 0;
	auths_clear(&exchange->auths);
}

void exchange_set_route(struct registrant *r, struct exchange *exchange, struct upstream *upstream)
{
	/* What one place asked for is not offered to another, least of all to a redirect's. */
	if (exchange->route != upstream->handle)
		auths_clear(&exchange->auths);
	upstream_give(r->upstreams, exchange->route);
	exchange->route = upstream->handle;
	exchange->next_target = 0;
}

void exchange_pass_target(const struct registrant *r, struct exchange *exchange)
{
	const struct upstream *route = upstream_get(r->upstreams, exchange->route);

	exchange->next_target = (uint8_t)(upstream_index(route, exchange->target) + 1);
}

void exchange_move(struct registrant *r, struct exchange *to, struct exchange *from)
{
	const struct exchange_ops *ops = to->ops;
	enum holder_kind kind = to->holder_kind;
	pool_handle owner = to->owner;

	/* What is queued or looked for begins anew; what was sent goes on. */
	if (from->phase != EXCHANGE_SENT)
		exchange_abandon(r, from);
	assert(to->route == 0 && to->target == 0 && to->txn == 0 && !to->flow);
	*to = *from;
	to->ops = ops;
	to->holder_kind = (uint8_t)kind;
	to->owner = owner;
	exchange_init(from, from->ops, from->holder_kind, from->owner);
}

static void open_flow(struct registrant *r, struct exchange *exchange, struct target *target)
{
	struct effect *effect;

	set_target(r, exchange, target);
	exchange->has_flow = exchange->has_flow && exchange->ways == r->upstreams->network.ways &&
	                     listener_is_needed(r->upstreams, exchange_flow(exchange)->listener);
	if (exchange->has_flow) {
		exchange->phase = EXCHANGE_IDLE;
		exchange->ops->reached(r, exchange);
		return;
	}
	exchange->phase = EXCHANGE_FLOW;
	effect = outbox_add(r->core->outbox, EFFECT_FLOW_OPEN);
	effect->flow_open.asker = exchange_asker(exchange);
	effect->flow_open.transport = target->transport;
	effect->flow_open.preferred = exchange->ops->leaves_from(exchange);
	effect->flow_open.target = target->address;
}

/* One that rests is taken too where there is no other: its queue waits for it. */
static void choose_target(struct registrant *r, struct exchange *exchange)
{
	struct upstream *route = upstream_get(r->upstreams, exchange->route);
	uint64_t open_at_us;

	open_flow(
	    r, exchange, upstream_choose(r->upstreams, route, exchange->next_target, &open_at_us));
}

void exchange_reach(struct registrant *r, struct exchange *exchange)
{
	struct upstream *route = upstream_get(r->upstreams, exchange->route);

	assert(exchange->phase == EXCHANGE_IDLE);
	if (upstream_resolve(r->upstreams, route) == UPSTREAM_READY) {
		choose_target(r, exchange);
		return;
	}
	exchange->phase = EXCHANGE_NAME;
	link_waiting(exchange, route);
}

void exchange_reach_address(
    struct registrant *r, struct exchange *exchange, const struct netaddr *address)
{
	struct upstream *route = upstream_get(r->upstreams, exchange->route);
	struct target *target = target_take(r->upstreams, route->transport, address);
	pool_handle handle;

	if (!target) {
		exchange_reach(r, exchange);
		return;
	}
	handle = target->handle;
	open_flow(r, exchange, target);
	target_give(r->upstreams, handle);
}

static void name_known(struct registrant *r, struct exchange *exchange, struct slice why)
{
	unlink_waiting(exchange);
	exchange->phase = EXCHANGE_IDLE;
	if (why.n == 0)
		choose_target(r, exchange);
	else
		exchange->ops->unreachable(r, exchange, OBSTACLE_NAME, why);
}

static void tell_waiting(struct registrant *r, struct upstream *upstream)
{
	struct slice why = upstream_why_unknown(upstream);

	/* The exchange that goes on may be the last to name the upstream. */
	upstream->refs++;
	while (upstream->waiting && outbox_has_room(r->core->outbox))
		name_known(r, upstream->waiting, why);
	upstream->has_news = upstream->waiting;
	if (upstream->waiting)
		wheel_set(r->core->wheel, &upstream->timer, r->core->now.mono_us);
	upstream_give(r->upstreams, upstream->handle);
}

void exchange_names_timer(struct registrant *r, struct upstream *upstream)
{
	if (upstream->has_news)
		tell_waiting(r, upstream);
	else
		upstream_ask_again(r->upstreams, upstream);
}

static bool is_wanted_flow(
    const struct exchange *exchange, const struct target *target, const struct flow *flow)
{
	struct netaddr local = exchange->ops->leaves_from(exchange);

	return netaddr_equal(&flow->peer, &target->address) &&
	       (local.port == 0 || local.port == flow->local.port);
}

void exchange_flow_event(struct registrant *r, struct exchange *exchange, const struct event *event)
{
	struct target *target = target_get(r->upstreams, exchange->target);

	if (exchange->phase != EXCHANGE_FLOW)
		return;
	if (event->kind == EVENT_FLOW_UP && !is_wanted_flow(exchange, target, &event->flow.flow))
		return; /* the answer to an older question */
	exchange->phase = EXCHANGE_IDLE;
	if (event->kind == EVENT_FLOW_DOWN || !keep_flow(r, exchange, &event->flow.flow)) {
		exchange->next_target++;
		exchange->ops->unreachable(r, exchange, OBSTACLE_FLOW,
		    event->kind == EVENT_FLOW_DOWN ? event->flow.why : SLICE("out of memory"));
		return;
	}
	exchange->ways = r->upstreams->network.ways;
	exchange->has_flow = true;
	exchange->ops->reached(r, exchange);
}

int exchange_queue(
    struct registrant *r, struct exchange *exchange, enum queue_class class, uint64_t order)
{
	struct target *target = target_get(r->upstreams, exchange->target);
	int rc;

	assert(exchange->phase == EXCHANGE_IDLE && exchange->has_flow);
	listener_use(r->upstreams, &exchange_holding(exchange)->listener_place,
	    exchange_flow(exchange)->listener);
	exchange->queue_key = target_key(class, order);
	rc = target_queue(
	    r->upstreams, target, exchange->queue_key, exchange_holding(exchange)->handle);
	if (rc < 0)
		return rc;
	exchange->phase = EXCHANGE_QUEUED;
	/* The answer to a challenge goes on with what was let through. */
	target_hold_until(
	    r->upstreams, target, exchange_held_until_us(r, exchange), class == QUEUE_ANSWER);
	return 0;
}

/* The exchange that a queued pair stands for; NULL where it went on without it. */
static struct exchange *find_live(
    struct registrant *r, const struct target *target, const struct heap_pair *pair)
{
	struct holding *holding = holding_get(r, pair->value);
	struct exchange *exchange = holding ? holding->exchange : NULL;

	if (!exchange || exchange->phase != EXCHANGE_QUEUED || exchange->queue_key != pair->key ||
	    exchange->target != target->handle)
		return NULL;
	return exchange;
}

static struct exchange *pop_live(struct registrant *r, struct target *target)
{
	struct exchange *exchange;
	struct heap_pair pair;

	while (heap_peek(&target->queue, &pair)) {
		heap_pop(&target->queue);
		exchange = find_live(r, target, &pair);
		if (!exchange)
			continue;
		target_unqueue(target);
		exchange->phase = EXCHANGE_IDLE;
		return exchange;
	}
	return NULL;
}

static bool may_go_elsewhere(
    const struct registrant *r, const struct exchange *exchange, const struct target *target)
{
	const struct upstream *route = upstream_get(r->upstreams, exchange->route);
	uint64_t closed_until_us = target_closed_until_us(r->upstreams, target);

	/* A redirected registration may ask at home again; a debt is owed where it was bound. */
	if (exchange->is_redirected && exchange->holder_kind == HOLDER_REGISTRATION)
		return true;
	for (uint32_t i = 0; i < route->target_count; i++) {
		const struct target *other = target_get(r->upstreams, route->targets[i]);

		if (other != target && target_open_at_us(r->upstreams, other) < closed_until_us)
			return true;
	}
	return false;
}

static void send_elsewhere(struct registrant *r, struct exchange *exchange, struct target *target)
{
	target->queued--;
	exchange->phase = EXCHANGE_IDLE;
	exchange->is_answering = false;
	exchange_pass_target(r, exchange);
	exchange->ops->unreachable(r, exchange, OBSTACLE_REST, SLICE("address rests"));
}

/* Back into the queue; without memory on to wherever it may. */
static void stay(struct registrant *r, struct target *target, const struct heap_pair *pair)
{
	struct exchange *exchange = find_live(r, target, pair);

	if (exchange && heap_push(&target->queue, pair->key, pair->value) < 0)
		send_elsewhere(r, exchange, target);
}

/* Mostly there is but one address, and a long queue need not be taken apart to find that out. */
static bool may_anybody_go(struct registrant *r, const struct target *target)
{
	for (uint32_t i = 0; i < target->queue.count; i++) {
		struct exchange *exchange = find_live(r, target, &target->queue.pairs[i]);

		if (exchange && may_go_elsewhere(r, exchange, target))
			return true;
	}
	return false;
}

/* As many as `most` and the outbox let go; the rest of them when it has room again. */
static void reroute(struct registrant *r, struct target *target, uint64_t most)
{
	struct heap staying = {0};
	struct exchange *exchange;
	struct heap_pair pair;

	if (!may_anybody_go(r, target))
		most = 0;
	while (most > 0 && outbox_has_room(r->core->outbox) && heap_peek(&target->queue, &pair)) {
		heap_pop(&target->queue);
		exchange = find_live(r, target, &pair);
		if (!exchange || (!may_go_elsewhere(r, exchange, target) &&
		                     heap_push(&staying, pair.key, pair.value) == 0))
			continue;
		most--;
		send_elsewhere(r, exchange, target);
	}
	target->leaving = heap_peek(&target->queue, &pair) ? most : 0;
	for (uint32_t i = 0; i < staying.count; i++)
		stay(r, target, &staying.pairs[i]);
	heap_clear(&staying);
	if (target->leaving > 0)
		target_arm(r->upstreams, target);
}

/*
 * Addresses that close by turns would send everyone to and fro: no more go than another one could
 * send in that time.
 */
void exchange_reroute(struct registrant *r, struct target *target)
{
	reroute(r, target, target_sent_while_closed(r->upstreams, target));
}

/* Out of the queue: its pair is void by that. */
static void take(struct target *target, struct exchange *exchange)
{
	exchange->phase = EXCHANGE_IDLE;
	target_unqueue(target);
}

/*
 * A silent address is asked by one at a time, and by those of another kind each time: it may
 * swallow cancels, or the requests of strangers, and answer what waits behind them.
 */
static struct exchange *pop_probe(struct registrant *r, struct target *target)
{
	struct exchange *best = NULL, *exchange;

	for (uint32_t i = 0; i < target->queue.count; i++) {
		const struct heap_pair *pair = &target->queue.pairs[i];

		if (target_key_class(pair->key) == target->probed ||
		    (best && pair->key >= best->queue_key))
			continue;
		exchange = find_live(r, target, pair);
		if (exchange)
			best = exchange;
	}
	if (best) {
		take(target, best);
	} else {
		best = pop_live(r, target);
	}
	if (best)
		target->probed = (uint8_t)target_key_class(best->queue_key);
	return best;
}

/* After a rest another one goes first than those whose 503s brought it on. */
static struct exchange *pop_other(struct registrant *r, struct target *target)
{
	struct exchange *best = NULL, *exchange;

	target->has_rested = false;
	for (uint32_t i = 0; i < target->queue.count; i++) {
		const struct heap_pair *pair = &target->queue.pairs[i];

		if (best && pair->key >= best->queue_key)
			continue;
		exchange = find_live(r, target, pair);
		if (exchange && !exchange->was_refused)
			best = exchange;
	}
	if (!best)
		return pop_live(r, target);
	take(target, best);
	return best;
}

static struct exchange *pop_next(struct registrant *r, struct target *target)
{
	if (r->stop.running)
		return pop_live(r, target);
	if (target->is_broken)
		return pop_probe(r, target);
	return target->has_rested ? pop_other(r, target) : pop_live(r, target);
}

uint64_t exchange_held_until_us(const struct registrant *r, const struct exchange *exchange)
{
	const struct holding *holding = exchange_holding(exchange);
	uint64_t lead_us = min_u64(ATTEMPT_MAX_US, holding->granted_s * US_PER_S / 4);

	if (exchange->holder_kind != HOLDER_REGISTRATION ||
	    holding->granted_until_us <= r->core->now.mono_us)
		return TIME_NEVER;
	return holding->granted_until_us - lead_us;
}

/* What would lapse during a rest leaves before that, one at a time, the soonest to lapse first. */
static void let_through(struct registrant *r, struct target *target)
{
	uint64_t first_us = TIME_NEVER, next_us = TIME_NEVER;
	struct exchange *first = NULL;

	if (target_let_through_us(r->upstreams, target) > r->core->now.mono_us)
		return;
	for (uint32_t i = 0; i < target->queue.count; i++) {
		const struct heap_pair *pair = &target->queue.pairs[i];
		enum queue_class class = target_key_class(pair->key);
		struct exchange *exchange = find_live(r, target, pair);
		uint64_t until_us;

		if (!exchange || (class != QUEUE_REFRESH && class != QUEUE_ANSWER))
			continue;
		until_us = exchange_held_until_us(r, exchange);
		/* The answer to a challenge goes on with the one let through; the next one waits.
		 */
		if (class == QUEUE_REFRESH)
			until_us = max_u64(until_us, target->let_through_us + LET_APART_US);
		next_us = min_u64(next_us, max_u64(until_us, first_us));
		if (until_us < first_us) {
			first_us = until_us;
			first = exchange;
		}
	}
	target->hold_until_us = first_us;
	if (first_us > r->core->now.mono_us)
		return;
	target_let_one(r->upstreams, target, next_us);
	take(target, first);
	first->ops->turn(r, first);
}

static bool has_room(const struct registrant *r, const struct target *target)
{
	return outbox_has_room(r->core->outbox) && txns_have_room(r->core->txns, target->has_long);
}

void exchange_pump(struct registrant *r, struct target *target)
{
	pool_handle handle = target->handle;
	struct exchange *exchange;

	/* The exchange at the head of the queue may hold the last reference to the target. */
	target->refs++;
	if (target->leaving > 0 && target_open_at_us(r->upstreams, target) > r->core->now.mono_us)
		reroute(r, target, target->leaving);
	else
		target->leaving = 0;
	if (target->queued > 0 && has_room(r, target))
		let_through(r, target);
	while (target->queued > 0 && target_slot_us(r->upstreams, target) <= r->core->now.mono_us) {
		if (!has_room(r, target))
			break;
		exchange = pop_next(r, target);
		if (!exchange)
			break;
		exchange->ops->turn(r, exchange);
	}
	if (target->queued > 0 && !txns_have_room(r->core->txns, target->has_long))
		wheel_set(r->core->wheel, &target->timer, r->core->now.mono_us + NO_ROOM_US);
	else
		target_arm(r->upstreams, target);
	target_give(r->upstreams, handle);
}

void exchange_raise_bound(struct registrant *r, struct holding *holding, const struct txn *txn)
{
	uint32_t asked_s = exchange_note(txn)->expires_s;
	uint64_t expiry_s = max_u64(asked_s, holding->granted_s);

	if (asked_s == 0)
		return;
	holding->bound_until_us = max_u64(
	    holding->bound_until_us, r->core->now.mono_us + expiry_s * US_PER_S + BOUND_SLACK_US);
}

void exchange_hold(struct registrant *r, struct exchange *exchange, uint32_t left_s)
{
	struct holding *holding = exchange_holding(exchange);
	uint64_t until_us = r->core->now.mono_us + left_s * US_PER_S;

	holding->bound_until_us = max_u64(holding->bound_until_us, until_us);
	/* A 4xx to what is outstanding must not undo this. */
	exchange->bound_before_us = max_u64(exchange->bound_before_us, until_us);
	/* The grant of before a kill says no more when it ends. */
	holding->is_loaded = false;
	if (left_s > holding->granted_s)
		holding_forget_grant(r, holding);
	holding_raise_expiry(r, holding, left_s);
}

/* Behind the full text of a request that found no room in a short buffer. */
static int write_long(struct registrant *r, struct exchange *exchange, struct buf *bytes,
    const struct request *request, struct txn *txn)
{
	auths_unput(&exchange->auths);
	target_get(r->upstreams, exchange->target)->has_long = true;
	if (txn_lengthen(r->core->txns, txn, bytes) < 0)
		return ERR_FULL;
	request_put(r, bytes, request);
	return bytes->full ? ERR_LIMIT : 0;
}

static void begin_auths(struct exchange *exchange)
{
	auths_begin(&exchange->auths);
	exchange->digests = 0;
	exchange->fell_back = false;
}

static int write_request(struct registrant *r, struct exchange *exchange, struct txn *txn,
    struct buf *bytes, const struct exchange_request *asked)
{
	struct holding *holding = exchange_holding(exchange);
	struct sequence *sequence = sequence_get(r, holding->sequence);
	struct exchange_note *note = exchange_note(txn);
	struct request request = {
	    .holding = holding,
	    .sequence = sequence,
	    .txn = txn,
	    .route = upstream_get(r->upstreams, exchange->route),
	    .auths = &exchange->auths,
	    .auth_username = asked->auth_username,
	    .password = asked->password,
	    .expires_s = asked->expires_s,
	    .probe = asked->probe,
	};

	for (; request.ended_count < asked->carried_count; request.ended_count++)
		request.ended[request.ended_count] = asked->carried[request.ended_count]->holding;
	txn->owner = holding->handle;
	txn->method = asked->probe == PROBE_OPTIONS ? SIP_OPTIONS : SIP_REGISTER;
	note->is_probe = asked->probe != PROBE_NONE;
	note->expires_s = asked->expires_s;
	txn->flow = *exchange_flow(exchange);
	txn->cseq = sequence_next(r, sequence);
	if (!exchange->is_answering)
		begin_auths(exchange);
	request_put(r, bytes, &request);
	if (!bytes->full)
		return 0;
	return txn->is_long ? ERR_LIMIT : write_long(r, exchange, bytes, &request, txn);
}

/* Where another one was, it saves writing the request twice. */
static bool is_surely_long(const struct exchange *exchange, const struct target *target)
{
	return target->has_long && auths_size(&exchange->auths) > SHORT_AUTHS_SIZE;
}

/* Challenges that make it too long would do so with every further request. */
static int cannot_send(
    struct registrant *r, struct exchange *exchange, struct target *target, int rc)
{
	if (rc == ERR_LIMIT) {
		exchange->is_answering = false;
		auths_clear(&exchange->auths);
		return rc;
	}
	/* Its place in the queue is kept until a buffer is free. */
	rc = target_queue(
	    r->upstreams, target, exchange->queue_key, exchange_holding(exchange)->handle);
	if (rc == 0)
		exchange->phase = EXCHANGE_QUEUED;
	return rc;
}

struct slice exchange_why_unsent(int rc)
{
	if (rc == ERR_LIMIT)
		return SLICE("request over 12 KiB: names, routes or nonces are too long");
	return slice_of(error_text(rc));
}

int exchange_send(
    struct registrant *r, struct exchange *exchange, const struct exchange_request *asked)
{
	struct holding *holding = exchange_holding(exchange);
	struct target *target = target_get(r->upstreams, exchange->target);
	bool is_answering = exchange->is_answering;
	struct buf bytes;
	struct txn *txn;
	int rc;

	if (target_takes_no_known_nonce(target) && !is_answering)
		auths_clear(&exchange->auths);
	txn = txn_begin(r->core->txns, BRANCH_REGISTRANT, is_surely_long(exchange, target), &bytes);
	if (!txn)
		return cannot_send(r, exchange, target, ERR_FULL);
	rc = write_request(r, exchange, txn, &bytes, asked);
	if (rc < 0) {
		txn_finish(r->core->txns, txn);
		return cannot_send(r, exchange, target, rc);
	}
	exchange->is_answering = false;
	if (!is_answering && !exchange_note(txn)->is_probe) {
		exchange->started_us = r->core->now.mono_us;
		exchange->bound_before_us = holding->bound_until_us;
	}
	exchange->txn = txn->handle;
	exchange->phase = EXCHANGE_SENT;
	target_begin(target);
	if (exchange_note(txn)->is_probe)
		target_charge_probe(r->upstreams, target);
	else
		target_charge(r->upstreams, target, holding->handle);
	exchange->is_carrying = asked->carried_count > 0;
	for (unsigned i = 0; i < asked->carried_count; i++) {
		asked->carried[i]->carrier_cseq = txn->cseq;
		debt_reach(asked->carried[i], CANCEL_SENT);
	}
	txn_send(r->core->txns, txn, r->core->now, &bytes, asked->give_up_us);
	tracing_sent(r, holding, txn);
	exchange_raise_bound(r, holding, txn);
	r->traffic.requests++;
	return 0;
}

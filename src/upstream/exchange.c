// SPDX-License-Identifier: Apache-2.0
/*
 * Exchanges: the references that each one holds, and how its request is sent.
 */
#include "upstream/exchange.h"

#include "base/broken.h"
#include "upstream/authorization.h"
#include "upstream/health.h"
#include "upstream/redirect.h"

#include <assert.h>

/* Longer challenges may make the request too long for a short buffer. */
#define SHORT_AUTHS_SIZE (TXN_BUFFER_SIZE / 3)

/* An exchange's number is its owner's handle, with the kind in the highest bits of the slot. */
#define KIND_SHIFT 28
#define KIND_MASK  (UINT64_C(15) << KIND_SHIFT)

static_assert(EXCHANGE_KINDS <= 16, "a kind has four bits");

const struct flow *exchange_flow(const struct exchange *exchange)
{
	static const struct flow none;

	return exchange->flow ? exchange->flow : &none;
}

void exchange_init(struct exchange *exchange, unsigned kind, pool_handle owner)
{
	assert((owner & KIND_MASK) == 0);
	*exchange = (struct exchange){.owner = owner, .kind = (uint8_t)kind};
}

uint64_t exchange_number(const struct exchange *exchange)
{
	return exchange->owner | (uint64_t)exchange->kind << KIND_SHIFT;
}

struct exchange *exchange_find(const struct upstreams *u, uint64_t number)
{
	const struct upstreams_user *user = &u->users[(number & KIND_MASK) >> KIND_SHIFT];

	return user->ops ? user->ops->find(user->context, number & ~KIND_MASK) : NULL;
}

void exchange_stop_waiting(struct exchange *exchange)
{
	if (!exchange->wait_link)
		return;
	*exchange->wait_link = exchange->wait_next;
	if (exchange->wait_next)
		exchange->wait_next->wait_link = exchange->wait_link;
	exchange->wait_next = NULL;
	exchange->wait_link = NULL;
}

void exchange_wait(struct exchange *exchange, struct upstream *upstream)
{
	exchange->wait_next = upstream->waiting;
	exchange->wait_link = &upstream->waiting;
	if (upstream->waiting)
		upstream->waiting->wait_link = &exchange->wait_next;
	upstream->waiting = exchange;
}

void exchange_set_target(struct upstreams *u, struct exchange *exchange, struct target *target)
{
	if (target && exchange->target == target->handle)
		return;
	if (target)
		target->refs++;
	target_give(u, exchange->target);
	exchange->target = target ? target->handle : 0;
	exchange->has_flow = false;
}

/* Flows are shared if their bytes are equal: the copy has zeros between its fields. */
bool exchange_set_flow(struct upstreams *u, struct exchange *exchange, const struct flow *flow)
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
	is_kept = shared_set(u->flows, &plain, &held);
	exchange->flow = held;
	return is_kept;
}

static void drop_flow(struct upstreams *u, struct exchange *exchange)
{
	const void *held = exchange->flow;

	shared_drop(u->flows, &held);
	exchange->flow = NULL;
}

void exchange_let_loose(struct upstreams *u, struct exchange *exchange, struct txn *txn)
{
	const struct exchange_ops *ops = exchange_ops(u, exchange);

	if (BROKEN_LATE_ANSWER) {
		txn_finish(u->core->txns, txn);
	} else {
		if (ops->loose)
			ops->loose(exchange_context(u, exchange), exchange, txn);
		txn_abandon(u->core->txns, txn);
	}
	exchange->txn = 0;
	exchange->phase = EXCHANGE_IDLE;
	exchange->is_answering = false;
	target_end(u, target_get(u, exchange->target));
}

void exchange_abandon(struct upstreams *u, struct exchange *exchange)
{
	struct txn *txn = txns_get(u->core->txns, exchange->txn);

	exchange_stop_waiting(exchange);
	if (exchange->phase == EXCHANGE_QUEUED)
		target_unqueue(target_get(u, exchange->target), exchange->is_bare);
	if (exchange->phase == EXCHANGE_SENT && txn)
		exchange_let_loose(u, exchange, txn);
	exchange->phase = EXCHANGE_IDLE;
	exchange->is_answering = false;
}

void exchange_clear(struct upstreams *u, struct exchange *exchange)
{
	exchange_abandon(u, exchange);
	exchange_set_target(u, exchange, NULL);
	drop_flow(u, exchange);
	redirect_forget(u, exchange);
	upstream_give(u, exchange->route);
	exchange->route = 0;
	auths_clear(&exchange->auths);
}

void exchange_set_route(struct upstreams *u, struct exchange *exchange, struct upstream *upstream)
{
	/* Credentials for one upstream are not shown to another, least of all to a redirect's. */
	if (exchange->route != upstream->handle)
		auths_clear(&exchange->auths);
	upstream_give(u, exchange->route);
	exchange->route = upstream->handle;
	exchange->next_target = 0;
}

void exchange_pass_target(const struct upstreams *u, struct exchange *exchange)
{
	const struct upstream *route = upstream_get(u, exchange->route);

	exchange->next_target = (uint8_t)(upstream_index(route, exchange->target) + 1);
}

void exchange_move(struct upstreams *u, struct exchange *to, struct exchange *from)
{
	unsigned kind = to->kind;
	pool_handle owner = to->owner;

	if (from->phase != EXCHANGE_SENT)
		exchange_abandon(u, from);
	assert(to->route == 0 && to->target == 0 && to->txn == 0 && !to->flow);
	*to = *from;
	to->kind = (uint8_t)kind;
	to->owner = owner;
	exchange_init(from, from->kind, from->owner);
}

void exchange_served(struct upstreams *u, struct exchange *exchange)
{
	exchange->was_refused = false;
	health_served(u, target_get(u, exchange->target), exchange_ops(u, exchange)->who(exchange));
}

static void begin_auths(struct exchange *exchange)
{
	auths_begin(&exchange->auths);
	exchange->digests = 0;
	exchange->fell_back = false;
}

/* Writes a request that did not fit its short buffer again, into a long one. */
static int write_long(struct upstreams *u, struct exchange *exchange, struct buf *bytes,
    const struct exchange_request *request, struct txn *txn)
{
	authorization_unput(&exchange->auths);
	target_get(u, exchange->target)->has_long = true;
	if (txn_lengthen(u->core->txns, txn, bytes) < 0)
		return ERR_FULL;
	exchange_ops(u, exchange)
	    ->write(exchange_context(u, exchange), exchange, txn, request->asked, bytes);
	return bytes->full ? ERR_LIMIT : 0;
}

static int write_request(struct upstreams *u, struct exchange *exchange, struct txn *txn,
    struct buf *bytes, const struct exchange_request *request)
{
	const struct exchange_ops *ops = exchange_ops(u, exchange);
	struct exchange_note *note = exchange_note(txn);

	note->mark = request->mark;
	note->is_probe = request->is_probe;
	note->is_through = request->is_through;
	txn->owner = ops->who(exchange);
	txn->method = (uint8_t)request->method;
	txn->flow = *exchange_flow(exchange);
	if (!exchange->is_answering)
		begin_auths(exchange);
	ops->write(exchange_context(u, exchange), exchange, txn, request->asked, bytes);
	if (!bytes->full)
		return 0;
	return txn->is_long ? ERR_LIMIT : write_long(u, exchange, bytes, request, txn);
}

/* A guess from earlier requests to this target; it saves writing the request twice. */
static bool is_likely_long(const struct exchange *exchange, const struct target *target)
{
	return target->has_long && auths_size(&exchange->auths) > SHORT_AUTHS_SIZE;
}

/*
 * If the request is too long, its auths are dropped: they would make the next one too long as well.
 * In all other cases it returns to its place in the queue until a buffer is free.
 */
static int cannot_send(
    struct upstreams *u, struct exchange *exchange, struct target *target, int rc)
{
	if (rc == ERR_LIMIT) {
		exchange->is_answering = false;
		auths_clear(&exchange->auths);
		return rc;
	}
	rc = target_queue(
	    u, target, exchange->queue_key, exchange_number(exchange), exchange->is_bare);
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

static void charge(struct upstreams *u, struct target *target, const struct txn *txn)
{
	target_begin(target);
	if (exchange_note(txn)->is_probe)
		health_probed(u, target);
	else
		health_sent(u, target, txn->owner);
}

int exchange_send(
    struct upstreams *u, struct exchange *exchange, const struct exchange_request *request)
{
	const struct exchange_ops *ops = exchange_ops(u, exchange);
	struct target *target = target_get(u, exchange->target);
	bool is_answering = exchange->is_answering;
	struct buf bytes;
	struct txn *txn;
	int rc;

	if (target_takes_no_known_nonce(target) && !is_answering)
		auths_clear(&exchange->auths);
	txn = txn_begin(u->core->txns, ops->part, is_likely_long(exchange, target), &bytes);
	if (!txn)
		return cannot_send(u, exchange, target, ERR_FULL);
	rc = write_request(u, exchange, txn, &bytes, request);
	if (rc < 0) {
		txn_finish(u->core->txns, txn);
		return cannot_send(u, exchange, target, rc);
	}
	exchange->is_answering = false;
	if (!is_answering && !request->is_probe)
		exchange->started_us = u->core->now.mono_us;
	exchange->is_combined = request->is_combined;
	exchange->txn = txn->handle;
	exchange->phase = EXCHANGE_SENT;
	charge(u, target, txn);
	txn_send(u->core->txns, txn, u->core->now, &bytes, request->give_up_us);
	if (ops->sent)
		ops->sent(exchange_context(u, exchange), exchange, txn);
	u->traffic.requests++;
	return 0;
}

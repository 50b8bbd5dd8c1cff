// SPDX-License-Identifier: Apache-2.0
/*
 * Exchanges: the way from a name to a final answer.
 */
#include "registrant/exchange.h"

#include "registrant/request.h"
#include "sip/address.h"

#include <assert.h>

#define BOUND_SLACK_US (32 * US_PER_S) /* what upstream may add to what was asked */
#define ASKER_DEBT     (UINT64_C(1) << 63)
#define REDIRECTS_MAX  5
#define REST_MAX_S     3600
#define NO_ROOM_US     (100 * US_PER_MS)

void exchange_init(struct exchange *exchange, const struct exchange_ops *ops, enum holder_kind kind,
    pool_handle owner)
{
	*exchange = (struct exchange){.ops = ops, .owner = owner, .holder_kind = (uint8_t)kind};
}

void exchange_take_holding(struct exchange *exchange, struct holding *holding)
{
	exchange->holding = holding;
	holding->exchange = exchange;
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
	target_give(r, exchange->target);
	exchange->target = target ? target->handle : 0;
	exchange->has_flow = false;
}

/* What was sent and not answered may still arrive: the holding remembers until when. */
static void let_loose(struct registrant *r, struct exchange *exchange, struct txn *txn)
{
	struct holding *holding = exchange->holding;
	uint64_t *until =
	    txn->expires_s > 0 ? &holding->loose_until_us : &holding->loose_cancel_until_us;

	*until = max_u64(*until, txn_loose_until_us(txn));
	txn_abandon(r->txns, txn);
	exchange->txn = 0;
	target_end(r, target_get(r, exchange->target));
}

void exchange_abandon(struct registrant *r, struct exchange *exchange)
{
	struct txn *txn = txns_get(r->txns, exchange->txn);

	unlink_waiting(exchange);
	if (exchange->phase == EXCHANGE_QUEUED)
		target_unqueue(target_get(r, exchange->target));
	if (exchange->phase == EXCHANGE_SENT && txn)
		let_loose(r, exchange, txn);
	exchange->phase = EXCHANGE_IDLE;
	exchange->is_answering = false;
}

void exchange_clear(struct registrant *r, struct exchange *exchange)
{
	exchange_abandon(r, exchange);
	set_target(r, exchange, NULL);
	upstream_give(r, exchange->route);
	exchange->route = 0;
	auths_clear(&exchange->auths);
}

void exchange_set_route(struct registrant *r, struct exchange *exchange, struct upstream *upstream)
{
	upstream_give(r, exchange->route);
	exchange->route = upstream->handle;
	exchange->next_target = 0;
}

void exchange_move(struct registrant *r, struct exchange *to, struct exchange *from)
{
	if (from->phase != EXCHANGE_SENT)
		exchange_abandon(r, from);
	assert(to->route == 0 && to->target == 0 && to->txn == 0);
	to->route = from->route;
	to->target = from->target;
	to->txn = from->txn;
	to->phase = from->phase;
	to->auths = from->auths;
	to->flow = from->flow;
	to->has_flow = from->has_flow;
	to->preferred = from->preferred;
	to->digest_min = from->digest_min;
	to->started_us = from->started_us;
	to->bound_before_us = from->bound_before_us;
	from->route = from->target = from->txn = 0;
	from->phase = EXCHANGE_IDLE;
	from->auths = (struct auths){0};
	from->has_flow = from->is_answering = false;
}

static void open_flow(struct registrant *r, struct exchange *exchange, struct target *target)
{
	struct effect *effect;

	set_target(r, exchange, target);
	if (exchange->has_flow) {
		exchange->phase = EXCHANGE_IDLE;
		exchange->ops->reached(r, exchange);
		return;
	}
	exchange->phase = EXCHANGE_FLOW;
	effect = outbox_add(r->outbox, EFFECT_FLOW_OPEN);
	effect->flow_open.asker = exchange_asker(exchange);
	effect->flow_open.transport = target->transport;
	effect->flow_open.preferred = exchange->preferred;
	effect->flow_open.target = target->address;
}

static void choose_target(struct registrant *r, struct exchange *exchange)
{
	struct upstream *route = upstream_get(r, exchange->route);
	uint64_t open_at_us;
	struct target *target = upstream_choose(r, route, exchange->next_target, &open_at_us);

	/* One that rests is taken too where there is no other: its queue waits for it. */
	open_flow(r, exchange, target);
}

void exchange_reach(struct registrant *r, struct exchange *exchange)
{
	struct upstream *route = upstream_get(r, exchange->route);

	assert(exchange->phase == EXCHANGE_IDLE);
	if (upstream_resolve(r, route) == UPSTREAM_READY) {
		choose_target(r, exchange);
		return;
	}
	exchange->phase = EXCHANGE_NAME;
	link_waiting(exchange, route);
}

void exchange_reach_address(
    struct registrant *r, struct exchange *exchange, const struct netaddr *address)
{
	struct upstream *route = upstream_get(r, exchange->route);
	struct target *target = target_take(r, route->transport, address);

	if (!target) {
		exchange_reach(r, exchange);
		return;
	}
	open_flow(r, exchange, target);
	target_give(r, target->handle);
}

void exchange_name_known(struct registrant *r, struct exchange *exchange, bool is_good)
{
	unlink_waiting(exchange);
	exchange->phase = EXCHANGE_IDLE;
	if (is_good)
		choose_target(r, exchange);
	else
		exchange->ops->unreachable(r, exchange, SLICE("name not found"), r->now.mono_us);
}

static bool is_wanted_flow(
    const struct exchange *exchange, const struct target *target, const struct flow *flow)
{
	return netaddr_equal(&flow->peer, &target->address) &&
	       (exchange->preferred.port == 0 || exchange->preferred.port == flow->local.port);
}

void exchange_flow_event(struct registrant *r, struct exchange *exchange, const struct event *event)
{
	struct target *target = target_get(r, exchange->target);

	if (exchange->phase != EXCHANGE_FLOW)
		return;
	if (event->kind == EVENT_FLOW_UP && !is_wanted_flow(exchange, target, &event->flow.flow))
		return; /* the answer to an older question */
	exchange->phase = EXCHANGE_IDLE;
	if (event->kind == EVENT_FLOW_DOWN) {
		exchange->next_target++;
		exchange->ops->unreachable(r, exchange, event->flow.why, r->now.mono_us);
		return;
	}
	exchange->flow = event->flow.flow;
	exchange->has_flow = true;
	exchange->ops->reached(r, exchange);
}

int exchange_queue(
    struct registrant *r, struct exchange *exchange, enum queue_class class, uint64_t order)
{
	struct target *target = target_get(r, exchange->target);
	int rc;

	assert(exchange->phase == EXCHANGE_IDLE && exchange->has_flow);
	exchange->queue_key = target_key(class, order);
	rc = target_queue(r, target, exchange->queue_key, exchange->holding->handle);
	if (rc == 0)
		exchange->phase = EXCHANGE_QUEUED;
	return rc;
}

static struct exchange *pop_live(struct registrant *r, struct target *target)
{
	struct heap_pair pair;

	while (heap_peek(&target->queue, &pair)) {
		struct holding *holding = holding_get(r, pair.value);
		struct exchange *exchange = holding ? holding->exchange : NULL;

		heap_pop(&target->queue);
		if (!exchange || exchange->phase != EXCHANGE_QUEUED ||
		    exchange->queue_key != pair.key || exchange->target != target->handle)
			continue;
		target_unqueue(target);
		exchange->phase = EXCHANGE_IDLE;
		return exchange;
	}
	return NULL;
}

void exchange_pump(struct registrant *r, struct target *target)
{
	pool_handle handle = target->handle;
	struct exchange *exchange;

	/* Whose turn it is may be the last to name the target. */
	target->refs++;
	while (target->queued > 0 && target_slot_us(r, target) <= r->now.mono_us) {
		if (!outbox_has_room(r->outbox) || !txns_have_room(r->txns))
			break;
		exchange = pop_live(r, target);
		if (!exchange)
			break;
		exchange->ops->turn(r, exchange);
	}
	if (target->queued > 0 && !txns_have_room(r->txns))
		wheel_set(r->wheel, &target->timer, r->now.mono_us + NO_ROOM_US);
	else
		target_arm(r, target);
	target_give(r, handle);
}

void exchange_reroute(struct registrant *r, struct target *target)
{
	struct heap all = target->queue;

	if (target_open_at_us(r, target) <= r->now.mono_us || target->queued == 0)
		return;
	target->queue = (struct heap){0};
	for (uint32_t i = 0; i < all.count; i++) {
		struct holding *holding = holding_get(r, all.pairs[i].value);
		struct exchange *exchange = holding ? holding->exchange : NULL;

		if (!exchange || exchange->phase != EXCHANGE_QUEUED ||
		    exchange->queue_key != all.pairs[i].key || exchange->target != target->handle)
			continue;
		if (upstream_get(r, exchange->route)->target_count < 2 &&
		    heap_push(&target->queue, exchange->queue_key, holding->handle) == 0)
			continue;
		target_unqueue(target);
		exchange->phase = EXCHANGE_IDLE;
		exchange->is_answering = false;
		exchange->ops->unreachable(r, exchange, SLICE("address rests"), r->now.mono_us);
	}
	heap_clear(&all);
}

/* PRODUCT: upstream may hold it for what was asked, counted from the last transmission. */
static void raise_bound(struct registrant *r, struct holding *holding, const struct txn *txn)
{
	uint64_t expiry_s = max_u64(txn->expires_s, holding->granted_s);

	if (txn->expires_s == 0)
		return;
	holding->bound_until_us =
	    max_u64(holding->bound_until_us, r->now.mono_us + expiry_s * US_PER_S + BOUND_SLACK_US);
}

int exchange_send(
    struct registrant *r, struct exchange *exchange, const struct exchange_request *asked)
{
	struct holding *holding = exchange->holding;
	struct target *target = target_get(r, exchange->target);
	struct request request = {.holding = holding, .auths = &exchange->auths};
	struct buf bytes;
	struct txn *txn = txn_begin(r->txns, &bytes);

	if (!txn)
		return ERR_FULL;
	txn->owner = holding->handle;
	txn->method = SIP_REGISTER;
	txn->expires_s = asked->expires_s;
	txn->flow = exchange->flow;
	request.sequence = sequence_get(r, holding->sequence);
	txn->cseq = sequence_next(r, sequence_get(r, holding->sequence));
	request.txn = txn;
	request.route = upstream_get(r, exchange->route);
	request.password = asked->password.p ? asked->password : holding->identity->password;
	request.expires_s = asked->expires_s;
	if (!exchange->is_answering) {
		auths_begin(&exchange->auths);
		exchange->started_us = r->now.mono_us;
		exchange->bound_before_us = holding->bound_until_us;
	}
	request_put(r, &bytes, &request);
	if (bytes.full) {
		txn_finish(r->txns, txn);
		return ERR_LIMIT;
	}
	exchange->is_answering = false;
	exchange->txn = txn->handle;
	exchange->phase = EXCHANGE_SENT;
	target_begin(target);
	target_charge(r, target, false);
	txn_send(r->txns, txn, r->now, &bytes, asked->give_up_us);
	raise_bound(r, holding, txn);
	r->counters.requests++;
	return 0;
}

static void repeat(struct registrant *r, struct exchange *exchange, struct txn *txn)
{
	struct target *target = target_get(r, exchange->target);
	uint64_t place_us;

	if (target_open_at_us(r, target) > r->now.mono_us) {
		txn_postpone(r->txns, txn, txn->give_up_us);
		return;
	}
	if (!txn->has_slot) {
		place_us = target_reserve_us(r, target);
		if (place_us > r->now.mono_us) {
			txn->has_slot = true;
			txn_postpone(r->txns, txn, place_us);
			return;
		}
	}
	txn->has_slot = false;
	txn_repeat(r->txns, txn, r->now);
	target_charge(r, target, true);
	raise_bound(r, exchange->holding, txn);
	r->counters.repetitions++;
	target_judge_silence(r, target);
	exchange_reroute(r, target);
}

static void time_out(struct registrant *r, struct exchange *exchange, struct txn *txn)
{
	struct target *target = target_get(r, exchange->target);
	struct holding *holding = exchange->holding;
	uint32_t users = upstream_get(r, holding->upstream)->holdings;

	let_loose(r, exchange, txn);
	exchange->phase = EXCHANGE_IDLE;
	exchange->is_answering = false;
	exchange->has_flow = false;
	exchange->next_target =
	    (uint8_t)(upstream_index(upstream_get(r, exchange->route), target->handle) + 1);
	r->counters.timeouts++;
	target_timed_out(r, target, holding->handle, users);
	exchange_reroute(r, target);
	exchange->ops->timed_out(r, exchange);
}

void exchange_txn_timer(struct registrant *r, struct txn *txn)
{
	struct holding *holding = holding_get(r, txn->owner);
	struct exchange *exchange = holding ? holding->exchange : NULL;

	switch (txn_due(r->txns, txn, r->now)) {
	case TXN_DUE_REPEAT:
		assert(exchange && exchange->txn == txn->handle);
		repeat(r, exchange, txn);
		break;
	case TXN_DUE_TIMEOUT:
		assert(exchange && exchange->txn == txn->handle);
		time_out(r, exchange, txn);
		break;
	case TXN_DUE_FORGET:
		break;
	}
}

static uint64_t rest_us(const struct registrant *r, const struct sip_message *response)
{
	uint32_t seconds;

	if (sip_delta_seconds(sip_message_value(response, SIP_RETRY_AFTER), &seconds) < 0)
		seconds = r->params->retry_delay_s;
	return min_u64(seconds, REST_MAX_S) * US_PER_S;
}

/* After a redirect, credentials go only to realms this upstream is known by. */
static bool may_answer(const struct registrant *r, const struct exchange *exchange)
{
	const struct upstream *home = upstream_get(r, exchange->holding->upstream);
	struct slice realm = auths_realm(&exchange->auths);

	return !exchange->is_redirected || slice_equal(realm, slice_of(home->realm)) ||
	       slice_equal_nocase(realm, exchange->holding->identity->host);
}

static void challenged(
    struct registrant *r, struct exchange *exchange, const struct sip_message *response)
{
	const char *why;
	enum auth_verdict verdict =
	    auths_challenged(&exchange->auths, response, exchange->digest_min, &why);
	enum verdict outcome = verdict == AUTH_STALE ? VERDICT_STALE : VERDICT_REJECTED;

	if (verdict == AUTH_ANSWER && !may_answer(r, exchange)) {
		why = "redirected to a realm not seen before";
		auths_clear(&exchange->auths);
		verdict = AUTH_REJECTED;
		outcome = VERDICT_REJECTED;
	}
	if (verdict == AUTH_ANSWER) {
		if (!exchange->is_redirected)
			upstream_learn_realm(upstream_get(r, exchange->holding->upstream),
			    auths_realm(&exchange->auths));
		exchange->is_answering = true;
		if (exchange_queue(r, exchange, QUEUE_ANSWER, r->now.mono_us) == 0)
			return;
		why = "out of memory";
		outcome = VERDICT_FAILED;
	}
	exchange->is_answering = false;
	exchange->ops->answered(r, exchange, outcome, response, slice_of(why));
}

static enum verdict judge(const struct sip_message *response)
{
	switch (response->status) {
	case 301:
	case 302:
		return VERDICT_REDIRECT;
	case 403:
		return VERDICT_REJECTED;
	case 423:
		return VERDICT_BRIEF;
	case 503:
		return VERDICT_UNAVAILABLE;
	default:
		return response->status / 100 == 2 ? VERDICT_OK : VERDICT_FAILED;
	}
}

static void conclude(
    struct registrant *r, struct exchange *exchange, const struct sip_message *response)
{
	struct target *target = target_get(r, exchange->target);
	struct holding *holding = exchange->holding;
	enum verdict verdict = judge(response);

	if (response->status == 401 || response->status == 407) {
		challenged(r, exchange, response);
		return;
	}
	if (verdict == VERDICT_OK)
		auths_succeeded(&exchange->auths, response);
	if (verdict == VERDICT_UNAVAILABLE) {
		target_refused(r, target, holding->handle,
		    upstream_get(r, holding->upstream)->holdings, rest_us(r, response));
		exchange->next_target =
		    (uint8_t)(upstream_index(upstream_get(r, exchange->route), target->handle) + 1);
		exchange_reroute(r, target);
	}
	exchange->ops->answered(r, exchange, verdict, response, response->reason);
}

void exchange_response(struct registrant *r, struct exchange *exchange, struct txn *txn,
    const struct sip_message *response)
{
	struct target *target = target_get(r, exchange->target);
	bool is_register = txn->expires_s > 0;

	target_answered(r, target, response->status);
	if (response->status < 200) {
		txn_provisional(r->txns, txn, r->now);
		return;
	}
	if (txn->transmissions == 1)
		exchange->rtt_us = (uint32_t)(r->now.mono_us - txn->first_sent_us);
	exchange->holding->target = target->address;
	txn_finish(r->txns, txn);
	exchange->txn = 0;
	exchange->phase = EXCHANGE_IDLE;
	target_end(r, target);
	/* A 4xx bound nothing: what was feared since this attempt began is not so. */
	if (is_register && response->status / 100 == 4)
		exchange->holding->bound_until_us = exchange->bound_before_us;
	conclude(r, exchange, response);
}

bool exchange_redirect(struct registrant *r, struct exchange *exchange,
    const struct sip_message *response, const char **why_r)
{
	struct sip_list_cursor cursor = {0};
	struct sip_address address;
	struct upstream *upstream;
	struct slice member;

	if (exchange->redirects >= REDIRECTS_MAX) {
		*why_r = "too many redirects";
		return false;
	}
	*why_r = "redirected to nowhere";
	while (sip_message_list(response, SIP_CONTACT, &cursor, &member)) {
		if (sip_address_parse(member, &address, NULL) < 0 || address.is_star)
			continue;
		/* Another transport is refused here: upstream_take() speaks the same only. */
		if (upstream_take(r, address.uri, &upstream) < 0) {
			*why_r = "redirected to a transport that may not be used";
			continue;
		}
		exchange_set_route(r, exchange, upstream);
		exchange->redirects++;
		exchange->is_redirected = true;
		return true;
	}
	return false;
}

// SPDX-License-Identifier: Apache-2.0
/*
 * A walk over targets, debts and registrations, in bounded steps. What comes
 * while it is under way is for the next one.
 */
#include "registrant/rounds.h"

#include "registrant/debt.h"
#include "registrant/registration.h"

#define LOOKS_PER_STEP 256
#define STEP_APART_US  US_PER_MS

static bool is_gone(const struct network_news *news, const struct netaddr *local)
{
	if (news->is_any_gone)
		return true;
	for (uint32_t i = 0; i < news->gone_count; i++)
		if (netaddr_equal_ip(&news->gone[i], local))
			return true;
	return false;
}

/* What it waits for may have come: a way, or an answer of an address of its upstream. */
static bool is_concerned(const struct registrant *r, const struct exchange *exchange)
{
	const struct upstream *route = upstream_get(r->upstreams, exchange->route);
	const struct network_news *news = &r->upstreams->network.walked;

	if (news->is_back)
		return true;
	if (!news->answers_since_us || !route)
		return false;
	for (uint32_t i = 0; i < route->target_count; i++)
		if (target_get(r->upstreams, route->targets[i])->answers_since_us >=
		    news->answers_since_us)
			return true;
	return false;
}

/* True where a flow was chosen that leads out by an address that is gone. */
static bool has_lost_flow(const struct registrant *r, const struct exchange *exchange)
{
	return exchange->has_flow &&
	       is_gone(&r->upstreams->network.walked, &exchange_flow(exchange)->local);
}

/*
 * A request that nobody answered so far need not wait for its own next repetition; one that has a
 * place in the pace keeps it. False where it will be given up before it could be repeated often.
 */
static bool repeat_soon(struct registrant *r, const struct exchange *exchange)
{
	struct txn *txn = txns_get(r->core->txns, exchange->txn);

	if (!txn || txn->state != TXN_TRYING ||
	    txn->last_sent_us + SIP_T1_US > r->core->now.mono_us)
		return true;
	if (txn->give_up_us < r->core->now.mono_us + ATTEMPT_APART_US)
		return false;
	if (exchange_note(txn)->slot == 0)
		txn_postpone(r->core->txns, txn, r->core->now.mono_us);
	return true;
}

/* True where what is under way is better begun anew: by another way, or with its time before it. */
static bool is_spent(struct registrant *r, const struct exchange *exchange)
{
	if (has_lost_flow(r, exchange))
		return true;
	return exchange->phase == EXCHANGE_SENT && is_concerned(r, exchange) &&
	       !repeat_soon(r, exchange);
}

static void look_at_debt(struct registrant *r, struct debt *debt)
{
	bool is_out = debt->state == DEBT_ASKING || debt->state == DEBT_AWAITING;
	bool is_put_off = debt->state == DEBT_OWED && debt->attempts > 0 && debt->last.status == 0;

	if (is_out && is_spent(r, &debt->exchange)) {
		exchange_abandon(r->upstreams, &debt->exchange);
		debt_wait_until(r, debt, DEBT_OWED, r->core->now.mono_us);
	} else if (is_put_off && is_concerned(r, &debt->exchange)) {
		wheel_set(r->core->wheel, &debt->timer, r->core->now.mono_us);
	}
}

static void look_at_registration(struct registrant *r, struct registration *registration)
{
	struct exchange *exchange = &registration->exchange;
	uint64_t soonest_us =
	    max_u64(exchange->started_us + ATTEMPT_APART_US, r->core->now.mono_us);

	switch ((enum activity)registration->activity) {
	case ACTIVITY_HOLDING:
		if (has_lost_flow(r, exchange))
			registration_refresh(r, registration);
		break;
	case ACTIVITY_RECORDING:
	case ACTIVITY_ASKING:
		if (!is_spent(r, exchange))
			return;
		exchange_abandon(r->upstreams, exchange);
		registration_set_activity(r, registration, ACTIVITY_WAITING);
		wheel_set(r->core->wheel, &registration->timer, r->core->now.mono_us);
		break;
	case ACTIVITY_WAITING:
		if (registration->attempts > 0 && registration->last.status == 0 &&
		    is_concerned(r, exchange))
			wheel_set(r->core->wheel, &registration->timer, soonest_us);
		break;
	case ACTIVITY_IDLE:
	case ACTIVITY_RESOLVING:
		break;
	}
}

/* Looks at some objects of the phase; true where it was the last of them. */
static bool walk(struct registrant *r)
{
	struct network *network = &r->upstreams->network;
	const struct pool *pools[] = {
	    [NETWORK_TARGETS] = r->upstreams->targets,
	    [NETWORK_DEBTS] = r->debts,
	    [NETWORK_REGISTRATIONS] = r->registrations,
	};
	pool_handle handle;

	for (uint32_t i = 0; i < LOOKS_PER_STEP && outbox_has_room(r->core->outbox); i++) {
		void *object = pool_walk(pools[network->phase], network->cursor, &handle);

		if (!object)
			return true;
		network->cursor = pool_handle_slot(handle) + 1;
		if (network->phase == NETWORK_DEBTS)
			look_at_debt(r, object);
		else if (network->phase == NETWORK_REGISTRATIONS)
			look_at_registration(r, object);
		else if (network->walked.is_back)
			target_try_again(r->upstreams, object);
	}
	return false;
}

static void begin_walk(struct registrant *r)
{
	network_take_news(r->upstreams);
	r->upstreams->network.phase = NETWORK_TARGETS;
	r->upstreams->network.cursor = 0;
}

static void end_walk(struct registrant *r)
{
	r->upstreams->network.phase = NETWORK_AT_REST;
	network_want_walk(r->upstreams);
}

void rounds_timer(struct registrant *r)
{
	struct network *network = &r->upstreams->network;

	if (network->phase == NETWORK_AT_REST)
		begin_walk(r);
	if (walk(r)) {
		network->cursor = 0;
		if (network->phase == NETWORK_REGISTRATIONS) {
			end_walk(r);
			return;
		}
		network->phase++;
	}
	wheel_set(r->core->wheel, &network->timer, r->core->now.mono_us + STEP_APART_US);
}

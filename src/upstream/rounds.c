// SPDX-License-Identifier: Apache-2.0
/*
 * A walk over targets and the owners of exchanges. News that come during a walk wait
 * for the next one.
 */
#include "upstream/rounds.h"

#include "upstream/health.h"
#include "upstream/network.h"

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

bool rounds_concern(const struct upstreams *u, const struct exchange *exchange)
{
	const struct upstream *route = upstream_get(u, exchange->route);
	const struct network_news *news = &u->network.walked;

	if (news->is_back)
		return true;
	if (!news->answers_since_us || !route)
		return false;
	for (uint32_t i = 0; i < route->target_count; i++)
		if (target_get(u, route->targets[i])->answers_since_us >= news->answers_since_us)
			return true;
	return false;
}

bool rounds_lost_flow(const struct upstreams *u, const struct exchange *exchange)
{
	return exchange->has_flow && is_gone(&u->network.walked, &exchange_flow(exchange)->local);
}

/*
 * Repeats a request without a response soon, and not only when its next repetition is due; a place
 * in the pace is kept. False if it will be given up before it could be repeated often.
 */
static bool repeat_soon(struct upstreams *u, const struct exchange *exchange)
{
	struct txn *txn = txns_get(u->core->txns, exchange->txn);

	if (!txn || txn->state != TXN_TRYING ||
	    txn->last_sent_us + SIP_T1_US > u->core->now.mono_us)
		return true;
	if (txn->give_up_us < u->core->now.mono_us + ATTEMPT_APART_US)
		return false;
	if (exchange_note(txn)->slot == 0)
		txn_postpone(u->core->txns, txn, u->core->now.mono_us);
	return true;
}

bool rounds_spent(struct upstreams *u, const struct exchange *exchange)
{
	if (rounds_lost_flow(u, exchange))
		return true;
	return exchange->phase == EXCHANGE_SENT && rounds_concern(u, exchange) &&
	       !repeat_soon(u, exchange);
}

/* Looks at the next target; false if there is none. */
static bool look_at_target(struct upstreams *u, uint32_t *cursor)
{
	pool_handle handle;
	struct target *target = pool_walk(u->targets, *cursor, &handle);

	if (!target)
		return false;
	*cursor = pool_handle_slot(handle) + 1;
	if (u->network.walked.is_back)
		health_try_again(u, target);
	return true;
}

/* Looks at the next object of the phase; false if there is none. */
static bool look(struct upstreams *u)
{
	struct network *network = &u->network;
	const struct upstreams_user *user = &u->users[network->kind];

	if (network->phase == NETWORK_TARGETS)
		return look_at_target(u, &network->cursor);
	return user->ops && user->ops->look && user->ops->look(user->context, &network->cursor);
}

/* True if no object of the phase is left. */
static bool walk(struct upstreams *u)
{
	for (uint32_t i = 0; i < LOOKS_PER_STEP && outbox_has_room(u->core->outbox); i++)
		if (!look(u))
			return true;
	return false;
}

static void begin_walk(struct upstreams *u)
{
	network_take_news(u);
	u->network.phase = NETWORK_TARGETS;
	u->network.cursor = 0;
}

/* False at the end of the walk. */
static bool begin_phase(struct upstreams *u)
{
	struct network *network = &u->network;

	network->cursor = 0;
	network->kind = network->phase == NETWORK_TARGETS ? 0 : network->kind + 1;
	network->phase = NETWORK_USERS;
	return network->kind < EXCHANGE_KINDS && u->users[network->kind].ops;
}

void rounds_timer(struct upstreams *u)
{
	struct network *network = &u->network;

	if (network->phase == NETWORK_AT_REST)
		begin_walk(u);
	if (walk(u) && !begin_phase(u)) {
		network->phase = NETWORK_AT_REST;
		network_want_walk(u);
		return;
	}
	wheel_set(u->core->wheel, &network->timer, u->core->now.mono_us + STEP_APART_US);
}

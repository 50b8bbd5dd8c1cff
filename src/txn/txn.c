// SPDX-License-Identifier: Apache-2.0
/*
 * Client transactions: slots, buffers, and timers E and F of RFC 3261 17.1.2.2.
 * There is no timer K: a final response ends the transaction at once on every
 * transport. A repeated response then finds no transaction and is dropped.
 */
#include "txn/txn.h"

#include "base/broken.h"
#include "base/least.h"
#include "sip/via.h"
#include "txn/buffers.h"
#include "txn/part.h"

#include <assert.h>
#include <stdlib.h>

/* The request may arrive at the end of its packet life, and the response lives as long again. */
#define ANSWER_LIFE_US (2 * PACKET_LIFE_US)

struct txns {
	struct pool *pool;
	struct buffers buffers;
	struct wheel *wheel;
	struct outbox *outbox;
	struct txns_config config;
};

static_assert(TXN_LONG_SIZE + TXN_BUFFER_SIZE <= OUTBOX_ENTRY_BYTES, "a step can send it");

#define LONG_SHARE 8 /* short buffers for each long one */

struct txns *txns_new(const struct txns_config *config, struct wheel *wheel, struct outbox *outbox)
{
	struct txns *txns = calloc(1, sizeof(*txns));

	if (!txns)
		return NULL;
	txns->config = *config;
	txns->wheel = wheel;
	txns->outbox = outbox;
	txns->pool = pool_new(sizeof(struct txn) + TXN_NOTE_SIZE, config->cap);
	if (!buffers_init(&txns->buffers, TXN_BUFFER_SIZE, config->in_flight, TXN_LONG_SIZE,
	        config->in_flight / LONG_SHARE + 1) ||
	    !txns->pool)
		txns_free(&txns);
	return txns;
}

void txns_free(struct txns **txns)
{
	if (!*txns)
		return;
	if ((*txns)->pool)
		pool_free(&(*txns)->pool);
	buffers_free(&(*txns)->buffers);
	free(*txns);
	*txns = NULL;
}

static void give_buffer(struct txns *txns, struct txn *txn)
{
	buffers_give(&txns->buffers, txn->request, txn->is_long);
	txn->request = NULL;
}

static struct buf set_buffer(struct txn *txn, char *text, bool is_long)
{
	txn->request = text;
	txn->is_long = is_long;
	return buf_over(text, is_long ? TXN_LONG_SIZE : TXN_BUFFER_SIZE);
}

struct txn *txn_begin(struct txns *txns, enum part part, bool is_long, struct buf *request_r)
{
	pool_handle handle;
	struct txn *txn = pool_take(txns->pool, &handle);
	char *text;

	if (!txn)
		return NULL;
	text = buffers_take(&txns->buffers, is_long);
	if (!text) {
		pool_give(txns->pool, handle);
		return NULL;
	}
	txn->handle = handle;
	txn->timer.kind = TIMER_TXN;
	txn->part = (uint8_t)part;
	txn->state = TXN_BUILDING;
	*request_r = set_buffer(txn, text, is_long);
	return txn;
}

int txn_lengthen(struct txns *txns, struct txn *txn, struct buf *request_r)
{
	char *text = buffers_take(&txns->buffers, true);

	assert(txn->state == TXN_BUILDING && !txn->is_long);
	if (!text)
		return ERR_FULL;
	give_buffer(txns, txn);
	*request_r = set_buffer(txn, text, true);
	return 0;
}

void txn_put_branch(const struct txns *txns, const struct txn *txn, struct buf *b)
{
	struct branch branch = {
	    .part = txn->part,
	    .slot = pool_handle_slot(txn->handle),
	    .generation = pool_handle_generation(txn->handle),
	    .boot = BROKEN_BRANCH_BOOT ? 0 : txns->config.boot,
	};

	branch_put(b, txns->config.key, &branch);
}

static void transmit(struct txns *txns, struct txn *txn, struct now now)
{
	outbox_send(txns->outbox, &txn->flow, slice_make(txn->request, txn->size));
	txn->last_sent_us = now.mono_us;
	if (txn->transmissions < UINT8_MAX)
		txn->transmissions++;
}

/* Sets the timer to the next repetition or the time-out; a reliable transport has only the latter.
 */
static void arm(struct txns *txns, struct txn *txn, uint64_t when_us)
{
	if (flow_is_reliable(&txn->flow))
		when_us = txn->give_up_us;
	wheel_set(txns->wheel, &txn->timer, min_u64(when_us, txn->give_up_us));
}

void txn_send(struct txns *txns, struct txn *txn, struct now now, const struct buf *request,
    uint64_t give_up_us)
{
	assert(txn->state == TXN_BUILDING && !request->full && request->p == txn->request);
	txn->size = (uint16_t)request->n;
	txn->state = TXN_TRYING;
	txn->interval_us = SIP_T1_US;
	txn->give_up_us = give_up_us;
	txn->first_sent_us = now.mono_us;
	transmit(txns, txn, now);
	arm(txns, txn, now.mono_us + SIP_T1_US);
}

enum txn_due txn_due(struct txns *txns, struct txn *txn, struct now now)
{
	if (txn->state == TXN_LOOSE) {
		pool_give(txns->pool, txn->handle);
		return TXN_DUE_FORGET;
	}
	return now.mono_us >= txn->give_up_us ? TXN_DUE_TIMEOUT : TXN_DUE_REPEAT;
}

void txn_repeat(struct txns *txns, struct txn *txn, struct now now)
{
	transmit(txns, txn, now);
	if (txn->state == TXN_TRYING)
		txn->interval_us = (uint32_t)min_u64(2 * (uint64_t)txn->interval_us, SIP_T2_US);
	arm(txns, txn, now.mono_us + txn->interval_us);
}

void txn_postpone(struct txns *txns, struct txn *txn, uint64_t when_us)
{
	arm(txns, txn, when_us);
}

void txn_hasten(struct txns *txns, struct txn *txn, struct now now, uint64_t give_up_us)
{
	txn->give_up_us = min_u64(txn->give_up_us, give_up_us);
	txn_postpone(txns, txn, min_u64(txn->timer.when_us, now.mono_us + txn->interval_us));
}

void txn_provisional(struct txns *txns, struct txn *txn, struct now now)
{
	if (txn->state != TXN_TRYING)
		return;
	txn->state = TXN_PROCEEDING;
	txn->interval_us = SIP_T2_US;
	txn_postpone(txns, txn, now.mono_us + SIP_T2_US);
}

void txn_finish(struct txns *txns, struct txn *txn)
{
	wheel_clear(txns->wheel, &txn->timer);
	give_buffer(txns, txn);
	pool_give(txns->pool, txn->handle);
}

void txn_abandon(struct txns *txns, struct txn *txn)
{
	if (txn->state == TXN_BUILDING) {
		txn_finish(txns, txn);
		return;
	}
	give_buffer(txns, txn);
	txn->state = TXN_LOOSE;
	wheel_set(txns->wheel, &txn->timer, txn->last_sent_us + ANSWER_LIFE_US);
}

struct txn *txns_get(const struct txns *txns, pool_handle handle)
{
	return pool_get(txns->pool, handle);
}

struct txn *txns_own(const struct txns *txns, struct slice text)
{
	struct branch branch;
	struct txn *txn;

	if (branch_parse(text, txns->config.key, &branch) < 0 || branch.boot != txns->config.boot)
		return NULL;
	txn = pool_get(txns->pool, pool_handle_make(branch.slot, branch.generation));
	return txn && txn->state != TXN_BUILDING ? txn : NULL;
}

/* RFC 3261 18.1.2: responses come from the host we sent to; some peers use another port. */
static bool is_from_target(const struct txn *txn, const struct flow *flow)
{
	if (flow->transport != txn->flow.transport)
		return false;
	if (flow->transport != SIP_UDP)
		return flow->connection == txn->flow.connection;
	return netaddr_equal_ip(&flow->peer, &txn->flow.peer);
}

enum txn_match txns_match(const struct txns *txns, const struct sip_message *response,
    const struct flow *flow, struct txn **txn_r)
{
	struct branch branch;
	struct txn *txn;
	int rc;

	if (!response->has_via)
		return TXN_STRANGE;
	rc = branch_parse(response->via.branch, txns->config.key, &branch);
	if (rc == ERR_ACCESS)
		return TXN_FORGED;
	if (rc < 0)
		return TXN_STRANGE;
	if (branch.boot != txns->config.boot && !BROKEN_BRANCH_BOOT)
		return TXN_OLD;
	txn = pool_get(txns->pool, pool_handle_make(branch.slot, branch.generation));
	if (!txn || txn->state == TXN_BUILDING)
		return TXN_GONE;
	*txn_r = txn;
	if (!is_from_target(txn, flow))
		return TXN_ELSEWHERE;
	if (response->cseq != txn->cseq || response->cseq_method != txn->method)
		return TXN_MISMATCHED;
	return TXN_MATCHED;
}

uint32_t txns_count(const struct txns *txns)
{
	return pool_count(txns->pool);
}

bool txns_have_room(const struct txns *txns, bool may_be_long)
{
	return pool_count(txns->pool) < pool_cap(txns->pool) &&
	       buffers_have_room(&txns->buffers, false) &&
	       (!may_be_long || buffers_have_room(&txns->buffers, true));
}

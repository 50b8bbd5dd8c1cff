// SPDX-License-Identifier: Apache-2.0
/*
 * Counts, logs and traces answers that were not taken.
 */
#include "upstream/untaken.h"

#include "upstream/exchange.h"
#include "upstream/target.h"
#include "upstream/upstream.h"

#define TELL_APART_US (600 * US_PER_S)
#define LINE_MAX      400
#define REASON_MAX    160

static void put_reason(struct buf *b, const struct untaken *untaken, const struct netaddr *asked)
{
	switch ((enum untaken_why)untaken->why) {
	case UNTAKEN_ELSEWHERE:
		buf_puts(b, "answers come from ");
		netaddr_put(b, &untaken->from);
		buf_puts(b, ", not from ");
		netaddr_put(b, asked);
		break;
	case UNTAKEN_UNREADABLE:
		buf_puts(b, "answers cannot be read: ");
		buf_puts(b, untaken->what);
		break;
	case UNTAKEN_OTHER_REQUEST:
		buf_puts(b, "answers name another CSeq or method");
		break;
	}
}

void untaken_put_reason(const struct upstreams *u, struct buf *b, const struct txn *txn)
{
	const struct target *target = target_find(u, txn->flow.transport, &txn->flow.peer);

	if (exchange_note(txn)->untaken > 0 && target)
		put_reason(b, &target->untaken, &target->address);
	else
		buf_puts(b, "no answer");
}

static void tell(struct upstreams *u, const struct exchange *exchange, const struct target *target)
{
	const struct untaken *untaken = &target->untaken;
	const struct exchange_ops *ops = exchange_ops(u, exchange);
	const struct upstream *home = upstream_get(u, ops->home(exchange));
	char text[LINE_MAX];
	struct buf b = buf_over(text, sizeof(text));

	ops->put_name(exchange, &b);
	buf_puts(&b, " event=answers-not-taken count=");
	buf_put_u64(&b, untaken->count);
	buf_puts(&b, " from=");
	netaddr_put(&b, &untaken->from);
	buf_puts(&b, " reason=\"");
	put_reason(&b, untaken, &target->address);
	buf_putc(&b, '"');
	buf_puts(&b, " upstream=");
	buf_puts(&b, home->hop);
	outbox_log(u->core->outbox, LOG_LEVEL_WARNING, buf_slice(&b));
}

/* Notes it for traces. */
static void show(struct upstreams *u, const struct exchange *exchange, const struct target *target,
    const struct sip_message *response, const struct flow *flow)
{
	const struct exchange_ops *ops = exchange_ops(u, exchange);
	char text[REASON_MAX];
	struct buf b = buf_over(text, sizeof(text));

	if (!ops->note)
		return;
	buf_puts(&b, "not taken: ");
	put_reason(&b, &target->untaken, &target->address);
	ops->note(exchange_context(u, exchange), exchange, response, flow, buf_slice(&b));
}

static void count(struct upstreams *u, enum untaken_why why)
{
	switch (why) {
	case UNTAKEN_ELSEWHERE:
		u->traffic.elsewhere++;
		break;
	case UNTAKEN_UNREADABLE:
		u->traffic.unreadable++;
		break;
	case UNTAKEN_OTHER_REQUEST:
		u->traffic.mismatched++;
		break;
	}
}

void untaken_note(struct upstreams *u, struct exchange *exchange, struct txn *txn,
    enum untaken_why why, const char *what, const struct sip_message *response,
    const struct flow *flow)
{
	struct target *target = target_find(u, txn->flow.transport, &txn->flow.peer);
	struct exchange_note *note = exchange_note(txn);
	struct untaken *untaken;

	count(u, why);
	if (note->untaken < UINT8_MAX)
		note->untaken++;
	if (!target || !exchange)
		return;
	untaken = &target->untaken;
	untaken->count++;
	untaken->why = (uint8_t)why;
	untaken->what = what;
	untaken->from = flow->peer;
	show(u, exchange, target, response, flow);
	if (untaken->told_us > 0 && u->core->now.mono_us < untaken->told_us + TELL_APART_US)
		return;
	tell(u, exchange, target);
	untaken->told_us = max_u64(u->core->now.mono_us, 1);
	untaken->count = 0;
}

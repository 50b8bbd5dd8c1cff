// SPDX-License-Identifier: Apache-2.0
/*
 * Answers that were not taken, told and traced.
 */
#include "registrant/untaken.h"

#include "registrant/exchange.h"
#include "registrant/tracing.h"
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

void untaken_put_reason(const struct registrant *r, struct buf *b, const struct txn *txn)
{
	const struct target *target =
	    target_find(r->upstreams, txn->flow.transport, &txn->flow.peer);

	if (exchange_note(txn)->untaken > 0 && target)
		put_reason(b, &target->untaken, &target->address);
	else
		buf_puts(b, "no answer");
}

static void tell(struct registrant *r, const struct holding *holding, const struct target *target)
{
	const struct untaken *untaken = &target->untaken;
	const struct upstream *upstream = upstream_get(r->upstreams, holding->upstream);
	char text[LINE_MAX];
	struct buf b = buf_over(text, sizeof(text));

	buf_puts(&b, "registration=");
	buf_put(&b, holding_name(holding));
	buf_puts(&b, " event=answers-not-taken count=");
	buf_put_u64(&b, untaken->count);
	buf_puts(&b, " from=");
	netaddr_put(&b, &untaken->from);
	buf_puts(&b, " reason=\"");
	put_reason(&b, untaken, &target->address);
	buf_putc(&b, '"');
	buf_puts(&b, " upstream=");
	buf_puts(&b, upstream->hop);
	outbox_log(r->core->outbox, LOG_LEVEL_WARNING, buf_slice(&b));
}

static void trace(struct registrant *r, const struct holding *holding, const struct target *target,
    const struct sip_message *response, const struct flow *flow)
{
	char text[REASON_MAX];
	struct buf b = buf_over(text, sizeof(text));

	tracing_put_received(r, holding, response, flow);
	buf_puts(&b, "not taken: ");
	put_reason(&b, &target->untaken, &target->address);
	tracing_put_note(r, holding_name(holding), buf_slice(&b));
}

static void count(struct registrant *r, enum untaken_why why)
{
	switch (why) {
	case UNTAKEN_ELSEWHERE:
		r->traffic.elsewhere++;
		break;
	case UNTAKEN_UNREADABLE:
		r->traffic.unreadable++;
		break;
	case UNTAKEN_OTHER_REQUEST:
		r->traffic.mismatched++;
		break;
	}
}

void untaken_note(struct registrant *r, struct txn *txn, enum untaken_why why, const char *what,
    const struct sip_message *response, const struct flow *flow)
{
	const struct holding *holding = holding_get(r, txn->owner);
	struct target *target = target_find(r->upstreams, txn->flow.transport, &txn->flow.peer);
	struct exchange_note *note = exchange_note(txn);
	struct untaken *untaken;

	count(r, why);
	if (note->untaken < UINT8_MAX)
		note->untaken++;
	if (!target || !holding)
		return;
	untaken = &target->untaken;
	untaken->count++;
	untaken->why = (uint8_t)why;
	untaken->what = what;
	untaken->from = flow->peer;
	if (tracing_is_on(r))
		trace(r, holding, target, response, flow);
	if (untaken->told_us > 0 && r->core->now.mono_us < untaken->told_us + TELL_APART_US)
		return;
	tell(r, holding, target);
	untaken->told_us = max_u64(r->core->now.mono_us, 1);
	untaken->count = 0;
}

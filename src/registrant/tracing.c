// SPDX-License-Identifier: Apache-2.0
/*
 * A short table of names: a record names the registration, and whoever looks on
 * at that name takes it. So several who look cost no more than one.
 */
#include "registrant/tracing.h"

#include "trace/mask.h"
#include "trace/summary.h"

#include <assert.h>

struct traced *tracing_find(struct registrant *r, struct slice name)
{
	for (uint32_t i = 0; i < r->tracing.count; i++)
		if (slice_equal(slice_of(r->tracing.items[i].name), name))
			return &r->tracing.items[i];
	return NULL;
}

struct answer_trace *tracing_add(
    struct registrant *r, struct traced *traced, enum trace_kind kind, size_t text_most)
{
	struct answer_trace *trace;

	if (!answer_can_spare(r->core->outbox, TRACED_NAME_MAX + TRACE_SUMMARY_MAX + text_most)) {
		traced->lost++;
		return NULL;
	}
	trace = &answer_add(r->core->outbox, ANSWER_TRACE, 0)->trace;
	trace->name = outbox_keep(r->core->outbox, slice_of(traced->name));
	trace->at_ms = r->core->now.wall_ms;
	trace->kind = kind;
	trace->lost = traced->lost;
	traced->lost = 0;
	return trace;
}

static void put_message(struct registrant *r, struct answer_trace *trace,
    const struct sip_message *message, const struct flow *flow)
{
	char words[TRACE_SUMMARY_MAX], bytes[TRACE_TEXT_MAX];
	struct buf summary = buf_over(words, sizeof(words)), text = buf_over(bytes, sizeof(bytes));

	summary_put(&summary, message);
	mask_put(&text, message->bytes);
	trace->local = flow->local;
	trace->peer = flow->peer;
	trace->summary = outbox_keep(r->core->outbox, buf_slice(&summary));
	trace->text = outbox_keep(r->core->outbox, buf_slice(&text));
}

void tracing_put_sent(struct registrant *r, const struct holding *holding, const struct txn *txn)
{
	struct traced *traced = tracing_find(r, holding_name(holding));
	struct answer_trace *trace =
	    traced ? tracing_add(r, traced, TRACE_MESSAGE, TRACE_TEXT_MAX) : NULL;
	struct sip_message message;

	if (!trace)
		return;
	/* What we have written ourselves can be read. */
	if (sip_message_parse(slice_make(txn->request, txn->size), &message, NULL) < 0)
		assert(!"a request of our own that is none");
	trace->is_sent = true;
	trace->retransmission = txn->transmissions - 1U;
	put_message(r, trace, &message, &txn->flow);
}

void tracing_put_received(struct registrant *r, const struct holding *holding,
    const struct sip_message *message, const struct flow *flow)
{
	struct traced *traced = tracing_find(r, holding_name(holding));
	struct answer_trace *trace =
	    traced ? tracing_add(r, traced, TRACE_MESSAGE, TRACE_TEXT_MAX) : NULL;

	if (trace)
		put_message(r, trace, message, flow);
}

void tracing_put_note(struct registrant *r, struct slice name, struct slice text)
{
	struct traced *traced = tracing_find(r, name);
	struct answer_trace *trace = traced ? tracing_add(r, traced, TRACE_NOTE, 0) : NULL;
	char words[TRACE_SUMMARY_MAX];
	struct buf summary = buf_over(words, sizeof(words));

	if (!trace)
		return;
	summary_put_text(&summary, text, sizeof(words));
	trace->summary = outbox_keep(r->core->outbox, buf_slice(&summary));
}

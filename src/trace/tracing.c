// SPDX-License-Identifier: Apache-2.0
/*
 * Begins and ends traces, and adds their records.
 */
#include "trace/tracing.h"

#include "trace/mask.h"
#include "trace/summary.h"

#include <assert.h>

static struct traced *find(struct core_context *core, struct slice name)
{
	for (uint32_t i = 0; i < core->tracing->count; i++)
		if (slice_equal(slice_of(core->tracing->items[i].name), name))
			return &core->tracing->items[i];
	return NULL;
}

static int begin(struct core_context *core, struct slice name, const char **why_r)
{
	struct traced *traced = find(core, name);

	*why_r = "RG_TRACE_BYTES is 0: nothing may be traced";
	if (core->params->trace_bytes == 0)
		return ERR_STATE;
	*why_r = "too many registrations are under trace already";
	if (!traced && core->tracing->count == TRACED_MAX)
		return ERR_FULL;
	if (!traced) {
		assert(name.n > 0 && name.n <= TRACED_NAME_MAX);
		traced = &core->tracing->items[core->tracing->count++];
		*traced = (struct traced){0};
		memcpy(traced->name, name.p, name.n);
	}
	traced->onlookers++;
	/* A client that begins later is told the present state, too. */
	traced->state = TRACED_UNTOLD;
	return 0;
}

static void reply(
    struct core_context *core, const struct command *command, int error, const char *text)
{
	struct answer *answer = answer_add(core->outbox, ANSWER_REPLY, command->request);

	answer->reply.error = error;
	answer->reply.text = outbox_keep(core->outbox, slice_of(text));
}

void tracing_begin(struct core_context *core, const struct command *command)
{
	const char *why;
	int rc = begin(core, command->name, &why);

	if (rc < 0)
		reply(core, command, rc, why);
	else
		answer_add(core->outbox, ANSWER_TRACE_BEGIN, command->request)->trace_begin.bytes =
		    core->params->trace_bytes;
}

void tracing_end(struct core_context *core, const struct command *command)
{
	struct traced *traced = find(core, command->name);

	if (traced && --traced->onlookers == 0)
		*traced = core->tracing->items[--core->tracing->count];
	reply(core, command, 0, "");
}

/* Adds a record for the caller to fill; NULL if there is no room: then it counts as lost. */
static struct answer_trace *add(
    struct core_context *core, struct traced *traced, enum trace_kind kind, size_t text_most)
{
	struct answer_trace *trace;

	if (!answer_can_spare(core->outbox, TRACED_NAME_MAX + TRACE_SUMMARY_MAX + text_most)) {
		traced->lost++;
		return NULL;
	}
	trace = &answer_add(core->outbox, ANSWER_TRACE, 0)->trace;
	trace->name = outbox_keep(core->outbox, slice_of(traced->name));
	trace->at_ms = core->now.wall_ms;
	trace->kind = kind;
	trace->lost = traced->lost;
	traced->lost = 0;
	return trace;
}

static void put_message(struct core_context *core, struct answer_trace *trace,
    const struct sip_message *message, const struct flow *flow)
{
	char words[TRACE_SUMMARY_MAX], bytes[TRACE_TEXT_MAX];
	struct buf summary = buf_over(words, sizeof(words)), text = buf_over(bytes, sizeof(bytes));

	summary_put(&summary, message);
	mask_put(&text, message->bytes);
	trace->local = flow->local;
	trace->peer = flow->peer;
	trace->summary = outbox_keep(core->outbox, buf_slice(&summary));
	trace->text = outbox_keep(core->outbox, buf_slice(&text));
}

void tracing_put_sent(struct core_context *core, struct slice name, struct slice bytes,
    const struct flow *flow, uint32_t retransmission)
{
	struct traced *traced = find(core, name);
	struct answer_trace *trace =
	    traced ? add(core, traced, TRACE_MESSAGE, TRACE_TEXT_MAX) : NULL;
	struct sip_message message;

	if (!trace)
		return;
	/* Messages that we write are valid. */
	if (sip_message_parse(bytes, &message, NULL) < 0)
		assert(!"a message of our own that is none");
	trace->is_sent = true;
	trace->retransmission = retransmission;
	put_message(core, trace, &message, flow);
}

void tracing_put_received(struct core_context *core, struct slice name,
    const struct sip_message *message, const struct flow *flow)
{
	struct traced *traced = find(core, name);
	struct answer_trace *trace =
	    traced ? add(core, traced, TRACE_MESSAGE, TRACE_TEXT_MAX) : NULL;

	if (trace)
		put_message(core, trace, message, flow);
}

void tracing_put_note(struct core_context *core, struct slice name, struct slice text)
{
	struct traced *traced = find(core, name);
	struct answer_trace *trace = traced ? add(core, traced, TRACE_NOTE, 0) : NULL;
	char words[TRACE_SUMMARY_MAX];
	struct buf summary = buf_over(words, sizeof(words));

	if (!trace)
		return;
	summary_put_text(&summary, text, sizeof(words));
	trace->summary = outbox_keep(core->outbox, buf_slice(&summary));
}

void tracing_put_state(struct core_context *core, struct traced *traced, uint8_t state,
    const char *word, struct slice sentence)
{
	struct answer_trace *trace =
	    state == traced->state ? NULL : add(core, traced, TRACE_STATE, 0);

	if (!trace)
		return;
	traced->state = state;
	trace->summary = outbox_keep(core->outbox, sentence);
	/* `word` is static, so it need not be copied. */
	trace->text = slice_of(word);
}

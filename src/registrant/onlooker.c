// SPDX-License-Identifier: Apache-2.0
/*
 * How looking on begins and ends, and the sentence for a state.
 */
#include "registrant/onlooker.h"

#include "registrant/debts.h"
#include "registrant/registration.h"
#include "registrant/show.h"
#include "trace/summary.h"

#define STATE_UNTOLD (STATE_COUNT + 1)
#define STATE_GONE   STATE_COUNT /* neither registration nor debt has that name */

/* " in 3060.0 s" */
static void put_wait(struct buf *b, int64_t wait_ms)
{
	if (wait_ms < 0)
		wait_ms = 0;
	buf_puts(b, " in ");
	buf_put_i64(b, wait_ms / 1000);
	buf_putc(b, '.');
	buf_put_i64(b, wait_ms % 1000 / 100);
	buf_puts(b, " s");
}

/* "registered, granted 3600 s: refresh in 3060.0 s", "waiting, no answer: retry in 61.2 s" */
static void put_sentence(struct registrant *r, struct buf *b, const struct registration_view *view)
{
	bool is_up = view->state == STATE_REGISTERED;

	buf_puts(b, registration_state_name(view->state));
	if (is_up) {
		buf_puts(b, ", granted ");
		buf_put_u64(b, view->granted_s);
		buf_puts(b, " s");
	} else if (view->attempts > 0 && view->last_reason.n > 0) {
		buf_puts(b, ", ");
		summary_put_text(b, view->last_reason, LAST_REASON_MAX);
	}
	if (view->next_at_ms == 0 || view->next_action == NEXT_ANSWER ||
	    view->next_action == NEXT_REGISTER || view->state == STATE_CANCELLING)
		return;
	buf_puts(b, ": ");
	buf_puts(b, next_action_name(view->next_action));
	put_wait(b, view->next_at_ms - r->core->now.wall_ms);
}

static void put_state(struct registrant *r, struct traced *traced)
{
	struct registration_view view = {0};
	bool is_there = show_brief(r, slice_of(traced->name), &view);
	uint8_t state = is_there ? (uint8_t)view.state : STATE_GONE;
	char words[TRACE_SUMMARY_MAX];
	struct buf b = buf_over(words, sizeof(words));
	struct answer_trace *trace;

	if (state == traced->state)
		return;
	trace = tracing_add(r, traced, TRACE_STATE, 0);
	if (!trace)
		return;
	traced->state = state;
	if (is_there)
		put_sentence(r, &b, &view);
	else
		buf_puts(&b, "gone");
	trace->summary = outbox_keep(r->core->outbox, buf_slice(&b));
	/* A word of our own, which outlives the outbox. */
	trace->text = slice_of(is_there ? registration_state_name(view.state) : "gone");
}

void onlooker_put_states(struct registrant *r)
{
	for (uint32_t i = 0; i < r->tracing.count; i++)
		put_state(r, &r->tracing.items[i]);
}

static int begin(struct registrant *r, struct slice name, const char **why_r)
{
	struct traced *traced = tracing_find(r, name);

	*why_r = "no such registration";
	if (name.n == 0 || name.n > TRACED_NAME_MAX ||
	    (!registration_find(r, name) && !debts_find(r, name)))
		return ERR_NOT_FOUND;
	*why_r = "RG_TRACE_BYTES is 0: nothing may be traced";
	if (r->core->params->trace_bytes == 0)
		return ERR_STATE;
	*why_r = "too many registrations are under trace already";
	if (!traced && r->tracing.count == TRACED_MAX)
		return ERR_FULL;
	if (!traced) {
		traced = &r->tracing.items[r->tracing.count++];
		*traced = (struct traced){0};
		memcpy(traced->name, name.p, name.n);
	}
	traced->onlookers++;
	/* An onlooker that comes later is told the present state as well. */
	traced->state = STATE_UNTOLD;
	return 0;
}

static void end(struct registrant *r, struct slice name)
{
	struct traced *traced = tracing_find(r, name);

	if (traced && --traced->onlookers == 0)
		*traced = r->tracing.items[--r->tracing.count];
}

static void reply(struct registrant *r, const struct command *command, int error, const char *text)
{
	struct answer *answer = answer_add(r->core->outbox, ANSWER_REPLY, command->request);

	answer->reply.error = error;
	answer->reply.text = outbox_keep(r->core->outbox, slice_of(text));
}

void onlooker_command(struct registrant *r, const struct command *command)
{
	const char *why = "";
	int rc;

	if (command->kind == COMMAND_UNTRACE) {
		end(r, command->name);
		reply(r, command, 0, "");
		return;
	}
	rc = begin(r, command->name, &why);
	if (rc < 0) {
		reply(r, command, rc, why);
		return;
	}
	answer_add(r->core->outbox, ANSWER_TRACE_BEGIN, command->request)->trace_begin.bytes =
	    r->core->params->trace_bytes;
}

// SPDX-License-Identifier: Apache-2.0
/*
 * A binding is taken up where its endpoint may still have it and its time has not run out.
 */
#include "registrar/kept.h"

#include "base/least.h"
#include "registrar/binding.h"
#include "registrar/held.h"

/*
 * Milliseconds that a kept binding still has, below 1: none. A refresh that a kill has lost came
 * before `unsure_ms`, or hardly later, so the binding may last for one more grant from there. A
 * clock that was set back gives nobody more than a grant from now.
 */
static int64_t left_ms(const struct registrar *registrar, const struct event_kept *kept)
{
	int64_t grant_ms = (int64_t)kept->record.terms.granted_s * 1000;
	int64_t until_ms = kept->record.terms.expires_ms, now_ms = registrar->core->now.wall_ms;

	if (until_ms > kept->unsure_ms && kept->unsure_ms > 0 &&
	    until_ms < kept->unsure_ms + grant_ms)
		until_ms = kept->unsure_ms + grant_ms;
	return until_ms - now_ms < grant_ms ? until_ms - now_ms : grant_ms;
}

/* A file may hold anything. */
static bool is_sound(const struct binding_record *record)
{
	return record->contact.n > 0 && record->contact.n <= BINDING_CONTACT_MAX &&
	       record->call_id.n <= BINDING_CALL_ID_MAX && record->path.n <= BINDING_PATH_MAX &&
	       record->instance.n <= BINDING_INSTANCE_MAX && record->agent.n <= BINDING_AGENT_MAX &&
	       record->q_milli <= 1000 && record->flow.transport < SIP_TRANSPORT_OTHER;
}

static bool take_up(struct registrar *registrar, const struct event_kept *kept)
{
	const struct binding_record *record = &kept->record;
	struct endpoint *endpoint = endpoint_find(registrar, record->username);
	int64_t ms = left_ms(registrar, kept);
	struct binding_source source = {
	    .flow = record->flow, .agent = record->agent, .cseq = record->terms.cseq};
	struct binding_wish wish = {
	    .texts = {[BINDING_CONTACT] = record->contact,
	        [BINDING_CALL_ID] = record->call_id,
	        [BINDING_PATH] = record->path,
	        [BINDING_INSTANCE] = record->instance},
	    .granted_s = record->terms.granted_s,
	    .reg_id = record->reg_id,
	    .q_milli = record->q_milli,
	};

	if (!endpoint || !endpoint->config->settings.enabled || ms <= 0 || !is_sound(record))
		return false;
	wish.binding = binding_add(registrar, endpoint);
	if (!wish.binding)
		return false;
	if (!binding_prepare(&wish)) {
		binding_remove(registrar, wish.binding);
		return false;
	}
	binding_restore(registrar, &wish, &source, record->id,
	    registrar->core->now.mono_us + (uint64_t)ms * US_PER_MS);
	return true;
}

static void load(struct registrar *registrar, const struct event_kept *kept)
{
	struct binding_record gone = {.op = BINDING_GONE, .id = kept->record.id};

	if (registrar->keeping != KEEPING_LOADS)
		return;
	registrar->last_id = max_u64(registrar->last_id, kept->record.id);
	if (take_up(registrar, kept))
		registrar->loaded++;
	else
		journal_write_binding(registrar->core->binding_journal, &gone);
}

static void end_loading(struct registrar *registrar)
{
	char text[64];
	struct buf b = buf_over(text, sizeof(text));

	if (registrar->keeping != KEEPING_LOADS)
		return;
	registrar->keeping = KEEPING_ON;
	if (registrar->loaded == 0)
		return;
	buf_puts(&b, "event=bindings-loaded count=");
	buf_put_u64(&b, registrar->loaded);
	outbox_log(registrar->core->outbox, LOG_LEVEL_INFO, buf_slice(&b));
}

/* Records that went before bear times of the clock before. */
static void shift(struct registrar *registrar, int64_t step_ms)
{
	struct binding_record record = {.op = BINDING_SHIFTED, .step_ms = step_ms};

	if (registrar->keeping != KEEPING_OFF)
		journal_write_binding(registrar->core->binding_journal, &record);
}

/* A binding that is refreshed from now on is written whole once more. */
static void begin_anew(struct registrar *registrar, struct slice why)
{
	char text[256];
	struct buf b = buf_over(text, sizeof(text));

	registrar->writing++;
	buf_puts(&b, "event=bindings-lost reason=\"");
	buf_put(&b, slice_make(why.p, min_u64(why.n, 200)));
	buf_putc(&b, '"');
	outbox_log(registrar->core->outbox, LOG_LEVEL_ERROR, buf_slice(&b));
}

void kept_event(struct registrar *registrar, const struct event *event)
{
	switch (event->kind) {
	case EVENT_BINDING_KEPT:
		load(registrar, &event->kept);
		break;
	case EVENT_BINDINGS_LOADED:
		end_loading(registrar);
		break;
	case EVENT_BINDINGS_DURABLE:
		held_reached(registrar, event->ticket);
		break;
	case EVENT_BINDINGS_FAILED:
		held_failed(registrar, event->why);
		break;
	case EVENT_BINDINGS_LOST:
		begin_anew(registrar, event->why);
		break;
	case EVENT_CLOCK_STEPPED:
		shift(registrar, event->step_ms);
		break;
	case EVENT_FLOW_UP:
	case EVENT_FLOW_DOWN:
	case EVENT_RESOLVED:
	case EVENT_LEDGER_DURABLE:
	case EVENT_LEDGER_FAILED:
	case EVENT_NETWORK_CHANGED:
		break;
	}
}

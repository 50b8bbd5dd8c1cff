// SPDX-License-Identifier: Apache-2.0
/*
 * What a simulated shell does about each record of the outbox. Nothing answers
 * from inside: outcomes come later, as events.
 */
#include "sim/process_state.h"

#include "sim/meter.h"
#include "sim/trail.h"
#include "sim/watch.h"

static void later(struct process *process, uint64_t delay_us, const struct event *event)
{
	struct event *copy = malloc(sizeof(*copy));

	assert(copy);
	*copy = *event;
	if (heap_push(&process->outcomes, process->world->now_us + delay_us, (uintptr_t)copy) < 0)
		abort();
}

static void do_send(struct process *process, const struct effect_send *send)
{
	struct facts facts;

	facts_read(send->bytes, &facts);
	watch_sent(process->world, process, &send->flow.peer, &facts);
	if (!process_is_open(process, send->flow.listener))
		watch_violation(process->world, "", "sent through a listener that is closed");
	if (netaddr_equal_ip(&send->flow.local, &process->address))
		world_send(
		    process->world, &send->flow.local, &send->flow.peer, send->bytes, &facts);
}

static void do_flow_open(struct process *process, const struct effect_flow_open *open)
{
	struct event event = {.kind = EVENT_FLOW_UP};
	struct flow *flow = &event.flow.flow;

	event.flow.asker = open->asker;
	flow->transport = open->transport;
	flow->local = process->address;
	flow->peer = open->target;
	if (open->preferred.port)
		flow->local.port = open->preferred.port;
	flow->listener = process_listen(process, flow->local.port);
	if (open->preferred.family && !netaddr_equal_ip(&open->preferred, &process->address)) {
		event.kind = EVENT_FLOW_DOWN;
		event.flow.why = SLICE("address not available");
	}
	later(process, process->world->flow_delay_us, &event);
}

static void do_resolve(struct process *process, const struct effect_resolve *resolve)
{
	const struct world_name *name = world_find_name(process->world, resolve->host);
	struct event event = {.kind = EVENT_RESOLVED};

	event.resolved.asker = resolve->asker;
	if (name && name->is_silent)
		return;
	if (!name || name->count == 0) {
		event.resolved.why = SLICE("no such name");
		later(process, process->world->name_delay_us, &event);
		return;
	}
	event.resolved.count = name->count;
	event.resolved.ttl_s = name->ttl_s;
	for (uint32_t i = 0; i < name->count; i++) {
		event.resolved.addresses[i] = name->addresses[i];
		event.resolved.addresses[i].port = resolve->port;
	}
	later(process, process->world->name_delay_us, &event);
}

static void do_ledger(struct process *process, const struct effect_ledger *ledger)
{
	struct event event = {.kind = EVENT_LEDGER_FAILED, .why = SLICE("the disk is full")};
	const struct disk_config *disk = disk_config(process->disk);

	disk_take(process->disk, process->world->now_us, ledger);
	if (ledger->record.op == LEDGER_EPOCH)
		trail_epoch(watch_trails(process->world), process, ledger->record.epoch.name,
		    ledger->record.epoch.epoch);
	if (ledger->record.op == LEDGER_GONE)
		watch_gave_up(process->world, disk_identity(process->disk, ledger->record.gone));
	if (disk->unsynced)
		event.why = SLICE("a sync failed");
	if (disk->fails || disk->unsynced)
		later(process, US_PER_MS, &event);
}

/* A disk that takes the bindings of phones at once. */
static void do_binding(struct process *process, const struct effect_binding *binding)
{
	struct event event = {.kind = EVENT_BINDINGS_DURABLE, .ticket = binding->ticket};

	later(process, US_PER_MS, &event);
}

static void copy_text(char *p, size_t size, struct slice text)
{
	size_t n = text.n < size ? text.n : size - 1;

	if (n > 0)
		memcpy(p, text.p, n);
	p[n] = '\0';
}

static void keep_view(struct shown *shown, const struct registration_view *view)
{
	shown->state = view->state;
	shown->granted_s = view->granted_s;
	shown->asked_s = view->asked_s;
	shown->attempts = view->attempts;
	shown->cseq = view->cseq;
	shown->ghosts = view->ghost_bindings;
	shown->lookalikes = view->lookalike_bindings;
	shown->foreign = view->foreign_bindings;
	shown->ghosts_removed = view->ghosts_removed;
	shown->stale_window_s = view->stale_window_s;
	shown->last_status = view->last_status;
	shown->next_action = view->next_action;
	shown->next_at_ms = view->next_at_ms;
	shown->bound_until_ms = view->bound_until_ms;
	shown->is_bound_at_most = view->is_bound_at_most;
	shown->since_ms = view->since_ms;
	copy_text(shown->reason, sizeof(shown->reason), view->last_reason);
	copy_text(shown->contact, sizeof(shown->contact), view->contact);
	copy_text(shown->call_id, sizeof(shown->call_id), view->call_id);
	copy_text(shown->target, sizeof(shown->target), view->target);
}

static void keep_name(struct shown_page *page, struct slice name)
{
	assert(page->count < COMMAND_PAGE_MAX);
	copy_text(page->names[page->count], sizeof(page->names[0]), name);
	page->count++;
}

static void keep_debt(struct shown_debts *debts, const struct debt_view *view)
{
	struct shown_debt *debt = &debts->debts[debts->count++ % SHOWN_MAX];

	debt->state = view->view.state;
	debt->cause = view->cause;
	debt->has_registration = view->has_registration;
	debt->is_withheld = view->is_withheld;
	debt->next_action = view->view.next_action;
	debt->next_at_ms = view->view.next_at_ms;
	copy_text(debt->name, sizeof(debt->name), view->view.name);
	copy_text(debt->aor, sizeof(debt->aor), view->aor);
	copy_text(debt->contact, sizeof(debt->contact), view->view.contact);
}

static void keep_listed(struct shown_listing *listing, const struct listed_view *view)
{
	struct shown_listed *listed = &listing->listed[listing->count++ % SHOWN_MAX];

	listed->kind = view->kind;
	listed->expires_s = view->expires_s;
	listed->seen_ms = view->seen_ms;
	copy_text(listed->contact, sizeof(listed->contact), view->contact);
}

/* How often an event was logged, so that tests see that a line comes once. */
static void count_log(struct process *process, struct slice text)
{
	for (int i = 0; i < WATCHED_LOGS; i++)
		if (process->watched[i].event && memmem(text.p, text.n, process->watched[i].event,
		                                     strlen(process->watched[i].event)))
			process->watched[i].count++;
}

static void keep_stop_row(struct process *process, const struct stop_row *row)
{
	struct stop_report *report = &process->report;
	struct stop_line *line;

	if (report->line_count % 64 == 0) {
		report->lines =
		    realloc(report->lines, (report->line_count + 64) * sizeof(report->lines[0]));
		assert(report->lines);
	}
	line = &report->lines[report->line_count++];
	line->outcome = row->outcome;
	line->status = row->status;
	line->bound_until_ms = row->bound_until_ms;
	line->until_us =
	    row->bound_until_ms
	        ? (uint64_t)(row->bound_until_ms - process->world->wall_offset_ms) * US_PER_MS
	        : 0;
	copy_text(line->name, sizeof(line->name), row->name);
	watch_settled(process->world, process, line);
}

static void begin_report(struct process *process, const struct answer_stop_begin *begin)
{
	struct stop_report *report = &process->report;

	report->begun = true;
	report->begun_us = process->world->now_us;
	report->deadline_s = begin->deadline_s;
	report->cancels = begin->cancels;
	report->kept = begin->kept;
	report->expected_s = begin->expected_s;
}

static void end_report(struct process *process, const struct answer_stop_end *end)
{
	process->report.ended = true;
	process->report.ended_us = process->world->now_us;
	memcpy(process->report.counts, end->counts, sizeof(end->counts));
	process->leaves = true;
}

static void hear(struct process *process, const struct answer *answer)
{
	switch (answer->kind) {
	case ANSWER_VIEW:
		if (process->shown)
			keep_view(process->shown, &answer->view.view);
		if (process->shown_page)
			keep_name(process->shown_page, answer->view.view.name);
		break;
	case ANSWER_DEBT:
		if (process->shown_debts)
			keep_debt(process->shown_debts, &answer->debt);
		break;
	case ANSWER_LISTED:
		if (process->shown_listing)
			keep_listed(process->shown_listing, &answer->listed);
		break;
	case ANSWER_VIEW_END:
		process->end = answer->view_end;
		if (process->shown_page)
			copy_text(process->shown_page->next, sizeof(process->shown_page->next),
			    answer->view_end.next_name);
		if (process->shown)
			process->shown->found = answer->view_end.found;
		break;
	case ANSWER_STATUS:
		if (process->status)
			*process->status = answer->status;
		break;
	case ANSWER_REPLY:
		process->reply = answer->reply.error;
		process->reply_count = answer->reply.count;
		break;
	case ANSWER_ENDPOINT:
	case ANSWER_BINDING:
	case ANSWER_SUSPENSION:
		break;
	case ANSWER_STOP_BEGIN:
		begin_report(process, &answer->stop_begin);
		break;
	case ANSWER_STOP_ROW:
		keep_stop_row(process, &answer->stop_row);
		break;
	case ANSWER_STOP_END:
		end_report(process, &answer->stop_end);
		break;
	case ANSWER_TRACE:
		if (process->trace)
			ring_put(process->trace, &answer->trace);
		break;
	case ANSWER_TRACE_BEGIN:
		process->reply = 0;
		break;
	}
}

void process_do(struct process *process, const struct effect *effect)
{
	switch (effect->kind) {
	case EFFECT_SEND:
		do_send(process, &effect->send);
		break;
	case EFFECT_FLOW_OPEN:
		do_flow_open(process, &effect->flow_open);
		break;
	case EFFECT_LISTENER:
		process_need(process, &effect->listener);
		break;
	case EFFECT_RESOLVE:
		do_resolve(process, &effect->resolve);
		break;
	case EFFECT_LEDGER:
		do_ledger(process, &effect->ledger);
		break;
	case EFFECT_BINDING:
		do_binding(process, &effect->binding);
		break;
	case EFFECT_LOG:
		world_log(process->world, effect->log.text);
		meters_told(watch_meters(process->world), process, process->world->now_us,
		    effect->log.text);
		count_log(process, effect->log.text);
		break;
	case EFFECT_ANSWER:
		hear(process, effect->answer);
		break;
	}
}

// SPDX-License-Identifier: Apache-2.0
/*
 * The four entries. Each one sets the time, finds the part concerned and calls it.
 * Timers run one by one while the outbox has room for another step.
 */
#include "core/core.h"

#include "core/inside.h"
#include "core/response.h"
#include "core/stop.h"
#include "registrant/commands.h"
#include "registrant/show.h"
#include "sip/param.h"
#include "txn/server.h"

int core_load(struct core *core, struct now now, const struct ledger_record *record)
{
	core->context.now = now;
	return registrant_load(core->registrant, record);
}

void core_start(struct core *core, struct now now)
{
	core->context.now = now;
	registrant_start(core->registrant);
	core->is_started = true;
}

/* At the end of each step: states that it changed, where they are under trace. */
static void tell_states(struct core *core)
{
	if (!tracing_is_on(&core->context))
		return;
	for (unsigned part = 0; part < PART_COUNT; part++)
		if (core->parts[part].ops && core->parts[part].ops->tell_states)
			core->parts[part].ops->tell_states(core->parts[part].part);
}

/* ---- datagrams ---- */

/* A datagram that cannot be read may still be a response to a request of ours. */
static void note_unreadable(struct core *core, const struct sip_message *response,
    const struct flow *flow, const struct sip_error *error)
{
	struct txn *txn = NULL;

	if (!response->is_request && response->status > 0 && response->has_via)
		txn = txns_own(core->context.txns, response->via.branch);
	if (txn)
		core->parts[txn->part].ops->not_taken(
		    core->parts[txn->part].part, txn, TXN_UNREADABLE, error->what, response, flow);
}

/* A request of ours that upstream sent back to us: its part is told, and it gets its answer too. */
static void note_came_back(struct core *core, const struct sip_message *request)
{
	struct txn *txn = txns_own(core->context.txns, request->call_id);

	if (txn && core->parts[txn->part].ops->came_back)
		core->parts[txn->part].ops->came_back(core->parts[txn->part].part, txn);
}

static void receive_request(
    struct core *core, const struct sip_message *request, const struct flow *flow)
{
	if (request->method == SIP_REGISTER) {
		registrar_request(core->registrar, request, flow);
		return;
	}
	if (request->method == SIP_OPTIONS)
		note_came_back(core, request);
	response_send(&core->context, request, flow);
}

static void receive_response(
    struct core *core, const struct sip_message *response, const struct flow *flow)
{
	struct core_traffic *traffic = &core->context.traffic;
	struct txn *txn = NULL;
	enum txn_match match = txns_match(core->context.txns, response, flow, &txn);

	traffic->responses++;
	traffic->skipped_lines += response->skipped;
	switch (match) {
	case TXN_MATCHED:
		core->parts[txn->part].ops->response(
		    core->parts[txn->part].part, txn, response, flow);
		break;
	case TXN_ELSEWHERE:
	case TXN_MISMATCHED:
		core->parts[txn->part].ops->not_taken(
		    core->parts[txn->part].part, txn, match, "", response, flow);
		break;
	case TXN_FORGED:
		traffic->forged++;
		break;
	case TXN_STRANGE:
	case TXN_OLD:
	case TXN_GONE:
	case TXN_UNREADABLE:
		traffic->stray++;
		break;
	}
}

void core_receive(struct core *core, struct now now, const struct flow *flow, struct slice datagram)
{
	struct sip_message message;
	struct sip_error error = {"", 0};
	int rc;

	/* Peers send CRLF as a keepalive (RFC 5626 3.5.1). */
	if (slice_trim(datagram).n == 0)
		return;
	core->context.now = now;
	rc = sip_message_parse(datagram, &message, &error);
	if (rc < 0) {
		core->context.traffic.malformed++;
		note_unreadable(core, &message, flow, &error);
		response_malformed(&core->context, &message, flow, rc, &error);
	} else if (message.is_request) {
		receive_request(core, &message, flow);
	} else {
		receive_response(core, &message, flow);
	}
	tell_states(core);
}

/* ---- events ---- */

static void log_event(struct core *core, enum log_level level, const char *event, struct slice why)
{
	char text[256];
	struct buf b = buf_over(text, sizeof(text));

	buf_puts(&b, event);
	if (why.n > 0 && why.n < 200) {
		buf_puts(&b, " reason=");
		sip_put_quoted(&b, why);
	}
	outbox_log(core->context.outbox, level, buf_slice(&b));
}

static void wake_journal(struct core *core)
{
	if (journal_due(&core->journal))
		core_wake_journal(&core->context);
}

static void tell_parts(struct core *core, const struct event *event)
{
	for (unsigned part = 0; part < PART_COUNT; part++)
		if (core->parts[part].ops && core->parts[part].ops->event)
			core->parts[part].ops->event(core->parts[part].part, event);
}

void core_event(struct core *core, struct now now, const struct event *event)
{
	core->context.now = now;
	switch (event->kind) {
	case EVENT_LEDGER_DURABLE:
		journal_reached(&core->journal, event->ticket);
		wake_journal(core);
		break;
	case EVENT_LEDGER_FAILED:
		journal_failed(&core->journal);
		log_event(core, LOG_LEVEL_ERROR, "event=ledger-failed", event->why);
		break;
	case EVENT_CLOCK_STEPPED:
		log_event(core, LOG_LEVEL_WARNING, "event=clock-stepped", (struct slice){NULL, 0});
		tell_parts(core, event);
		break;
	case EVENT_BINDING_KEPT:
	case EVENT_BINDINGS_LOADED:
	case EVENT_BINDINGS_DURABLE:
	case EVENT_BINDINGS_FAILED:
	case EVENT_BINDINGS_LOST:
	case EVENT_FLOW_UP:
	case EVENT_FLOW_DOWN:
	case EVENT_RESOLVED:
	case EVENT_NETWORK_CHANGED:
		tell_parts(core, event);
		break;
	}
	tell_states(core);
}

static bool is_for_registrar(const struct command *command)
{
	switch (command->kind) {
	case COMMAND_PUT:
	case COMMAND_REMOVE:
		return command->object == OBJECT_ENDPOINT;
	case COMMAND_ENDPOINTS:
	case COMMAND_ENDPOINT:
	case COMMAND_BINDINGS:
	case COMMAND_BINDINGS_REMOVE:
	case COMMAND_SUSPENSIONS:
	case COMMAND_SUSPENSION_LIFT:
		return true;
	case COMMAND_PARAMS:
	case COMMAND_REFRESH:
	case COMMAND_CANCEL:
	case COMMAND_LIST:
	case COMMAND_SHOW:
	case COMMAND_DEBTS:
	case COMMAND_GHOSTS:
	case COMMAND_GHOSTS_REMOVE:
	case COMMAND_STATUS:
	case COMMAND_STOP:
	case COMMAND_TRACE:
	case COMMAND_UNTRACE:
		break;
	}
	return false;
}

static void status_command(struct core *core, const struct command *command)
{
	struct answer_status *status = show_status(core->registrant, command);
	struct registrar_usage usage = registrar_usage(core->registrar);

	status->endpoints = usage.endpoints;
	status->bindings = usage.bindings;
}

void core_command(struct core *core, struct now now, const struct command *command)
{
	core->context.now = now;
	if (command->kind == COMMAND_PARAMS)
		core->params = *command->params;
	if (command->kind == COMMAND_STOP)
		stop_command(core, command);
	else if (command->kind == COMMAND_STATUS)
		status_command(core, command);
	else if (core_is_stopping(&core->context) && command_is_edit(command->kind))
		answer_reply(core->context.outbox, command->request, ERR_STATE, SLICE("stopping"));
	else if (is_for_registrar(command))
		registrar_command(core->registrar, command);
	else
		commands_do(core->registrant, command);
	tell_states(core);
}

/* ---- time ---- */

/* Objects whose record is durable go on, in the order in which they began to wait. */
static void run_journal(struct core *core)
{
	struct journal_entry *due;

	while (outbox_has_room(core->context.outbox) && (due = journal_due(&core->journal)))
		registrant_recorded(core->registrant, due);
	wake_journal(core);
}

static void run_txn(struct core *core, struct wheel_node *node)
{
	struct txn *txn = (struct txn *)((char *)node - offsetof(struct txn, timer));

	core->parts[txn->part].ops->txn_timer(core->parts[txn->part].part, txn);
}

static void run_own_timer(struct core *core, struct wheel_node *node)
{
	switch ((enum core_timer)node->kind) {
	case TIMER_TXN:
		run_txn(core, node);
		break;
	case TIMER_SERVER:
		servers_timer(core->context.servers, node);
		break;
	case TIMER_JOURNAL:
		run_journal(core);
		break;
	case TIMER_STOP:
		stop_timer(core);
		break;
	}
}

static void run_timer(struct core *core, struct wheel_node *node)
{
	enum part part = part_of_timer(node);

	if (part == PART_CORE)
		run_own_timer(core, node);
	else
		core->parts[part].ops->timer(core->parts[part].part, node);
	tell_states(core);
}

void core_advance(struct core *core, struct now now)
{
	struct wheel_node *node;

	if (!core->is_started)
		return;
	core->context.now = now;
	while (
	    outbox_has_room(core->context.outbox) && (node = wheel_pop(&core->wheel, now.mono_us)))
		run_timer(core, node);
}

uint64_t core_next_deadline(const struct core *core)
{
	return core->is_started ? wheel_next(&core->wheel) : TIME_NEVER;
}

struct outbox *core_outbox(struct core *core)
{
	return core->context.outbox;
}

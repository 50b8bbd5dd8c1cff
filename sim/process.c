// SPDX-License-Identifier: Apache-2.0
/*
 * The shell that the core believes in. A kill in the middle of a drain must not
 * touch the core any more, so every entry ends in drain() and nothing follows.
 */
#include "sim/process.h"

#include "base/heap.h"
#include "sim/watch.h"
#include "sim/world.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define BOOT_US   (5 * US_PER_S) /* between power and the process' start */
#define SPINS_MAX 100000

/* The outcome of something the core asked for, on its way back. */
struct outcome {
	struct event event;
};

struct process {
	struct world *world;
	struct core *core; /* NULL while it is down */
	struct disk *disk;
	struct netaddr address;
	uint64_t seed, starts;
	uint32_t registrations_max;
	uint64_t power_us; /* when the machine was switched on */
	struct params params;
	struct registration_config **objects;
	uint32_t object_count, object_size;
	struct heap outcomes; /* time -> struct outcome */
	uint64_t records, kill_at;
	bool leaves; /* the stop has ended */
	bool gave_up_row;
	uint64_t spin_us, spins;
	struct stop_report report;

	/* of the command that is under way */
	struct shown *shown;
	struct effect_status *status;
	int reply;
};

static void fresh_report(struct process *process)
{
	free(process->report.lines);
	process->report = (struct stop_report){0};
}

struct process *process_new(
    struct world *world, const struct netaddr *address, uint64_t seed, uint32_t registrations_max)
{
	struct process *process = calloc(1, sizeof(*process));

	if (!process)
		return NULL;
	process->world = world;
	process->address = *address;
	process->seed = seed;
	process->registrations_max = registrations_max;
	params_defaults(&process->params);
	process->disk = disk_new(seed);
	if (!process->disk)
		process_free(&process);
	return process;
}

static void end_core(struct process *process)
{
	core_free(&process->core);
	for (uint32_t i = 0; i < process->outcomes.count; i++)
		free((void *)(uintptr_t)process->outcomes.pairs[i].value);
	heap_clear(&process->outcomes);
	process->kill_at = 0;
	process->leaves = false;
}

void process_free(struct process **process)
{
	struct process *gone = *process;

	*process = NULL;
	if (!gone)
		return;
	end_core(gone);
	for (uint32_t i = 0; i < gone->object_count; i++)
		registration_config_free(&gone->objects[i]);
	free(gone->objects);
	free(gone->report.lines);
	disk_free(&gone->disk);
	free(gone);
}

struct disk *process_disk(struct process *process)
{
	return process->disk;
}

const struct netaddr *process_address(const struct process *process)
{
	return &process->address;
}

struct now process_now(const struct process *process)
{
	return (struct now){process->world->now_us - process->power_us + BOOT_US,
	    process->world->wall_offset_ms + (int64_t)(process->world->now_us / US_PER_MS)};
}

static void later(struct process *process, uint64_t delay_us, const struct event *event)
{
	struct outcome *outcome = malloc(sizeof(*outcome));

	assert(outcome);
	outcome->event = *event;
	if (heap_push(&process->outcomes, process->world->now_us + delay_us, (uintptr_t)outcome) <
	    0)
		abort();
}

/* ---- one record ---- */

static void do_send(struct process *process, const struct effect_send *send)
{
	struct facts facts;

	facts_read(send->bytes, &facts);
	watch_sent(process->world, process, &send->flow.peer, &facts);
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
	flow->listener = flow->local.port;
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

	disk_take(process->disk, process->world->now_us, ledger);
	if (ledger->record.op == LEDGER_GONE)
		process->gave_up_row = true;
	if (disk_config(process->disk)->fails)
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
	shown->foreign = view->foreign_bindings;
	shown->ghosts_removed = view->ghosts_removed;
	shown->stale_window_s = view->stale_window_s;
	shown->last_status = view->last_status;
	shown->next_action = view->next_action;
	shown->next_at_ms = view->next_at_ms;
	shown->bound_until_ms = view->bound_until_ms;
	shown->since_ms = view->since_ms;
	copy_text(shown->reason, sizeof(shown->reason), view->last_reason);
	copy_text(shown->contact, sizeof(shown->contact), view->contact);
	copy_text(shown->call_id, sizeof(shown->call_id), view->call_id);
	copy_text(shown->target, sizeof(shown->target), view->target);
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
	copy_text(line->name, sizeof(line->name), row->name);
	watch_settled(process->world, process, line);
}

static void begin_report(struct process *process, const struct effect_stop_begin *begin)
{
	struct stop_report *report = &process->report;

	report->begun = true;
	report->begun_us = process->world->now_us;
	report->deadline_s = begin->deadline_s;
	report->cancels = begin->cancels;
	report->kept = begin->kept;
	report->expected_s = begin->expected_s;
}

static void end_report(struct process *process, const struct effect_stop_end *end)
{
	process->report.ended = true;
	process->report.ended_us = process->world->now_us;
	memcpy(process->report.counts, end->counts, sizeof(end->counts));
	process->leaves = true;
}

static void do_record(struct process *process, const struct effect *effect)
{
	switch (effect->kind) {
	case EFFECT_SEND:
		do_send(process, &effect->send);
		break;
	case EFFECT_FLOW_OPEN:
		do_flow_open(process, &effect->flow_open);
		break;
	case EFFECT_RESOLVE:
		do_resolve(process, &effect->resolve);
		break;
	case EFFECT_LEDGER:
		do_ledger(process, &effect->ledger);
		break;
	case EFFECT_LOG:
		world_log(process->world, effect->log.text);
		break;
	case EFFECT_VIEW:
		if (process->shown)
			keep_view(process->shown, &effect->view.view);
		break;
	case EFFECT_VIEW_END:
		if (process->shown)
			process->shown->found = effect->view_end.found;
		break;
	case EFFECT_STATUS:
		if (process->status)
			*process->status = effect->status;
		break;
	case EFFECT_REPLY:
		process->reply = effect->reply.error;
		break;
	case EFFECT_STOP_BEGIN:
		begin_report(process, &effect->stop_begin);
		break;
	case EFFECT_STOP_ROW:
		keep_stop_row(process, &effect->stop_row);
		break;
	case EFFECT_STOP_END:
		end_report(process, &effect->stop_end);
		break;
	}
}

/* The last thing every entry does: the core may be gone behind it. */
static void drain(struct process *process)
{
	struct outbox *outbox = core_outbox(process->core);

	for (uint32_t i = 0; i < outbox_count(outbox); i++) {
		if (process->kill_at && process->records + 1 >= process->kill_at) {
			process_kill(process);
			return;
		}
		process->records++;
		do_record(process, outbox_at(outbox, i));
	}
	outbox_reset(outbox);
	if (!process->leaves)
		return;
	disk_flush(process->disk);
	end_core(process);
	watch_left(process->world, process);
}

/* ---- an operator ---- */

struct params *process_params(struct process *process)
{
	return &process->params;
}

static int run_command(struct process *process, struct command *command)
{
	process->reply = 0;
	if (!process->core)
		return 0;
	command->request = 1;
	core_command(process->core, process_now(process), command);
	drain(process);
	return process->reply;
}

void process_params_changed(struct process *process)
{
	struct command command = {.kind = COMMAND_PARAMS, .params = &process->params};

	run_command(process, &command);
}

static uint32_t find_object(const struct process *process, struct slice name)
{
	uint32_t i = 0;

	while (i < process->object_count && !slice_equal(process->objects[i]->name, name))
		i++;
	return i;
}

const struct registration_config *process_object(const struct process *process, struct slice name)
{
	uint32_t i = find_object(process, name);

	return i < process->object_count ? process->objects[i] : NULL;
}

const struct registration_config *process_object_at(const struct process *process, uint32_t index)
{
	return index < process->object_count ? process->objects[index] : NULL;
}

int process_put(struct process *process, const struct registration_config *config)
{
	struct registration_config *copy = registration_config_copy(config);
	struct command command = {.kind = COMMAND_PUT, .put = copy};
	uint32_t i = find_object(process, config->name);

	assert(copy);
	if (i < process->object_count) {
		registration_config_free(&process->objects[i]);
	} else {
		if (process->object_count == process->object_size) {
			process->object_size = process->object_size ? 2 * process->object_size : 16;
			process->objects = realloc(
			    process->objects, process->object_size * sizeof(process->objects[0]));
			assert(process->objects);
		}
		process->object_count++;
	}
	process->objects[i] = copy;
	return run_command(process, &command);
}

int process_remove(struct process *process, struct slice name)
{
	struct command command = {.kind = COMMAND_REMOVE, .name = name};
	uint32_t i = find_object(process, name);
	struct registration_config *gone;
	int rc;

	if (i == process->object_count)
		return ERR_NOT_FOUND;
	gone = process->objects[i];
	process->objects[i] = process->objects[--process->object_count];
	rc = run_command(process, &command);
	registration_config_free(&gone);
	return rc;
}

int process_refresh(struct process *process, struct slice name)
{
	struct command command = {.kind = COMMAND_REFRESH, .name = name};

	return run_command(process, &command);
}

void process_move(struct process *process, const struct netaddr *ip)
{
	uint16_t port = process->address.port;

	process->address = *ip;
	process->address.port = port;
}

void process_show(struct process *process, struct slice name, struct shown *shown_r)
{
	struct command command = {.kind = COMMAND_SHOW, .name = name};

	*shown_r = (struct shown){0};
	process->shown = shown_r;
	run_command(process, &command);
	process->shown = NULL;
}

void process_status(struct process *process, struct effect_status *status_r)
{
	struct command command = {.kind = COMMAND_STATUS};

	*status_r = (struct effect_status){0};
	process->status = status_r;
	run_command(process, &command);
	process->status = NULL;
}

/* ---- life and death ---- */

static void derive_secret(const struct process *process, uint8_t secret_r[NODE_SECRET_SIZE])
{
	struct random random;

	random_seed(&random, process->seed ^ 0x5ec2e7);
	random_bytes(&random, secret_r, NODE_SECRET_SIZE);
}

static int load(void *context, const struct ledger_record *record)
{
	struct process *process = context;

	return core_load(process->core, process_now(process), record);
}

static void make_core(struct process *process)
{
	struct core_config config = {
	    .seed = process->seed + ++process->starts * UINT64_C(0x9e3779b97f4a7c15),
	    .user_agent = SLICE(PROCESS_USER_AGENT),
	    .registrations_max = process->registrations_max,
	    .params = process->params,
	};
	struct disk_start start;

	derive_secret(process, config.secret);
	disk_start(process->disk, process_now(process).wall_ms, &start);
	config.boot = start.boot;
	config.cseq_floor = start.cseq_floor;
	config.cseq_ceiling = start.cseq_ceiling;
	config.was_alive = start.was_alive;
	config.alive_ms = start.alive_ms;
	process->core = core_new(&config, process_now(process));
	assert(process->core);
	if (disk_read(process->disk, load, process) < 0)
		watch_violation(process->world, "", "the core refuses what its ledger holds");
}

void process_start(struct process *process)
{
	struct command command = {.kind = COMMAND_PUT};

	assert(!process->core);
	fresh_report(process);
	world_note(process->world, "start");
	make_core(process);
	for (uint32_t i = 0; process->core && i < process->object_count; i++) {
		command.put = process->objects[i];
		if (run_command(process, &command) < 0)
			watch_violation(process->world, "", "the core refuses an object");
	}
	if (!process->core)
		return;
	core_start(process->core, process_now(process));
	drain(process);
}

void process_kill(struct process *process)
{
	if (!process->core)
		return;
	world_note(process->world, "kill");
	end_core(process);
	disk_kill(process->disk, process->world->now_us);
	watch_died(process->world, process);
}

void process_power_cut(struct process *process)
{
	world_note(process->world, "power cut");
	if (process->core)
		end_core(process);
	disk_power_cut(process->disk);
	process->power_us = process->world->now_us;
	watch_died(process->world, process);
}

void process_kill_after(struct process *process, uint64_t records)
{
	process->kill_at = records ? process->records + records : 0;
}

void process_stop(struct process *process)
{
	struct command command = {.kind = COMMAND_STOP};

	world_note(process->world, "stop");
	fresh_report(process);
	run_command(process, &command);
}

bool process_is_running(const struct process *process)
{
	return process->core;
}

uint64_t process_records(const struct process *process)
{
	return process->records;
}

const struct stop_report *process_report(const struct process *process)
{
	return &process->report;
}

const struct stop_line *process_report_line(const struct process *process, const char *name)
{
	for (uint32_t i = 0; i < process->report.line_count; i++)
		if (slice_equal(slice_of(process->report.lines[i].name), slice_of(name)))
			return &process->report.lines[i];
	return NULL;
}

bool process_gave_up_row(struct process *process)
{
	bool gave_up = process->gave_up_row;

	process->gave_up_row = false;
	return gave_up;
}

/* ---- the world's side ---- */

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

uint64_t process_next(const struct process *process)
{
	uint64_t next = disk_next(process->disk);
	struct heap_pair pair;
	uint64_t core_us;

	if (!process->core)
		return TIME_NEVER;
	if (heap_peek(&process->outcomes, &pair))
		next = earlier(next, pair.key);
	core_us = core_next_deadline(process->core);
	if (core_us == TIME_NEVER)
		return next;
	if (core_us < process_now(process).mono_us)
		return earlier(next, process->world->now_us);
	return earlier(next, core_us - BOOT_US + process->power_us);
}

static void tell(struct process *process, const struct event *event)
{
	if (!process->core)
		return;
	core_event(process->core, process_now(process), event);
	drain(process);
}

static void tell_outcomes(struct process *process)
{
	struct heap_pair pair;

	while (heap_peek(&process->outcomes, &pair) && pair.key <= process->world->now_us) {
		struct outcome *outcome = (struct outcome *)(uintptr_t)pair.value;

		heap_pop(&process->outcomes);
		tell(process, &outcome->event);
		free(outcome);
	}
}

/* A core that always has something due at the same instant will never end. */
static void count_spins(struct process *process)
{
	if (process->spin_us != process->world->now_us) {
		process->spin_us = process->world->now_us;
		process->spins = 0;
	}
	if (++process->spins < SPINS_MAX)
		return;
	watch_violation(process->world, "", "the core spins");
	process_kill(process);
}

void process_advance(struct process *process)
{
	struct event durable = {.kind = EVENT_LEDGER_DURABLE};

	if (process->core && disk_advance(process->disk, process->world->now_us, &durable.ticket))
		tell(process, &durable);
	tell_outcomes(process);
	if (!process->core)
		return;
	count_spins(process);
	if (!process->core || core_next_deadline(process->core) > process_now(process).mono_us)
		return;
	core_advance(process->core, process_now(process));
	drain(process);
}

void process_receive(struct process *process, const struct netaddr *from, const struct netaddr *to,
    struct slice bytes)
{
	struct flow flow = {
	    .transport = SIP_UDP, .listener = to->port, .local = *to, .peer = *from};

	if (!process->core)
		return;
	core_receive(process->core, process_now(process), &flow, bytes);
	drain(process);
}

void process_clock_stepped(struct process *process, int64_t step_ms)
{
	struct event event = {.kind = EVENT_CLOCK_STEPPED, .step_ms = step_ms};

	tell(process, &event);
}

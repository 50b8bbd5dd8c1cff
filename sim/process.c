// SPDX-License-Identifier: Apache-2.0
/*
 * The shell that the core believes in. A kill in the middle of a drain must not
 * touch the core any more, so every entry ends in drain() and nothing follows.
 */
#include "sim/process_state.h"

#include "sim/meter.h"
#include "sim/trail.h"
#include "sim/watch.h"
#include "sim/weigh.h"

#define BOOT_US     (5 * US_PER_S) /* between power and the process' start */
#define SPINS_MAX   100000
#define OBJECTS_MAX (1u << 24)

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
	process->object_names = map_new(OBJECTS_MAX);
	if (!process->disk || !process->object_names)
		process_free(&process);
	return process;
}

static void end_core(struct process *process)
{
	weigh_begin();
	core_free(&process->core);
	weigh_end();
	for (uint32_t i = 0; i < process->outcomes.count; i++)
		free((void *)(uintptr_t)process->outcomes.pairs[i].value);
	heap_clear(&process->outcomes);
	process->kill_at = 0;
	process->leaves = false;
	process->listener_count = 0;
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
	map_free(&gone->object_names);
	free(gone->report.lines);
	disk_free(&gone->disk);
	free(gone);
}

struct now process_now(const struct process *process)
{
	return (struct now){process->world->now_us - process->power_us + BOOT_US,
	    process->world->wall_offset_ms + (int64_t)(process->world->now_us / US_PER_MS)};
}

void process_drain(struct process *process)
{
	struct outbox *outbox = core_outbox(process->core);

	for (uint32_t i = 0; i < outbox_count(outbox); i++) {
		if (process->kill_at && process->records + 1 >= process->kill_at) {
			process_kill(process);
			return;
		}
		process->records++;
		process_do(process, outbox_at(outbox, i));
	}
	outbox_reset(outbox);
	if (!process->leaves)
		return;
	disk_flush(process->disk);
	end_core(process);
	watch_left(process->world, process);
}

int process_command(struct process *process, struct command *command)
{
	process->reply = 0;
	if (!process->core)
		return 0;
	command->request = 1;
	weigh_begin();
	core_command(process->core, process_now(process), command);
	weigh_end();
	process_drain(process);
	return process->reply;
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

	int rc;

	weigh_begin();
	rc = core_load(process->core, process_now(process), record);
	weigh_end();
	return rc;
}

static void make_core(struct process *process)
{
	struct core_config config = {
	    .seed = process->seed + ++process->starts * UINT64_C(0x9e3779b97f4a7c15),
	    .user_agent = SLICE(PROCESS_USER_AGENT),
	    .registrations_max = process->registrations_max,
	    .held = disk_rows(process->disk),
	    .keeps_bindings = true,
	    .params = process->params,
	};
	struct disk_start start;

	derive_secret(process, config.secret);
	disk_start(process->disk, process_now(process).wall_ms, &start);
	config.boot = start.boot;
	config.cseq_floor = start.cseq_floor;
	config.cseq_ceiling = start.cseq_ceiling;
	weigh_begin();
	process->core = core_new(&config, process_now(process));
	weigh_end();
	assert(process->core);
	if (disk_read(process->disk, load, process) < 0)
		watch_violation(process->world, "", "the core refuses what its ledger holds");
}

/* A farewell reads the same objects, and wants none of them. */
static void tell_objects(struct process *process)
{
	for (uint32_t i = 0; process->core && i < process->object_count; i++) {
		struct registration_config config = *process->objects[i];
		struct command command = {.kind = COMMAND_PUT, .put = &config};

		config.settings.enabled &= !process->is_farewell;
		if (process_command(process, &command) < 0)
			watch_violation(process->world, "", "the core refuses an object");
	}
}

static void start(struct process *process, bool is_farewell)
{
	const struct event loaded = {.kind = EVENT_BINDINGS_LOADED};

	assert(!process->core);
	process->is_farewell = is_farewell;
	fresh_report(process);
	world_note(process->world, is_farewell ? "farewell" : "start");
	trail_started(watch_trails(process->world), process);
	meters_started(watch_meters(process->world), process);
	make_core(process);
	tell_objects(process);
	if (!process->core)
		return;
	weigh_begin();
	core_start(process->core, process_now(process));
	weigh_end();
	process_drain(process);
	/* There are no phones yet. */
	core_event(process->core, process_now(process), &loaded);
	process_drain(process);
}

void process_start(struct process *process)
{
	start(process, false);
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

static void stop(struct process *process, bool keeps)
{
	struct command command = {.kind = COMMAND_STOP, .keeps = keeps};

	world_note(process->world, keeps ? "stop, keeping" : "stop");
	fresh_report(process);
	process_command(process, &command);
}

void process_stop(struct process *process)
{
	stop(process, false);
}

void process_stop_keeping(struct process *process)
{
	stop(process, true);
}

void process_farewell(struct process *process)
{
	start(process, true);
	process_stop(process);
}

void process_cut_short(struct process *process)
{
	if (!process->core)
		return;
	world_note(process->world, "cut short");
	disk_flush(process->disk);
	end_core(process);
	watch_died(process->world, process);
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
	weigh_begin();
	core_event(process->core, process_now(process), event);
	weigh_end();
	process_drain(process);
}

static void tell_outcomes(struct process *process)
{
	struct heap_pair pair;

	while (heap_peek(&process->outcomes, &pair) && pair.key <= process->world->now_us) {
		struct event *event = (struct event *)(uintptr_t)pair.value;

		heap_pop(&process->outcomes);
		tell(process, event);
		free(event);
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
	weigh_begin();
	core_advance(process->core, process_now(process));
	weigh_end();
	process_drain(process);
}

void process_receive(struct process *process, const struct netaddr *from, const struct netaddr *to,
    struct slice bytes)
{
	struct flow flow = {.transport = SIP_UDP, .local = *to, .peer = *from};

	if (!process->core)
		return;
	flow.listener = process_listener(process, to->port);
	if (flow.listener == LISTENER_NONE)
		return;
	weigh_begin();
	core_receive(process->core, process_now(process), &flow, bytes);
	weigh_end();
	process_drain(process);
}

void process_address_gone(struct process *process, const struct netaddr *ip)
{
	struct event event = {.kind = EVENT_FLOW_DOWN, .flow = {.flow = {.local = *ip}}};

	tell(process, &event);
}

void process_network_back(struct process *process)
{
	struct event event = {.kind = EVENT_NETWORK_CHANGED, .is_back = true};

	tell(process, &event);
}

void process_clock_stepped(struct process *process, int64_t step_ms)
{
	struct event event = {.kind = EVENT_CLOCK_STEPPED, .step_ms = step_ms};

	tell(process, &event);
}

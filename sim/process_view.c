// SPDX-License-Identifier: Apache-2.0
/*
 * What can be seen of a simulated process without asking its core anything.
 */
#include "sim/process_state.h"

struct disk *process_disk(const struct process *process)
{
	return process->disk;
}

const struct netaddr *process_address(const struct process *process)
{
	return &process->address;
}

struct params *process_params(struct process *process)
{
	return &process->params;
}

const struct params *process_params_now(const struct process *process)
{
	return &process->params;
}

uint32_t process_place(const struct process *process, struct slice name)
{
	uint32_t cursor = 0;
	uint64_t place;

	while (map_next(process->object_names, facts_hash(name), &cursor, &place))
		if (slice_equal(process->objects[place]->name, name))
			return (uint32_t)place;
	return process->object_count;
}

const struct registration_config *process_object(const struct process *process, struct slice name)
{
	uint32_t i = process_place(process, name);

	return i < process->object_count ? process->objects[i] : NULL;
}

const struct registration_config *process_object_at(const struct process *process, uint32_t index)
{
	return index < process->object_count ? process->objects[index] : NULL;
}

bool process_is_running(const struct process *process)
{
	return process->core;
}

bool process_is_leaving(const struct process *process)
{
	return process->report.begun || (process->core && process->is_farewell);
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

void process_usage(const struct process *process, struct core_usage *usage_r)
{
	*usage_r = (struct core_usage){0};
	if (process->core)
		core_usage(process->core, usage_r);
}

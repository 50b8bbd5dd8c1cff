// SPDX-License-Identifier: Apache-2.0
/*
 * The copy has an address of its own and the registrations of the first places.
 */
#include "sim/copy.h"

#define COPY   "10.0.1.1:5060"
#define COPIED 3 /* registrations that a copy has, at most */

static void stop_properly(struct life *life, struct process *process)
{
	struct stage view = life->stage;

	view.process = process;
	if (process_is_running(process) && !stage_stop(&view))
		watch_violation(life->stage.world, "", "a stop does not end by its deadline");
}

void copy_prepare(struct life *life)
{
	if (!life->config->kind->is_single)
		life->copy = world_add_process(life->stage.world, COPY, COPIED);
}

/* What the first one has by that name, as it is now. */
static void take_object(struct life *life, uint32_t index)
{
	const struct registration_config *object;
	char name[16];

	life_name(index, name);
	object = process_object(life->stage.process, slice_of(name));
	if (!object)
		(void)!process_remove(life->copy, slice_of(name));
	else if (process_put(life->copy, object) < 0)
		watch_violation(life->stage.world, name, "a put was refused");
}

static void take_objects(struct life *life)
{
	for (uint32_t i = 0; i < COPIED && i < life->config->registrations; i++)
		take_object(life, i);
}

void copy_strike(struct life *life)
{
	if (!life->copy)
		return;
	if (!process_is_running(life->copy)) {
		take_objects(life);
		process_start(life->copy);
		return;
	}
	switch (life_below(life, 4)) {
	case 0:
		process_kill(life->copy);
		break;
	case 1:
		process_power_cut(life->copy);
		break;
	case 2:
		stop_properly(life, life->copy);
		break;
	default:
		process_kill_after(life->copy, 1 + life_below(life, 60));
		break;
	}
}

void copy_settle(struct life *life)
{
	const struct registration_config *object;

	if (!life->copy)
		return;
	process_kill_after(life->copy, 0);
	take_objects(life);
	if (!process_is_running(life->copy))
		process_start(life->copy);
	/* What waits after refusals for up to an hour is asked for at once, as at the first one. */
	for (uint32_t i = 0; (object = process_object_at(life->copy, i)); i++)
		(void)!process_refresh(life->copy, object->name);
}

void copy_stop(struct life *life)
{
	if (!life->copy)
		return;
	watch_quiet(life->stage.world);
	stop_properly(life, life->copy);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * What becomes of a machine and its state directory in a random life: a farewell
 * takes over what a killed process left, and a start takes over from that; the
 * disk is moved into another machine (`regentd node adopt`); it is copied, and
 * the copy lives beside the first one (`regentd node renew`). That neither does
 * anything before it is told is the shell's matter (daemon/identity.h).
 */
#include "sim/life_state.h"

#include <stdlib.h>

#define COPY           "10.0.1.1:5060"
#define COPIED         3  /* registrations that a copy has, at most */
#define ADDRESSES      3  /* that machines have among which a disk is moved */
#define FAREWELL_S     10 /* from the crash until nobody believes in a start any more */
#define DISMISSED_MS   8000
#define BOOT_LONGEST_S 120

static void stop_properly(struct life *life, struct process *process)
{
	struct stage view = life->stage;

	view.process = process;
	if (process_is_running(process) && !stage_stop(&view))
		watch_violation(life->stage.world, "", "a stop does not end by its deadline");
}

/* ---- farewell ---- */

void life_farewell(struct life *life)
{
	struct process *process = life->stage.process;

	process_kill(process);
	world_run_for(life->stage.world, life_below(life, FAREWELL_S) * US_PER_S);
	process_farewell(process);
	if (life_below(life, 3) == 0) {
		if (process_is_running(process) && !stage_until_left(&life->stage))
			watch_violation(
			    life->stage.world, "", "a farewell does not end by its deadline");
		return;
	}
	world_run_for(life->stage.world, life_below(life, DISMISSED_MS) * US_PER_MS);
	process_cut_short(process);
	life_start(life);
}

/* ---- moved ---- */

void life_move(struct life *life)
{
	struct netaddr ip = world_address(REGENT);

	ip.ip[3] = (uint8_t)(1 + life_below(life, ADDRESSES));
	process_power_cut(life->stage.process);
	process_move(life->stage.process, &ip);
	watch_excuse(life->stage.world)->sources = true;
	world_note(life->stage.world, "moved");
	world_run_for(life->stage.world, life_below(life, BOOT_LONGEST_S) * US_PER_S);
	life_start(life);
}

/* ---- copied ---- */

void life_prepare_copy(struct life *life)
{
	if (!life->config->kind->is_single)
		life->copy = world_add_process(life->stage.world, COPY, COPIED);
}

/* What the first one has by that name, as it is now. */
static void copy_object(struct life *life, uint32_t index)
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

static void copy_objects(struct life *life)
{
	for (uint32_t i = 0; i < COPIED && i < life->config->registrations; i++)
		copy_object(life, i);
}

void life_copy(struct life *life)
{
	if (!life->copy)
		return;
	if (!process_is_running(life->copy)) {
		copy_objects(life);
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

void life_settle_copy(struct life *life)
{
	const struct registration_config *object;

	if (!life->copy)
		return;
	process_kill_after(life->copy, 0);
	copy_objects(life);
	if (!process_is_running(life->copy))
		process_start(life->copy);
	/* What waits after refusals for up to an hour is asked for at once, as at the first one. */
	for (uint32_t i = 0; (object = process_object_at(life->copy, i)); i++)
		(void)!process_refresh(life->copy, object->name);
}

void life_stop_copy(struct life *life)
{
	if (!life->copy)
		return;
	watch_quiet(life->stage.world);
	stop_properly(life, life->copy);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Every choice is drawn from the life's one generator. What befalls the process and
 * its machine stands here; the rest in surroundings.c, operator.c and copy.c.
 */
#include "sim/fault.h"

#include "sim/copy.h"
#include "sim/operator.h"
#include "sim/surroundings.h"

#define OVERTAKING     6 /* faults while packets are held back */
#define MS_PER_S       INT64_C(1000)
#define ADDRESSES      3  /* that machines have among which a disk is moved */
#define FAREWELL_S     10 /* from the crash until nobody believes in a start any more */
#define DISMISSED_MS   8000
#define BOOT_LONGEST_S 120

static const char *const fault_names[FAULTS] = {
    [FAULT_KILL] = "kill",
    [FAULT_RESTART] = "restart",
    [FAULT_POWER] = "power",
    [FAULT_OUTAGE] = "outage",
    [FAULT_LOSS] = "loss",
    [FAULT_UPSTREAM] = "upstream",
    [FAULT_REFUSAL] = "refusal",
    [FAULT_EDIT] = "edit",
    [FAULT_DELETE] = "delete",
    [FAULT_DISK] = "disk",
    [FAULT_LATE] = "late",
    [FAULT_CLOCK] = "clock",
    [FAULT_PARAMS] = "params",
    [FAULT_BY_HAND] = "by-hand",
    [FAULT_FAREWELL] = "farewell",
    [FAULT_MOVE] = "move",
    [FAULT_COPY] = "copy",
};

const char *fault_name(enum fault fault)
{
	return fault_names[fault];
}

static void stop_for_a_while(struct life *life)
{
	if (!process_is_running(life->stage.process))
		return;
	if (stage_stop(&life->stage))
		return;
	watch_violation(life->stage.world, "", "a stop does not end by its deadline");
}

static int64_t clock_error_ms(struct life *life)
{
	switch (life->clock) {
	case CLOCK_SECONDS:
		return (int64_t)life_below(life, 120 * MS_PER_S) - 60 * MS_PER_S;
	case CLOCK_BACK:
		return -HOUR_S * MS_PER_S;
	case CLOCK_AHEAD:
		return 365 * DAY_S * MS_PER_S;
	case CLOCK_1970:
		return -WORLD_WALL_MS;
	case CLOCK_RIGHT:
	case CLOCKS:
		break;
	}
	return 0;
}

static void set_clock(struct life *life, int64_t off_ms)
{
	if (off_ms != life->clock_off_ms)
		world_step_clock(life->stage.world, off_ms - life->clock_off_ms);
	life->clock_off_ms = off_ms;
}

void fault_step_clock(struct life *life)
{
	set_clock(life, life->clock_off_ms ? 0 : clock_error_ms(life));
}

/* Now and then in the middle of a stop, whose report has to stay true. */
static void step_clock(struct life *life)
{
	if (life->clock != CLOCK_RIGHT && life_below(life, 4) == 0 &&
	    process_is_running(life->stage.process)) {
		process_stop(life->stage.process);
		world_run_for(life->stage.world, life_below(life, 2000) * US_PER_MS);
		fault_step_clock(life);
		if (!stage_until_left(&life->stage))
			watch_violation(
			    life->stage.world, "", "a stop does not end by its deadline");
		return;
	}
	fault_step_clock(life);
}

static void farewell(struct life *life)
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

static void move(struct life *life)
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

void fault_settle(struct life *life)
{
	set_clock(life, 0);
	operator_settle(life);
	copy_settle(life);
}

static void strike(struct life *life, enum fault fault)
{
	life->faults++;
	switch (fault) {
	case FAULT_KILL:
		process_kill_after(life->stage.process, 1 + life_below(life, 60));
		break;
	case FAULT_RESTART:
		stop_for_a_while(life);
		break;
	case FAULT_POWER:
		process_power_cut(life->stage.process);
		break;
	case FAULT_OUTAGE:
		surroundings_cut(life);
		break;
	case FAULT_LOSS:
		surroundings_lose(life);
		break;
	case FAULT_UPSTREAM:
		surroundings_restart_upstream(life);
		break;
	case FAULT_REFUSAL:
		surroundings_refuse(life);
		break;
	case FAULT_EDIT:
		operator_edit(life);
		break;
	case FAULT_DELETE:
		operator_remove(life);
		break;
	case FAULT_DISK:
		/*
		 * No floor of the CSeq gets onto a full disk; with a clock that falls back as well
		 * nobody could know which numbers were used.
		 */
		if (life->clock == CLOCK_RIGHT)
			surroundings_trouble_disk(life);
		break;
	case FAULT_LATE:
		surroundings_hold_back(life);
		break;
	case FAULT_CLOCK:
		step_clock(life);
		break;
	case FAULT_PARAMS:
		operator_change_params(life);
		break;
	case FAULT_BY_HAND:
		operator_by_hand(life);
		break;
	case FAULT_FAREWELL:
		farewell(life);
		break;
	case FAULT_MOVE:
		move(life);
		break;
	case FAULT_COPY:
		copy_strike(life);
		break;
	case FAULTS:
		break;
	}
}

/* What is late matters by what overtakes it. */
static void overtake(struct life *life)
{
	static const enum fault overtaking[] = {
	    FAULT_RESTART, FAULT_EDIT, FAULT_DELETE, FAULT_KILL};
	enum fault fault = overtaking[life_below(life, 4)];

	if (!(life->config->faults & 1u << fault))
		return;
	for (int i = 0; i < OVERTAKING; i++) {
		strike(life, fault);
		world_run_for(life->stage.world, life_below(life, 300) * US_PER_MS);
	}
}

void fault_strike(struct life *life, enum fault fault)
{
	strike(life, fault);
	if (fault == FAULT_LATE)
		overtake(life);
}

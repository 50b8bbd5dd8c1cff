// SPDX-License-Identifier: Apache-2.0
/*
 * Views, held against the clock that they are shown by.
 */
#include "sim/due.h"

#include "sim/watch.h"
#include "sim/world.h"

#define TICK_MS   INT64_C(1000) /* many that are due at once go on in steps */
#define ANSWER_MS (32 * 1000 + TICK_MS)

static bool rests(enum registration_state state)
{
	return state == STATE_DISABLED || state == STATE_UNREGISTERED;
}

const char *due_judge(const struct shown *shown, int64_t wall_ms)
{
	int64_t left_ms = shown->next_at_ms - wall_ms;

	if (rests(shown->state))
		return NULL;
	if (shown->next_action == NEXT_NONE || shown->next_at_ms == 0)
		return "a state without a latest end";
	if (left_ms < -TICK_MS)
		return "a state outlives its latest end";
	if (shown->next_action == NEXT_ANSWER && left_ms > ANSWER_MS)
		return "an answer is waited for beyond timer F";
	if (shown->next_action == NEXT_REFRESH &&
	    shown->next_at_ms > shown->bound_until_ms + TICK_MS)
		return "a refresh is due behind the end of its binding";
	return NULL;
}

static void judge(
    struct world *world, struct process *process, const char *name, const struct shown *shown)
{
	const char *wrong = due_judge(shown, process_now(process).wall_ms);

	if (wrong)
		watch_violation(world, name, wrong);
}

static void look_at_debts(struct world *world, struct process *process)
{
	struct shown_debts debts;

	process_show_debts(process, &debts);
	for (uint32_t i = 0; i < debts.count && i < SHOWN_MAX; i++) {
		struct shown shown = {
		    .state = debts.debts[i].state,
		    .next_action = debts.debts[i].next_action,
		    .next_at_ms = debts.debts[i].next_at_ms,
		};

		judge(world, process, debts.debts[i].name, &shown);
	}
}

static void look_at(struct world *world, struct process *process)
{
	const struct registration_config *config;
	struct shown shown;
	char name[65];

	for (uint32_t i = 0; (config = process_object_at(process, i)); i++) {
		process_show(process, config->name, &shown);
		if (!shown.found)
			continue;
		snprintf(name, sizeof(name), "%.*s", SLICE_ARG(config->name));
		judge(world, process, name, &shown);
	}
	look_at_debts(world, process);
}

/* A stop that only keeps asks nobody, and leaves without having set anything to go on. */
void due_look(struct world *world)
{
	for (uint32_t i = 0; i < world->process_count; i++) {
		const struct stop_report *stop = process_report(world->processes[i]);

		if (!process_is_running(world->processes[i]))
			continue;
		if (stop->begun && world->now_us > stop->begun_us + stop->deadline_s * US_PER_S +
		                                       TICK_MS * US_PER_MS)
			watch_violation(world, "", "a stop outlives its deadline");
		if (!stop->begun || stop->cancels > 0)
			look_at(world, world->processes[i]);
	}
}

// SPDX-License-Identifier: Apache-2.0
/*
 * The stop runs in steps. The room in the outbox bounds each step, and the timer begins
 * the next one.
 */
#include "core/stop.h"

#include "answer/answer.h"
#include "core/inside.h"

#define DEADLINE_LEAST_S  20
#define DEADLINE_MARGIN_S 8
#define DEADLINE_MOST_S   3600

static const struct part_stop_ops *ops_of(const struct core_part *part)
{
	static const struct part_stop_ops no_share;

	return part->ops && part->ops->stop ? part->ops->stop : &no_share;
}

/* ---- the begin ---- */

static struct part_stop_share count(const struct core *core)
{
	struct part_stop_share share = {0};

	for (unsigned i = 0; i < PART_COUNT; i++)
		if (ops_of(&core->parts[i])->count)
			ops_of(&core->parts[i])->count(core->parts[i].part, &share);
	return share;
}

static uint32_t expected_s(const struct core *core)
{
	uint64_t longest_s = 0;

	for (unsigned i = 0; i < PART_COUNT; i++)
		if (ops_of(&core->parts[i])->takes_s)
			longest_s = max_u64(
			    longest_s, ops_of(&core->parts[i])->takes_s(core->parts[i].part));
	return (uint32_t)min_u64(longest_s, DEADLINE_MOST_S);
}

static uint32_t deadline_s(const struct core *core, uint32_t expected)
{
	uint32_t asked = core->context.params->stop_deadline_s;

	if (asked != PARAM_AUTO)
		return asked;
	return (uint32_t)min_u64(
	    max_u64(DEADLINE_LEAST_S, (uint64_t)expected * 3 / 2 + DEADLINE_MARGIN_S),
	    DEADLINE_MOST_S);
}

/* From here on the core stops, and the pace is that of a stop: the estimate needs it. */
static void plan_cancelling(struct core *core, struct answer_stop_begin *begin)
{
	struct core_stop *span = &core->context.stop;
	uint64_t now_us = core->context.now.mono_us, length_us;

	span->mode = CORE_STOPS;
	begin->expected_s = expected_s(core);
	begin->deadline_s = deadline_s(core, begin->expected_s);
	length_us = begin->deadline_s * US_PER_S;
	span->half_us = now_us + length_us / 2;
	span->eighty_us = now_us + length_us / 5 * 4;
	span->end_us = now_us + length_us;
}

static void plan_keeping(struct core *core, struct answer_stop_begin *begin)
{
	struct core_stop *span = &core->context.stop;

	span->mode = CORE_KEEPS;
	begin->kept += begin->cancels;
	begin->cancels = 0;
	begin->deadline_s = DEADLINE_LEAST_S;
	span->end_us = core->context.now.mono_us + DEADLINE_LEAST_S * US_PER_S;
	span->half_us = span->eighty_us = span->end_us;
}

static void go_on_at(struct core *core, uint64_t when_us)
{
	wheel_set(core->context.wheel, &core->stop.report.timer, when_us);
}

static void hurry(struct core *core)
{
	for (unsigned i = 0; i < PART_COUNT; i++)
		if (ops_of(&core->parts[i])->hurry)
			ops_of(&core->parts[i])->hurry(core->parts[i].part);
}

static void begin(struct core *core, const struct command *command)
{
	struct answer_stop_begin *begin =
	    &answer_add(core->context.outbox, ANSWER_STOP_BEGIN, command->request)->stop_begin;
	struct part_stop_share share = count(core);

	core->stop.report.request = command->request;
	core->stop.report.total = share.rows;
	begin->cancels = share.cancels;
	begin->kept = share.kept;
	if (command->keeps)
		plan_keeping(core, begin);
	else
		plan_cancelling(core, begin);
	go_on_at(core, core->context.now.mono_us);
	for (unsigned i = 0; i < PART_COUNT; i++)
		if (ops_of(&core->parts[i])->begin)
			ops_of(&core->parts[i])->begin(core->parts[i].part);
	if (core->context.stop.mode == CORE_STOPS)
		hurry(core);
}

void stop_command(struct core *core, const struct command *command)
{
	if (core_is_stopping(&core->context))
		answer_reply(
		    core->context.outbox, command->request, ERR_STATE, SLICE("stopping already"));
	else
		begin(core, command);
}

/* ---- its steps ---- */

/* True once all parts have walked through their objects. */
static bool walk(struct core *core)
{
	const struct core_part *part;
	bool (*step)(void *part);

	for (; core->stop.part < PART_COUNT; core->stop.part++) {
		part = &core->parts[core->stop.part];
		step =
		    core->stop.phase == STOP_WALKING ? ops_of(part)->walk : ops_of(part)->give_up;
		if (step && !step(part->part))
			return false;
	}
	core->stop.part = 0;
	return true;
}

static void finish(struct core *core)
{
	struct answer *answer;

	for (unsigned i = 0; i < PART_COUNT; i++)
		if (ops_of(&core->parts[i])->end)
			ops_of(&core->parts[i])->end(core->parts[i].part);
	answer = answer_add(core->context.outbox, ANSWER_STOP_END, core->stop.report.request);
	memcpy(answer->stop_end.counts, core->stop.report.counts, sizeof(answer->stop_end.counts));
	core->stop.phase = STOP_ENDED;
	wheel_clear(core->context.wheel, &core->stop.report.timer);
}

static void wait_for_outcomes(struct core *core)
{
	const struct core_stop *span = &core->context.stop;
	uint64_t now_us = core->context.now.mono_us;

	if (core->stop.report.settled == core->stop.report.total) {
		finish(core);
	} else if (now_us >= span->end_us) {
		core->stop.phase = STOP_GIVING_UP;
		go_on_at(core, now_us);
	} else if (now_us >= span->half_us) {
		hurry(core);
		go_on_at(core, span->end_us);
	} else {
		go_on_at(core, span->half_us);
	}
}

void stop_timer(struct core *core)
{
	switch ((enum stop_phase)core->stop.phase) {
	case STOP_WALKING:
		if (walk(core))
			core->stop.phase = STOP_WAITING;
		go_on_at(core, core->context.now.mono_us);
		break;
	case STOP_WAITING:
		wait_for_outcomes(core);
		break;
	case STOP_GIVING_UP:
		if (walk(core))
			finish(core);
		else
			go_on_at(core, core->context.now.mono_us);
		break;
	case STOP_ENDED:
		break;
	}
}

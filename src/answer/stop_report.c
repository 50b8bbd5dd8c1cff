// SPDX-License-Identifier: Apache-2.0
/*
 * Adds rows to the report. The last row sets the timer of the stop, so that the
 * parts need not know the stop.
 */
#include "answer/stop_report.h"

#include "answer/answer.h"

void stop_report_add(struct core_context *core, enum stop_outcome outcome, struct slice name,
    unsigned status, struct slice reason, uint64_t bound_until_us)
{
	struct stop_report *report = core->stop.report;
	struct stop_row *row =
	    &answer_add(core->outbox, ANSWER_STOP_ROW, report->request)->stop_row;

	row->outcome = outcome;
	row->name = outbox_keep(core->outbox, name);
	row->status = (uint16_t)status;
	row->reason = outbox_keep(core->outbox, reason);
	if (outcome != OUTCOME_CLEAN && bound_until_us > core->now.mono_us)
		row->bound_until_ms = now_to_wall_ms(core->now, bound_until_us);
	report->counts[outcome]++;
	report->settled++;
	if (report->settled == report->total)
		wheel_set(core->wheel, &report->timer, core->now.mono_us);
}

void stop_report_omit(struct core_context *core)
{
	core->stop.report->total--;
}

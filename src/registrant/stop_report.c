// SPDX-License-Identifier: Apache-2.0
/*
 * Rows of the report, and their count.
 */
#include "registrant/stop_report.h"

static void add(struct registrant *r, enum stop_outcome outcome, struct slice name, unsigned status,
    struct slice reason, uint64_t bound_until_us)
{
	struct stop_row *row =
	    &answer_add(r->core->outbox, ANSWER_STOP_ROW, r->stop.request)->stop_row;

	row->outcome = outcome;
	row->name = outbox_keep(r->core->outbox, name);
	row->status = (uint16_t)status;
	row->reason = outbox_keep(r->core->outbox, reason);
	if (outcome != OUTCOME_CLEAN && bound_until_us > r->core->now.mono_us)
		row->bound_until_ms = now_to_wall_ms(r->core->now, bound_until_us);
	r->stop.counts[outcome]++;
	r->stop.settled++;
	if (stop_report_is_complete(r))
		wheel_set(r->core->wheel, &r->stop.timer, r->core->now.mono_us);
}

void stop_report_begin(struct registrant *r, uint32_t total)
{
	r->stop.total = total;
}

void stop_report_expect_less(struct registrant *r)
{
	r->stop.total--;
}

void stop_report_add(struct registrant *r, enum stop_outcome outcome, struct slice name,
    const struct last *last, uint64_t bound_until_us)
{
	add(r, outcome, name, last->status, last_reason(last), bound_until_us);
}

void stop_report_text(struct registrant *r, enum stop_outcome outcome, struct slice name,
    struct slice reason, uint64_t bound_until_us)
{
	add(r, outcome, name, 0, reason, bound_until_us);
}

bool stop_report_is_complete(const struct registrant *r)
{
	return r->stop.settled == r->stop.total;
}

void stop_report_end(struct registrant *r)
{
	struct answer *answer = answer_add(r->core->outbox, ANSWER_STOP_END, r->stop.request);

	memcpy(answer->stop_end.counts, r->stop.counts, sizeof(r->stop.counts));
}

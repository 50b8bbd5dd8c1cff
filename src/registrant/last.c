// SPDX-License-Identifier: Apache-2.0
/*
 * Outcomes for people, and the waits that follow from them.
 */
#include "registrant/last.h"

#include "registrant/tracing.h"
#include "sip/method.h"

#include <stdlib.h>

#define LINE_MAX 400

void last_set(struct last *last, unsigned status, struct slice reason)
{
	size_t n = reason.n < LAST_REASON_MAX ? reason.n : LAST_REASON_MAX;

	last_clear(last);
	last->status = (uint16_t)status;
	if (n == 0 || (status > 0 && slice_equal(reason, slice_of(sip_status_reason(status)))))
		return;
	last->reason = slice_copy(slice_make(reason.p, n));
}

void last_clear(struct last *last)
{
	free(last->reason);
	*last = (struct last){0};
}

struct slice last_reason(const struct last *last)
{
	if (last->reason)
		return slice_of(last->reason);
	return slice_of(last->status > 0 ? sip_status_reason(last->status) : "");
}

void last_log(struct registrant *r, enum log_level level, const struct last *last,
    struct slice name, const char *event, const char *label, struct slice value)
{
	char text[LINE_MAX];
	struct buf b = buf_over(text, sizeof(text));
	struct slice reason = last_reason(last);
	size_t head;

	buf_puts(&b, "registration=");
	buf_put(&b, name);
	buf_putc(&b, ' ');
	head = b.n;
	buf_puts(&b, "event=");
	buf_puts(&b, event);
	if (value.n > 0) {
		buf_putc(&b, ' ');
		buf_puts(&b, label);
		buf_putc(&b, '=');
		buf_put(&b, value);
	}
	if (last->status) {
		buf_puts(&b, " status=");
		buf_put_u64(&b, last->status);
	}
	if (reason.n > 0) {
		buf_puts(&b, " reason=\"");
		buf_put(&b, reason);
		buf_putc(&b, '"');
	}
	outbox_log(r->core->outbox, level, buf_slice(&b));
	if (tracing_is_on(r))
		tracing_put_note(r, name, slice_skip(buf_slice(&b), head));
}

void last_report(struct registrant *r, enum stop_outcome outcome, struct slice name,
    unsigned status, struct slice reason, uint64_t bound_until_us)
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
	if (r->stop.settled == r->stop.total)
		wheel_set(r->core->wheel, &r->stop.timer, r->core->now.mono_us);
}

uint64_t last_jitter_us(struct registrant *r, uint64_t seconds)
{
	return seconds * US_PER_S + random_below(r->core->random, seconds * US_PER_S / 5 + 1);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * The last outcome of a registration's or a debt's attempts, as people see it
 * in tables, in logs and in the report of a stop.
 */
#pragma once

#include "registrant/context.h"

#define LAST_REASON_MAX 80

/* There is one for each registration and debt, and most end as usual. */
struct last {
	char *reason;    /* NULL: the usual one of the status */
	uint16_t status; /* 0: none came */
};

/* Keeps status and reason, cut where it is too long. Without memory the usual reason stands. */
void last_set(struct last *last, unsigned status, struct slice reason);
void last_clear(struct last *last);

/* Why, in words; empty without a status and a reason. */
struct slice last_reason(const struct last *last);

/* `registration=NAME event=EVENT LABEL=VALUE [status=N] [reason="…"]`; no empty value. */
void last_log(struct registrant *r, enum log_level level, const struct last *last,
    struct slice name, const char *event, const char *label, struct slice value);

/*
 * A row of the stop's report: what became of the binding of that name, with status and reason;
 * `bound_until_us` where upstream may hold it still. Who settles it need not know the stop: when
 * the last row stands, its timer is due.
 */
void last_report(struct registrant *r, enum stop_outcome outcome, struct slice name,
    unsigned status, struct slice reason, uint64_t bound_until_us);

/* Seconds as a wait with jitter that only lengthens: 0 to 20 %. */
uint64_t last_jitter_us(struct registrant *r, uint64_t seconds);

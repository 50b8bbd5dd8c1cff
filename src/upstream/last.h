// SPDX-License-Identifier: Apache-2.0
/*
 * The last outcome of attempts to reach a peer, as people see it: the status of the
 * answer, and the reason in words.
 */
#pragma once

#include "base/slice.h"

#include <stdint.h>

#define LAST_REASON_MAX 80

/* There is one for each object that sends requests, and most end as usual. */
struct last {
	char *reason;    /* NULL: the usual one of the status */
	uint16_t status; /* 0: no answer came */
};

/* Copies the reason, cut if it is too long. Without memory the usual reason stands. */
void last_set(struct last *last, unsigned status, struct slice reason);
void last_clear(struct last *last);

/* The reason in words; empty without a status and a reason. It lives until the next change. */
struct slice last_reason(const struct last *last);

// SPDX-License-Identifier: Apache-2.0
/*
 * The last outcome of attempts to reach a peer, as people see it: the status of the
 * answer, and the reason in words.
 */
#pragma once

#include "base/slice.h"

#include <stdint.h>

#define LAST_REASON_MAX 80

/* Kept small, since every object that sends requests has one. */
struct last {
	char *reason;    /* NULL: the usual one of the status */
	uint16_t status; /* 0: no answer came */
};

/*
 * Sets the outcome and copies the reason, which is cut if it is too long. If there is no memory,
 * the usual reason of the status stands.
 */
void last_set(struct last *last, unsigned status, struct slice reason);
void last_clear(struct last *last);

/* The reason in words; empty if there is neither status nor reason. Valid until the next change. */
struct slice last_reason(const struct last *last);

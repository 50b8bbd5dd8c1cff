// SPDX-License-Identifier: Apache-2.0
/*
 * The Call-IDs that were ever used, and what was asked under each: CSeq has to
 * rise with every new request (RFC 3261 10.2), over restarts too.
 */
#pragma once

#include "sim/facts.h"

struct calls;

struct calls *calls_new(void);
void calls_free(struct calls **calls);

/* A request leaves. What is wrong with its CSeq, or NULL. */
const char *calls_sent(struct calls *calls, uint64_t now_us, const struct facts *facts);

/* What was asked of upstreams for an AOR's user, repetitions not counted. */
struct calls_asked {
	uint32_t registers, cancels;
	uint32_t last_s, least_s, most_s; /* expiry of the registers */
	uint64_t last_us;                 /* when the last request left first */
	uint32_t calls;                   /* Call-IDs */
	uint32_t last_cseq;
	char last_call_id[64];
};
void calls_asked(const struct calls *calls, const char *user, struct calls_asked *asked_r);

// SPDX-License-Identifier: Apache-2.0
/*
 * What the core owns and lends to its parts; each core has one. The core sets the
 * time at the begin of each entry. The parts read it and change none of the
 * pointers.
 */
#pragma once

#include "base/map.h"
#include "base/now.h"
#include "base/random.h"
#include "base/wheel.h"
#include "effect/effect.h"
#include "effect/journal.h"
#include "param/params.h"

struct stop_report;
struct txns;
struct servers;
struct sequences;
struct tracing;

/* Counters, since the start, of datagrams that came from the network. */
struct core_traffic {
	uint64_t responses;
	uint64_t stray;         /* responses whose request is forgotten or of an earlier start */
	uint64_t forged;        /* responses whose branch we did not write */
	uint64_t malformed;     /* datagrams that are no valid SIP */
	uint64_t skipped_lines; /* header lines of responses that could not be read */
};

enum core_mode {
	CORE_RUNS,
	CORE_STOPS, /* all bindings are cancelled; no rest, breaker or window holds a request up */
	CORE_KEEPS, /* a stop that keeps all bindings: nothing is sent, not even a repetition */
};

/* The stop, from the moment that it begins; times in mono_us. */
struct core_stop {
	enum core_mode mode;
	uint64_t half_us;           /* from here on, after half of the time, the pace rises ... */
	uint64_t eighty_us;         /* ... so that all requests have left by here, at 80 % */
	uint64_t end_us;            /* its deadline */
	struct stop_report *report; /* answer/stop_report.h */
};

struct core_context {
	struct now now; /* of the entry that is running */
	struct wheel *wheel;
	struct outbox *outbox;
	struct txns *txns;           /* of requests that we send */
	struct servers *servers;     /* of requests that we answer */
	struct sequences *sequences; /* the Call-IDs of requests that we send, and their CSeq */
	struct journal *journal;
	struct journal *binding_journal; /* of the bindings of phones */
	struct tracing *tracing;         /* what is under trace */
	struct random *random;
	const struct params *params; /* read at the moment of use */
	struct slice user_agent;     /* "Regent/0.1.0" */
	struct hash_key tag_key;     /* for the To tags of responses */
	struct core_traffic traffic;
	struct core_stop stop;
};

static inline bool core_is_stopping(const struct core_context *core)
{
	return core->stop.mode != CORE_RUNS;
}

/* Objects whose record in the journal is durable go on, one after the other, from its timer. */
static inline void core_wake_journal(struct core_context *core)
{
	wheel_set(core->wheel, &core->journal->timer, core->now.mono_us);
}

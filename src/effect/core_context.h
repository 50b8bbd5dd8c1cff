// SPDX-License-Identifier: Apache-2.0
/*
 * What the core owns and lends to its parts: one of these exists per core. The
 * core sets the time before each of its entries; parts read it and change none
 * of these pointers.
 */
#pragma once

#include "base/now.h"
#include "base/random.h"
#include "base/wheel.h"
#include "effect/effect.h"
#include "effect/journal.h"
#include "param/params.h"

struct txns;
struct servers;

/* What came from the network, since the start. */
struct core_traffic {
	uint64_t responses;
	uint64_t stray;         /* of them: to an earlier start, a forgotten request or none */
	uint64_t forged;        /* of them: with a branch that we did not write */
	uint64_t malformed;     /* datagrams that are no SIP */
	uint64_t skipped_lines; /* header lines of responses that could not be read */
};

enum core_mode {
	CORE_RUNS,
	CORE_STOPS, /* all bindings are taken back; no rest, breaker or window holds a request */
	CORE_KEEPS, /* a stop that leaves all as it is: nothing is sent, repetitions neither */
};

/* The stop, from the moment that it begins. */
struct core_stop {
	enum core_mode mode;
	uint64_t half_us;   /* from then on its pace rises ... */
	uint64_t eighty_us; /* ... so that all has left by then */
	uint64_t end_us;    /* its deadline */
};

struct core_context {
	struct now now; /* of the entry that is running */
	struct wheel *wheel;
	struct outbox *outbox;
	struct txns *txns;       /* of requests that we send */
	struct servers *servers; /* of requests that we answer */
	struct journal *journal;
	struct random *random;
	const struct params *params; /* read at the moment of use */
	struct core_traffic traffic;
	struct core_stop stop;
};

static inline bool core_is_stopping(const struct core_context *core)
{
	return core->stop.mode != CORE_RUNS;
}

/* Those that wait at the journal for what is durable go on, one after the other. */
static inline void core_wake_journal(struct core_context *core)
{
	wheel_set(core->wheel, &core->journal->timer, core->now.mono_us);
}

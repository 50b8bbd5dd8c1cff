// SPDX-License-Identifier: Apache-2.0
/*
 * The inside of a random life, for its own files only: life.c begins, lives and
 * ends it, fault.c does what goes wrong, accident.c plays field cases in it.
 */
#pragma once

#include "sim/life.h"
#include "sim/script.h"

/* How the wall clocks of a life go wrong; one kind a life. */
enum life_clock {
	CLOCK_RIGHT,
	CLOCK_SECONDS, /* steps by less than a minute, as NTP makes them */
	CLOCK_BACK,    /* an hour back, and right again */
	CLOCK_AHEAD,   /* a year ahead, and right again */
	CLOCK_1970,    /* a machine without a battery, and right again */
	CLOCKS
};

#define OTHER_HOST "other.example" /* leads to the same addresses as HOST */

struct life {
	const struct life_config *config;
	struct stage stage;
	struct process *copy; /* NULL: nobody has copied the machine */
	struct random random;
	uint64_t heals_us; /* when an outage, a loss, a refusal or a full disk ends */
	uint64_t faults, starts;
	uint32_t edits;
	struct carrier_config usual; /* the upstream as its kind has it */
	enum life_clock clock;
	int64_t clock_off_ms; /* what the wall clock is wrong by */
};

static inline uint64_t life_below(struct life *life, uint64_t bound)
{
	return random_below(&life->random, bound);
}

/* The name of the registration in that place. */
void life_name(uint32_t index, char name_r[16]);

/* Puts the registration in that place as it was at first. */
void life_put(struct life *life, uint32_t index);

/* The upstream's book has the password of ours from this instant on. */
void life_tell_password(struct life *life, const struct registration_config *config);

/* A pace that an operator may set for this kind of upstream; often auto. */
uint32_t life_rate(struct life *life);

/* Starts the process where it is down. */
void life_start(struct life *life);

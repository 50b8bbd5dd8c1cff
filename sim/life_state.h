// SPDX-License-Identifier: Apache-2.0
/*
 * The inside of a random life, for its own files only: life.c begins, lives and
 * ends it, fault.c does what goes wrong.
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

/* ---- machine.c: what becomes of a machine and its state directory ---- */

/* Prepares for a copy where the kind of upstream lets two with the same AOR live. */
void life_prepare_copy(struct life *life);

void life_farewell(struct life *life);
void life_move(struct life *life);
void life_copy(struct life *life);

/* The copy runs and wants what the first one wants of its registrations. */
void life_settle_copy(struct life *life);

/* The copy's bindings stand while the first one stops, and go with its own stop. */
void life_stop_copy(struct life *life);

/* ---- fault.c ---- */

/* One fault happens; some end when life_heal() is called at `heals_us`. */
void life_strike(struct life *life, enum life_fault fault);

/* Every registration is asked for at once, also what an operator had cancelled. */
void life_refresh_all(struct life *life);

/* The wall clock goes wrong, in the way of this life, or right again. */
void life_step_clock(struct life *life);

/* What ends by itself has ended. */
void life_heal(struct life *life);

/* As an operator wants it at the end: what he set for a while is as it was. */
void life_settle(struct life *life);

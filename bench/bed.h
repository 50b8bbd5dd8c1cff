// SPDX-License-Identifier: Apache-2.0
/*
 * The bed a core lies on while it is measured: a virtual clock, a network
 * without length, a disk that is durable at once, and a canned registrar. What
 * the bed itself costs is measured apart, so that the rest is the core's.
 */
#pragma once

#include "bench/canned.h"
#include "core/core.h"

/* A function that bench/instructions finds by its name: the linker neither inlines nor copies it.
 */
#if __has_attribute(noipa)
#define PHASE __attribute__((noipa))
#else
#define PHASE __attribute__((noinline))
#endif

struct bed;

struct bed_config {
	uint32_t registrations_max;
	uint32_t upstream_rate; /* RG_UPSTREAM_RATE, 0 no limit */
	enum canned_kind kind;
	uint32_t expire_s; /* asked and granted; 0: what is usual */

	/* Where rows go, and what waits until a ticket is durable; NULL: all are at once. */
	void (*post)(void *context, const struct effect_ledger *effect);
	void (*wait_durable)(void *context, uint64_t ticket);
	void *context;
};

/* What happened since bed_clear_costs(). */
struct bed_costs {
	uint64_t core_ns, bed_ns;
	uint64_t requests, challenges, grants, cancels;
};

/* Ends the process where there is no memory. */
struct bed *bed_new(const struct bed_config *config);
void bed_free(struct bed **bed);

/* The `index`th registration: put as a command, or as a row of the ledger of a process before. */
void bed_put(struct bed *bed, uint32_t index);
void bed_load(struct bed *bed, uint32_t index);
void bed_start(struct bed *bed);
void bed_stop(struct bed *bed);
bool bed_has_stopped(const struct bed *bed);

/*
 * Does what is to do now, with all answers, and goes to the next deadline, or
 * `least_us` ahead where that is later: what falls due in between is done at
 * once then.
 */
void bed_step(struct bed *bed, uint64_t least_us);

uint64_t bed_now_us(const struct bed *bed);
struct bed_costs bed_costs(const struct bed *bed);
void bed_clear_costs(struct bed *bed);

/* Registrations that the core counts in that state. */
uint32_t bed_count(struct bed *bed, enum registration_state state);

/* Where requests are counted by the millisecond in which they left; NULL nowhere. */
void bed_count_sends(struct bed *bed, uint16_t *per_ms, uint64_t size);

/* Bytes of this process that are resident: now, and when there was a bed without a core. */
uint64_t bed_resident(void);
uint64_t bed_resident_before(const struct bed *bed);

// SPDX-License-Identifier: Apache-2.0
/*
 * The rate at which a process sends to each address, measured on the wire, and
 * what must hold of it:
 *
 *   - with RG_UPSTREAM_RATE fixed no request leaves before its place in that
 *     pace, so no second and no 100 ms see more than it says;
 *   - with auto it is never above what the rules allow at best: 5/s, doubled
 *     once in 5 s of use, at most 200/s, a quarter after what was taken for a ban;
 *   - an address that rests is left alone, but by those whose bindings would lapse by it: one a
 *     second, as nobody else's rest ends by it; and one that is silent is probed once in 30 s.
 *
 * The second half of a stop is free of all that, its beginning of places taken
 * before. It judges; whoever asks makes a violation of it.
 */
#pragma once

#include "base/attr.h"
#include "base/netaddr.h"
#include "base/slice.h"

struct process;
struct meters;

struct meters *meters_new(void);
void meters_free(struct meters **meters);

/*
 * A request of that user leaves for that address, which a name of the world leads to or not. NULL,
 * or what is wrong.
 */
const char *meter_sent(struct meters *meters, const struct process *process, uint64_t now_us,
    const struct netaddr *peer, struct slice user, bool is_named);

/* A start: it knows nothing of what left before, but may remember what was borne. */
void meters_started(struct meters *meters, const struct process *process);

/* RG_UPSTREAM_RATE becomes another one; places that were taken stay taken for a while. */
void meters_changed(struct meters *meters, const struct process *process, uint64_t now_us);

/* A line of the log: what the core believes of an address has to show in what it sends. */
void meters_told(
    struct meters *meters, const struct process *process, uint64_t now_us, struct slice line);

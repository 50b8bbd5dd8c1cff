// SPDX-License-Identifier: Apache-2.0
/*
 * What the core holds of the heap. The simulator's own tables grow with what
 * they watch, so the size of the whole process says nothing about the core:
 * allocations are counted that happen while one of the core's entries runs. The
 * linker leads malloc() and its like here (sim/meson.build).
 */
#pragma once

#include <stdint.h>

/* Around each entry of the core, core_new() and core_free() included. */
void weigh_begin(void);
void weigh_end(void);

/* Bytes that the cores of this program hold now, the allocator's rounding included. */
uint64_t weigh_held(void);

/* Resident bytes of the whole program, the simulator's own included. */
uint64_t weigh_resident(void);

// SPDX-License-Identifier: Apache-2.0
/*
 * The two measures that are not of cost: how evenly requests leave over hours,
 * and whether memory stays where it is while everything fails.
 */
#pragma once

#include "bench/canned.h"

/* `registrations` at once at `rate` per second, and then for three periods. */
void schedule_run(uint32_t registrations, uint32_t rate);

/* Twice as many `requests` that fail, by so many registrations. */
void failing_run(enum canned_kind kind, uint32_t registrations, uint64_t requests);

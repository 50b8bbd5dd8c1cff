// SPDX-License-Identifier: Apache-2.0
/*
 * What a program of field cases begins with: its one stage, set before each
 * case and cleared behind it. Included by such programs only, once.
 */
#pragma once

#include "sim/script.h"
#include "test/kit/unit.h"

#define FIELD_ROOM 256

/* The stage of the case that runs. */
static struct stage s;

static inline int field_set(void **state)
{
	(void)state;
	stage_set(&s, 1, FIELD_ROOM);
	return 0;
}

static inline int field_clear(void **state)
{
	(void)state;
	stage_clear(&s);
	return 0;
}

/* A case on a fresh stage, and one that sets its own. */
#define CASE(name) cmocka_unit_test_setup_teardown(name, field_set, field_clear)
#define BARE(name) cmocka_unit_test_teardown(name, field_clear)

/* One registration, or so many of them, put, started and bound. */
static inline void bring_up(const char *name)
{
	stage_put(&s, name);
	stage_start(&s);
	assert_true(stage_until_state(&s, name, STATE_REGISTERED, 60));
	assert_int_equal(bound(&s), 1);
}

static inline void bring_up_many(uint32_t count)
{
	stage_put_many(&s, count);
	stage_start(&s);
	assert_true(stage_until_bound(&s, count, 60 + count));
	world_run_s(s.world, 1);
}

/* Stops it with `count` bindings, all of them cancelled and nothing left. */
static inline void stop_must_be_clean(uint32_t count)
{
	assert_true(stage_stop(&s));
	assert_int_equal(report_of(&s)->counts[OUTCOME_CLEAN], count);
	assert_int_equal(bound(&s), 0);
	assert_int_equal(rows_of(&s), 0);
	assert_true(stage_is_clean(&s));
}

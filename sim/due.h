// SPDX-License-Identifier: Apache-2.0
/*
 * No state outlives its latest end: what people are shown of each registration
 * and debt either rests, because nothing is wanted of it, or says when it goes
 * on at the latest, and that moment has not passed. It is looked at now and
 * then; what is wrong becomes a violation.
 */
#pragma once

#include <stdint.h>

struct shown;
struct world;

/* NULL, or what is wrong with what is shown at that wall time. */
const char *due_judge(const struct shown *shown, int64_t wall_ms);

/* Looks at everything that runs; a stop has its deadline besides. */
void due_look(struct world *world);

// SPDX-License-Identifier: Apache-2.0
/*
 * What goes wrong around the process in a random life: the network, the upstream and the
 * disk. All but a restart of the upstream lasts until surroundings_heal(), which is due at
 * `heals_us` of the life.
 */
#pragma once

#include "sim/life_state.h"

/* Nothing gets through, one way or both; of two addresses one or both are hit. */
void surroundings_cut(struct life *life);

/* A bad link. */
void surroundings_lose(struct life *life);

/* The upstream refuses, lies or says nothing. */
void surroundings_refuse(struct life *life);

/* With its table or without it. */
void surroundings_restart_upstream(struct life *life);

/* The disk takes nothing, or fails every sync. */
void surroundings_trouble_disk(struct life *life);

/* All refresh, and what they send or hear is late. */
void surroundings_hold_back(struct life *life);

/* What ends by itself has ended. */
void surroundings_heal(struct life *life);

// SPDX-License-Identifier: Apache-2.0
/*
 * What an operator does in a random life, at any instant, whatever is under way.
 */
#pragma once

#include "sim/life_state.h"

/* An edit of one registration, mostly of what moves the binding. */
void operator_edit(struct life *life);

/* Removes one, or adds it again where it was removed. */
void operator_remove(struct life *life);

/* Another value of one parameter, running or down. */
void operator_change_params(struct life *life);

/* By name: a cancel, a refresh, the removal of ghosts. */
void operator_by_hand(struct life *life);

/* Every registration is asked for at once, also what an operator had cancelled. */
void operator_refresh_all(struct life *life);

/* Parameters and registrations as they should be at the end. */
void operator_settle(struct life *life);

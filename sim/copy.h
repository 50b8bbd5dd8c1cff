// SPDX-License-Identifier: Apache-2.0
/*
 * In a random life: a machine is copied with its state directory, and the copy lives beside
 * the first one with a secret of its own (`regentd node renew`). That it does nothing before
 * it is told is the shell's matter (daemon/standing.h).
 */
#pragma once

#include "sim/life_state.h"

/* Prepares for a copy where the kind of upstream lets two with the same AOR live. */
void copy_prepare(struct life *life);

/* The copy is started, killed or stopped; nothing where none was prepared. */
void copy_strike(struct life *life);

/* The copy runs and wants what the first one wants of its registrations. */
void copy_settle(struct life *life);

/* The copy's bindings stand while the first one stops, and go with its own stop. */
void copy_stop(struct life *life);

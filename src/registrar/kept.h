// SPDX-License-Identifier: Apache-2.0
/*
 * What the shell tells of the bindings that it keeps: those of an earlier process, at the start,
 * and what the disk took (effect/binding_record.h).
 */
#pragma once

#include "effect/event.h"
#include "registrar/context.h"

/* Takes the events of bindings and a step of the wall clock; ignores all others. */
void kept_event(struct registrar *registrar, const struct event *event);

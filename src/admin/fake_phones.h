// SPDX-License-Identifier: Apache-2.0
/*
 * What the made-up loop says of endpoints: 2001 is registered from one device whose
 * texts are hostile, +4930 is disabled and not registered.
 */
#pragma once

#include "admin/admin.h"

/* Answers a command about endpoints, bindings or suspensions; false: it is about something else. */
bool fake_phones_answer(struct admin *admin, const struct command *command);

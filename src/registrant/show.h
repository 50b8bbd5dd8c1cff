// SPDX-License-Identifier: Apache-2.0
/*
 * What people see: pages of registrations and debts, one of them, counts, and the
 * states of those under trace.
 */
#pragma once

#include "registrant/context.h"

void show_list(struct registrant *r, const struct command *command);
void show_debts(struct registrant *r, const struct command *command);
void show_one(struct registrant *r, const struct command *command);
void show_status(struct registrant *r, const struct command *command);

/* Tells the states of what is under trace, as far as they have changed (trace/tracing.h). */
void show_traced(struct registrant *r);

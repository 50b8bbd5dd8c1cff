// SPDX-License-Identifier: Apache-2.0
/*
 * Answers the commands that show something: pages of registrations and of debts, one
 * registration, and counts. Also tells the states of registrations under trace.
 */
#pragma once

#include "registrant/context.h"

void show_list(struct registrant *r, const struct command *command);
void show_debts(struct registrant *r, const struct command *command);
void show_one(struct registrant *r, const struct command *command);

/* What it knows of the switch. The other parts add what they know. */
struct answer_status *show_status(struct registrant *r, const struct command *command);

/* Tells the traces which states have changed since the last call (trace/tracing.h). */
void show_traced(struct registrant *r);

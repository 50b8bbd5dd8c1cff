// SPDX-License-Identifier: Apache-2.0
/*
 * What people see: pages of registrations and debts, one of them, and counts.
 */
#pragma once

#include "registrant/context.h"

void show_list(struct registrant *r, const struct command *command);
void show_debts(struct registrant *r, const struct command *command);
void show_one(struct registrant *r, const struct command *command);
/*
 * State, next action and outcome so far of the registration of that name, or of
 * the debts it has left; its texts are not in the outbox. False without either.
 */
bool show_brief(struct registrant *r, struct slice name, struct registration_view *view_r);
void show_status(struct registrant *r, const struct command *command);

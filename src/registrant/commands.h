// SPDX-License-Identifier: Apache-2.0
/*
 * What operators want of the registrant: each command is handed to the part that
 * does it, and answered.
 */
#pragma once

#include "registrant/context.h"

/* A command; those of other parts of the core do not come here. */
void commands_do(struct registrant *r, const struct command *command);

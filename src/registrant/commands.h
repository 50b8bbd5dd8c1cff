// SPDX-License-Identifier: Apache-2.0
/*
 * The commands of operators to the registrant: hands each one to the file that does
 * it, and answers.
 */
#pragma once

#include "registrant/context.h"

/* Does one command and answers it: any but COMMAND_STOP, and no edit while the core stops. */
void commands_do(struct registrant *r, const struct command *command);

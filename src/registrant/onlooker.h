// SPDX-License-Identifier: Apache-2.0
/*
 * Those who look on at a registration under trace: they begin, they end, and
 * after each step they are told of states that changed. Messages and notes are
 * told where they arise (registrant/tracing.h).
 */
#pragma once

#include "registrant/tracing.h"

/* COMMAND_TRACE and COMMAND_UNTRACE. */
void onlooker_command(struct registrant *r, const struct command *command);

void onlooker_put_states(struct registrant *r);

/* At the end of each step: whose state changed by it. */
static inline void onlooker_states(struct registrant *r)
{
	if (tracing_is_on(r))
		onlooker_put_states(r);
}

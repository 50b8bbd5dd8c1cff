// SPDX-License-Identifier: Apache-2.0
/*
 * The words people read for states, next actions and outcomes of a stop.
 */
#include "effect/view.h"

#include <assert.h>

static const char *const state_names[STATE_COUNT] = {
    [STATE_DISABLED] = "disabled",
    [STATE_RESOLVING] = "resolving",
    [STATE_RECORDING] = "recording",
    [STATE_REGISTERING] = "registering",
    [STATE_REGISTERED] = "registered",
    [STATE_REFRESHING] = "refreshing",
    [STATE_WAITING] = "waiting",
    [STATE_REJECTED] = "rejected",
    [STATE_CANCELLING] = "cancelling",
    [STATE_UNREGISTERED] = "unregistered",
    [STATE_UNCONFIRMED] = "unconfirmed",
    [STATE_REFUSED] = "refused",
    [STATE_DISPLACED] = "displaced",
};

static const char *const action_names[] = {
    [NEXT_NONE] = "none",
    [NEXT_REGISTER] = "register",
    [NEXT_REFRESH] = "refresh",
    [NEXT_RETRY] = "retry",
    [NEXT_CANCEL] = "cancel",
    [NEXT_EXPIRE] = "expire",
    [NEXT_ANSWER] = "answer",
};

static const char *const outcome_names[OUTCOME_COUNT] = {
    [OUTCOME_CLEAN] = "clean",
    [OUTCOME_REFUSED] = "refused",
    [OUTCOME_UNCONFIRMED] = "unconfirmed",
    [OUTCOME_UNSENT] = "unsent",
    [OUTCOME_KEPT] = "kept",
};

const char *registration_state_name(enum registration_state state)
{
	assert((unsigned)state < STATE_COUNT);
	return state_names[state];
}

const char *next_action_name(enum next_action action)
{
	assert((unsigned)action <= NEXT_ANSWER);
	return action_names[action];
}

const char *stop_outcome_name(enum stop_outcome outcome)
{
	assert((unsigned)outcome < OUTCOME_COUNT);
	return outcome_names[outcome];
}

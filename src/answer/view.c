// SPDX-License-Identifier: Apache-2.0
/*
 * The words that people read for states, next actions, causes, outcomes and traces,
 * and what the words mean.
 */
#include "answer/view.h"

#include "answer/trace.h"

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

static const char *const state_meanings[STATE_COUNT] = {
    [STATE_DISABLED] = "not registered, because its field enabled is off",
    [STATE_RESOLVING] = "looking for the upstream's address and a route to it; takes 30 s at most",
    [STATE_RECORDING] = "waiting until the ledger on the disk has a row for the registration; "
                        "nothing is sent before",
    [STATE_REGISTERING] =
        "a REGISTER waits to be sent, or waits for its answer; nothing is bound yet",
    [STATE_REGISTERED] = "bound; NEXT says when it is refreshed",
    [STATE_REFRESHING] = "bound; a refresh waits to be sent, or waits for its answer",
    [STATE_WAITING] = "the last attempt failed; NEXT says when it is tried again",
    [STATE_REJECTED] = "the upstream refused the credentials or the account; the delay before each "
                       "retry doubles, up to an hour; an edit makes it retry at once",
    [STATE_CANCELLING] = "a cancel waits to be sent, or waits for its answer",
    [STATE_UNREGISTERED] = "the binding was cancelled, by an operator or by a stop",
    [STATE_UNCONFIRMED] =
        "a cancel was sent, but not confirmed: the upstream may hold the binding until bound_until",
    [STATE_REFUSED] =
        "the upstream refuses the cancel; Regent repeats it until the binding has expired",
    [STATE_DISPLACED] =
        "the upstream lists Contacts, but not ours; Regent registers again after the retry delay",
};

static const char *const outcome_meanings[OUTCOME_COUNT] = {
    [OUTCOME_CLEAN] = "the upstream confirmed that the binding is gone, or there was no binding",
    [OUTCOME_REFUSED] = "the upstream refused the cancel; status and reason are given",
    [OUTCOME_UNCONFIRMED] = "a cancel was sent, but no answer proves that the binding is gone",
    [OUTCOME_UNSENT] = "no cancel could be sent before the deadline, or before a second signal",
    [OUTCOME_KEPT] = ("it was not cancelled, on purpose: SEND_UNREGISTER is Off for it, RG_GHOSTS "
                      "leaves it to the operator, or a restart with --keep continues it"),
};

static const char *const cause_names[CAUSE_COUNT] = {
    [CAUSE_UNKNOWN] = "unknown",
    [CAUSE_EDITED] = "edited",
    [CAUSE_MOVED] = "moved",
    [CAUSE_DISABLED] = "disabled",
    [CAUSE_REMOVED] = "removed",
    [CAUSE_CANCELLED] = "cancelled",
    [CAUSE_GHOST] = "ghost",
    [CAUSE_STOP] = "stop",
    [CAUSE_REDIRECTED] = "redirected",
};

static const char *const listed_names[LISTED_COUNT] = {
    [LISTED_CURRENT] = "current",
    [LISTED_GHOST] = "ghost",
    [LISTED_LOOKALIKE] = "lookalike",
    [LISTED_FOREIGN] = "foreign",
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

const char *trace_kind_name(enum trace_kind kind)
{
	static const char *const names[] = {
	    [TRACE_MESSAGE] = "message", [TRACE_STATE] = "state", [TRACE_NOTE] = "note"};

	assert((unsigned)kind <= TRACE_NOTE);
	return names[kind];
}

const char *stop_outcome_name(enum stop_outcome outcome)
{
	assert((unsigned)outcome < OUTCOME_COUNT);
	return outcome_names[outcome];
}

const char *registration_state_meaning(enum registration_state state)
{
	assert((unsigned)state < STATE_COUNT);
	return state_meanings[state];
}

const char *stop_outcome_meaning(enum stop_outcome outcome)
{
	assert((unsigned)outcome < OUTCOME_COUNT);
	return outcome_meanings[outcome];
}

const char *debt_cause_name(enum debt_cause cause)
{
	assert((unsigned)cause < CAUSE_COUNT);
	return cause_names[cause];
}

const char *listed_kind_name(enum listed_kind kind)
{
	assert((unsigned)kind < LISTED_COUNT);
	return listed_names[kind];
}

void registration_tally_add(
    struct registration_tally *tally, const struct registration_tally *others)
{
	for (int i = 0; i < STATE_COUNT; i++)
		tally->states[i] += others->states[i];
	tally->ghosts += others->ghosts;
	tally->lookalikes += others->lookalikes;
	tally->foreign += others->foreign;
	tally->stale_windows += others->stale_windows;
	if (others->stale_window_s > tally->stale_window_s)
		tally->stale_window_s = others->stale_window_s;
}

void registration_view_list(struct texts *texts, struct registration_view *view)
{
	texts_add(texts, &view->name);
	texts_add(texts, &view->last_reason);
	texts_add(texts, &view->upstream);
	texts_add(texts, &view->target);
	texts_add(texts, &view->contact);
	texts_add(texts, &view->call_id);
}

void stop_row_list(struct texts *texts, void *row)
{
	struct stop_row *stop = row;

	texts_add(texts, &stop->name);
	texts_add(texts, &stop->reason);
}

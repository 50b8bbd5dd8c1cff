// SPDX-License-Identifier: Apache-2.0
/*
 * What people see of a registration, as one flat record: the fields of
 * `regentctl registration list --json` (docs/interface.md). Texts die with the
 * outbox that carries them.
 */
#pragma once

#include "base/now.h"
#include "base/slice.h"

/* The states shown. */
enum registration_state {
	STATE_DISABLED,
	STATE_RESOLVING,
	STATE_RECORDING,
	STATE_REGISTERING,
	STATE_REGISTERED,
	STATE_REFRESHING,
	STATE_WAITING,
	STATE_REJECTED,
	STATE_CANCELLING,
	STATE_UNREGISTERED,
	STATE_UNCONFIRMED,
	STATE_REFUSED,
	STATE_DISPLACED,
	STATE_COUNT
};

const char *registration_state_name(enum registration_state state);

/* What the state means, for people. */
const char *registration_state_meaning(enum registration_state state);

/* What happens next, and for what; NULL-terminated words of the JSON. */
enum next_action {
	NEXT_NONE,
	NEXT_REGISTER,
	NEXT_REFRESH,
	NEXT_RETRY,
	NEXT_CANCEL,
	NEXT_EXPIRE,
	NEXT_ANSWER, /* waiting for an answer, at the latest until then */
};

const char *next_action_name(enum next_action action);

/* Wall times in ms, 0 for none. */
struct registration_view {
	struct slice name;
	enum registration_state state;
	int64_t since_ms;
	int64_t bound_until_ms;
	uint32_t granted_s, asked_s;
	enum next_action next_action;
	int64_t next_at_ms;
	uint16_t last_status; /* 0 none */
	struct slice last_reason;
	uint32_t attempts; /* in a row that failed */
	struct slice upstream;
	struct slice target; /* "192.0.2.1:5060", empty where unknown */
	struct slice contact;
	struct slice call_id;
	uint32_t cseq;
	uint32_t rtt_us;
	uint32_t stale_window_s;
	uint32_t ghosts_removed;
	uint32_t foreign_bindings;
};

/* How a registration ended at a stop. */
enum stop_outcome {
	OUTCOME_CLEAN,
	OUTCOME_REFUSED,
	OUTCOME_UNCONFIRMED,
	OUTCOME_UNSENT,
	OUTCOME_KEPT,
	OUTCOME_COUNT
};

const char *stop_outcome_name(enum stop_outcome outcome);
const char *stop_outcome_meaning(enum stop_outcome outcome);

struct stop_row {
	struct slice name;
	enum stop_outcome outcome;
	uint16_t status; /* 0 none */
	struct slice reason;
	int64_t bound_until_ms; /* until when upstream may hold it; 0 where nothing is */
};

// SPDX-License-Identifier: Apache-2.0
/*
 * What people see of registrations, debts and listed Contacts, and of a stop, as flat
 * records, and the words for their states. Texts are valid as long as the outbox
 * that has them.
 */
#pragma once

#include "base/now.h"
#include "base/texts.h"

/* The states of a registration that are shown; registration_state_meaning() explains them. */
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

/* What the state means, for people; a static text. */
const char *registration_state_meaning(enum registration_state state);

/* What the registration will do next. */
enum next_action {
	NEXT_NONE,
	NEXT_REGISTER,
	NEXT_REFRESH,
	NEXT_RETRY,
	NEXT_CANCEL,
	NEXT_EXPIRE,
	NEXT_ANSWER, /* it waits for an answer, until `next_at_ms` at the latest */
};

const char *next_action_name(enum next_action action);

/* All fields that end in _at_ms, _until_ms or since_ms are wall times; 0: none. */
struct registration_view {
	struct slice name;
	enum registration_state state;
	int64_t since_ms;
	int64_t bound_until_ms;
	bool is_bound_at_most; /* `bound_until_ms` is from the ledger: it may end sooner */
	uint32_t granted_s, asked_s;
	enum next_action next_action;
	int64_t next_at_ms;
	uint16_t last_status; /* 0: no answer came */
	struct slice last_reason;
	uint32_t attempts;    /* how many failed in a row */
	bool was_cancel_sent; /* of a debt: a cancel left at least once */
	struct slice upstream;
	struct slice target; /* "192.0.2.1:5060", empty if unknown */
	struct slice contact;
	struct slice call_id;
	uint32_t cseq;
	uint32_t rtt_us;
	uint32_t stale_window_s;
	uint32_t ghosts_removed;
	/* Other Contacts in the last 200; see enum listed_kind: */
	uint32_t ghost_bindings;
	uint32_t lookalike_bindings;
	uint32_t foreign_bindings;
};

/* Lists its texts, for texts_copy(). */
void registration_view_list(struct texts *texts, struct registration_view *view);

/* Counts of many registrations. */
struct registration_tally {
	uint32_t states[STATE_COUNT];         /* registrations in each */
	uint32_t ghosts, lookalikes, foreign; /* bindings in the last 200 of each */
	uint32_t stale_windows;               /* registrations whose stale window is too long */
	uint32_t stale_window_s;              /* the longest of all */
};

/* Adds the counts of `others` to `tally`. */
void registration_tally_add(
    struct registration_tally *tally, const struct registration_tally *others);

/* Why a binding is owed. */
enum debt_cause {
	CAUSE_UNKNOWN,  /* found in the ledger at the start */
	CAUSE_EDITED,   /* AOR, Contact or upstream changed */
	CAUSE_MOVED,    /* our address changed */
	CAUSE_DISABLED, /* switched off */
	CAUSE_REMOVED,
	CAUSE_CANCELLED, /* COMMAND_CANCEL */
	CAUSE_GHOST,     /* COMMAND_GHOSTS_REMOVE */
	CAUSE_STOP,
	CAUSE_REDIRECTED, /* a redirect led the registration to another upstream */
	CAUSE_COUNT
};

const char *debt_cause_name(enum debt_cause cause);

/*
 * A debt as people see it. `view.name` is the name of the registration that it came from.
 * `view.next_action` is `cancel`, `answer` while a cancel is out, or `expire` if no cancel will be
 * sent any more.
 */
struct debt_view {
	struct registration_view view;
	struct slice aor; /* `sip:USER@HOST` */
	enum debt_cause cause;
	bool has_registration; /* one of that name exists */
	bool is_withheld;      /* SEND_UNREGISTER or RG_GHOSTS forbids a cancel: it is only shown */
	bool is_ghost;         /* a 200 listed it after an attempt to remove it */
};

/* What a Contact that a 200 listed is to us. */
enum listed_kind {
	LISTED_CURRENT,   /* the one that we keep */
	LISTED_GHOST,     /* ours by the ledger, but not wanted any more */
	LISTED_LOOKALIKE, /* our Contact user at another address; left alone */
	LISTED_FOREIGN,   /* not ours: somebody else uses the credentials */
	LISTED_COUNT
};

const char *listed_kind_name(enum listed_kind kind);

struct listed_view {
	enum listed_kind kind;
	struct slice contact; /* the URI as listed */
	uint32_t expires_s;   /* time left now; 0: it is over, unless somebody refreshed it */
	int64_t seen_ms;      /* wall time of that 200 */
};

/* Counters of normal events on the wire, on which nobody has to act. */
struct traffic_counters {
	uint64_t requests;      /* sent, without repetitions */
	uint64_t repetitions;   /* requests sent again because no response had come */
	uint64_t timeouts;      /* requests that got no response */
	uint64_t responses;     /* received */
	uint64_t late;          /* responses to a request that was given up */
	uint64_t stray;         /* dropped: the request is forgotten or of an earlier start */
	uint64_t forged;        /* dropped: we did not write the branch */
	uint64_t elsewhere;     /* dropped: not from the address that the request went to */
	uint64_t mismatched;    /* dropped: another CSeq or method than the request has */
	uint64_t unreadable;    /* responses to us that are no valid SIP; also in `malformed` */
	uint64_t malformed;     /* datagrams that are no valid SIP */
	uint64_t skipped_lines; /* header lines of responses that could not be read */
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
	uint16_t status; /* 0: no answer came */
	struct slice reason;
	int64_t bound_until_ms; /* until when upstream may hold it, wall time; 0: not at all */
};

/* Lists its texts, for texts_copy(). */
void stop_row_list(struct texts *texts, void *row);

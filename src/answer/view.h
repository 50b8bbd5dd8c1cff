// SPDX-License-Identifier: Apache-2.0
/*
 * What people see of registrations, debts and listed Contacts, and of a stop, as flat
 * records, and the words for their states. Texts die with the outbox that carries
 * them.
 */
#pragma once

#include "base/now.h"
#include "base/texts.h"

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

/* What happens next, and for what. */
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
	bool is_bound_at_most; /* it is known from the ledger alone, and may be over sooner */
	uint32_t granted_s, asked_s;
	enum next_action next_action;
	int64_t next_at_ms;
	uint16_t last_status; /* 0 none */
	struct slice last_reason;
	uint32_t attempts;    /* in a row that failed */
	bool was_cancel_sent; /* of what is owed */
	struct slice upstream;
	struct slice target; /* "192.0.2.1:5060", empty where unknown */
	struct slice contact;
	struct slice call_id;
	uint32_t cseq;
	uint32_t rtt_us;
	uint32_t stale_window_s;
	uint32_t ghosts_removed;
	/* What the last 200 listed besides our own: */
	uint32_t ghost_bindings;     /* ours, and nobody wants them */
	uint32_t lookalike_bindings; /* our Contact user at another address; left alone */
	uint32_t foreign_bindings;   /* somebody else uses the credentials */
};

/* Lists its texts, for a copy (base/texts.h). */
void registration_view_list(struct texts *texts, struct registration_view *view);

/* Many registrations, counted. */
struct registration_tally {
	uint32_t states[STATE_COUNT];         /* registrations in each */
	uint32_t ghosts, lookalikes, foreign; /* as the last answers listed them */
	uint32_t stale_windows;               /* registrations whose stale window is too long */
	uint32_t stale_window_s;              /* the longest of all */
};

/* Adds what others come to. */
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
 * A debt as people see it: `view.name` is that of the registration it came from, `view.next_action`
 * `cancel`, `answer` while one is out, or `expire` where nothing leaves any more.
 */
struct debt_view {
	struct registration_view view;
	struct slice aor; /* `sip:USER@HOST` */
	enum debt_cause cause;
	bool has_registration; /* one of that name exists */
	bool is_withheld;      /* SEND_UNREGISTER Off, or RG_GHOSTS: it is only shown */
	bool is_ghost;         /* a 200 listed it after an attempt to remove it */
};

/* What a Contact that a 200 listed is to us. */
enum listed_kind {
	LISTED_CURRENT,   /* the one that we keep */
	LISTED_GHOST,     /* named by the ledger, and nobody wants it */
	LISTED_LOOKALIKE, /* our Contact user at another address */
	LISTED_FOREIGN,   /* not ours */
	LISTED_COUNT
};

const char *listed_kind_name(enum listed_kind kind);

struct listed_view {
	enum listed_kind kind;
	struct slice contact; /* the URI as listed */
	uint32_t expires_s;   /* what is left of it now; 0: over, if nobody refreshed it */
	int64_t seen_ms;      /* wall time of that 200 */
};

/* Facts of the wire that nobody has to act on, counted. */
struct traffic_counters {
	uint64_t requests;    /* sent, without repetitions */
	uint64_t repetitions; /* sent again for want of an answer */
	uint64_t timeouts;    /* requests that nothing answered */
	uint64_t responses;   /* received */
	uint64_t late;        /* of them: to a request that was given up */
	uint64_t stray;     /* of them: to an earlier start, a forgotten request or none; dropped */
	uint64_t forged;    /* of them: with a branch that we did not write; dropped */
	uint64_t elsewhere; /* of them: from another address than was asked; dropped */
	uint64_t mismatched;    /* of them: of another CSeq or method than was asked; dropped */
	uint64_t unreadable;    /* answers to us that are no SIP; counted as malformed, too */
	uint64_t malformed;     /* datagrams that are no SIP */
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
	uint16_t status; /* 0 none */
	struct slice reason;
	int64_t bound_until_ms; /* until when upstream may hold it; 0 where nothing is */
};

/* Lists its texts, for a copy (base/texts.h). */
void stop_row_list(struct texts *texts, void *row);

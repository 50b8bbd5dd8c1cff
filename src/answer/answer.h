// SPDX-License-Identifier: Apache-2.0
/*
 * What operators are told: answers to commands, and the reports of a stop and of a
 * trace. They are records of the core's outbox among the effects (EFFECT_ANSWER),
 * because the order matters: a reply comes after the ledger write that it
 * acknowledges.
 *
 * Texts are valid until outbox_reset().
 */
#pragma once

#include "answer/binding_view.h"
#include "answer/command.h"
#include "answer/trace.h"
#include "answer/view.h"
#include "effect/effect.h"
#include "model/endpoint_config.h"
#include "model/registration_config.h"

enum answer_kind {
	ANSWER_VIEW,        /* to COMMAND_LIST and COMMAND_SHOW, one per registration */
	ANSWER_DEBT,        /* to COMMAND_DEBTS, one per debt */
	ANSWER_LISTED,      /* to COMMAND_GHOSTS, one per Contact */
	ANSWER_VIEW_END,    /* end of those answers */
	ANSWER_STATUS,      /* to COMMAND_STATUS */
	ANSWER_REPLY,       /* outcome of a command that has no other answer */
	ANSWER_STOP_BEGIN,  /* the stop has begun: its deadline and how much there is to do */
	ANSWER_STOP_ROW,    /* the stop's report, one per registration */
	ANSWER_STOP_END,    /* nothing more will be sent: flush the ledger and leave */
	ANSWER_TRACE_BEGIN, /* to COMMAND_TRACE */
	ANSWER_TRACE,       /* of a registration under trace, for everyone who traces it */
	ANSWER_ENDPOINT,    /* to COMMAND_ENDPOINTS and COMMAND_ENDPOINT, one per endpoint */
	ANSWER_BINDING,     /* to COMMAND_BINDINGS, one per binding */
	ANSWER_SUSPENSION,  /* to COMMAND_SUSPENSIONS, one per pair of name and source */
};

struct answer_view {
	struct registration_view view;
	/* COMMAND_SHOW: as provisioned. Owned by the core and valid until its next entry. */
	const struct registration_config *config;
	bool has_password; /* there is a password; copies of the answer leave it out */
};

struct answer_endpoint {
	struct endpoint_view view;
	/* COMMAND_ENDPOINT: as provisioned, without the password. Owned as in answer_view. */
	const struct endpoint_config *config;
};

struct answer_view_end {
	uint32_t next;          /* slot at which the next page begins; 0: this was the last one */
	struct slice next_name; /* COMMAND_LIST by name: the next page begins after it; or empty */
	bool found;             /* COMMAND_SHOW, COMMAND_GHOSTS: the registration exists */
	uint32_t left_out;      /* COMMAND_GHOSTS: Contacts that were listed but not kept */
};

struct answer_status {
	uint32_t registrations;
	uint32_t up; /* of them: registered, with no sign since then that they are not */
	uint32_t debts;
	uint32_t endpoints, bindings;    /* that there are here, and of their devices */
	struct registration_tally tally; /* of the registrations on this page */
	uint32_t next;                   /* slot at which the next page begins; 0: none */
	struct traffic_counters traffic; /* since the start */
	bool is_ledger_failing;          /* the last write to the disk failed */
	bool is_binding_failing;         /* the same for the bindings of phones */
	bool stopping;
	uint32_t stop_total, stop_settled, stop_left; /* of a stop: all, with an outcome, without */
	int64_t stop_deadline_ms;                     /* wall time; 0 without a stop */
};

struct answer_reply {
	int error; /* 0 or an error code */
	struct slice text;
	uint32_t count; /* COMMAND_GHOSTS_REMOVE: bindings that will be cancelled */
};

struct answer_stop_begin {
	uint32_t deadline_s;
	uint32_t cancels;    /* bindings that will be cancelled */
	uint32_t kept;       /* bindings that stay: SEND_UNREGISTER Off, or a restart that keeps */
	uint32_t expected_s; /* how long it should take with the proven pace */
};

struct answer_stop_end {
	uint32_t counts[OUTCOME_COUNT];
};

struct answer_trace_begin {
	uint32_t bytes; /* RG_TRACE_BYTES: the most that may wait to be read */
};

struct answer {
	enum answer_kind kind;
	uint64_t
	    request; /* of the command; in the report of a stop that of the stop; 0 in a trace */
	union {
		struct answer_view view;
		struct debt_view debt;
		struct listed_view listed;
		struct answer_view_end view_end;
		struct answer_status status;
		struct answer_reply reply;
		struct answer_stop_begin stop_begin;
		struct stop_row stop_row;
		struct answer_stop_end stop_end;
		struct answer_trace_begin trace_begin;
		struct answer_trace trace;
		struct answer_endpoint endpoint;
		struct binding_view binding;
		struct suspension_view suspension;
	};
};

/* Appends an answer to the outbox, zeroed except for kind and request; see outbox_add(). */
struct answer *answer_add(struct outbox *outbox, enum answer_kind kind, uint64_t request);

/*
 * Appends ANSWER_REPLY to the command of that number: 0 or an error code, with a copy of the text.
 * The caller may add the count.
 */
struct answer_reply *answer_reply(
    struct outbox *outbox, uint64_t request, int error, struct slice text);

/* True for the reports of a stop or a trace, which go to everyone who listens. */
bool answer_is_report(enum answer_kind kind);

/*
 * A copy with its texts that can cross to another thread or outlive the outbox. It
 * leaves out the password of a config. NULL without memory; answer_free() frees it.
 */
struct answer *answer_copy(const struct answer *answer);
void answer_free(struct answer **answer);

/* The same as outbox_can_spare(), for an answer with so many bytes of text. */
bool answer_can_spare(const struct outbox *outbox, size_t bytes);

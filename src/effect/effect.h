// SPDX-License-Identifier: Apache-2.0
/*
 * What the core wants done: tagged records in one bounded outbox, done by the
 * shell in order. No record returns a value; where an outcome matters it comes
 * back as an event (effect/event.h) with the asker's handle.
 *
 * Slices in a record point into the outbox and die with outbox_reset().
 */
#pragma once

#include "base/attr.h"
#include "base/log.h"
#include "effect/flow.h"
#include "effect/ledger.h"
#include "effect/trace.h"
#include "effect/view.h"
#include "model/registration_config.h"

enum effect_kind {
	EFFECT_SEND,        /* bytes on a flow; loss is nobody's event */
	EFFECT_FLOW_OPEN,   /* -> EVENT_FLOW_UP or EVENT_FLOW_DOWN */
	EFFECT_LISTENER,    /* whether a listener is needed; one that is not may be closed */
	EFFECT_RESOLVE,     /* -> EVENT_RESOLVED */
	EFFECT_LEDGER,      /* -> EVENT_LEDGER_DURABLE, once for this ticket or a later one */
	EFFECT_LOG,         /* one line for people */
	EFFECT_VIEW,        /* answer to COMMAND_LIST and COMMAND_SHOW, one per registration */
	EFFECT_DEBT,        /* answer to COMMAND_DEBTS, one per debt */
	EFFECT_LISTED,      /* answer to COMMAND_GHOSTS, one per Contact */
	EFFECT_VIEW_END,    /* end of those answers */
	EFFECT_STATUS,      /* answer to COMMAND_STATUS */
	EFFECT_REPLY,       /* outcome of a command that has no other answer */
	EFFECT_STOP_BEGIN,  /* the stop has begun: how many, and until when at the latest */
	EFFECT_STOP_ROW,    /* the stop's report, one per registration */
	EFFECT_STOP_END,    /* nothing more will be sent: flush the ledger and leave */
	EFFECT_TRACE,       /* of a registration under trace */
	EFFECT_TRACE_BEGIN, /* answer to COMMAND_TRACE */
};

struct effect_send {
	struct flow flow;
	struct slice bytes;
};

struct effect_flow_open {
	uint64_t asker;
	uint8_t transport;        /* enum sip_transport */
	struct netaddr preferred; /* local address and port; what is unset is any */
	struct netaddr target;
	struct slice tls_name;
};

struct effect_listener {
	uint32_t number; /* of a flow that was opened */
	bool is_needed;
};

struct effect_resolve {
	uint64_t asker;
	struct slice host; /* a name, never an address */
	uint16_t port;     /* what the addresses shall carry */
};

struct effect_ledger {
	uint64_t ticket; /* rises by one per record */
	struct ledger_record record;
};

struct effect_log {
	enum log_level level;
	struct slice text; /* `registration=NAME …` */
};

struct effect_view {
	uint64_t request; /* of the command */
	struct registration_view view;
	/* COMMAND_SHOW, as it is provisioned; the core's own until its next entry. */
	const struct registration_config *config;
};

struct effect_debt {
	uint64_t request;
	struct debt_view debt;
};

struct effect_listed {
	uint64_t request;
	struct listed_view listed;
};

struct effect_view_end {
	uint64_t request;
	uint32_t next;          /* slot to go on from, 0 at the end */
	struct slice next_name; /* COMMAND_LIST by name: go on after it; empty at the end */
	bool found;             /* COMMAND_SHOW, COMMAND_GHOSTS: there is one of that name */
	uint32_t left_out;      /* COMMAND_GHOSTS: Contacts that were listed and not kept */
};

struct effect_status {
	uint64_t request;
	uint32_t registrations;
	uint32_t up; /* of them: registered, and nothing said since that they are not */
	uint32_t debts;
	struct registration_tally tally; /* of the registrations that this page looked at */
	uint32_t next;                   /* where the next page goes on; 0: that was all */
	struct traffic_counters traffic; /* since the start */
	bool is_ledger_failing;          /* the disk refused it last */
	bool stopping;
	uint32_t stop_total, stop_settled, stop_left; /* of a stop: all, with an outcome, without */
	int64_t stop_deadline_ms;                     /* wall time; 0 without a stop */
};

struct effect_reply {
	uint64_t request;
	int error; /* 0 or an error code */
	struct slice text;
	uint32_t count; /* COMMAND_GHOSTS_REMOVE: bindings that will be cancelled */
};

struct effect_stop_begin {
	uint64_t request; /* of the command */
	uint32_t deadline_s;
	uint32_t cancels;    /* bindings that will be cancelled */
	uint32_t kept;       /* bindings that stay: SEND_UNREGISTER Off, or a restart that keeps */
	uint32_t expected_s; /* how long it should take with the proven pace */
};

struct effect_stop_end {
	uint32_t counts[OUTCOME_COUNT];
};

struct effect_trace_begin {
	uint64_t request; /* of the command */
	uint32_t bytes;   /* RG_TRACE_BYTES: what may wait for who looks on */
};

struct effect {
	enum effect_kind kind;
	union {
		struct effect_send send;
		struct effect_flow_open flow_open;
		struct effect_listener listener;
		struct effect_resolve resolve;
		struct effect_ledger ledger;
		struct effect_log log;
		struct effect_view view;
		struct effect_debt debt;
		struct effect_listed listed;
		struct effect_view_end view_end;
		struct effect_status status;
		struct effect_reply reply;
		struct effect_stop_begin stop_begin;
		struct stop_row stop_row;
		struct effect_stop_end stop_end;
		struct effect_trace trace;
		struct effect_trace_begin trace_begin;
	};
};

struct outbox;

/* Room for `records` records with `bytes` of text between them. NULL without memory. */
struct outbox *outbox_new(uint32_t records, uint32_t bytes);
void outbox_free(struct outbox **outbox);

/* True while at least one entry's worth of records still fits, with its traces. */
bool outbox_has_room(const struct outbox *outbox);

/* The most that one step of the core (one datagram, one event, one timer) appends. */
#define OUTBOX_ENTRY_RECORDS 16
#define OUTBOX_ENTRY_BYTES   16384

/* Beside it: what a step may add for those who look on (EFFECT_TRACE). */
#define OUTBOX_TRACE_RECORDS 8
#define OUTBOX_TRACE_BYTES   12288

/*
 * True where a record with so many bytes can be added and a whole step still
 * fits after it. What is not needed, a trace, asks first.
 */
bool outbox_can_spare(const struct outbox *outbox, size_t bytes);

/*
 * Appends a record of that kind, zeroed but for its kind. The core checks
 * outbox_has_room() before each step, so that this cannot fail.
 */
struct effect *outbox_add(struct outbox *outbox, enum effect_kind kind);

/* Copies a text into the outbox; what is returned lives until outbox_reset(). */
struct slice outbox_keep(struct outbox *outbox, struct slice text);

/* The shell's side: walk by index, then reset. */
uint32_t outbox_count(const struct outbox *outbox);
const struct effect *outbox_at(const struct outbox *outbox, uint32_t index);
void outbox_reset(struct outbox *outbox);

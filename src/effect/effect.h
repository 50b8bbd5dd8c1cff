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

enum effect_kind {
	EFFECT_SEND,      /* bytes on a flow; loss is nobody's event */
	EFFECT_FLOW_OPEN, /* -> EVENT_FLOW_UP or EVENT_FLOW_DOWN */
	EFFECT_LISTENER,  /* whether a listener is needed; one that is not may be closed */
	EFFECT_RESOLVE,   /* -> EVENT_RESOLVED */
	EFFECT_LEDGER,    /* -> EVENT_LEDGER_DURABLE, once for this ticket or a later one */
	EFFECT_LOG,       /* one line for people */
	EFFECT_ANSWER,    /* to an operator: where it stands among the others, it is given */
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

struct answer; /* answer/answer.h; in the outbox, too */

struct effect {
	enum effect_kind kind;
	union {
		struct effect_send send;
		struct effect_flow_open flow_open;
		struct effect_listener listener;
		struct effect_resolve resolve;
		struct effect_ledger ledger;
		struct effect_log log;
		const struct answer *answer;
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
#define OUTBOX_ENTRY_BYTES   20480

/* Beside it: what a step may add for those who look on (answer/trace.h). */
#define OUTBOX_TRACE_RECORDS 8
#define OUTBOX_TRACE_BYTES   13312

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

/* One line for people: `registration=NAME event=… …`. */
void outbox_log(struct outbox *outbox, enum log_level level, struct slice line);

/* Room for a record's own struct, zeroed and aligned; it lives until outbox_reset(). */
void *outbox_room(struct outbox *outbox, size_t size);

/* The shell's side: walk by index, then reset. */
uint32_t outbox_count(const struct outbox *outbox);
const struct effect *outbox_at(const struct outbox *outbox, uint32_t index);
void outbox_reset(struct outbox *outbox);

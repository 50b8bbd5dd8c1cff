// SPDX-License-Identifier: Apache-2.0
/*
 * Effects: what the core wants the shell to do, as tagged records in one bounded
 * outbox. The shell does them in order. No record returns a value. If an outcome
 * matters, it comes back as an event (effect/event.h) that bears the same `asker`.
 *
 * Slices in a record point into the outbox and die with outbox_reset().
 */
#pragma once

#include "base/attr.h"
#include "base/log.h"
#include "effect/binding_record.h"
#include "effect/flow.h"
#include "effect/ledger.h"

enum effect_kind {
	EFFECT_SEND,      /* send bytes on a flow; a loss causes no event */
	EFFECT_FLOW_OPEN, /* -> EVENT_FLOW_UP or EVENT_FLOW_DOWN */
	EFFECT_LISTENER,  /* a listener is needed from now on, or may be closed */
	EFFECT_RESOLVE,   /* -> EVENT_RESOLVED */
	EFFECT_LEDGER,    /* -> EVENT_LEDGER_DURABLE, once for this ticket or a later one */
	EFFECT_BINDING,   /* -> EVENT_BINDINGS_DURABLE, once for this ticket or a later one */
	EFFECT_LOG,       /* write one line for people */
	EFFECT_ANSWER,    /* give an answer to an operator */
};

struct effect_send {
	struct flow flow;
	struct slice bytes;
};

struct effect_flow_open {
	uint64_t asker;
	uint8_t transport;        /* enum sip_transport */
	struct netaddr preferred; /* local address and port; an unset field means any */
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
	uint16_t port;     /* to be filled into the addresses */
};

struct effect_ledger {
	uint64_t ticket; /* rises by one per record */
	struct ledger_record record;
};

struct effect_binding {
	uint64_t ticket; /* rises by one per record; not those of EFFECT_LEDGER */
	struct binding_record record;
};

struct effect_log {
	enum log_level level;
	struct slice text; /* `registration=NAME …` */
};

struct answer; /* in answer/answer.h; its memory is in the outbox, too */

struct effect {
	enum effect_kind kind;
	union {
		struct effect_send send;
		struct effect_flow_open flow_open;
		struct effect_listener listener;
		struct effect_resolve resolve;
		struct effect_ledger ledger;
		struct effect_binding binding;
		struct effect_log log;
		const struct answer *answer;
	};
};

struct outbox;

/* An outbox for `records` records that have `bytes` bytes of text together. NULL without memory. */
struct outbox *outbox_new(uint32_t records, uint32_t bytes);
void outbox_free(struct outbox **outbox);

/* True while the records of one more step of the core fit, with its traces. */
bool outbox_has_room(const struct outbox *outbox);

/* The most that one step of the core (one datagram, one event, one timer) appends. */
#define OUTBOX_ENTRY_RECORDS 16
#define OUTBOX_ENTRY_BYTES   20480

/* In addition: the most that a step appends for traces (answer/trace.h). */
#define OUTBOX_TRACE_RECORDS 8
#define OUTBOX_TRACE_BYTES   13312

/*
 * True if a whole step still fits after a record with so many bytes. The core asks
 * before it adds a trace, which may be left out.
 */
bool outbox_can_spare(const struct outbox *outbox, size_t bytes);

/*
 * Appends a record of that kind, otherwise zeroed. It cannot fail, because
 * outbox_has_room() is checked before each step.
 */
struct effect *outbox_add(struct outbox *outbox, enum effect_kind kind);

/* Copies a text into the outbox; the copy lives until outbox_reset(). */
struct slice outbox_keep(struct outbox *outbox, struct slice text);

/* Appends EFFECT_SEND with copies of the flow and the bytes. */
void outbox_send(struct outbox *outbox, const struct flow *flow, struct slice bytes);

/* Appends EFFECT_LOG with a copy of the line, such as `registration=NAME event=…`. */
void outbox_log(struct outbox *outbox, enum log_level level, struct slice line);

/* `size` bytes, zeroed and aligned, that live until outbox_reset(). */
void *outbox_room(struct outbox *outbox, size_t size);

/* For the shell: do the records from index 0 to the count, then reset. */
uint32_t outbox_count(const struct outbox *outbox);
const struct effect *outbox_at(const struct outbox *outbox, uint32_t index);
void outbox_reset(struct outbox *outbox);

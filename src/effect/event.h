// SPDX-License-Identifier: Apache-2.0
/*
 * Events: the outcome of an effect, or news of the machine. The shell gives them
 * to core_event(). An outcome bears the `asker` of its effect. Slices are valid
 * during the call.
 */
#pragma once

#include "base/texts.h"
#include "effect/binding_record.h"
#include "effect/flow.h"

enum event_kind {
	EVENT_FLOW_UP,
	EVENT_FLOW_DOWN, /* a flow could not be opened or was lost, or an address of ours is gone */
	EVENT_RESOLVED,
	EVENT_LEDGER_DURABLE, /* every record up to the ticket is on the disk */
	EVENT_LEDGER_FAILED,  /* the disk refuses; writes stay queued and are tried again */
	EVENT_BINDING_KEPT,   /* a binding that an earlier process had; after a start, one by one */
	EVENT_BINDINGS_LOADED,  /* there are no more of these */
	EVENT_BINDINGS_DURABLE, /* every record up to the ticket is with the kernel, but for
	                           refreshes */
	EVENT_BINDINGS_FAILED,  /* the disk refuses; writes stay queued and are tried again */
	EVENT_BINDINGS_LOST,    /* some records were not kept: bindings must be written anew */
	EVENT_CLOCK_STEPPED,    /* the wall clock jumped */
	EVENT_NETWORK_CHANGED,  /* addresses, links or routes of this machine have changed */
};

#define RESOLVED_MAX 16 /* addresses that are kept of one answer of the DNS */

struct event_flow {
	uint64_t asker; /* of EFFECT_FLOW_OPEN; 0 if a flow was lost later */
	/*
	 * FLOW_UP, and FLOW_DOWN of a flow that was up. In FLOW_DOWN, a flow without peer means
	 * all flows from its `local`. Without `local`, too, any address of ours may be gone.
	 */
	struct flow flow;
	struct slice why; /* FLOW_DOWN */
};

struct event_resolved {
	uint64_t asker;
	uint32_t count; /* 0: failed for the reason `why` */
	struct netaddr addresses[RESOLVED_MAX];
	uint32_t ttl_s;
	struct slice why;
	bool is_unanswered; /* failed, but no server said that there is no such name */
};

struct event_kept {
	struct binding_record record; /* BINDING_PUT */
	/* Refreshes after this wall time may not stand in the record; 0: all of them do. */
	int64_t unsure_ms;
};

struct event {
	enum event_kind kind;
	union {
		struct event_flow flow;
		struct event_resolved resolved;
		struct event_kept kept; /* BINDING_KEPT */
		uint64_t ticket;        /* LEDGER_DURABLE, BINDINGS_DURABLE */
		struct slice why;       /* LEDGER_FAILED, BINDINGS_FAILED, BINDINGS_LOST */
		int64_t step_ms;        /* CLOCK_STEPPED */
		bool is_back; /* NETWORK_CHANGED: there may be a route that was not there before */
	};
};

/* Lists the texts of an event, for texts_copy(). */
void event_list(struct texts *texts, struct event *event);

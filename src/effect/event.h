// SPDX-License-Identifier: Apache-2.0
/*
 * What happened to something the core asked for: given to core_event(), with
 * the asker's handle where there was one. Slices live for the call.
 */
#pragma once

#include "base/texts.h"
#include "effect/flow.h"

enum event_kind {
	EVENT_FLOW_UP,
	EVENT_FLOW_DOWN, /* could not be opened, or was lost later, or an address of ours is gone */
	EVENT_RESOLVED,
	EVENT_LEDGER_DURABLE,  /* every record up to the ticket is on the disk */
	EVENT_LEDGER_FAILED,   /* the disk refuses; writes stay queued and are tried again */
	EVENT_CLOCK_STEPPED,   /* the wall clock jumped */
	EVENT_NETWORK_CHANGED, /* our addresses, links or routes are others */
};

#define RESOLVED_MAX 16 /* addresses that are kept of one answer */

struct event_flow {
	uint64_t asker; /* of EFFECT_FLOW_OPEN; 0 when a flow is lost later */
	/*
	 * FLOW_UP, and FLOW_DOWN of one that was up. Without a peer it stands for all that leave
	 * from `local`, and without that either for all whose address may be gone.
	 */
	struct flow flow;
	struct slice why; /* FLOW_DOWN */
};

struct event_resolved {
	uint64_t asker;
	uint32_t count; /* 0: failed, `why` says how */
	struct netaddr addresses[RESOLVED_MAX];
	uint32_t ttl_s;
	struct slice why;
	/* Of a failure: no server said that there is no such name; one may say so, or more, later.
	 */
	bool is_unanswered;
};

struct event {
	enum event_kind kind;
	union {
		struct event_flow flow;
		struct event_resolved resolved;
		uint64_t ticket;  /* LEDGER_DURABLE */
		struct slice why; /* LEDGER_FAILED */
		int64_t step_ms;  /* CLOCK_STEPPED */
		bool is_back;     /* NETWORK_CHANGED: a way may be there that was not */
	};
};

/* Lists the texts of an event, for a copy (base/texts.h). */
void event_list(struct texts *texts, struct event *event);

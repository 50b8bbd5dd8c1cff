// SPDX-License-Identifier: Apache-2.0
/*
 * The records of the ledger: what upstreams may hold of ours, in a form that
 * outlives the process (docs/architecture.md, decision 2). The core appends the
 * records to its outbox. The shell makes them durable in that order and answers with
 * EVENT_LEDGER_DURABLE. At the start the shell reads them and gives them to core_load():
 * first the stop, then paces, then identities and their bindings.
 */
#pragma once

#include "base/netaddr.h"

/*
 * All that a cancel needs. A row is never changed once it is written: an edit makes
 * a new one under a new id. `password` is in the clear here; the shell seals it
 * before it is stored.
 */
struct ledger_identity {
	uint64_t id; /* rises; never used twice on a node */
	struct slice name, username, auth_username, password;
	struct slice host;    /* of AOR, Request-URI, From and To */
	struct slice proxy;   /* as configured, or where a redirect led; empty: sip:HOST */
	struct slice contact; /* the URI, exactly as sent */
	struct slice display_name, user_agent;
	uint32_t epoch;
	struct netaddr local; /* the local address of its requests */
	bool is_away;         /* `proxy` is where a redirect led, not what is configured */
};

/* What is known of the binding; the newest record replaces the one before. */
struct ledger_binding {
	uint64_t identity;      /* its id */
	uint32_t expiry_s;      /* the largest expiry that was asked for or granted */
	uint16_t granted_s;     /* if less was granted last: that or a little more; else 0 */
	uint8_t digest_least;   /* challenges of a weaker digest are not answered */
	bool loose;             /* a REGISTER of it was out at LEDGER_STOP_KEPT */
	bool owed;              /* a debt: the binding is not wanted any more; see LEDGER_STOP */
	int64_t bound_until_ms; /* wall time; meaningful while owed */
	struct netaddr target;  /* where the last request went; may be unset */
	struct slice echoed;    /* the Contact as upstream lists it, if upstream rewrites it */
};

/*
 * The pace that an upstream's address has borne. The newest record replaces the one
 * before; an empty one (ledger_pace_is_empty()) removes it.
 */
struct ledger_pace {
	uint8_t transport; /* enum sip_transport */
	struct netaddr address;
	uint32_t proven_milli;    /* requests per 1000 s; 0: none proven */
	uint32_t ceiling_milli;   /* requests per 1000 s; 0: none */
	int64_t ceiling_until_ms; /* wall time; meaningful with a ceiling */
	bool loses_by_fetch;      /* bindings were missing there after each fetch */
};

/* True if the record says nothing. */
static inline bool ledger_pace_is_empty(const struct ledger_pace *pace)
{
	return pace->proven_milli == 0 && pace->ceiling_milli == 0 && !pace->loses_by_fetch;
}

/* How the last process ended, as far as this start has to know. */
enum ledger_stop {
	LEDGER_STOP_NONE,      /* it was killed, or no cancel of its stop can arrive any more */
	LEDGER_STOP_CANCELLED, /* a stop was under way: a cancel of any row may have been sent */
	LEDGER_STOP_KEPT, /* it kept all bindings; only rows marked `loose` had a REGISTER out */
};

enum ledger_op {
	LEDGER_IDENTITY, /* insert an identity */
	LEDGER_BINDING,  /* insert or replace what is known of its binding */
	LEDGER_GONE,     /* upstream holds nothing any more: remove identity and binding */
	LEDGER_ALIVE,    /* the process is alive at this time */
	LEDGER_CSEQ_FLOOR,
	LEDGER_EPOCH, /* of a registration's name */
	LEDGER_PACE,  /* insert, replace or remove what an address has borne */
	LEDGER_STOP,
};

struct ledger_record {
	enum ledger_op op;
	union {
		struct ledger_identity identity;
		struct ledger_binding binding;
		uint64_t gone; /* id of the identity */
		int64_t alive_ms;
		uint32_t cseq_floor;
		struct {
			struct slice name;
			uint32_t epoch;
		} epoch;
		struct ledger_pace pace;
		enum ledger_stop stop;
	};
};

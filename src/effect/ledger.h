// SPDX-License-Identifier: Apache-2.0
/*
 * The ledger's records: what upstreams may hold of ours, in a form that
 * outlives the process (docs/architecture.md, decision 2). The core appends
 * them to its outbox; the shell makes them durable in that order, and answers with
 * EVENT_LEDGER_DURABLE. At start the shell reads the same records back and hands them to
 * core_load(), the stop first, paces before identities.
 */
#pragma once

#include "base/netaddr.h"

/*
 * All that a cancel needs, never changed once written; an edit makes a new one
 * under a new id. `password` is in the clear here and sealed by whoever stores it.
 */
struct ledger_identity {
	uint64_t id; /* rises; never used twice on a node */
	struct slice name, username, auth_username, password;
	struct slice host;    /* of AOR, Request-URI, From and To */
	struct slice proxy;   /* as configured, or where a redirect led; empty: sip:HOST */
	struct slice contact; /* the URI, exactly as sent */
	struct slice display_name, user_agent;
	uint32_t epoch;
	struct netaddr local; /* where requests left */
	bool is_away;         /* a redirect led there: `proxy` is not what is configured */
};

/* What is known of the binding; the newest replaces the one before. */
struct ledger_binding {
	uint64_t identity;      /* id */
	uint32_t expiry_s;      /* the largest that was asked or granted */
	uint16_t granted_s;     /* at least what was granted last, where that is less; else 0 */
	uint8_t digest_least;   /* strength below which its challenges are not answered */
	bool loose;             /* a REGISTER of it was out at LEDGER_STOP_KEPT */
	bool owed;              /* a debt: nobody wants the binding any more; see LEDGER_STOP */
	int64_t bound_until_ms; /* wall time; meaningful while owed */
	struct netaddr target;  /* where the last request went; may be unset */
	struct slice echoed; /* Contact URI as upstream lists it, where it rewrites; else empty */
};

/*
 * The pace that an upstream's address has borne; the newest replaces the one
 * before, and one without proven pace and ceiling takes it away.
 */
struct ledger_pace {
	uint8_t transport; /* enum sip_transport */
	struct netaddr address;
	uint32_t proven_milli;    /* requests per 1000 s; 0 nothing proven */
	uint32_t ceiling_milli;   /* 0 none */
	int64_t ceiling_until_ms; /* wall time; meaningful with a ceiling */
	bool loses_by_fetch;      /* bindings were missing there after each fetch */
};

/* Says no more than that nothing is known. */
static inline bool ledger_pace_is_empty(const struct ledger_pace *pace)
{
	return pace->proven_milli == 0 && pace->ceiling_milli == 0 && !pace->loses_by_fetch;
}

/* What a start has to know of the process before. */
enum ledger_stop {
	LEDGER_STOP_NONE,      /* it was killed, or its stop is long over */
	LEDGER_STOP_CANCELLED, /* a stop was under way: any row may be cancelled */
	LEDGER_STOP_KEPT, /* it left all as it was, and but for rows that say so nothing was out */
};

enum ledger_op {
	LEDGER_IDENTITY, /* insert an identity */
	LEDGER_BINDING,  /* insert or replace what is known of its binding */
	LEDGER_GONE,     /* nothing is held any more: remove identity and binding */
	LEDGER_ALIVE,    /* the process lives and covers its bindings at this time */
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
		uint64_t gone; /* identity id */
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

// SPDX-License-Identifier: Apache-2.0
/*
 * An exchange: one attempt to have upstream do something about a holding, from
 * the name of the upstream to a final answer, with challenges answered on the
 * way. Registrations and debts each embed one and differ in what they ask for
 * and in what an outcome means to them. Here is the way out, to the request
 * that leaves; what comes back is in registrant/reply.h.
 *
 *   IDLE -> NAME -> FLOW -> (owner) -> QUEUED -> SENT -> IDLE
 *                                        ^         |
 *                                        +-- 401 --+
 */
#pragma once

#include "registrant/holding.h"
#include "upstream/auth.h"
#include "upstream/target.h"
#include "upstream/upstream.h"

#include <assert.h>

#define CARRY_MAX      2               /* debts that one REGISTER cancels beside what it asks for */
#define ATTEMPT_MAX_US (32 * US_PER_S) /* no request of ours waits longer for its answer */

enum exchange_phase {
	EXCHANGE_IDLE,
	EXCHANGE_NAME,   /* waits for the upstream's addresses */
	EXCHANGE_FLOW,   /* waits for a flow to the target */
	EXCHANGE_QUEUED, /* waits for its place in the target's pace */
	EXCHANGE_SENT,   /* waits for an answer */
};

/* A request that only looks (registrant/probe.h). */
enum probe_way {
	PROBE_NONE,
	PROBE_FETCH,   /* REGISTER without Contact */
	PROBE_OPTIONS, /* to our own AOR */
};

/* What a final response means. */
enum verdict {
	VERDICT_OK,          /* 2xx */
	VERDICT_REJECTED,    /* wrong credentials, or 403 */
	VERDICT_STALE,       /* nonces stale for ever, or wrong credentials */
	VERDICT_BRIEF,       /* 423 */
	VERDICT_REDIRECT,    /* 301, 302 */
	VERDICT_FULL,        /* 503 that speaks of the account alone */
	VERDICT_UNAVAILABLE, /* every other 503 */
	VERDICT_FAILED,      /* every other one */
};

/* Why an exchange stands still. */
enum obstacle {
	OBSTACLE_NAME, /* the upstream's name gives no address */
	OBSTACLE_FLOW, /* no way leads there from where it shall leave */
	OBSTACLE_REST, /* its address began to rest, and there are others */
};

struct debt;
struct exchange;

/*
 * What happens to an exchange, decided by its owner. `leaves_from`: the local
 * address and port that its requests shall have; what is unset is any.
 * `reached`: a target and a flow are known. `unreachable`: they could not be had. `turn`: it may
 * send now. `changes_form`: a challenge offers another form of request; true where the owner began
 * anew with it. `answered`: a final response that was no challenge to answer. `timed_out`: none
 * came. `may_repeat`: the same request may follow a refusal once more, in another form. `held`:
 * a late answer says that upstream holds the binding.
 */
struct exchange_ops {
	struct netaddr (*leaves_from)(const struct exchange *exchange);
	void (*reached)(struct registrant *r, struct exchange *exchange);
	void (*unreachable)(struct registrant *r, struct exchange *exchange, enum obstacle obstacle,
	    struct slice why);
	void (*turn)(struct registrant *r, struct exchange *exchange);
	bool (*changes_form)(
	    struct registrant *r, struct exchange *exchange, const struct sip_message *challenge);
	void (*answered)(struct registrant *r, struct exchange *exchange, enum verdict verdict,
	    const struct sip_message *response, struct slice why);
	void (*timed_out)(struct registrant *r, struct exchange *exchange, struct slice why);
	bool (*may_repeat)(const struct exchange *exchange);
	void (*held)(struct registrant *r, struct exchange *exchange);
};

struct exchange {
	const struct exchange_ops *ops;
	struct exchange **wait_link; /* in the upstream's list, in NAME; else NULL */
	union {
		struct exchange *wait_next; /* in NAME */
		uint64_t queue_key;         /* in QUEUED */
	};
	pool_handle owner;        /* of the registration or debt */
	pool_handle route;        /* the upstream it goes to; counted */
	pool_handle target;       /* counted */
	pool_handle txn;          /* in SENT */
	uint64_t started_us;      /* this attempt's first transmission */
	uint64_t bound_before_us; /* the holding's, before this request */
	struct auths auths;
	const struct flow *flow; /* one of r->flows; exchange_flow() */
	uint32_t rtt_us;         /* of the last answer to a request sent once; 0 unknown */
	uint8_t holder_kind;     /* enum holder_kind: what `owner` is */
	uint8_t phase;           /* enum exchange_phase */
	uint8_t next_target;     /* place among the upstream's targets to begin at */
	uint8_t redirects;
	uint16_t ways;          /* the network as it was when the flow was chosen */
	uint16_t redirect;      /* redirect.c's: the Contacts that it may still try; 0 none */
	bool has_flow : 1;      /* `flow` leads to `target` */
	bool is_answering : 1;  /* a challenge is to be answered: keep target and flow */
	bool is_carrying : 1;   /* the request out cancels other Contacts too */
	bool is_redirected : 1; /* `route` is not where the configuration points */
	bool was_refused : 1;   /* by a 503, and nothing was granted since */
	bool fell_back : 1;     /* since `started_us`, to another algorithm after a 403 */
	uint8_t digests;        /* since `started_us`: refused, or the answer to a challenge */
};

/* What an exchange notes beside its transaction. */
struct exchange_note {
	uint32_t expires_s; /* the expiry that the request asks for; 0 cancels */
	uint8_t slot;       /* its next repetition has a place in this pace; 0 none */
	uint8_t untaken;    /* answers that were of no use, 255 and more */
	bool is_probe;      /* it binds and cancels nothing */
};

static_assert(sizeof(struct exchange_note) <= TXN_NOTE_SIZE, "it fits");

static inline struct exchange_note *exchange_note(const struct txn *txn)
{
	return txn_note(txn);
}

/* Its last flow; of zeros before there was one. */
const struct flow *exchange_flow(const struct exchange *exchange);

void exchange_init(struct exchange *exchange, const struct exchange_ops *ops, enum holder_kind kind,
    pool_handle owner);

/* What its owner holds; NULL until there is something. */
struct holding *exchange_holding(const struct exchange *exchange);

/* Gives everything back; what was sent stays loose. */
void exchange_clear(struct registrant *r, struct exchange *exchange);

/* Where it goes from here on. Takes over the caller's count of the upstream. */
void exchange_set_route(struct registrant *r, struct exchange *exchange, struct upstream *upstream);

/* The next attempt begins with another address, where there is one. */
void exchange_pass_target(const struct registrant *r, struct exchange *exchange);

/* Looks for a target and a flow: `reached` or `unreachable` follow, perhaps at once. */
void exchange_reach(struct registrant *r, struct exchange *exchange);

/* The same, towards one address, whatever the upstream's name says. */
void exchange_reach_address(
    struct registrant *r, struct exchange *exchange, const struct netaddr *address);

/* Waits for its turn. ERR_MEMORY. */
MUST_CHECK int exchange_queue(
    struct registrant *r, struct exchange *exchange, enum queue_class class, uint64_t order);

struct exchange_request {
	uint32_t expires_s; /* 0 cancels */
	uint8_t probe;      /* enum probe_way: it does neither */
	struct debt *const *carried;
	unsigned carried_count; /* debts that it cancels beside that */
	struct slice auth_username, password;
	uint64_t give_up_us;
};

/*
 * Sends a REGISTER for the exchange's holding. Where no transaction or buffer is free it is back
 * in the queue, QUEUED and not SENT. ERR_LIMIT: the message is too long, ERR_MEMORY: no place in
 * the queue; nothing was sent then.
 */
MUST_CHECK int exchange_send(
    struct registrant *r, struct exchange *exchange, const struct exchange_request *request);

/* For people: why exchange_send() sent nothing. */
struct slice exchange_why_unsent(int rc);

/* Upstream may hold the binding for what this transmission asks, from now on. */
void exchange_raise_bound(struct registrant *r, struct holding *holding, const struct txn *txn);

/*
 * Until when a rest may hold back what is queued: a little before its binding ends. TIME_NEVER
 * where nothing is at stake.
 */
uint64_t exchange_held_until_us(const struct registrant *r, const struct exchange *exchange);

/*
 * Upstream holds the binding for that long by what it said, whatever else it said with that: a
 * grant in a late 200, or our Contact in the list of a refusal.
 */
void exchange_hold(struct registrant *r, struct exchange *exchange, uint32_t left_s);

/* What was sent and not answered may still arrive: the holding remembers until when. */
void exchange_let_loose(struct registrant *r, struct exchange *exchange, struct txn *txn);

/* Stops waiting: what was sent becomes loose, what waits is taken back. */
void exchange_abandon(struct registrant *r, struct exchange *exchange);

/* Moves what is outstanding to another exchange: a registration becomes a debt. */
void exchange_move(struct registrant *r, struct exchange *to, struct exchange *from);

/*
 * Those that wait at an address that closed, and could go elsewhere, do, as many as another
 * address could send in the meantime; the most urgent first.
 */
void exchange_reroute(struct registrant *r, struct target *target);

/* The timer of an upstream: those that wait for its name go on, or it is asked for. */
void exchange_names_timer(struct registrant *r, struct upstream *upstream);

/* Entries of the others: the flow, the pump. */
void exchange_flow_event(
    struct registrant *r, struct exchange *exchange, const struct event *event);
void exchange_pump(struct registrant *r, struct target *target);

/* The handle under which flows are asked for, and what it stands for. */
uint64_t exchange_asker(const struct exchange *exchange);
pool_handle exchange_asker_owner(uint64_t asker, enum holder_kind *kind_r);

// SPDX-License-Identifier: Apache-2.0
/*
 * An exchange: one attempt to have an upstream do something, from its name to a
 * final response. Challenges are answered on the way. An object that needs an
 * upstream embeds an exchange; it is called the owner. Its kind has a table of
 * functions, struct exchange_ops, which write the request and decide what an outcome
 * means. This file defines the exchange and sends its request. reach.h finds an
 * address and a flow, queue.h waits for a place in the target's pace, and reply.h
 * handles responses and silence.
 *
 *   IDLE -> NAME -> FLOW -> (owner) -> QUEUED -> SENT -> IDLE
 *                                        ^         |
 *                                        +-- 401 --+
 */
#pragma once

#include "txn/branch.h"
#include "upstream/auth.h"
#include "upstream/target.h"
#include "upstream/upstream.h"

#include <assert.h>

#define ATTEMPT_MAX_US   (32 * US_PER_S) /* no request of ours waits longer for its answer */
#define ATTEMPT_APART_US (5 * US_PER_S)  /* the least time from one attempt to the next */

enum exchange_phase {
	EXCHANGE_IDLE,
	EXCHANGE_NAME,   /* waits for the upstream's addresses */
	EXCHANGE_FLOW,   /* waits for a flow to the target */
	EXCHANGE_QUEUED, /* waits for its place in the target's pace */
	EXCHANGE_SENT,   /* waits for an answer */
};

/* What a final response means. */
enum verdict {
	VERDICT_OK,          /* 2xx */
	VERDICT_REJECTED,    /* wrong credentials, or 403 */
	VERDICT_STALE,       /* every nonce is called stale: a fault there, or wrong credentials */
	VERDICT_BRIEF,       /* 423 */
	VERDICT_REDIRECT,    /* 301, 302 */
	VERDICT_FULL,        /* a 503 that concerns the owner alone */
	VERDICT_UNAVAILABLE, /* any other 503 */
	VERDICT_FAILED,      /* any other response */
};

/* Why an exchange cannot send. */
enum obstacle {
	OBSTACLE_NAME, /* the upstream's name gives no address */
	OBSTACLE_FLOW, /* there is no route to the target from the local address that is asked for
	                */
	OBSTACLE_REST, /* the target began to rest, and the upstream has other targets */
};

struct exchange {
	struct exchange **wait_link; /* in the upstream's list, in NAME; else NULL */
	union {
		struct exchange *wait_next; /* in NAME */
		uint64_t queue_key;         /* in QUEUED */
	};
	pool_handle owner;   /* the owner's slot in the pool of its kind */
	pool_handle route;   /* the upstream that it goes to; holds a reference */
	pool_handle target;  /* holds a reference */
	pool_handle txn;     /* in SENT */
	uint64_t started_us; /* first transmission of this attempt; probes do not set it */
	struct auths auths;
	const struct flow *flow; /* shared with other exchanges; read it by exchange_flow() */
	uint32_t rtt_us;         /* round trip of the last request that was sent once; 0 unknown */
	uint8_t kind;            /* index of its ops and context in struct upstreams */
	uint8_t phase;           /* enum exchange_phase */
	uint8_t next_target;     /* the next attempt begins at this target of the upstream */
	uint8_t redirects;
	uint16_t ways;          /* network.ways when the flow was chosen */
	uint16_t redirect;      /* for redirect.c: the Contacts that are left to try; 0 none */
	bool has_flow : 1;      /* `flow` leads to `target` */
	bool is_answering : 1;  /* the next request answers a challenge: keep target and flow */
	bool is_combined : 1;   /* the request out asks for several things; each may be refused */
	bool is_redirected : 1; /* `route` is not the configured upstream */
	bool was_refused : 1;   /* by a 503, and nothing was granted since */
	bool fell_back : 1;     /* in this attempt: to another algorithm after a 403 */
	bool is_bare : 1;       /* in QUEUED: no nonce was known for it */
	uint8_t digests;        /* in this attempt: challenges, and digests that were refused */
};

/*
 * What a kind of owner supplies. `context` is the pointer that upstreams_add() was given. Functions
 * marked * may be NULL: a NULL event does nothing, a NULL question is answered with false.
 *
 * The owner and its data:
 * `find`: returns the exchange of this owner; NULL if the owner is gone.
 * `look`*: our own network changed (upstream/rounds.h). Checks the first owner at or after slot
 * `*cursor` and moves the cursor behind it; false if no owner is left.
 * `who`: the handle that transactions and targets keep for this owner.
 * `home`: the upstream that the configuration names.
 * `leaves_from`: the local address and port for its requests; an unset field means any.
 * `listener_place`: its index in the table of listeners, which listener.c keeps there.
 * `lapses_at_us`*: when its queued request leaves even if the target rests; NULL: never.
 * `limit_auth`*: completes `policy`, which says which challenges may be answered; the realm of
 * `home` is already in it.
 * `put_name`: writes the owner's name for log lines, such as `gateway=NAME`.
 * `note`*: tells people who trace this owner a text, and the message that it is about or NULL.
 *
 * Its request:
 * `write`: writes the whole request into an empty buffer, with the branch of `txn` and the
 * credentials of its auths, and sets `txn->cseq`. `asked` is that of struct exchange_request. If
 * `b->full` is set afterwards, `write` is called once more, with a longer buffer.
 * `sent`*: the request left, for the first time or again.
 * `loose`*: the request was given up and may still arrive.
 *
 * Its course:
 * `reached`: a target and a flow are known; not called in a stop unless the stop needs the request.
 * `unreachable`: there is none, for the reason given.
 * `turn`: the exchange may send now.
 * `came`*: a final response, before anything else is done with it. Returns true if the thing asked
 * for is in place, even if the response refuses something.
 * `late`*: a final response to a transaction that was given up.
 * `changes_form`*: true if the challenge offers another form of request (RFC 5626) and the owner
 * has begun again in that form; the challenge is not answered then.
 * `may_repeat`*: true if a refused request may be sent once more without credentials.
 * `is_own_refusal`*: true if a 503 concerns this owner alone, not the target.
 * `proved`*: upstream accepted a digest of this strength.
 * `answered`: a final response, other than a challenge that is answered. `timed_out`: none came.
 */
struct exchange_ops {
	enum part part;     /* the part of the core that gets the responses */
	bool goes_home;     /* if a redirect leads to no working target, ask `home` again */
	bool sends_in_stop; /* its requests end something at the peer: a stop needs them */

	struct exchange *(*find)(void *context, pool_handle owner);
	bool (*look)(void *context, uint32_t *cursor);
	pool_handle (*who)(const struct exchange *exchange);
	pool_handle (*home)(const struct exchange *exchange);
	struct netaddr (*leaves_from)(const struct exchange *exchange);
	uint16_t *(*listener_place)(struct exchange *exchange);
	uint64_t (*lapses_at_us)(const void *context, const struct exchange *exchange);
	void (*limit_auth)(
	    const void *context, const struct exchange *exchange, struct auth_policy *policy);
	void (*put_name)(const struct exchange *exchange, struct buf *b);
	void (*note)(void *context, const struct exchange *exchange,
	    const struct sip_message *message, const struct flow *flow, struct slice text);

	void (*write)(void *context, struct exchange *exchange, struct txn *txn, const void *asked,
	    struct buf *b);
	void (*sent)(void *context, struct exchange *exchange, const struct txn *txn);
	void (*loose)(void *context, struct exchange *exchange, const struct txn *txn);

	void (*reached)(void *context, struct exchange *exchange);
	void (*unreachable)(
	    void *context, struct exchange *exchange, enum obstacle obstacle, struct slice why);
	void (*turn)(void *context, struct exchange *exchange);
	bool (*came)(void *context, struct exchange *exchange, const struct txn *txn,
	    const struct sip_message *response);
	void (*late)(void *context, struct exchange *exchange, const struct txn *txn,
	    const struct sip_message *response);
	bool (*changes_form)(
	    void *context, struct exchange *exchange, const struct sip_message *challenge);
	bool (*may_repeat)(void *context, struct exchange *exchange);
	bool (*is_own_refusal)(
	    void *context, const struct exchange *exchange, const struct sip_message *response);
	void (*proved)(void *context, struct exchange *exchange, unsigned strength);
	void (*answered)(void *context, struct exchange *exchange, enum verdict verdict,
	    const struct sip_message *response, struct slice why);
	void (*timed_out)(void *context, struct exchange *exchange, struct slice why);
};

static inline const struct exchange_ops *exchange_ops(
    const struct upstreams *u, const struct exchange *exchange)
{
	return u->users[exchange->kind].ops;
}

static inline void *exchange_context(const struct upstreams *u, const struct exchange *exchange)
{
	return u->users[exchange->kind].context;
}

/* What an exchange keeps beside its transaction, see txn_note(). */
struct exchange_note {
	uint32_t mark;     /* from struct exchange_request; the owner gives it a meaning */
	uint8_t slot;      /* the pace that has a place for the next repetition (reply.c); 0 none */
	uint8_t untaken;   /* responses that could not be used; 255 means 255 or more */
	bool is_probe : 1; /* it only checks a binding; silence is no sign that the target fails */
	bool is_through : 1; /* upstream forwards it: the response comes from somebody behind */
};

static_assert(sizeof(struct exchange_note) <= TXN_NOTE_SIZE, "a note fits beside its transaction");

static inline struct exchange_note *exchange_note(const struct txn *txn)
{
	return txn_note(txn);
}

/* The last flow of the exchange; all zeros if it never had one. Valid until the next one is set. */
const struct flow *exchange_flow(const struct exchange *exchange);

/* Makes an idle exchange; `kind` was added by upstreams_add(), `owner` embeds the exchange. */
void exchange_init(struct exchange *exchange, unsigned kind, pool_handle owner);

/* A number that names the exchange in queues and in requests for flows; pointers may go stale. */
uint64_t exchange_number(const struct exchange *exchange);

/* The exchange with this number; NULL if its owner is gone. */
struct exchange *exchange_find(const struct upstreams *u, uint64_t number);

/* Enters the upstream's list of exchanges that wait for its addresses. */
void exchange_wait(struct exchange *exchange, struct upstream *upstream);

/* Leaves that list; does nothing if the exchange is not in one. */
void exchange_stop_waiting(struct exchange *exchange);

/* Abandons the exchange and drops all that it refers to; a request that was sent becomes loose. */
void exchange_clear(struct upstreams *u, struct exchange *exchange);

/* Sends to `upstream` from now on. Takes over the caller's reference to the upstream. */
void exchange_set_route(struct upstreams *u, struct exchange *exchange, struct upstream *upstream);

/* The next attempt begins with the upstream's next target, if it has more than one. */
void exchange_pass_target(const struct upstreams *u, struct exchange *exchange);

/* Sets the target and takes a reference to it; NULL: none. The flow to another target is void. */
void exchange_set_target(struct upstreams *u, struct exchange *exchange, struct target *target);

/* Copies the flow to its target. False without memory: then the last flow stays. */
MUST_CHECK bool exchange_set_flow(
    struct upstreams *u, struct exchange *exchange, const struct flow *flow);

struct exchange_request {
	enum sip_method method;
	bool is_probe, is_through; /* for struct exchange_note */
	bool is_combined;          /* for struct exchange */
	uint32_t mark;             /* for struct exchange_note */
	uint64_t give_up_us;       /* when to stop waiting for a final response, in mono_us */
	const void *asked;         /* passed on to `write` */
};

/*
 * Sends the request that the owner writes. If no transaction or buffer is free, the exchange
 * returns to the queue and the result is 0: QUEUED, not SENT. Nothing was sent on ERR_LIMIT (the
 * request is too long) and on ERR_MEMORY (the queue has no room).
 */
MUST_CHECK int exchange_send(
    struct upstreams *u, struct exchange *exchange, const struct exchange_request *request);

/* The reason, for people, why exchange_send() failed with `rc`. A static text. */
struct slice exchange_why_unsent(int rc);

/* Gives up `txn`, which was sent by the exchange: it becomes loose, and the owner is told. */
void exchange_let_loose(struct upstreams *u, struct exchange *exchange, struct txn *txn);

/*
 * Stops the attempt, in whatever phase it is: a request that was sent becomes loose, one that
 * waits leaves its queue. Route, target and flow stay.
 */
void exchange_abandon(struct upstreams *u, struct exchange *exchange);

/*
 * Moves everything from one exchange to a fresh one of another owner; `from` is idle and empty
 * then. A request that was sent goes on under its new owner; an attempt that has not sent stops.
 */
void exchange_move(struct upstreams *u, struct exchange *to, struct exchange *from);

/* Upstream granted what was asked for: the target counts as working. */
void exchange_served(struct upstreams *u, struct exchange *exchange);
